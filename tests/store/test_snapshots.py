"""What is committed is what is loaded, followed by version, and all or nothing."""

from __future__ import annotations

import asyncio
import random
import string
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.cloudnexus.models import UnreadableRow
from bot.model.changes import AccountId
from bot.model.kinds import Kind, Row
from bot.store import (
    Account,
    Epoch,
    Failing,
    Fingerprint,
    Freshness,
    KindState,
    Known,
    LeaseLost,
    Seq,
    Store,
    StoreFailed,
    Version,
)
from tests.store.values import BEGIN, CLUSTER, DOMAIN, SECOND, change, known, server

SERVER = Kind.SERVER


async def test_nothing_is_known_before_the_first_commit(store: Store, account: Account) -> None:
    loaded = await store.snapshots.load(account.id, SERVER)
    assert (loaded.state, loaded.rows, loaded.gone) == (KindState(), (), ())
    assert loaded.whole
    assert await store.snapshots.states(account.id) == {}


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (SERVER, server(1)),
        (SERVER, server(2, extra={"tags": ["a", {"b": None}], "spec.gpu": 1.5, "é": True})),
        (Kind.CLUSTER, CLUSTER),
        (Kind.DOMAIN, DOMAIN),
    ],
)
async def test_rows_of_every_kind_come_back_as_they_were(
    store: Store, epoch: Epoch, account: Account, kind: Kind, row: Row
) -> None:
    await store.snapshots.commit(epoch, account.id, kind, upserts=[known(row)])
    assert (await store.snapshots.load(account.id, kind)).rows == (known(row),)


# Longer than an index of PostgreSQL takes, and not so regular that it could be compressed to fit.
LONG = "".join(random.Random(1).choices(string.printable, k=10_000))  # noqa: S311 -- no secret

ODD = (
    "",
    "a\0b",  # NUL, which PostgreSQL refuses
    "a\ud800",  # half a surrogate pair, which UTF-8 refuses
    LONG + "x",
    LONG + "y",
    "\ufffdabc",  # like our own mark
    "'; DROP TABLE cnx_rows; -- <!channel> %s :x ? 🦊",
)


async def test_foreign_texts_of_any_kind_are_kept(
    store: Store, epoch: Epoch, account: Account
) -> None:
    """No text that CloudNexus may serve stops a commit, or comes back as another."""
    servers = [
        server(n, id=odd, name=odd, status=odd, region=odd, extra={"odd": [odd]})
        for n, odd in enumerate(ODD)
    ]
    told = [change(it, old=it.name, new=(it.name, {"odd": it.name})) for it in servers]
    rows = [known(it) for it in servers]
    await store.snapshots.commit(epoch, account.id, SERVER, upserts=rows, changes=told)

    loaded = await store.snapshots.load(account.id, SERVER)
    assert {it.row.id: it for it in loaded.rows} == {it.row.id: it for it in rows}
    page = await store.history.read(account.id, newest_first=False)
    assert [entry.change for entry in page.entries] == told
    for it in told:
        found = await store.history.read(account.id, ref=it.id)
        assert [entry.change for entry in found.entries] == [it]


async def test_a_later_commit_replaces_the_row_and_its_evidence(
    store: Store, epoch: Epoch, account: Account
) -> None:
    await store.snapshots.commit(epoch, account.id, SERVER, upserts=[known(server(1))])
    later = known(server(1, status="stopped", region="eu-west-2"), BEGIN + SECOND)
    await store.snapshots.commit(epoch, account.id, SERVER, upserts=[later])
    assert (await store.snapshots.load(account.id, SERVER)).rows == (later,)


async def test_versions_count_the_commits_of_one_account_and_kind(
    store: Store, epoch: Epoch, account: Account
) -> None:
    other = await store.accounts.find_or_make("https://two.example/", Fingerprint("k"), BEGIN)
    commit = store.snapshots.commit
    assert await commit(epoch, account.id, SERVER) == 1
    assert await commit(epoch, account.id, SERVER) == 2
    assert await commit(epoch, account.id, Kind.CLUSTER) == 1
    assert await commit(epoch, other.id, SERVER) == 1
    assert (await store.snapshots.load(account.id, SERVER)).state.version == 2


async def test_what_the_watcher_keeps_with_a_row_stays_with_it(
    store: Store, epoch: Epoch, account: Account
) -> None:
    marked, plain = replace(known(server(1)), aside='{"flap": null}'), known(server(2))
    await store.snapshots.commit(epoch, account.id, SERVER, upserts=[marked, plain])
    assert (await store.snapshots.load(account.id, SERVER)).rows == (marked, plain)
    marked, gone = replace(marked, aside=None), replace(plain, aside="{}")
    await store.snapshots.commit(epoch, account.id, SERVER, upserts=[marked], gone=[gone])
    loaded = await store.snapshots.load(account.id, SERVER)
    assert (loaded.rows, loaded.gone) == ((marked,), (gone,))


