"""The watchers between a real CloudNexus stand-in and a real store, without Slack, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import SecretStr

from bot.app import Clock, Watch, terms_of, watching
from bot.model.changes import AccountId, Change
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.sandbox.cloudnexus import LIVE_KEY, CloudNexusSandbox, Env, LogKind
from bot.sandbox.cloudnexus.control import control
from bot.settings import AccountSettings, fixed
from bot.store import LeaseTimes, Seq, Store
from bot.watch.diff import documented
from bot.watch.view import View
from bot.watch.watching import Terms
from tests.store.values import virtual_sql_clock
from tests.support.oracle import Blind, State, Truth, follow, invented, missed, start_of
from tests.support.virtual_time import virtual_now

SLOW_LEASE = LeaseTimes(
    lasts=timedelta(hours=3), give_up_after=timedelta(hours=2), renew_every=timedelta(hours=1)
)
"""A day of renewals every 2 s would be most of what such a test does."""

PATHS: Mapping[Kind, str] = {
    Kind.SERVER: "/v1/servers",
    Kind.CLUSTER: "/v1/kubernetes/clusters",
    Kind.DOMAIN: "/v1/cdn/domains",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that CloudNexus received. `status` is 0 where no answer was sent."""

    at: datetime
    path: str
    page: int
    limit: int
    status: int
    fault: str  # ids, or nothing

    @property
    def good(self) -> bool:
        """Whether it was answered as it should be."""
        return self.status == 200 and not self.fault


@dataclass(frozen=True, slots=True)
class WatchHouse:
    """What a scenario acts on and looks at."""

    account: CloudNexusSandbox
    settings: AccountSettings
    terms: Terms
    clock: Clock
    start: Truth

    @asynccontextmanager
    async def bot(
        self, *, settings: Mapping[str, object] | None = None, **terms: Any
    ) -> AsyncIterator[Watch]:
        """The bot without Slack, at work while the context lasts; then it is stopped in order.

        `settings` and `terms` are what this bot has otherwise than the house.
        """
        chosen, its = self.settings, self.terms
        if settings:
            values = {name: getattr(chosen, name) for name in type(chosen).model_fields}
            chosen = fixed(AccountSettings, **(values | dict(settings)))
            made = terms_of(chosen)
            its = replace(its, url=made.url, mark=made.mark, floor=made.floor)
        async with watching(chosen, replace(its, **terms), clock=self.clock) as watch:
            yield watch

    def control(self, method: str, route: str, **values: object) -> Mapping[str, Any]:
        """A request to the stand-in's control API (docs/contracts.md), without its socket."""
        return control(self.account.world, method, route, values)

    def set(self, ref: str, field: str, value: object) -> None:
        """Give a row's field another value."""
        self.control("POST", "set", id=ref, field=field, value=value)

    def fault(self, kind: str, **fields: object) -> str:
        """Set a fault until it is ended, unless `times` says otherwise; its id."""
        made = self.control("POST", "faults", **({"kind": kind, "times": None} | fields))
        return str(made["id"])

    def end_faults(self) -> None:
        """Let everything be answered as it should be again."""
        self.control("DELETE", "faults")

    def ids(self, kind: Kind = Kind.SERVER) -> list[str]:
        """The ids of a kind, as CloudNexus lists them at present."""
        rows = self.control("GET", "rows", kind=kind.value)["rows"]
        return [str(row["id"]) for row in rows]

    @property
    def period(self) -> timedelta:
        """How long a round of reading takes where nothing but the floor holds it back."""
        return self.settings.cnx_min_poll_interval

    async def rounds(self, number: float) -> None:
        """Let so many rounds of reading go by."""
        await asyncio.sleep((number * self.period).total_seconds())

    async def settled(self, watch: Watch, kinds: Iterable[Kind] = Kind) -> datetime:
        """Wait until everything is known and proven to be all; that moment."""
        async with asyncio.timeout(timedelta(hours=2).total_seconds()):
            await watch.views.wait()
            while not all(_is_settled(watch, kind) for kind in kinds):  # noqa: ASYNC110 -- virtual
                await asyncio.sleep(1)
        return self.clock()

    async def verdict(
        self,
        watch: Watch,
        since: datetime,
        *,
        patience: timedelta,
        gone: timedelta | None = None,
        blind: Sequence[Blind] = (),
    ) -> list[Change]:
        """Hold the history to the stand-in's log; the changes that stand in it.

        `patience`: how long anything has to last, `gone` (the same): how long an absence has to.
        """
        changes = await changes_of(watch)
        hold(
            self.truth(),
            changes,
            since,
            self.clock(),
            patience=patience,
            gone=gone or patience,
            blind=blind,
        )
        return changes

    def truth(self) -> Truth:
        """What is true by the stand-in's log, up to now."""
        return follow(self.start, self.account.log.after())

    def requests(self, kind: Kind | None = None) -> list[Asked]:
        """The requests that CloudNexus received, for one kind or for all."""
        paths = list(PATHS.values()) if kind is None else [PATHS[kind]]
        lines = self.account.log.after(0, LogKind.REQUEST)
        asked = (_asked(line.at, line.what, line.new) for line in lines)
        return [it for it in asked if it.path in paths]

    def spent(self) -> list[int]:
        """How many requests each window of the quota saw, oldest first."""
        counts = [0]
        for line in self.account.log.after():
            if line.kind is LogKind.QUOTA and line.id == Env.LIVE.value:
                counts.append(0)
            elif line.kind is LogKind.REQUEST:
                counts[-1] += 1
        return counts


