"""The whole house for what is told: bots that are started, killed and started again between both
stand-ins, and all that was told held to all that happened.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.app import Running
from bot.model.changes import Change
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId
from bot.notify.channel import SETTLED
from bot.notify.incident import from_rows
from bot.sandbox.cloudnexus import LogKind
from bot.sandbox.cloudnexus.control import control
from bot.sandbox.slack import BOT_TOKEN
from bot.store import DeliveryId, LeaseTimes, Seq, Store
from bot.store.outbox import _IN_ORDER
from bot.store.schema_telling import records
from bot.store.tellings import _record
from bot.store.values import Entry
from tests.store.values import virtual_sql_clock
from tests.support.house import OPS, Json, Site, standing
from tests.support.oracle import follow, start_of
from tests.support.told import PER_MINUTE, Told, impolite, untrue
from tests.support.watch_house import PATHS, _asked, hold

LONG_AGO = timedelta(days=365)

LEASE = LeaseTimes(
    lasts=timedelta(seconds=60),
    give_up_after=timedelta(seconds=40),
    renew_every=timedelta(seconds=20),
)
"""A tenth of the usual renewals."""

PACE = timedelta(seconds=20)


class Killed(BaseException):
    """The process is no more."""


def passed_in(package: str) -> bool:
    """Whether the code that calls whoever asks is of that package."""
    return str(sys._getframe(2).f_globals["__name__"]).startswith(package)


class TellingHouse:
    """What a story acts on and looks at."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.start = start_of(site.account)
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        """That of the bot at work, or the one that only looks."""
        assert self._store is not None
        return self._store

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Store]:
        """Look into the store while bots of other processes are at work."""
        async with await Store.open(self.site.settings.cnx_database_url) as store:
            self._store = store
            yield store

    @asynccontextmanager
    async def bot(self, *, stands_by: bool = False, **terms: Any) -> AsyncIterator[Running]:
        """A bot at work, once it has seen everything (if it does not stand by for another); it is
        stopped in order.
        """
        usual = {"lease": LEASE, "sql_clock": virtual_sql_clock, "jitter": lambda: 0.5}
        async with self.site.bot(**(usual | terms)) as running:
            self._store = running.watch.store
            await running.watch.views.wait()
            for kind in () if stands_by else Kind:
                await running.watch.views.of(kind).settled.wait()
            yield running

    async def killed_at(
        self,
        point: str,
        first: Callable[[], Awaitable[None]],
        lead: Callable[[], Awaitable[None]],
        *,
        of: str = "bot.",
    ) -> None:
        """A bot at work that dies there, after all of `first`, once `lead` has led to it. `of`: in whose code,
        where several know a place of that name."""
        armed = False

        def checkpoint(reached: str) -> None:
            if armed and reached == point and passed_in(of):
                raise Killed(point)

        async with self.bot(checkpoint=checkpoint) as running:
            await first()
            armed = True
            await lead()
            async with asyncio.timeout(600):
                died, _ = await asyncio.wait(
                    running.watch.tasks, return_when=asyncio.FIRST_COMPLETED
                )
            (error,) = [it.exception() for it in died]
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            assert isinstance(error, Killed), error

    def fleet(self, route: str, method: str = "POST", **values: object) -> Mapping[str, Any]:
        """A request to CloudNexus's control API (docs/contracts.md), without its socket."""
        return control(self.site.account.world, method, route, values)

    def set(self, ref: str, field: str, value: object) -> None:
        """Give a row's field another value."""
        self.fleet("set", id=ref, field=field, value=value)

    def rows(self, kind: Kind = Kind.SERVER) -> list[Mapping[str, Any]]:
        """As CloudNexus lists them at present."""
        return list(self.fleet("rows", "GET", kind=kind.value)["rows"])

    async def slack(self, route: str, **body: Any) -> Json:
        """POST to the Slack stand-in's control."""
        url = f"{self.site.workspace.control_url}{route}"
        async with self.site.session.post(url, json=body) as response:
            answer: Json = await response.json()
            assert response.status == 200, answer
            return answer

    async def fault(self, method: str, kind: str, **more: Any) -> None:
        """Let something go wrong in Slack, once unless it says otherwise."""
        await self.slack("faults", method=method, kind=kind, **more)

    async def ask(self, route: str, **params: str) -> Json:
        """GET from the Slack stand-in's control."""
        url = f"{self.site.workspace.control_url}{route}"
        async with self.site.session.get(url, params=params) as response:
            answer: Json = await response.json()
            assert response.status == 200, answer
            return answer

    async def delete(self, channel: str, ts: str) -> None:
        """Take one of the bot's messages away, as an admin does."""
        url, headers = (
            f"{self.site.workspace.api_url}chat.delete",
            {"Authorization": f"Bearer {BOT_TOKEN}"},
        )
        values = {"channel": channel, "ts": ts}
        async with self.site.session.post(url, data=values, headers=headers) as response:
            answer = await response.json()
            assert answer["ok"], answer

    async def calls(self, method: str | None = None) -> list[Json]:
        """The calls that Slack received, oldest first."""
        only = {} if method is None else {"method": method}
        return list((await self.ask("calls", after="0", **only))["calls"])

    async def standing(self, channel: str = OPS) -> list[Json]:
        """All messages that stand in a channel, oldest first."""
        rows = (await self.ask("messages", channel=channel))["messages"]
        return [row for row in rows if not row.get("deleted")]

    async def quiet(self, within: float = 3_600) -> None:
        """Wait until nothing is told while everything is read once, nor for so long that a course were
        due; then all is sent and shown.
        """
        async with asyncio.timeout(within):
            before, last = -1, await self._last()
            while last != before:
                began = self.site.account.log.last
                await asyncio.sleep(SETTLED.total_seconds() + 5)
                await self.round(began)
                before, last = last, await self._last()

    async def round(self, began: int | None = None) -> None:
        """Let everything be read since then (or now), and what was found be told; its course may follow.

        Where nothing can be read, so long as it would take.
        """
        last = self.site.account.log.last if began is None else began
        number = len(self.rows())
        with suppress(TimeoutError):
            async with asyncio.timeout(3 * PACE.total_seconds()):
                while not self._all_read(last, number):  # noqa: ASYNC110 -- virtual
                    await asyncio.sleep(1)
        await asyncio.sleep(2)
        await self._drained()

    def _all_read(self, last: int, number: int) -> bool:
        """Whether the requests since that line of the log show so many servers, and the other kinds."""
        lines = self.site.account.log.after(last, LogKind.REQUEST)
        asked = [it for it in (_asked(line.at, line.what, line.new) for line in lines) if it.good]
        unread = set(range(number))
        for it in asked:
            if it.path == PATHS[Kind.SERVER]:
                limit = min(it.limit, self.site.account.world.max_limit)
                unread -= set(range((it.page - 1) * limit, it.page * limit))
        return not unread and {it.path for it in asked} >= set(PATHS.values())

    async def _drained(self) -> None:
        while await self._pending():  # noqa: ASYNC110 -- the store tells nobody
            await asyncio.sleep(1)

    async def _pending(self) -> bool:
        outbox = self.store.outbox
        held = {ref for ref, it in (await self.store.tellings.channels()).items() if it.problem}
        waits = [*await outbox.unsent(), *await outbox.stale()]
        return any(it.channel not in held for it in waits)

    async def _last(self) -> int:
        calls = [it for it in await self.calls() if it["method"].startswith("chat.")]
        return int(calls[-1]["seq"]) if calls else 0

    async def told(self, channel: str = OPS) -> Told:
        """Look at everything about one channel; of the history, at what its subscriptions heard of."""
        store = self.store
        known = await store.accounts.latest()
        assert known is not None
        wishes = await store.subscriptions.of(ChannelId(channel))
        at = Seq(min((it.after for it in wishes), default=0))
        # What refers to something is read before that: bots may be at work meanwhile.
        rows = await store.tellings.incidents(self.site.clock() - LONG_AGO)
        rows = tuple(it for it in rows if it.channel == channel)
        members: dict[str, dict[tuple[str, str], str]] = {row.delivery: {} for row in rows}
        for it in await store.tellings.members([row.delivery for row in rows]):
            members[it.delivery][it.kind, it.ref] = it.body
        async with store._database.reading() as connection:
            kept = select(records).where(records.c.channel == channel)
            told = {it.seq: it for it in map(_record, await connection.execute(kept))}
        sent = [it for it in await store.outbox._those(_IN_ORDER) if it.channel == channel]
        entries: list[Entry] = []
        while page := await store.history.after(known.id, at):
            entries += page
            at = page[-1].seq
        return Told(
            channel=channel,
            entries={it.seq: it for it in entries},
            records=told,
            deliveries=sent,
            incidents=[from_rows(row, members[row.delivery]) for row in rows],
            pages={it.id: await self._pages(it.id) for it in sent},
            messages=await self.standing(channel),
            present={
                (kind.value, str(row["id"])): str(row["status"])
                for kind in Kind
                for row in self.rows(kind)
            },
        )

    async def _pages(self, ref: DeliveryId) -> list[Seq]:
        found: list[Seq] = []
        while True:
            page, number = await self.store.tellings.entries(ref, offset=len(found), limit=500)
            if not page:
                assert len(found) == number
                return found
            found += [it.seq for it in page]

    async def judged(
        self,
        channel: str = OPS,
        *,
        since: datetime | None = None,
        patience: timedelta = timedelta(minutes=1),
        per_minute: int = PER_MINUTE,
    ) -> Told:
        """Hold what was told in a channel that wants everything to what happened; what was told.

        With `since` the history is held to CloudNexus's log as well: what lasted for `patience` is there.
        """
        it = await self.told(channel)
        wrong = untrue(it)
        faults = (await self.ask("log", after="0", kind="fault"))["lines"]
        wrong += impolite(await self.calls(), faults, per_minute)
        assert not wrong, "\n".join(wrong)
        if since is not None:
            known = [one.change for one in it.entries.values() if isinstance(one.change, Change)]
            truth = follow(self.start, self.site.account.log.after())
            now = self.site.clock()
            hold(truth, known, since, now, patience=patience, gone=2 * patience)
        return it


@asynccontextmanager
async def telling_house(
    *,
    servers: int = 20,
    account: Mapping[str, Any] | None = None,
    settings: Mapping[str, object] | None = None,
    channel: str | None = OPS,
    **more: Any,
) -> AsyncIterator[TellingHouse]:
    """A house in which no bot is at work yet; its fleet does not move by itself."""
    settings = {"cnx_min_poll_interval": PACE} | dict(settings or {})
    async with standing(
        servers=servers, account=account, settings=settings, channel=channel, **more
    ) as site:
        yield TellingHouse(site)