async def test_accounts_and_kinds_keep_apart(store: Store, epoch: Epoch, account: Account) -> None:
    other = await store.accounts.find_or_make("https://two.example/", Fingerprint("k"), BEGIN)
    here, there = known(server(1)), known(server(1, status="stopped"))
    await store.snapshots.commit(epoch, account.id, SERVER, upserts=[here])
    await store.snapshots.commit(epoch, other.id, SERVER, upserts=[there])
    assert (await store.snapshots.load(account.id, SERVER)).rows == (here,)
    assert (await store.snapshots.load(other.id, SERVER)).rows == (there,)
    assert (await store.snapshots.load(account.id, Kind.CLUSTER)).rows == ()


async def test_a_follower_gets_what_was_committed_after_its_version(
    store: Store, epoch: Epoch, account: Account
) -> None:
    rows = [known(server(n)) for n in range(4)]
    first = await store.snapshots.commit(epoch, account.id, SERVER, upserts=rows[:3])
    second = await store.snapshots.commit(
        epoch, account.id, SERVER, upserts=rows[3:], gone=rows[:1]
    )

    news = await store.snapshots.since(account.id, SERVER, first)
    assert (news.rows, news.gone, news.whole) == ((rows[3],), (rows[0],), False)
    assert news.state.version == second
    none = await store.snapshots.since(account.id, SERVER, second)
    assert (none.rows, none.gone, none.whole) == ((), (), False)


async def test_following_every_version_leads_to_the_same_as_loading(
    store: Store, epoch: Epoch, account: Account
) -> None:
    followed: dict[str, tuple[Known, str]] = {}
    version = Version(0)
    for turn in range(12):
        upserts = [known(server(n), BEGIN + turn * SECOND) for n in range(turn, turn + 3)]
        gone = [known(server(turn - 1), BEGIN + turn * SECOND)] if turn % 3 else []
        await store.snapshots.commit(epoch, account.id, SERVER, upserts=upserts, gone=gone)
        if turn % 2:
            news = await store.snapshots.since(account.id, SERVER, version)
            followed |= {it.row.id: (it, "there") for it in news.rows}
            followed |= {it.row.id: (it, "gone") for it in news.gone}
            version = news.state.version
    loaded = await store.snapshots.load(account.id, SERVER)
    expected = {it.row.id: (it, "there") for it in loaded.rows}
    assert followed == expected | {it.row.id: (it, "gone") for it in loaded.gone}


async def test_a_row_that_went_is_a_tombstone_until_it_is_seen_again(
    store: Store, epoch: Epoch, account: Account
) -> None:
    there, absent = known(server(1)), known(server(1), BEGIN + SECOND)
    back = known(server(1), BEGIN + 2 * SECOND)
    await store.snapshots.commit(epoch, account.id, SERVER, upserts=[there])
    await store.snapshots.commit(epoch, account.id, SERVER, gone=[absent])
    loaded = await store.snapshots.load(account.id, SERVER)
    assert (loaded.rows, loaded.gone) == ((), (absent,))
    await store.snapshots.commit(epoch, account.id, SERVER, upserts=[back])
    loaded = await store.snapshots.load(account.id, SERVER)
    assert (loaded.rows, loaded.gone) == ((back,), ())


async def test_who_missed_a_forgotten_tombstone_loads_anew(
    store: Store, epoch: Epoch, account: Account
) -> None:
    """A follower never keeps a row because the news of its end was forgotten meanwhile."""
    rows = [known(server(n)) for n in range(3)]
    before = await store.snapshots.commit(epoch, account.id, SERVER, upserts=rows)
    after = await store.snapshots.commit(epoch, account.id, SERVER, gone=rows[:1])
    # Forgetting is for tombstones; the id of a row that is there does no harm.
    ids = [rows[0].row.id, rows[1].row.id, "srv_unknown"]
    await store.snapshots.commit(epoch, account.id, SERVER, forgotten=ids)

    loaded = await store.snapshots.load(account.id, SERVER)
    assert (loaded.rows, loaded.gone) == (tuple(rows[1:]), ())
    assert (await store.snapshots.since(account.id, SERVER, before)) == loaded
    assert not (await store.snapshots.since(account.id, SERVER, after)).whole


