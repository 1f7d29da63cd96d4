"""What the sender remembers while it is at work. Nothing of it is needed to send each message once:
after a crash the store and Slack tell all that matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.delivery.decisions import (
    EDIT_AFTER_POST,
    EDIT_SPACING,
    MINUTE,
    POST_GAP,
    Pace,
    edit_gap,
)
from bot.delivery.verdicts import DENIED_PAUSE, resting
from bot.model.subscriptions import ChannelId
from bot.store.messages import Delivery, DeliveryId


@dataclass(slots=True)
class Tries:
    """How often in a row something has failed, and how often for unknown reasons."""

    failures: int = 0
    strange: int = 0


@dataclass(slots=True)
class Rest:
    """A channel in which nothing can be posted."""

    probes: int
    until: float


@dataclass(slots=True)
class Memory:
    """One term of office. Times are seconds by the loop's clock."""

    began: float
    busy: set[ChannelId] = field(default_factory=set)
    editing: bool = False
    calls: list[float] = field(default_factory=list)
    posted: dict[ChannelId, float] = field(default_factory=dict)  # when a post last ended
    edit_from: dict[DeliveryId, float] = field(default_factory=dict)
    retry_from: dict[DeliveryId, float] = field(default_factory=dict)
    tries: dict[DeliveryId, Tries] = field(default_factory=dict)
    rests: dict[ChannelId, Rest] = field(default_factory=dict)
    open: set[ChannelId] = field(default_factory=set)  # known to be without a problem
    late_since: dict[DeliveryId, float] = field(default_factory=dict)
    given_up: dict[DeliveryId, int] = field(default_factory=dict)
    versions: dict[DeliveryId, int] = field(default_factory=dict)  # sent, and in doubt
    posts_from: float = 0.0
    edits_from: float = 0.0
    finds_from: float = 0.0
    last_edit: float = -EDIT_SPACING
    denied_until: float | None = None
    repeated: int = 0  # messages that may stand there twice

    def pace(self, now: float) -> Pace:
        """All of it at this moment, and nothing that has passed."""
        self.calls = [at for at in self.calls if now - at < MINUTE]
        self.edit_from = {ref: at for ref, at in self.edit_from.items() if at > now}
        post_from = {channel: at + POST_GAP for channel, at in self.posted.items()}
        self.posted = {channel: at for channel, at in self.posted.items() if at + POST_GAP > now}
        return Pace(
            busy=frozenset(self.busy),
            editing=self.editing,
            calls=tuple(sorted(self.calls)),
            post_from=post_from,
            edit_from=dict(self.edit_from),
            retry_from=dict(self.retry_from),
            probe_from={channel: rest.until for channel, rest in self.rests.items()},
            given_up=dict(self.given_up),
            # Whoever was at work before may have posted just now.
            any_post_from=max(self.posts_from, self.began + POST_GAP),
            any_edit_from=max(self.edits_from, self.last_edit + EDIT_SPACING),
            any_find_from=self.finds_from,
            denied_until=self.denied_until,
        )

    def late(self, stale: Sequence[Delivery], now: float) -> dict[DeliveryId, float]:
        """Since when each of them has shown an old version, as far as it was seen."""
        self.late_since = {it.id: self.late_since.get(it.id, now) for it in stale}
        self.given_up = {it.id: self.given_up[it.id] for it in stale if it.id in self.given_up}
        return self.late_since

    def called(self, planned: float, now: float) -> None:
        """What was planned then begins now."""
        if planned in self.calls:
            self.calls.remove(planned)
        self.calls.append(now)

    def post_ended(self, delivery: Delivery, now: float) -> None:
        """A call is over, whatever became of it."""
        self.posted[delivery.channel] = now
        self.edit_from[delivery.id] = now + (
            edit_gap(delivery.generation) if delivery.generation else EDIT_AFTER_POST
        )

    def edit_began(self, now: float) -> None:
        """The next edit keeps its distance."""
        self.last_edit = now

    def edit_ended(self, delivery: Delivery, now: float) -> None:
        """A call is over, whatever became of it."""
        self.edit_from[delivery.id] = now + edit_gap(delivery.generation)

    def forget(self, delivery: Delivery) -> Tries:
        """It went through, or has ended: how often it had failed."""
        self.retry_from.pop(delivery.id, None)
        self.versions.pop(delivery.id, None)
        return self.tries.pop(delivery.id, Tries())

    def failed(self, delivery: Delivery, *, strange: bool = False) -> Tries:
        """It failed once more: how often in a row."""
        tries = self.tries.setdefault(delivery.id, Tries())
        tries.failures += 1
        tries.strange += strange
        return tries

    def closed(self, channel: ChannelId, now: float) -> Rest:
        """Nothing can be posted there: until when to leave it alone."""
        before = self.rests.get(channel)
        if before is not None and before.until > now:
            return before  # a post and an edit may both find out
        probes = 1 if before is None else before.probes + 1
        self.rests[channel] = Rest(probes, now + resting(probes))
        self.open.discard(channel)
        return self.rests[channel]

    def repeated_once_more(self) -> int:
        """Another message may stand there twice: how many so far."""
        self.repeated += 1
        return self.repeated

    def denied(self, now: float) -> bool:
        """Slack takes nothing of us; whether that is news."""
        news = self.denied_until is None
        self.denied_until = now + DENIED_PAUSE
        return news
