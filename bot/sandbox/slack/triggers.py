"""Trigger ids: what lets the app open a modal, once, within three seconds of what a person did."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.sandbox.slack.identity import Clock
from bot.sandbox.slack.stamps import Stamps

LIFETIME = timedelta(seconds=3)  # docs: a trigger expires in 3 seconds
_KEPT = 1_000


class TriggerError(Exception):
    """The trigger can't be used; `error` is Slack's name for why."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class _Trigger:
    user: str
    expires: datetime
    used: bool = False


class Triggers:
    """All triggers that are still worth remembering."""

    def __init__(self, clock: Clock, stamps: Stamps) -> None:
        self._clock = clock
        self._stamps = stamps
        self._known: OrderedDict[str, _Trigger] = OrderedDict()

    def issue(self, user: str) -> str:
        """A new trigger for what that person just did."""
        trigger_id = f"{self._stamps.number()}.4711.{self._stamps.secret()}"
        self._known[trigger_id] = _Trigger(user, self._clock() + LIFETIME)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return trigger_id

    def check(self, trigger_id: object) -> str:
        """The person behind a trigger that may still be used. Raises TriggerError."""
        trigger = self._known.get(trigger_id) if isinstance(trigger_id, str) else None
        if trigger is None:
            raise TriggerError("invalid_trigger_id")
        if trigger.used:
            raise TriggerError("exchanged_trigger_id")
        if self._clock() > trigger.expires:
            raise TriggerError("expired_trigger_id")
        return trigger.user

    def spend(self, trigger_id: str) -> None:
        """The trigger has opened a view: it opens no other."""
        self._known[trigger_id] = replace(self._known[trigger_id], used=True)
