"""Rows that break the contract, or go beyond it: each fails by itself, and is there all the while."""

from __future__ import annotations

from datetime import timedelta

from pydantic import SecretStr

from bot.app import Watch
from bot.model.changes import What
from bot.model.kinds import Kind
from tests.support.oracle import Blind
from tests.support.watch_house import agrees, changes_of, events_of, watch_house

PERIOD = timedelta(seconds=60)
PACE = {"cnx_min_poll_interval": "60s"}


def unreadable(watch: Watch, kind: Kind) -> set[str | None]:
    """The ids of what is said to be unreadable at present."""
    return {it.id for it in watch.views.of(kind).freshness.unreadable}


async def test_fields_and_statuses_that_nobody_knows(database: SecretStr) -> None:
    """A field that the reference does not name is no change; a status that it does not name is one."""
    async with watch_house(database, settings=PACE) as house, house.bot() as watch:
        since = await house.settled(watch)
        server, cluster, domain = (house.ids(kind)[2] for kind in Kind)
        for ref in (server, cluster, domain):
            house.account.fleet.corrupt(ref, "colour", {"name": "<!channel>", "depth": [1, [2]]})
        house.set(server, "status", "hibernating")
        house.set(domain, "ssl", "post-quantum")
        await house.rounds(3)
        house.set(server, "status", "running")
        await house.rounds(3)
        changes = await house.verdict(watch, since, patience=2 * PERIOD)
        assert sorted((it.id, str(it.new)) for it in changes) == sorted(
            [(server, "hibernating"), (domain, "post-quantum"), (server, "running")]
        )
        assert await agrees(house, watch)


WRONG: list[tuple[Kind, str, object]] = [
    (Kind.SERVER, "spec.vcpus", "four"),
    (Kind.SERVER, "spec", None),
    (Kind.SERVER, "status", 7),
    (Kind.SERVER, "created_at", "yesterday"),
    (Kind.CLUSTER, "nodes", "many"),
    (Kind.DOMAIN, "cache_rules", [12]),
]


async def test_rows_of_wrong_types(url: SecretStr) -> None:
    """They are there and can't be read: nothing is told of them until they can be, and no other row
    waits for that.
    """
    async with (
        watch_house(url, account={"max_limit": 60}, settings=PACE) as house,
        house.bot() as watch,
    ):
        since = await house.settled(watch)
        began = house.clock()
        refs = {}
        for number, (kind, field, value) in enumerate(WRONG):
            refs[house.ids(kind)[number]] = kind
            house.account.fleet.corrupt(house.ids(kind)[number], field, value)
        other = house.ids()[20]
        house.set(other, "status", "error")
        house.control("POST", "remove", id=house.ids()[30])
        await house.rounds(4)
        for kind in Kind:
            assert unreadable(watch, kind) == {ref for ref, its in refs.items() if its is kind}
        assert {it.what for it in await changes_of(watch)} == {What.STATUS, What.GONE}
        for ref in refs:
            house.set(ref, "status", "degraded")
        await house.rounds(3)
        assert len(await changes_of(watch)) == 2
        for ref in refs:
            house.control("POST", "corrupt", id=ref, clear=True)
        ended = house.clock()
        await house.rounds(3)
        blind = [Blind(began, ended, kind, ref) for ref, kind in refs.items()]
        changes = await house.verdict(watch, since, patience=2 * PERIOD, blind=blind)
        assert len(changes) == 2 + len(refs)
        assert not any(unreadable(watch, kind) for kind in Kind)
        assert await agrees(house, watch)


async def test_a_row_without_an_id(database: SecretStr) -> None:
    """While one row of a list can't be told from others, no absence in its answer is believed."""
    async with watch_house(database, settings=PACE) as house, house.bot() as watch:
        since = await house.settled(watch)
        lost, bad = [house.ids(kind)[1] for kind in Kind], house.ids()[9]
        for ref in lost:
            house.account.fleet.corrupt(ref, "id", 17)
        await house.rounds(3)
        began = house.clock()
        gone = [house.ids(kind)[3] for kind in Kind]
        for ref in gone:
            house.control("POST", "remove", id=ref)
        house.set(bad, "status", "error")
        await house.rounds(5)
        assert [(it.id, it.new) for it in await changes_of(watch)] == [(bad, "error")]
        for ref in lost:
            house.control("POST", "corrupt", id=ref, clear=True)
        ended = house.clock()
        await house.rounds(4)
        blind = [Blind(began, ended, kind, ref) for kind, ref in zip(Kind, gone, strict=True)]
        changes = await house.verdict(watch, since, patience=2 * PERIOD, blind=blind)
        assert {it.id for it in changes if it.what is What.GONE} == set(gone)
        assert not await events_of(watch)
        assert await agrees(house, watch)


async def test_a_row_that_comes_unreadable(database: SecretStr) -> None:
    """It is told to have appeared, without what can't be read; then it is known like any other."""
    async with (
        watch_house(database, account={"max_limit": 60}, settings=PACE) as house,
        house.bot() as watch,
    ):
        await house.settled(watch)
        for kind in Kind:
            ref = house.control("POST", "add", kind=kind.value)["id"]
            house.account.fleet.corrupt(ref, "status", ["running"])
        await house.rounds(4)
        came = await changes_of(watch)
        assert [(it.what, it.new) for it in came] == [(What.APPEARED, None)] * 3
        refs = [it.id for it in came]
        for ref in refs:
            house.control("POST", "corrupt", id=ref, clear=True)
        ended = house.clock()
        await house.rounds(3)
        house.set(refs[0], "status", "error")
        house.control("POST", "remove", id=refs[1])
        await house.rounds(3)
        changes = await house.verdict(watch, ended, patience=2 * PERIOD)
        assert len(changes) == 5
        assert await agrees(house, watch)
