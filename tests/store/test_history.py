"""The history: every change as it was committed, findable by kind, name and time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.event import listens_for

from bot.model.changes import Change, Value, What
from bot.model.events import Event, Own
from bot.model.kinds import Kind
from bot.store import Account, Cursor, Entry, Epoch, Fingerprint, LeaseLost, Seq, Store
from bot.store.history import FEW
from tests.store.values import BEGIN, CLUSTER, DOMAIN, SECOND, change, known, server
from tests.support.databases import sqlite_url

SERVER = Kind.SERVER


async def record(store: Store, epoch: Epoch, account: Account, *told: Change | Event) -> None:
    await store.snapshots.commit(epoch, account.id, SERVER, changes=told)


async def read(store: Store, account: Account, **wanted: object) -> list[Change | Event]:
    page = await store.history.read(account.id, **wanted)  # type: ignore[arg-type]  # as each test has it
    return [entry.change for entry in page.entries]


VALUES: list[Value] = [
    None,
    "",
    "running",
    0,
    12,
    1.5,
    True,
    False,
    (),
    ("a", (1, None)),
    {"vcpus": 4},
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
async def test_values_come_back_as_they_were(
    store: Store, epoch: Epoch, account: Account, value: Value
) -> None:
    told = change(server(1), what=What.FIELD, field="spec", old=value, new=value, inferred=True)
    await record(store, epoch, account, told)
    (found,) = await read(store, account)
    assert found == told
    assert isinstance(found, Change)
    assert type(found.old) is type(value)  # True is not 1


async def test_every_kind_of_change_comes_back(
    store: Store, epoch: Epoch, account: Account
) -> None:
    told: list[Change | Event] = [
        change(server(1), what=What.APPEARED, field=None, old=None, new=None),
        change(server(1), what=What.GONE, field=None, old=None, new=None, after=None),
        change(server(1), kind=Kind.CLUSTER, id=CLUSTER.id, name=CLUSTER.id),
        change(server(1), kind=Kind.DOMAIN, id=DOMAIN.id, name=DOMAIN.name),
        Event(Own.BLIND, SERVER, BEGIN, BEGIN + SECOND, {"failures": 3, "why": ("a", "b")}),
        Event("a word of a later version", None, None, BEGIN + SECOND),
    ]
    await record(store, epoch, account, *told)
    assert await read(store, account, newest_first=False) == told


async def test_it_is_ordered_by_when_it_happened(
    store: Store, epoch: Epoch, account: Account
) -> None:
    """Responses overlap, so what is committed later may have happened earlier."""
    late, early = change(server(1), BEGIN + SECOND), change(server(2), BEGIN)
    await record(store, epoch, account, late)
    await record(store, epoch, account, early)
    assert await read(store, account) == [late, early]
    assert await read(store, account, newest_first=False) == [early, late]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
async def test_pages_hold_everything_once(
    store: Store, epoch: Epoch, account: Account, newest_first: bool, limit: int
) -> None:
    """Also where many changes share one instant, as those of one response do."""
    told = [change(server(n), BEGIN + (n // 4) * SECOND) for n in range(7)]
    await record(store, epoch, account, *told)
    found: list[Entry] = []
    cursor: Cursor | None = None
    while True:
        page = await store.history.read(
            account.id, limit=limit, cursor=cursor, newest_first=newest_first
        )
        assert len(page.entries) <= limit
        found += page.entries
        cursor = page.next
        if cursor is None:
            break
    assert [it.change for it in found] == (told[::-1] if newest_first else told)


async def test_the_last_page_knows_that_it_is(store: Store, epoch: Epoch, account: Account) -> None:
    await record(store, epoch, account, change(server(1)), change(server(2)))
    assert (await store.history.read(account.id, limit=2)).next is None
    assert (await store.history.read(account.id, limit=1)).next is not None


async def test_since_leaves_out_what_happened_before(
    store: Store, epoch: Epoch, account: Account
) -> None:
    told = [change(server(n), BEGIN + n * SECOND) for n in range(3)]
    await record(store, epoch, account, *told)
    assert await read(store, account, since=BEGIN + SECOND) == [told[2], told[1]]


async def test_a_kind_comes_with_what_happened_to_its_watching(
    store: Store, epoch: Epoch, account: Account
) -> None:
    of_server, of_domain = change(server(1)), change(server(2), kind=Kind.DOMAIN)
    blind = Event(Own.BLIND, SERVER, None, BEGIN)
    both = Event(Own.BASELINE, None, None, BEGIN)
    await record(store, epoch, account, of_server, of_domain, blind, both)
    asked = {"newest_first": False}
    assert await read(store, account, kind=SERVER, **asked) == [of_server, blind]
    assert await read(store, account, kind=SERVER, own=False, **asked) == [of_server]
    assert await read(store, account, kind=Kind.DOMAIN, **asked) == [of_domain]
    assert await read(store, account, own=False, **asked) == [of_server, of_domain]


async def test_a_resource_is_found_by_id_and_by_each_of_its_names(
    store: Store, epoch: Epoch, account: Account
) -> None:
    first = change(server(1, name="old-name"), BEGIN)
    renamed = change(
        server(1, name="old-name"),
        BEGIN + SECOND,
        what=What.FIELD,
        field="name",
        old="old-name",
        new="new-name",
    )
    other = change(server(2, name="other"), BEGIN)
    event = Event(Own.BLIND, SERVER, None, BEGIN)
    row = known(server(1, name="new-name"))
    await store.snapshots.commit(
        epoch, account.id, SERVER, upserts=[row], changes=[first, other, renamed, event]
    )
    for ref in ("srv_000001", "old-name", "new-name"):
        assert await read(store, account, ref=ref) == [renamed, first]
    assert await read(store, account, ref="nobody") == []
    assert await read(store, account, ref="old-name", kind=Kind.DOMAIN) == []


async def test_one_id_in_two_kinds_is_two_resources(
    store: Store, epoch: Epoch, account: Account
) -> None:
    ours = change(server(1, id="x", name="ours"))
    theirs = change(server(1, id="x", name="theirs"), kind=Kind.CLUSTER)
    await record(store, epoch, account, ours, theirs)
    assert await read(store, account, ref="ours") == [ours]
    assert await read(store, account, ref="x", kind=Kind.CLUSTER) == [theirs]


async def test_accounts_keep_apart(store: Store, epoch: Epoch, account: Account) -> None:
    other = await store.accounts.find_or_make("https://two.example/", Fingerprint("k"), BEGIN)
    mine, theirs = change(server(1)), change(server(1), new="stopped")
    await record(store, epoch, account, mine)
    await record(store, epoch, other, theirs)
    for ref in (None, "srv_000001"):
        assert await read(store, account, ref=ref) == [mine]
        assert await read(store, other, ref=ref) == [theirs]
    assert [it.change for it in await store.history.after(other.id, Seq(0))] == [theirs]


async def test_events_can_stand_alone(store: Store, epoch: Epoch, account: Account) -> None:
    """They count no version: who follows the rows has nothing to read."""
    event = Event(Own.BASELINE, None, None, BEGIN)
    await store.history.record(epoch, account.id, event, event)
    assert await read(store, account) == [event, event]
    assert await store.snapshots.states(account.id) == {}
    with pytest.raises(LeaseLost):
        await store.history.record(Epoch(epoch + 1), account.id, event)


async def test_who_follows_misses_nothing_while_others_commit(
    store: Store, epoch: Epoch, account: Account
) -> None:
    """No entry becomes visible behind one that a follower has already passed."""
    kinds = list(Kind) * 8

    async def write(turn: int, kind: Kind) -> None:
        told = [change(server(turn), BEGIN + n * SECOND, kind=kind) for n in range(5)]
        await store.snapshots.commit(epoch, account.id, kind, changes=told)

    writing = asyncio.gather(*(write(turn, kind) for turn, kind in enumerate(kinds)))
    followed: list[Entry] = []
    while True:
        over = writing.done()
        last = followed[-1].seq if followed else Seq(0)
        news = await store.history.after(account.id, last, limit=7)
        followed += news
        if over and not news:
            break
    await writing
    assert len(followed) == 5 * len(kinds)
    everything = await store.history.after(account.id, Seq(0))
    assert tuple(followed) == everything
    assert await store.history.last(account.id) == everything[-1].seq


async def test_a_name_that_very_many_bear_finds_them_all(
    store: Store, epoch: Epoch, account: Account
) -> None:
    many = [server(number, name="web") for number in range(FEW + 5)]
    await record(store, epoch, account, *(change(row, BEGIN + SECOND) for row in many))
    lone = change(server(9_999, name="db"), BEGIN)
    await record(store, epoch, account, lone)
    found = await read(store, account, ref="web", limit=1_000)
    assert {it.id for it in found if isinstance(it, Change)} == {row.id for row in many}
    assert await read(store, account, ref="web", kind=Kind.CLUSTER) == []
    assert await read(store, account, ref="db") == [lone]


async def test_only_the_bots_own_events_where_only_these_are_wanted(
    store: Store, epoch: Epoch, account: Account
) -> None:
    event = Event(Own.BLIND, SERVER, None, BEGIN)
    await record(store, epoch, account, change(server(1)), event)
    assert await read(store, account, resources=False) == [event]


QUESTIONS: list[dict[str, object]] = [
    {"ref": "prod-1"},
    {"ref": "prod-1", "kind": SERVER},
    {"since": BEGIN},
    {"kind": SERVER, "own": False},
    {"resources": False},
]


@pytest.mark.parametrize("wanted", QUESTIONS, ids=str)
async def test_every_question_finds_its_part_by_an_index(
    sqlite_file: Path, wanted: dict[str, object]
) -> None:
    """With the history of years, whoever reads all of it for one name answers nobody in time."""
    async with await Store.open(sqlite_url(sqlite_file)) as store:
        its = await store.accounts.find_or_make("https://one.example/v1/", Fingerprint("k"), BEGIN)
        epoch = await store.lease("test").acquire()
        rows = [server(number, name=f"prod-{number}") for number in range(50)]
        await store.snapshots.commit(epoch, its.id, SERVER, changes=[change(row) for row in rows])
        engine = store._database._engine.sync_engine
        asked: list[tuple[str, object]] = []

        @listens_for(engine, "before_cursor_execute")
        def heard(_c: object, _cursor: object, statement: str, values: object, *_: object) -> None:
            asked.append((statement, values))

        await read(store, its, **wanted)
        plans = []
        for statement, values in [it for it in asked if it[0].startswith("SELECT")]:
            async with store._database.reading() as connection:
                plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]  # as it was asked
                plans += [str(row._mapping["detail"]) for row in plan]
        looked = [step for step in plans if "cnx_changes" in step or "cnx_rows" in step]
        assert looked, plans
        assert [step for step in looked if "SCAN" in step or "(account_id=?)" in step] == []