def hold(
    truth: Truth,
    changes: Sequence[Change],
    since: datetime,
    until: datetime,
    *,
    patience: timedelta,
    gone: timedelta,
    blind: Sequence[Blind] = (),
) -> None:
    """Fail unless every change is true, follows from the one before, and every lasting one is there."""
    wrong = invented(truth, changes)
    wrong += missed(
        truth, changes, since=since, until=until, patience=patience, gone=gone, blind=blind
    )
    assert not wrong, "\n".join(wrong)


async def entries_of(watch: Watch, account: AccountId | None = None) -> list[Change | Event]:
    """The whole history of an account (the watched one), in the order of the commits."""
    account = account or await watch.views.wait()
    found: list[Change | Event] = []
    last = Seq(0)
    while page := await watch.store.history.after(account, last):
        found += [entry.change for entry in page]
        last = page[-1].seq
    return found


async def changes_of(watch: Watch, account: AccountId | None = None) -> list[Change]:
    """What became of resources."""
    return [it for it in await entries_of(watch, account) if isinstance(it, Change)]


async def events_of(watch: Watch, what: str | None = None) -> list[Event]:
    """What the bot told of itself; baselines are left out, unless they are asked for."""
    own = [it for it in await entries_of(watch) if isinstance(it, Event)]
    return [it for it in own if (it.what == what if what else it.what != "baseline")]


async def told(watch: Watch) -> list[str]:
    """The same in a word each, with the kind that it concerns, sorted."""
    return sorted(
        f"{it.what} {it.kind.value if it.kind else ''}".strip() for it in await events_of(watch)
    )


async def known_rows(store: Store, account: AccountId, kind: Kind) -> dict[str, State]:
    """What the store says is known of a kind, as the reference documents it."""
    view = View(store.snapshots, account, kind)
    await view.follow()
    rows: dict[str, State] = {}
    for ref, known in view.snapshot.known.items():
        rows[ref] = {name: it for name, it in documented(known.row).items() if name != "id"}
    return rows


async def agrees(house: WatchHouse, watch: Watch) -> bool:
    """Whether all that is known is what there is: in memory, in the store, and in the fleet."""
    account, truth = await watch.views.wait(), house.truth()
    for kind in Kind:
        view = watch.views.of(kind)
        await view.follow()  # where another process watches
        if await known_rows(watch.store, account, kind) != truth.present(kind):
            return False
        if view.snapshot.known.keys() != truth.present(kind).keys():
            return False
    return True


@asynccontextmanager
async def watch_house(
    database: SecretStr,
    *,
    account: Mapping[str, Any] | None = None,
    settings: Mapping[str, object] | None = None,
    clock: Clock = virtual_now,
) -> AsyncIterator[WatchHouse]:
    """A stand-in with a fleet that does not move by itself unless `account` says so."""
    options: dict[str, Any] = {"servers": 142, "living": False, "clock": clock}
    cloud = CloudNexusSandbox(**(options | dict(account or {})))
    await cloud.start()
    try:
        values: dict[str, object] = {
            "cnx_api_key": LIVE_KEY,
            "cnx_api_url": cloud.url,
            "cnx_database_url": database,
        }
        chosen = fixed(AccountSettings, **(values | dict(settings or {})))
        terms = replace(
            terms_of(chosen), lease=SLOW_LEASE, jitter=lambda: 0.5, sql_clock=virtual_sql_clock
        )
        yield WatchHouse(cloud, chosen, terms, clock, start_of(cloud))
    finally:
        await cloud.stop()


def _is_settled(watch: Watch, kind: Kind) -> bool:
    memory = watch.views.of(kind).memory
    return memory.settled and memory.complete is not None


def _asked(at: datetime, what: str, new: object) -> Asked:
    assert isinstance(new, Mapping)
    address = urlsplit(what.split(" ", 1)[1])
    query = dict(parse_qsl(address.query))
    return Asked(
        at,
        address.path,
        int(query.get("page", 1)),
        int(query.get("limit", 0)),
        int(new["status"]),
        str(new.get("fault", "")),
    )