async def test_more_rows_than_are_read_at_a_time(
    store: Store, epoch: Epoch, account: Account
) -> None:
    rows = [known(server(n)) for n in range(4_500)]
    for start in (0, 1_500, 3_000):
        part = rows[start : start + 1_500]
        await store.snapshots.commit(epoch, account.id, SERVER, upserts=part)
    loaded = await store.snapshots.load(account.id, SERVER)
    assert sorted(loaded.rows, key=lambda it: it.row.id) == rows


async def test_memory_and_freshness_stay_where_none_is_given(
    store: Store, epoch: Epoch, account: Account
) -> None:
    memory = {"order": "asc", "parked": [], "sweep": {"page": 3, "limit": None}}
    fresh = Freshness(
        read_at=BEGIN,
        period=timedelta(seconds=11.5),
        blind_since=BEGIN + SECOND,
        parked=7,
        steady=False,
        unreadable=(
            UnreadableRow("srv_1", "spec.vcpus", "is no number"),
            UnreadableRow(None, "", ""),
        ),
        failing=Failing("server_error", "<!here> \0", BEGIN, None),
    )
    await store.snapshots.commit(epoch, account.id, SERVER, memory=memory, freshness=fresh)
    await store.snapshots.commit(epoch, account.id, SERVER)
    assert await store.snapshots.states(account.id) == {
        SERVER: KindState(Version(2), memory, fresh)
    }
    later = Freshness(read_at=BEGIN + SECOND, failing=Failing("x", "", BEGIN, BEGIN + SECOND))
    await store.snapshots.commit(epoch, account.id, SERVER, freshness=later)
    await store.snapshots.commit(epoch, account.id, SERVER, memory={})
    loaded = await store.snapshots.load(account.id, SERVER)
    assert loaded.state == KindState(Version(4), {}, later)


async def test_another_epoch_writes_nothing(store: Store, epoch: Epoch, account: Account) -> None:
    row = server(1)
    for wrong in (Epoch(epoch - 1), Epoch(epoch + 1)):
        with pytest.raises(LeaseLost):
            await store.snapshots.commit(
                wrong, account.id, SERVER, upserts=[known(row)], changes=[change(row)], memory={}
            )
    assert await store.snapshots.states(account.id) == {}
    assert (await store.snapshots.load(account.id, SERVER)).rows == ()
    assert await store.history.last(account.id) == 0


async def test_rows_belong_to_an_account_that_exists(store: Store, epoch: Epoch) -> None:
    with pytest.raises(StoreFailed):
        await store.snapshots.commit(epoch, AccountId(999), SERVER, upserts=[known(server(1))])


async def test_a_commit_that_is_cancelled_is_all_or_nothing(
    store: Store, epoch: Epoch, account: Account
) -> None:
    """Wherever it is cut off, rows, changes and version agree, and the store goes on.

    Also while somebody keeps the cancelled tasks, and with them the frames that were cut off.
    """
    kept = []

    async def commit(number: int) -> None:
        row = server(number)
        await store.snapshots.commit(
            epoch, account.id, SERVER, upserts=[known(row)], changes=[change(row)]
        )

    for steps in range(60):
        cut = asyncio.create_task(commit(steps))
        kept.append(cut)
        for _ in range(steps):
            await asyncio.sleep(0)
        cut.cancel()
        await asyncio.wait([cut])
        await commit(1_000 + steps)
        loaded = await store.snapshots.load(account.id, SERVER)
        told = await store.history.after(account.id, Seq(0))
        assert len(loaded.rows) == len(told) == loaded.state.version


async def test_a_reader_sees_one_moment(store: Store, epoch: Epoch, account: Account) -> None:
    """What is committed between a reader's statements, it does not see."""
    statement = text("SELECT count(*) FROM cnx_rows")
    async with store._database.reading() as connection:
        before = (await connection.execute(statement)).scalar_one()
        await store.snapshots.commit(epoch, account.id, SERVER, upserts=[known(server(1))])
        assert (await connection.execute(statement)).scalar_one() == before == 0


async def test_what_is_loaded_beside_a_writer_is_of_one_version(
    store: Store, epoch: Epoch, account: Account
) -> None:
    rows = [known(server(n)) for n in range(2_100)]
    await store.snapshots.commit(epoch, account.id, SERVER, upserts=rows)

    async def write() -> None:
        for turn in range(1, 4):
            newer = [known(it.row, BEGIN + turn * SECOND) for it in rows]
            await store.snapshots.commit(epoch, account.id, SERVER, upserts=newer)

    writing = asyncio.create_task(write())
    while not writing.done():
        loaded = await store.snapshots.load(account.id, SERVER)
        expected = BEGIN + (loaded.state.version - 1) * SECOND
        assert {it.sent_at for it in loaded.rows} == {expected}
        assert len(loaded.rows) == len(rows)
    await writing
