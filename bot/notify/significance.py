"""How much a change means, and which subscriptions want it told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from bot.model.changes import Change, What
from bot.model.events import Event
from bot.model.kinds import Row
from bot.model.status import StatusClass, StatusClasses
from bot.model.subscriptions import Level, Mute, Subscription
from bot.store.values import Seq


class Weight(IntEnum):
    """What a change means for those who are called at night."""

    ORDINARY = 0  # what happens on the way: provisioning, restarts, and their good end
    NEWS = 1
    END = 2  # what was bad is so no longer
    BAD = 3


def weight(change: Change, classes: StatusClasses) -> Weight:
    """How much it means."""
    if change.what is What.APPEARED:
        status = change.new.get("status") if isinstance(change.new, dict) else None
        bad = isinstance(status, str) and classes.of(status) is StatusClass.BAD
        return Weight.BAD if bad else Weight.NEWS
    if change.what is not What.STATUS:
        return Weight.NEWS
    old, new = (classes.of(str(it)) for it in (change.old, change.new))
    if new is StatusClass.BAD:
        return Weight.BAD
    if old is StatusClass.BAD:
        return Weight.NEWS if new is StatusClass.TRANSIT else Weight.END
    passing = new is StatusClass.TRANSIT or (old is StatusClass.TRANSIT and new is StatusClass.WELL)
    if passing or old is new:
        return Weight.ORDINARY
    return Weight.NEWS


def status_after(change: Change) -> str | None:
    """The status that the change led to; None where it tells of none."""
    if change.what is What.STATUS:
        return str(change.new)
    if change.what is What.APPEARED and isinstance(change.new, dict):
        status = change.new.get("status")
        return status if isinstance(status, str) else None
    return None


def covers(subscription: Subscription, change: Change, seq: Seq, rows: Sequence[Row]) -> bool:
    """Whether the change is about what the subscription is about; `rows` is it before and after."""
    if seq <= subscription.after or subscription.kind not in (None, change.kind):
        return False
    return not subscription.filter or any(subscription.filter.matches(row) for row in rows)


def wants(subscription: Subscription, weighs: Weight) -> bool:
    """Whether something of that weight is told to it."""
    if subscription.level is Level.BAD:
        return weighs >= Weight.END
    # Who names a status wants to hear of it, also where it is an ordinary one.
    named = any(it.field == "status" and it.op == "=" for it in subscription.filter.conditions)
    return weighs > Weight.ORDINARY or named or subscription.level is Level.ALL


def hears(subscription: Subscription, event: Event, seq: Seq) -> bool:
    """Whether it is told what happened to the bot: that concerns all who rely on its sight."""
    if seq <= subscription.after:
        return False
    return event.kind is None or subscription.kind in (None, event.kind)


def muting(mutes: Iterable[Mute], change: Change | Event, rows: Sequence[Row]) -> Mute | None:
    """The mute that holds it back; `rows` is the resource that it is about."""
    for mute in mutes:
        if mute.kind in (None, change.kind) and (
            not mute.filter or any(mute.filter.matches(row) for row in rows)
        ):
            return mute
    return None
