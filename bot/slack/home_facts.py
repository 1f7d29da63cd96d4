"""What a person's Home shows beside the account: what goes on, and what they have asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.approvals.answers import RequestList, Which
from bot.model.subscriptions import Subscription, UserId
from bot.notify.letters import Letter, Sort, from_json
from bot.slack.render.home import INCIDENTS, REQUESTS, HomeExtras, OpenIncident
from bot.store import Outbox, StoreError, Subscriptions, Tellings
from bot.store.messages import Delivery, IncidentRow
from bot.watch.supervision import StoreAlarm


class Requests(Protocol):
    """What is needed of `bot.approvals.service.Requesting`; raises StoreError."""

    async def listed(self, which: Which, asker: UserId | None, page: int = 1) -> RequestList:
        """A page of them, the newest first."""
        ...


class HomeFacts:
    """Looks it up. A store that fails leaves a gap that the Home shows."""

    def __init__(
        self,
        tellings: Tellings,
        outbox: Outbox,
        subscriptions: Subscriptions,
        *,
        clock: Callable[[], datetime],
        requests: Requests | None = None,
    ) -> None:
        self._tellings = tellings
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._clock = clock
        self._requests = requests
        self._alarm = StoreAlarm(doing="reading for Homes")

    async def of(self, user: str) -> HomeExtras:
        """For that person."""
        try:
            rows = await self._tellings.incidents(self._clock())
            latest = [row for row in reversed(rows) if row.open]
            shown = await self._outbox.many([row.delivery for row in latest])
            wishes = await self._subscriptions.all()
            pending = None
            if self._requests is not None:
                pending = await self._requests.listed(Which.PENDING, UserId(user))
        except StoreError as error:
            self._alarm.failed(error)
            return HomeExtras(failed=True)
        self._alarm.well()
        found = extras(UserId(user), latest, shown, wishes)
        if pending is None:
            return found
        return replace(found, requests=pending.requests[:REQUESTS], pending=pending.number)


def extras(
    user: UserId,
    latest: Sequence[IncidentRow],
    shown: Sequence[Delivery],
    wishes: Sequence[Subscription],
) -> HomeExtras:
    """What it comes to; `latest` are the incidents that are open, `shown` what they say."""
    said = {it.id: it for it in shown}
    incidents = []
    unreadable = 0
    for row in latest:
        if (delivery := said.get(row.delivery)) is not None:
            letter = _letter(delivery)
            unreadable += letter is None
            if letter is not None and letter.left_at is None and _goes_on(letter):
                incidents.append(OpenIncident(letter, row.channel))
    own = tuple(it for it in wishes if it.owner == user)
    return HomeExtras(tuple(incidents[:INCIDENTS]), len(incidents) + unreadable, own)


def _goes_on(letter: Letter) -> bool:
    """Whether more is open than whether a server was asked for: of that alone nobody has to take care."""
    if letter.sort is Sort.NEWS:
        return False
    return letter.closed_at is None or letter.sort not in (Sort.BAD, Sort.FLAPPING)


def _letter(delivery: Delivery) -> Letter | None:
    """What it says; None where another version wrote it: that must not cost anybody their Home."""
    try:
        content = from_json(delivery.content)
    except ValueError:
        return None
    return content if isinstance(content, Letter) else None
