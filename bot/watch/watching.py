"""Watching as a whole: whoever holds the lease finds out the account and watches its three kinds.

Everybody else stands by, and only follows. Nothing is decided here.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import NoReturn, Protocol

import structlog

from bot.cloudnexus import Cluster, Domain, Page, Server
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.model.troubles import Trouble
from bot.store import (
    Epoch,
    Fingerprint,
    Lease,
    LeaseLost,
    LeaseTimes,
    Ruling,
    SqlClock,
    Store,
    StoreError,
)
from bot.store.lease import database_clock
from bot.watch.pace import next_read
from bot.watch.recognition import ListReader, OtherAccount, recognised
from bot.watch.response import AnyPage
from bot.watch.ruling import Obedience
from bot.watch.supervision import StoreAlarm, supervised
from bot.watch.surroundings import Checkpoint, Policy, Reader, Surroundings
from bot.watch.sweep import Purpose, Request
from bot.watch.views import Views
from bot.watch.watcher import Watcher

log = structlog.get_logger(__name__)

_DICE = random.SystemRandom()

FEEDING = timedelta(seconds=5)
"""How long a person's live read waits until a page of it is stored."""

FLOOR = timedelta(seconds=10)
"""The shortest time between two rounds where nothing else is said: faster is not useful."""


class Client(Reader, ListReader, Protocol):
    """What watching needs of `bot.cloudnexus.CloudNexus`."""

    def hold_until(self, moment: datetime | None) -> None: ...


Duty = Callable[[Epoch], Awaitable[NoReturn]]
"""What else is done by whoever holds the lease. It ends by an exception only."""


def _nothing(_: str) -> None:
    """The checkpoint of production."""


def _nobody() -> None:
    """Nobody wants to hear of commits."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How to watch: which account, how fast, and as whom. The defaults are production's."""

    url: str
    mark: Fingerprint  # of the key
    holder: str  # names this process to people who look into the database
    classes: StatusClasses = field(default_factory=StatusClasses)
    floor: timedelta = FLOOR
    new_baseline: bool = False  # if it is another account, begin anew instead of stopping
    lease: LeaseTimes = field(default_factory=LeaseTimes)
    sql_clock: SqlClock = database_clock
    checkpoint: Checkpoint = _nothing
    jitter: Callable[[], float] = _DICE.random
    policy: Policy = next_read


