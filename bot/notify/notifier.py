"""The notifier: follows the changes, decides channel by channel what is told, and seals it.

It runs under one epoch of the lease, and ends by an exception only. What it seals, the outbox sends.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from bot.model.changes import AccountId
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId, Mute, Subscription
from bot.notify.channel import Channel
from bot.notify.guarding import Guard
from bot.notify.incident import JOINS
from bot.notify.leaving import leave
from bot.notify.on_record import OnRecord
from bot.notify.plan import Planned, plan
from bot.notify.planner import Given
from bot.notify.resuming import resumed
from bot.notify.sealing import sealed
from bot.notify.undelivered import complain
from bot.store import Epoch, Store
from bot.store.messages import ChannelState, DeliveryId, IncidentRow, State
from bot.store.values import Seq
from bot.watch.views import Views

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=2)
"""How often it looks for what other replicas wrote; changes of its own process wake it at once."""

MOST = 1_000
"""Entries decided at a time."""

CHECKPOINTS = ("planned", "told")
"""Named points at which tests let the process die: before a decision is committed, and after."""


def _nothing(_: str) -> None:
    """The checkpoint of production."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the notifier is given beside store and views."""

    classes: StatusClasses
    clock: Callable[[], datetime]
    default: ChannelId | None = None  # CNX_CHANNEL
    approvals: bool = False  # servers are made by requests: one that appears without is told so
    sealed: Callable[[], None] = lambda: None  # wakes the outbox
    changed: Callable[[], None] = lambda: None  # something is told or shown anew
    checkpoint: Callable[[str], None] = _nothing


@dataclass(frozen=True, slots=True)
class Round:
    """What one round looks at."""

    now: datetime
    last: Seq  # of the history
    subscriptions: Mapping[ChannelId, Sequence[Subscription]]
    mutes: Mapping[ChannelId, Sequence[Mute]]
    states: Mapping[ChannelId, ChannelState]
    busy: frozenset[str]  # channels in which a message waits or is under way
    threads: frozenset[DeliveryId]  # messages in whose threads one does
    rows: Mapping[DeliveryId, IncidentRow]


