"""The part of the composition root that speaks and creates: notifier, outbox and creator, under the lease.

They are built before Slack is connected, because who watches does not wait for Slack; what is sealed
meanwhile is sent as soon as there is somebody to carry it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn

from bot.approvals.creator import Creator
from bot.approvals.rights import Rights
from bot.approvals.service import Requesting
from bot.approvals.terms import Terms
from bot.approvals.working import Surroundings as CreatorSurroundings
from bot.cloudnexus import CloudNexus, QuotaView
from bot.delivery.messenger import Messenger
from bot.delivery.sender import Sender
from bot.model.changes import AccountId
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId
from bot.notify.notifier import Notifier, Surroundings
from bot.notify.service import Notifications
from bot.notify.subscribing import Subscribing
from bot.store import Epoch, Store
from bot.watch.views import Views
from bot.watch.watching import Duty


def _nothing(_: str) -> None:
    """The checkpoint of production."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How to tell, and how to create. `channel` hears of everything unless somebody there says otherwise."""

    classes: StatusClasses
    channel: ChannelId | None = None
    approvals: Terms = field(default_factory=Terms)
    checkpoint: Callable[[str], None] = _nothing


class Office:
    """Notifier, outbox and creator of one process, at work while it holds the lease."""

    def __init__(
        self,
        store: Store,
        views: Views,
        telling: Telling,
        *,
        client: CloudNexus,
        quota: Callable[[], Awaitable[QuotaView]],
        clock: Callable[[], datetime],
        remaining: Callable[[], timedelta],
        ruled: Callable[[], None],
    ) -> None:
        """`quota` is the account book of all processes; `remaining` the rest of the lease; `ruled` hears of
        an approver's word."""
        self._store = store
        self._telling = telling
        self._clock = clock
        self._remaining = remaining
        loop = asyncio.get_running_loop()
        self._messenger: asyncio.Future[Messenger] = loop.create_future()
        self._rights: asyncio.Future[Rights] = loop.create_future()
        self._sender: Sender | None = None
        self.changed: Callable[[], None] = _nobody
        """Hears that something is told, or shown anew."""
        its = Surroundings(
            classes=telling.classes,
            clock=clock,
            default=telling.channel,
            approvals=telling.approvals.at_work,
            sealed=self._wake_sender,
            changed=self._changed,
            checkpoint=telling.checkpoint,
        )
        self._notifier = Notifier(store, views, its)
        self.subscribing = subscribing_of(store, lambda: views.account, telling.classes, clock)
        self.notifications = Notifications(
            store.tellings,
            store.outbox,
            store.subscriptions,
            self.subscribing,
            views,
            classes=telling.classes,
            clock=clock,
            changed=self._notifier.wake,
            ruled=ruled,
        )

        self._creator = Creator(
            self._rights,
            CreatorSurroundings(
                store=store,
                views=views,
                client=client,
                terms=telling.approvals,
                classes=telling.classes,
                clock=clock,
                remaining=remaining,
                sealed=self._wake_sender,
                changed=self._moved,
                checkpoint=telling.checkpoint,
            ),
        )
        self.requesting = Requesting(
            store.requests,
            views,
            telling.approvals,
            key=client.key_kind,
            quota=quota,
            clock=clock,
            changed=self._creator.wake,
        )

    @property
    def duties(self) -> Mapping[str, Duty]:
        """What is done by whoever holds the lease."""
        return {
            "telling": self._notifier.run,
            "sending": self._send,
            "creating": self._creator.run,
        }

    def look(self) -> None:
        """Something was committed, or clicked: it may have to be told."""
        self._notifier.wake()
        self._creator.wake()

    def connected(self, messenger: Messenger, rights: Rights) -> None:
        """From now on there is somebody who carries messages, and knows who may do what."""
        self._messenger.set_result(messenger)
        self._rights.set_result(rights)
        self.requesting.rights = rights

    async def _send(self, epoch: Epoch) -> NoReturn:
        # Shielded: a lease that is lost meanwhile must not take the messenger from the next term.
        messenger = await asyncio.shield(self._messenger)
        self._sender = Sender(
            self._store.outbox,
            messenger,
            remaining=self._remaining,
            clock=self._clock,
            checkpoint=self._telling.checkpoint,
            on_sent=self._notifier.wake,
        )
        await self._sender.run(epoch)

    def _changed(self) -> None:
        self.changed()

    def _moved(self) -> None:
        """A request has moved on: what appeared may be judged by it."""
        self._notifier.wake()
        self.changed()

    def _wake_sender(self) -> None:
        if self._sender is not None:
            self._sender.wake()


def subscribing_of(
    store: Store,
    account: Callable[[], AccountId | None],
    classes: StatusClasses,
    clock: Callable[[], datetime],
) -> Subscribing:
    """What people want to be told of, out of that store."""
    return Subscribing(
        store.subscriptions,
        store.tellings,
        store.history,
        store.outbox,
        account=account,
        classes=classes,
        clock=clock,
    )


def _nobody() -> None:
    """Nobody wants to hear of it."""