class Watching:
    """The watchers of this process, at work while it holds the lease."""

    def __init__(
        self,
        store: Store,
        client: Client,
        views: Views,
        terms: Terms,
        *,
        clock: Callable[[], datetime],
        alarm: StoreAlarm,
        duties: Mapping[str, Duty] = MappingProxyType({}),
        committed: Callable[[], None] = _nobody,
    ) -> None:
        """`duties`, by name, are done under the same lease; `committed` hears of every commit."""
        self._duties = duties
        self._committed = committed
        self._store = store
        self._client = client
        self._views = views
        self._terms = terms
        self._clock = clock
        self._lease = store.lease(terms.holder, times=terms.lease, clock=terms.sql_clock)
        self._watchers: dict[Kind, Watcher] = {}
        self._alarm = alarm
        self._obedience: Obedience | None = None  # while this process watches

    async def run(self) -> NoReturn:
        """Watch until cancelled.

        Raises OtherAccount, or a StoreError that no waiting helps; `release` is still to be called.
        """
        await supervised(
            "watching", self._terms_of_office, alarm=self._alarm, final=(OtherAccount,)
        )

    def remaining(self) -> timedelta:
        """How long nobody else can hold the lease; zero or less where this process does not."""
        return self._lease.remaining()

    async def release(self) -> None:
        """Let others have the lease at once; after `run` has ended. Raises StoreError."""
        await self._lease.release()

    async def feed_servers(self, page_number: int, limit: int, page: Page[Server]) -> None:
        """Let a page that a person had read count as evidence, if this process watches."""
        await self._fed(Kind.SERVER, Request(page_number, limit, Purpose.LIVE), page)

    async def feed_whole(self, kind: Kind, page: Page[Cluster] | Page[Domain]) -> None:
        """The same for a list without pages."""
        await self._fed(kind, Request(1, None, Purpose.LIVE), page)

    def ruled(self) -> None:
        """An approver gave a word here: it is obeyed at once, if this process watches."""
        if self._obedience is not None:
            self._obedience.wake()

    def _complain(self, trouble: Trouble) -> None:
        """Let whoever asks know why the account can't be recognised."""
        self._views.trouble = trouble

    async def _fed(self, kind: Kind, request: Request, page: AnyPage) -> None:
        watcher = self._watchers.get(kind)
        if watcher is None:
            return
        try:
            async with asyncio.timeout(FEEDING.total_seconds()):
                await watcher.take(request, page)
        except (LeaseLost, TimeoutError):
            return  # whoever holds the lease reads for itself; the person has waited enough
        except StoreError as error:
            self._alarm.failed(error)  # for the person it makes no difference

    async def _terms_of_office(self) -> None:
        """Hold the lease and watch, until it is lost."""
        try:
            epoch = await self._elected(self._lease)
            self._alarm.well()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._lease.keep(), name="lease")
                group.create_task(self._watch(epoch), name="watching")
                for name, duty in self._duties.items():
                    done = supervised(name, partial(duty, epoch), alarm=self._alarm)
                    group.create_task(done, name=name)
        except* OtherAccount as errors:
            raise _first(errors) from None
        except* LeaseLost as errors:
            self._lease.drop()  # a commit may have found out before the lease did
            log.warning("lease lost", why=str(_first(errors)))
        except* StoreError as errors:
            raise _first(errors) from None
        finally:
            self._watchers = {}
            self._obedience = None

    async def _elected(self, lease: Lease) -> Epoch:
        """Wait for the lease. Who stands by must know the account, too: it answers people."""
        told = False
        while (epoch := await lease.try_acquire()) is None:
            if not told:
                log.info("standing by: another process of this store watches")
                told = True
            found = await self._store.accounts.find(self._terms.url, self._terms.mark)
            if found is not None:
                self._views.open(found.id)
            self._alarm.well()
            await asyncio.sleep(self._terms.lease.renew_every.total_seconds())
        return epoch

    async def _watch(self, epoch: Epoch) -> None:
        terms = self._terms
        account = await recognised(
            self._store,
            self._client,
            epoch,
            url=terms.url,
            mark=terms.mark,
            new_baseline=terms.new_baseline,
            clock=self._clock,
            complain=self._complain,
        )
        seen = await self._store.spend.quota(account)
        if seen is not None:  # one gate after a 429, whichever process met it
            self._client.hold_until(seen.gate_until)
        self._views.open(account)
        obedience = Obedience(
            self._store.tellings,
            account,
            epoch,
            self._rule,
            asked=self._views.asked,
            clock=self._clock,
            checkpoint=terms.checkpoint,
        )

        def committed() -> None:
            self._alarm.well()
            obedience.look()
            self._committed()

        its = Surroundings(
            reader=self._client,
            clock=self._clock,
            jitter=terms.jitter,
            classes=terms.classes,
            floor=terms.floor,
            checkpoint=terms.checkpoint,
            pages_of_all=self._views.pages,
            committed=committed,
            policy=terms.policy,
        )
        self._watchers = {kind: Watcher(self._views.of(kind), epoch, its) for kind in Kind}
        self._obedience = obedience
        async with asyncio.TaskGroup() as group:
            for kind, watcher in self._watchers.items():
                name = f"watch {kind.plural}"
                watched = supervised(name, watcher.run, alarm=self._alarm, died=watcher.died)
                group.create_task(watched, name=name)
            obeying = supervised("obeying", obedience.run, alarm=self._alarm)
            group.create_task(obeying, name="obeying")

    async def _rule(self, ruling: Ruling) -> None:
        await self._watchers[ruling.kind].rule(ruling)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """One of the errors in a group, however deep: the first is the cause of the others."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
