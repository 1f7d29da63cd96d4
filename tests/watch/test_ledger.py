"""The account book: what is written, what is added, and how processes' books become one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.cloudnexus import QuotaView
from bot.store import Account, QuotaSeen, Spent, Store
from bot.watch.ledger import Ledger, Written, added_up, stored_quota, to_write, unwritten
from bot.watch.views import Views
from tests.support.virtual_time import virtual_now
from tests.watch.world import at

ENDS = at(3600)


def view(**values: Any) -> QuotaView:
    given: dict[str, Any] = {
        "limit": 1000,
        "remaining": 900,
        "resets_at": ENDS,
        "told_at": at(0),
        "spent": {},
        "elsewhere": 0,
        "reserve": 100,
        "kept_for_creations": 10,
        "gate_until": None,
        "window_ends": ENDS,
    }
    return QuotaView(**(given | values))


def test_the_first_write_takes_all_and_later_ones_what_is_new() -> None:
    first = to_write(Written(), view(spent={"watch": 3}), ())
    assert unwritten(Written(), first) == {"watch": 3}
    second = to_write(first, view(spent={"watch": 5, "U1": 2}), ())
    assert unwritten(first, second) == {"watch": 2, "U1": 2}
    assert unwritten(second, to_write(second, view(spent={"watch": 5, "U1": 2}), ())) == {}


def test_a_new_window_begins_a_new_page() -> None:
    old = Written(ENDS, {"watch": 700})
    new = to_write(old, view(spent={"watch": 4}, window_ends=at(7200)), ())
    assert (new.window_ends, unwritten(old, new)) == (at(7200), {"watch": 4})


def test_an_end_that_differs_a_little_is_that_of_the_same_window() -> None:
    old = Written(ENDS, {"watch": 7})
    same = to_write(old, view(spent={"watch": 8}, window_ends=ENDS + timedelta(seconds=2)), ())
    assert (same.window_ends, unwritten(old, same)) == (ENDS, {"watch": 1})
    begun = Spent(ENDS - timedelta(seconds=3), {"watch": 50})
    joined = to_write(Written(), view(spent={"watch": 1}), (begun,))
    assert joined.window_ends == begun.window_ends, "another process has begun this window's page"


def test_before_anything_was_sent_there_is_nothing_to_write() -> None:
    assert to_write(Written(), view(window_ends=None, spent={}), ()) == Written()


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)), max_size=8))
def test_what_is_written_adds_up_to_what_was_spent(steps: list[dict[str, int]]) -> None:
    spent: dict[str, int] = {}
    stored: dict[str, int] = {}
    written = Written()
    for step in steps:
        spent = {name: spent.get(name, 0) + step.get(name, 0) for name in {**spent, **step}}
        after = to_write(written, view(spent=spent), ())
        for name, count in unwritten(written, after).items():
            stored[name] = stored.get(name, 0) + count
        written = after
    assert stored == {name: count for name, count in spent.items() if count}


def test_books_of_several_processes_become_one() -> None:
    own = view(spent={"watch": 10}, remaining=950)
    both = added_up(own, (Spent(ENDS, {"watch": 10, "U2": 30}),), None, at(10))
    assert both.spent == {"watch": 10, "U2": 30}
    assert both.elsewhere == 10


def test_the_book_of_a_window_that_is_over_counts_no_more() -> None:
    own = view(spent={"watch": 1}, window_ends=at(7200), resets_at=at(7200))
    assert added_up(own, (Spent(ENDS, {"watch": 800}),), None, at(4000)).spent == {"watch": 1}


def test_a_page_begun_before_the_window_was_known_hides_nothing() -> None:
    guessed = Spent(ENDS + timedelta(minutes=40), {"watch": 1})
    pages = (guessed, Spent(ENDS, {"watch": 30}))
    nobody = view(limit=None, remaining=None, resets_at=None, told_at=None, window_ends=None)
    seen = QuotaSeen(1000, 960, ENDS, at(5), None)
    assert added_up(nobody, pages, seen, at(10)).spent == {"watch": 30}
    other = to_write(
        Written(), view(spent={"U1": 1}, window_ends=ENDS + timedelta(seconds=2)), pages
    )
    assert other.window_ends == ENDS, "it goes on with the page of this very window"


def test_who_has_asked_nothing_tells_what_others_were_told_while_it_lasts() -> None:
    own = view(limit=None, remaining=None, resets_at=None, told_at=None, window_ends=None)
    seen = QuotaSeen(1000, 640, ENDS, at(5), at(50))
    known = added_up(own, (Spent(ENDS, {"watch": 300}),), seen, at(10))
    assert (known.limit, known.remaining, known.resets_at) == (1000, 640, ENDS)
    assert (known.gate_until, known.elsewhere) == (at(50), 60)
    later = added_up(own, (), seen, at(4000))
    assert (later.limit, later.remaining, later.resets_at, later.gate_until) == (
        1000,
        None,
        None,
        None,
    )


async def test_the_book_survives_a_restart_on_both_engines(
    store: Store, account: Account, url: SecretStr
) -> None:
    del url
    now = virtual_now()
    ends = now + timedelta(hours=1)
    views = Views(store.snapshots)
    views.open(account.id)
    book = {"watch": 5}

    def quota() -> QuotaView:
        return view(spent=dict(book), window_ends=ends, resets_at=ends, told_at=virtual_now())

    first = Ledger(store.spend, quota, clock=virtual_now)
    await first.of(views)
    book["watch"] = 8
    assert (await first.of(views)).spent == {"watch": 8}
    book.clear()
    book["watch"] = 2  # another process, or the same one started again
    second = Ledger(store.spend, quota, clock=virtual_now)
    assert (await second.of(views)).spent == {"watch": 10}
    nobody = view(limit=None, remaining=None, resets_at=None, window_ends=None, spent={})
    told = await stored_quota(store.spend, account.id, nobody, virtual_now())
    assert (told.spent, told.remaining) == ({"watch": 10}, 900)


async def test_while_the_account_is_not_known_it_tells_its_own(store: Store) -> None:
    ledger = Ledger(store.spend, lambda: view(spent={"watch": 1}), clock=virtual_now)
    assert (await ledger.of(Views(store.snapshots))).spent == {"watch": 1}
