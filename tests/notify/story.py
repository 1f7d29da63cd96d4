"""One channel as decisions see it: entries are told to it, and what follows is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from bot.model.changes import Change, Value, What
from bot.model.events import Event
from bot.model.filters import Filter, parse_filter
from bot.model.kinds import Kind, Row
from bot.model.requests import Request
from bot.model.status import StatusClasses
from bot.model.subscriptions import (
    ChannelId,
    Level,
    Mute,
    MuteId,
    Subscription,
    SubscriptionId,
    UserId,
)
from bot.notify.compose import letter
from bot.notify.incident import Incident
from bot.notify.judging import appeared, awaited, judged, with_approvals
from bot.notify.letters import Letter, Sort
from bot.notify.plan import Planned, plan
from bot.notify.planner import Given
from bot.store import DeliveryId, Record, Role, Seq
from bot.store.values import Entry
from tests.support.virtual_time import EPOCH

NOW = EPOCH
CLASSES = StatusClasses()
OPS = ChannelId("C0OPS")
ADA = UserId("U0ADA")

Told = Change | Event


def at(seconds: float) -> datetime:
    """So long after the beginning."""
    return NOW + timedelta(seconds=seconds)


def turned(
    ref: str | int,
    old: str,
    new: str,
    seconds: float = 0,
    kind: Kind = Kind.SERVER,
    after: float | None = None,
) -> Change:
    """A status changed; it was seen then, and otherwise 10 s before."""
    since = at(seconds - 10 if after is None else after)
    name = f"name-{ref}"
    return Change(
        kind, str(ref), name, What.STATUS, "status", old, new, since, at(seconds), inferred=False
    )


def fails(ref: str | int, seconds: float = 0) -> Change:
    return turned(ref, "running", "error", seconds)


def mends(ref: str | int, seconds: float = 0) -> Change:
    return turned(ref, "error", "running", seconds)


def whole(ref: str | int, status: str, **fields: Value) -> dict[str, Value]:
    """A server's documented fields."""
    made: dict[str, Value] = {
        "id": str(ref),
        "name": f"name-{ref}",
        "status": status,
        "region": "us-east-1",
        "spec": {"vcpus": 4, "ram_gb": 16, "disk_gb": 128},
        "created_at": NOW.isoformat(),
    }
    return made | fields


def came(ref: str | int, status: str | None = "running", seconds: float = 0) -> Change:
    """A server appeared; None: its row can't be read."""
    row = None if status is None else whole(ref, status)
    made = turned(ref, "", "", seconds)
    return replace(made, what=What.APPEARED, field=None, old=None, new=row)


def went(ref: str | int, seconds: float = 0) -> Change:
    made = turned(ref, "", "", seconds)
    return replace(made, what=What.GONE, field=None, old=whole(ref, "error"), new=None)


def renamed(ref: str | int, old: Value, new: Value, seconds: float = 0) -> Change:
    made = turned(ref, "", "", seconds)
    return replace(made, what=What.FIELD, field="name", old=old, new=new)


def own(
    what: str,
    seconds: float = 0,
    kind: Kind | None = Kind.SERVER,
    *,
    since: float | None = None,
    **details: Value,
) -> Event:
    """Something happened to the bot itself."""
    return Event(what, kind, None if since is None else at(since), at(seconds), details)


def wish(
    text: str = "",
    *,
    ref: int = 1,
    kind: Kind | None = None,
    level: Level = Level.NEWS,
    mention: str | None = None,
    after: int = 0,
) -> Subscription:
    """A subscription of the channel."""
    wanted = parse_filter(text, kind or Kind.SERVER) if text else Filter()
    return Subscription(SubscriptionId(ref), OPS, kind, wanted, level, mention, ADA, NOW, after)


def mute(text: str = "", *, ref: int = 1, kind: Kind | None = None) -> Mute:
    """A mute of the channel that holds."""
    wanted = parse_filter(text, kind or Kind.SERVER) if text else Filter()
    return Mute(MuteId(ref), OPS, kind, wanted, at(10**6), ADA, NOW)


class Story:
    """What is told goes into one history; each telling decides about all that waits."""

    def __init__(self, *wishes: Subscription, rows: Mapping[str, Row] | None = None) -> None:
        self.wishes: Sequence[Subscription] = wishes or (wish(),)
        self.mutes: Sequence[Mute] = ()
        self.rows = dict(rows or {})
        self.incidents: dict[DeliveryId, Incident] = {}
        self.waiting: list[Entry] = []
        self.records: list[Record] = []
        self.catching_up: Mapping[Kind, tuple[datetime, datetime]] = {}
        self.refused: frozenset[DeliveryId] = frozenset()
        self.gone: set[str] = set()
        self.requests: Sequence[Request] | None = None  # None: nothing is judged
        self.now = NOW
        self.seq = 0
        self._ids = count(1)

    def tell(self, *told: Told, slot: bool = True, seconds: float | None = None) -> Planned:
        """These were committed together: decide."""
        for it in told:
            self.seq += 1
            self.waiting.append(Entry(Seq(self.seq), it))
        last = max([self.now, *(it.before for it in told)])
        self.now = last if seconds is None else at(seconds)
        planned = plan(
            Given(
                channel=OPS,
                now=self.now,
                entries=self.waiting,
                subscriptions=self.wishes,
                mutes=self.mutes,
                incidents=tuple(self.incidents.values()),
                slot_open=slot,
                rows=self._row,
                classes=CLASSES,
                new_id=lambda: DeliveryId(f"d{next(self._ids)}"),
                catching_up=self.catching_up,
                refused=self.refused,
                there=lambda _, ref: ref not in self.gone,
            )
        )
        if self.requests is not None:
            planned = self._judge(planned, self.requests)
        self.incidents |= {it.incident.id: it.finished() for it in planned.drafts}
        self.records += planned.records
        if planned.cursor is not None:
            self.waiting = [it for it in self.waiting if it.seq > (planned.cursor or 0)]
        return planned

    def _judge(self, planned: Planned, requests: Sequence[Request]) -> Planned:
        living = tuple(self.incidents.values())
        spots = dict(awaited(planned, living, self._row))
        spots |= appeared(planned, self.waiting, self._row)
        found = judged(spots.values(), requests)
        return with_approvals(planned, living, {at: found[it] for at, it in spots.items()})

    def _row(self, _: Kind, ref: str) -> Row | None:
        return self.rows.get(ref)

    @property
    def letters(self) -> list[Letter]:
        """What all messages say, oldest first."""
        return [letter(it) for it in self.incidents.values()]

    def letter(self, place: int = -1) -> Letter:
        """What one of them says."""
        return self.letters[place]

    @property
    def sorts(self) -> list[Sort]:
        return [it.sort for it in self.letters]

    @property
    def roles(self) -> list[Role]:
        """What became of each change, in order."""
        return [it.role for it in self.records]

    @property
    def where(self) -> list[tuple[Role, str | None]]:
        """The same with the messages."""
        return [(it.role, it.delivery) for it in self.records]