class Notifier:
    """Tells what happened. `wake` lets it look at once."""

    def __init__(self, store: Store, views: Views, its: Surroundings) -> None:
        self._store = store
        self._views = views
        self._its = its
        self._woken = asyncio.Event()
        self._channels: dict[ChannelId, Channel] = {}
        self._waiting: set[ChannelId] = set()  # where something waited for the slot
        self._wondered: set[Seq] = set()
        self._guard = Guard()
        self._on_record = OnRecord(store.requests, self._row, new=its.approvals)

    def wake(self) -> None:
        """There may be something to tell."""
        self._woken.set()

    async def run(self, epoch: Epoch) -> NoReturn:
        """Tell until something ends it: LeaseLost, another StoreError, or a mistake of ours."""
        if self._its.default is not None:  # before anything is seen: the first sight is told, too
            await self._store.subscriptions.ensure_default(self._its.default, self._its.clock())
        account = await self._views.wait()
        for kind in Kind:  # filters look at rows: what waits is not decided before these are known
            await self._views.of(kind).follow()
        if await leave(self._store, epoch, account, self._its.clock()):
            self._its.sealed()
        self._channels = await resumed(self._store, account, self._its.clock())
        while True:
            self._woken.clear()
            if not await self._round(epoch, account):
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(EVERY.total_seconds()):
                await self._woken.wait()
        except TimeoutError:
            pass

    def _channel(self, ref: ChannelId) -> Channel:
        return self._channels.setdefault(ref, Channel(ref))

    async def _round(self, epoch: Epoch, account: AccountId) -> bool:
        """Look at every channel once; whether there is more to do at once."""
        looked = await self._look(account)
        self._on_record.begin()
        more = False
        for ref in {**looked.subscriptions, **self._channels, **looked.mutes}:
            if not self._guard.rests(ref):
                telling = self._tell(epoch, account, self._channel(ref), looked)
                more |= await self._guard.telling(ref, telling)
        if await complain(self._store, epoch, looked.states, looked.subscriptions, looked.now):
            self._its.sealed()
        return more

    async def _look(self, account: AccountId) -> Round:
        store, now = self._store, self._its.clock()
        subscriptions: dict[ChannelId, list[Subscription]] = defaultdict(list)
        for wish in await store.subscriptions.all():
            subscriptions[wish.channel].append(wish)
        mutes: dict[ChannelId, list[Mute]] = defaultdict(list)
        for mute in await store.subscriptions.mutes():
            mutes[mute.channel].append(mute)
        unsent = await store.outbox.unsent()
        return Round(
            now=now,
            last=await store.history.last(account),
            subscriptions=subscriptions,
            mutes=mutes,
            states=await store.tellings.channels(),
            busy=frozenset(it.channel for it in unsent if it.parent is None),
            threads=frozenset(it.parent for it in unsent if it.parent is not None),
            rows={it.delivery: it for it in await store.tellings.incidents(now - JOINS)},
        )

    async def _tell(self, epoch: Epoch, account: AccountId, channel: Channel, it: Round) -> bool:
        """Decide about one channel, and commit; whether there is more to decide at once."""
        wishes = it.subscriptions.get(channel.id, ())
        state = it.states.get(channel.id)
        cursor = _cursor(state, wishes, living=bool(channel.incidents))
        catching_up = self._catching_up()  # before the entries are read, and after
        looks = (wishes or channel.incidents) and cursor < it.last
        # Also where nothing can be posted: what waits there finds out when that has changed.
        blocked = channel.id in it.busy
        # What waits for a slot that is still closed needs no look at all that waits behind it.
        limit = 1 if blocked and channel.id in self._waiting else MOST
        entries = await self._store.history.after(account, cursor, limit) if looks else ()
        mutes = it.mutes.get(channel.id, ())
        clicked = channel.marks(it.rows)
        after = Channel(channel.id, dict(channel.incidents), dict(channel.untold))
        after.incidents |= {incident.id: incident for incident in clicked}
        states = await self._states(channel) if entries else {}
        planned = plan(
            Given(
                channel=channel.id,
                now=it.now,
                entries=entries,
                subscriptions=wishes,
                mutes=[mute for mute in mutes if mute.until > it.now],
                incidents=tuple(after.incidents.values()),
                slot_open=not blocked,
                rows=self._row,
                classes=self._its.classes,
                new_id=_new_id,
                catching_up={**catching_up, **self._catching_up()},
                whole=len(entries) < limit,
                account=account,
                refused=_in_state(states, State.REFUSED),
                unposted=_in_state(states, State.WAITING),
                there=self._there,
            )
        )
        self._wonder(planned)
        living = tuple(after.incidents.values())
        planned = await self._on_record.judge(account, planned, entries, living)
        over = [mute for mute in mutes if mute.until <= it.now] if not blocked else []
        held = {mute: await self._store.subscriptions.muted(mute.id) for mute in over}
        after.take_in(planned, entries, it.now)
        telling = sealed(
            account,
            after,
            planned,
            cursor=planned.cursor or cursor,
            clicked=clicked,
            over=held,
            threads=it.threads,
            now=it.now,
            new_id=_new_id,
        )
        if telling is not None:
            self._its.checkpoint("planned")
            await self._store.tellings.commit(epoch, telling)
            self._its.checkpoint("told")
            after.forget(it.now)
            self._channels[channel.id] = after
            if telling.sealed or telling.edited:
                self._its.sealed()
                self._its.changed()
        # What waits for the slot is looked at again when the outbox says that it is open.
        (self._waiting.add if planned.waiting else self._waiting.discard)(channel.id)
        return planned.cursor is not None and not planned.waiting and len(entries) == limit

    async def _states(self, channel: Channel) -> Mapping[DeliveryId, State]:
        """How far its living messages are."""
        sent = await self._store.outbox.many(list(channel.incidents))
        return {it.id: it.state for it in sent}

    def _wonder(self, planned: Planned) -> None:
        """Say once of which entries nobody knows what they mean."""
        for seq, error in planned.strange.items():
            if seq not in self._wondered:
                self._wondered.add(seq)
                log.error("an entry can't be decided about", seq=seq, exc_info=error)

    def _row(self, kind: Kind, ref: str) -> Row | None:
        snapshot = self._views.of(kind).snapshot
        known = snapshot.get(ref) or snapshot.tombstone(ref)
        return None if known is None else known.row

    def _there(self, kind: Kind, ref: str) -> bool:
        return self._views.of(kind).snapshot.get(ref) is not None

    def _catching_up(self) -> Mapping[Kind, tuple[datetime, datetime]]:
        found = {kind: self._views.of(kind).memory.catch_up for kind in Kind}
        return {kind: (it.since, it.until) for kind, it in found.items() if it is not None}


def _in_state(states: Mapping[DeliveryId, State], state: State) -> frozenset[DeliveryId]:
    return frozenset(ref for ref, it in states.items() if it is state)


def _cursor(state: ChannelState | None, wishes: Sequence[Subscription], *, living: bool) -> Seq:
    """Where to go on: nobody here wants to hear of what is older than the oldest wish. But messages that
    live want to hear of everything."""
    if living and state is not None:
        return state.cursor
    wanted = min((wish.after for wish in wishes), default=0)
    return Seq(max(wanted, 0 if state is None else state.cursor))


def _new_id() -> DeliveryId:
    return DeliveryId(uuid.uuid4().hex)
