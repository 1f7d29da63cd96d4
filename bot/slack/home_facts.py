"""What a person's Home shows beside the account: what goes on, and what they have asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.model.subscriptions import Subscription, UserId
from bot.notify.letters import Letter, from_json
from bot.slack.render.home import INCIDENTS, HomeExtras, OpenIncident
from bot.store import Outbox, StoreError, Subscriptions, Tellings
from bot.store.messages import Delivery, IncidentRow
from bot.watch.supervision import StoreAlarm


class HomeFacts:
    """Looks it up. A store that fails leaves a gap that the Home shows."""

    def __init__(
        self,
        tellings: Tellings,
        outbox: Outbox,
        subscriptions: Subscriptions,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._tellings = tellings
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._clock = clock
        self._alarm = StoreAlarm(doing="reading for Homes")

    async def of(self, user: str) -> HomeExtras:
        """For that person."""
        try:
            rows = await self._tellings.incidents(self._clock())
            latest = [row for row in reversed(rows) if row.open]
            shown = await self._outbox.many([row.delivery for row in latest])
            wishes = await self._subscriptions.all()
        except StoreError as error:
            self._alarm.failed(error)
            return HomeExtras(failed=True)
        self._alarm.well()
        return extras(UserId(user), latest, shown, wishes)


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
            if letter is not None and letter.left_at is None:
                incidents.append(OpenIncident(letter, row.channel))
    own = tuple(it for it in wishes if it.owner == user)
    return HomeExtras(tuple(incidents[:INCIDENTS]), len(incidents) + unreadable, own)


def _letter(delivery: Delivery) -> Letter | None:
    """What it says; None where another version wrote it: that must not cost anybody their Home."""
    try:
        content = from_json(delivery.content)
    except ValueError:
        return None
    return content if isinstance(content, Letter) else None
