"""Reading a paged list: each row once, whatever the server does to its page size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cloudnexus import Listing, Page, Pagination, Server, UnreadableRow, wire
from bot.cloudnexus.sweep import Ask, Gathering, Sweep, advance, begin
from tests.cloudnexus import samples
from tests.support.virtual_time import EPOCH


@cache
def row(number: int) -> Server:
    """The server of that number; made once, because the properties below make very many."""
    return wire.read_server(samples.server(number))


Serve = Callable[[Ask, int], tuple[list[int], Pagination]]
"""An ask and how many came before it → the numbers of the rows, and what is told about them."""


@dataclass
class Reader:
    """Reads a list to its end as the client does."""

    serve: Serve
    begin_with: int = 500
    asked: list[Ask] = field(default_factory=list)
    seen: Gathering = field(default_factory=Gathering)
    given: list[str] = field(default_factory=list)

    def read(self, *, most: int = 5_000) -> Listing[Server]:
        sweep = begin(self.begin_with)
        while sweep.ask is not None:
            assert len(self.asked) < most, "the sweep does not end"
            self.asked.append(sweep.ask)
            sweep = self._step(sweep, sweep.ask)
        return self.seen.listing(sweep, EPOCH)

    def _step(self, sweep: Sweep, ask: Ask) -> Sweep:
        numbers, told = self.serve(ask, len(self.asked) - 1)
        rows = tuple(row(number) for number in numbers)
        new, fresh = self.seen.add(Page(rows, (), told, EPOCH, EPOCH))
        self.given += [found.id for found in new]
        return advance(sweep, told, held=len(rows), fresh=fresh)


def honest(total: int, cap: Callable[[int], int], *, lies: bool = False) -> Serve:
    """A server that honours `min(limit, cap)`; one that lies echoes what was asked."""

    def serve(ask: Ask, before: int) -> tuple[list[int], Pagination]:
        size = min(ask.limit, cap(before))
        start = (ask.page - 1) * size
        numbers = list(range(start, min(start + size, total)))
        return numbers, Pagination(total, ask.page, ask.limit if lies else size)

    return serve


@pytest.mark.parametrize(
    ("total", "cap", "asks"),
    [
        (0, 100, [Ask(1, 500)]),
        (142, 500, [Ask(1, 500)]),
        (142, 100, [Ask(1, 500), Ask(2, 100)]),
        (200, 100, [Ask(1, 500), Ask(2, 100)]),
        (45, 20, [Ask(1, 500), Ask(2, 20), Ask(3, 20)]),
    ],
)
def test_the_honoured_page_size_is_learned_from_the_echo(
    total: int, cap: int, asks: list[Ask]
) -> None:
    reader = Reader(honest(total, lambda _: cap))
    listing = reader.read()
    assert reader.asked == asks
    assert len(listing.rows) == total
    assert listing.steady


def test_a_smaller_page_in_the_middle_is_followed_by_offset_not_by_number() -> None:
    """Page 3 of size 100 and page 3 of size 50 are different rows."""
    reader = Reader(honest(300, lambda before: 100 if before < 2 else 50))
    listing = reader.read()
    assert reader.asked[:4] == [Ask(1, 500), Ask(2, 100), Ask(3, 100), Ask(5, 50)]
    assert len(listing.rows) == 300
    assert listing.steady


@pytest.mark.parametrize("total", [142, 101, 199, 350])
def test_a_last_page_that_tells_its_rows_for_its_limit_does_not_make_pages_smaller(
    total: int,
) -> None:
    honestly = honest(total, lambda _: 100)

    def serve(ask: Ask, before: int) -> tuple[list[int], Pagination]:
        numbers, told = honestly(ask, before)
        return numbers, Pagination(told.total, told.page, len(numbers))

    reader = Reader(serve)
    listing = reader.read()
    assert [it.limit for it in reader.asked] == [500] + [100] * (total // 100)
    assert listing.steady


def test_a_smaller_page_whose_rows_were_seen_is_not_taken_for_the_last_one() -> None:
    """Page 2 of 60 would be the last of 160 rows if it were page 2 of 100, where its figures fit."""
    reader = Reader(honest(160, lambda before: 60 if before else 100))
    listing = reader.read()
    assert len(listing.rows) == 160
    assert listing.steady


CAPS = st.lists(st.integers(1, 600), min_size=1, max_size=40)


def changing(caps: list[int]) -> Callable[[int], int]:
    """The page size that is honoured for each request; the last one for all that follow."""
    return lambda before: caps[min(before, len(caps) - 1)]


@given(total=st.integers(0, 700), caps=CAPS)
def test_each_row_comes_exactly_once_while_the_page_size_changes(
    total: int, caps: list[int]
) -> None:
    """Nothing else changes, so nothing may be missed, doubled or called unsteady."""
    reader = Reader(honest(total, changing(caps)))
    listing = reader.read(most=2 * (total // min(caps) + 1) + 2 * len(caps) + 10)
    assert sorted(found.id for found in listing.rows) == [f"srv_{n:05}" for n in range(total)]
    assert len(reader.given) == len(set(reader.given)) == total
    assert listing.steady


@given(total=st.integers(0, 700), cap=st.integers(1, 600))
def test_a_steady_lie_about_the_page_size_costs_nothing(total: int, cap: int) -> None:
    """The echo repeats what was asked; the rows tell the size."""
    reader = Reader(honest(total, lambda _: cap, lies=True))
    listing = reader.read(most=total // cap + 2)
    assert len(listing.rows) == total
    assert listing.steady


@given(total=st.integers(0, 700), cap=st.integers(1, 100), echo=st.integers(501, 1_000))
def test_an_echo_of_more_than_was_asked_for_is_not_believed(
    total: int, cap: int, echo: int
) -> None:
    """It stands fixed in each answer, whatever was asked and given."""

    def serve(ask: Ask, before: int) -> tuple[list[int], Pagination]:
        numbers, told = honest(total, lambda _: cap)(ask, before)
        return numbers, Pagination(told.total, told.page, echo)

    reader = Reader(serve)
    listing = reader.read(most=total // cap + 2)
    assert len(listing.rows) == total
    assert listing.steady


@given(total=st.integers(0, 700), caps=CAPS)
def test_a_changing_lie_may_cost_rows_but_never_unnoticed(total: int, caps: list[int]) -> None:
    """Where size and echo both change, no reader can know every offset; this one says so."""
    reader = Reader(honest(total, changing(caps), lies=True))
    listing = reader.read(most=4 * (total // min(caps) + 1) + 4 * len(caps) + 20)
    assert listing.steady == (len(listing.rows) == total)
    assert len(reader.given) == len(set(reader.given))


def test_an_echo_that_lies_is_outweighed_by_the_rows() -> None:
    """500 asked and echoed, 100 given, 142 told: the page size is 100."""
    reader = Reader(honest(142, lambda _: 100, lies=True))
    assert len(reader.read().rows) == 142
    assert reader.asked == [Ask(1, 500), Ask(2, 100)]


def test_a_server_that_ignores_the_limit_is_read_at_its_own_size() -> None:
    def serve(ask: Ask, _before: int) -> tuple[list[int], Pagination]:
        start = (ask.page - 1) * 20
        return list(range(start, min(start + 20, 95))), Pagination(95, ask.page, 20)

    listing = Reader(serve).read()
    assert len(listing.rows) == 95
    assert listing.steady


def test_a_page_cut_short_at_the_offset_that_was_asked_for_is_taken_there() -> None:
    """All its rows are new, so they began where they were asked for; only the page was cut."""

    def serve(ask: Ask, before: int) -> tuple[list[int], Pagination]:
        start = (ask.page - 1) * ask.limit
        size = min(ask.limit, 100 if before < 2 else 60)
        return list(range(start, min(start + size, 420))), Pagination(420, ask.page, ask.limit)

    reader = Reader(serve)
    listing = reader.read()
    assert sorted(found.id for found in listing.rows) == [f"srv_{n:05}" for n in range(420)]
    assert reader.asked[2:4] == [Ask(3, 100), Ask(260 // 60 + 1, 60)]
    assert listing.steady


def test_a_page_size_that_grows_back_leaves_no_gap() -> None:
    """A server that from the third page on serves twice as much as was asked."""

    def serve(ask: Ask, before: int) -> tuple[list[int], Pagination]:
        size = min(ask.limit, 50) if before < 2 else 100
        start = (ask.page - 1) * size
        return list(range(start, min(start + size, 420))), Pagination(420, ask.page, size)

    listing = Reader(serve).read()
    assert sorted(found.id for found in listing.rows) == [f"srv_{n:05}" for n in range(420)]


@pytest.mark.parametrize("total", [1, 141, 143, 1_000_000])
def test_a_total_that_lies_ends_the_sweep_unsteady(total: int) -> None:
    """142 rows in fact. Read to where the rows end or the total does, and never for ever."""

    def serve(ask: Ask, _before: int) -> tuple[list[int], Pagination]:
        size = min(ask.limit, 100)
        start = (ask.page - 1) * size
        return list(range(start, min(start + size, 142))), Pagination(total, ask.page, size)

    reader = Reader(serve)
    listing = reader.read(most=12)
    assert not listing.steady
    assert len(listing.rows) >= 100


def test_a_list_that_grows_without_end_is_left() -> None:
    def serve(ask: Ask, before: int) -> tuple[list[int], Pagination]:
        start = (ask.page - 1) * 10
        return list(range(start, start + 10)), Pagination(20 + 10 * before, ask.page, 10)

    listing = Reader(serve).read(most=30)
    assert not listing.steady
    assert len(listing.rows) > 20


@pytest.mark.parametrize("echo", [1, 2, 7])
def test_a_server_that_ignores_the_page_does_not_hold_the_reader(echo: int) -> None:
    """The same rows again and again, under whatever page number."""

    def serve(_ask: Ask, _before: int) -> tuple[list[int], Pagination]:
        return list(range(100)), Pagination(1_000, echo, 100)

    listing = Reader(serve).read(most=8)
    assert not listing.steady
    assert len(listing.rows) == 100


def test_a_wrong_page_echo_with_the_right_rows_is_read_whole_but_unsteady() -> None:
    def serve(ask: Ask, _before: int) -> tuple[list[int], Pagination]:
        start = (ask.page - 1) * 100
        return list(range(start, min(start + 100, 342))), Pagination(342, 1, 100)

    listing = Reader(serve, begin_with=100).read(most=8)
    assert len(listing.rows) == 342
    assert not listing.steady


def test_an_empty_page_ends_the_sweep() -> None:
    def serve(ask: Ask, _before: int) -> tuple[list[int], Pagination]:
        return (list(range(100)) if ask.page == 1 else []), Pagination(500, ask.page, 100)

    listing = Reader(serve).read(most=2)
    assert len(listing.rows) == 100
    assert not listing.steady


@pytest.mark.parametrize(("gone", "come"), [(1, 0), (0, 1), (1, 1)])
def test_a_list_that_shifts_meanwhile_is_unsteady(gone: int, come: int) -> None:
    """A row removed, added, or both before the second page: a row may be missing, and that is said."""

    def serve(ask: Ask, before: int) -> tuple[list[int], Pagination]:
        rows = list(range(250))
        if before:
            rows = [*range(900, 900 + come), *rows[gone:]]
        start = (ask.page - 1) * 100
        page = rows[start : start + 100]
        # One removed and one added shift nothing; but a row is missing then all the same.
        page = page if gone != come else [number for number in page if number != 100]
        return page, Pagination(len(rows), ask.page, 100)

    assert not Reader(serve).read().steady


def test_of_a_row_that_comes_twice_the_later_one_is_kept() -> None:
    """It is the fresher one."""
    seen = Gathering()
    for status in ("provisioning", "running"):
        found = wire.read_server(samples.server(1, status=status))
        seen.add(Page((found, found), (), None, EPOCH, EPOCH))
    assert [held.status for held in seen.rows.values()] == ["running"]


def test_unreadable_rows_count_and_are_told_once() -> None:
    """By id, where they have one; not at all, if the row could be read at another time."""
    seen = Gathering()
    good = row(1)
    bad = UnreadableRow("srv_00002", "name", "is missing")
    cured = UnreadableRow("srv_00001", "name", "is missing")
    nameless = UnreadableRow(None, "id", "is missing")
    _, fresh = seen.add(Page((good,), (bad, nameless), None, EPOCH, EPOCH))
    assert fresh == 3
    _, fresh = seen.add(Page((), (bad, cured), None, EPOCH, EPOCH))
    assert fresh == 0
    assert seen.unreadable == (bad, nameless)
    assert seen.distinct == 3


def test_the_rest_is_priced_in_requests() -> None:
    sweep = advance(begin(500), Pagination(1_234, 1, 100), held=100, fresh=100)
    assert sweep.needed == 12
    assert advance(begin(500), Pagination(100, 1, 100), held=100, fresh=100).needed == 0
