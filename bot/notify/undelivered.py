"""What owners of subscriptions are told, once and in private: their channel takes nothing any more."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.model.subscriptions import ChannelId, Subscription, UserId
from bot.notify.compose import COMMANDS, undeliverable
from bot.notify.letters import to_json
from bot.store import Epoch, Store
from bot.store.messages import ChannelState, DeliveryId, NewDelivery, Urgency


async def complain(
    store: Store,
    epoch: Epoch,
    states: Mapping[ChannelId, ChannelState],
    subscriptions: Mapping[ChannelId, Sequence[Subscription]],
    now: datetime,
) -> bool:
    """Seal what is to be told; whether there was anything. Raises LeaseLost, or another StoreError."""
    told = False
    for ref, state in states.items():
        wishes = subscriptions.get(ref, ())
        if state.problem is not None and state.told_at is None and wishes:
            await store.outbox.seal(epoch, complaints(state, wishes, now))
            await store.outbox.owners_told(epoch, ref, now)
            told = True
    return told


def complaints(
    state: ChannelState, wishes: Sequence[Subscription], now: datetime
) -> list[NewDelivery]:
    """One message for each owner, with all that they asked for there."""
    owners: dict[UserId, list[Subscription]] = defaultdict(list)
    for wish in wishes:
        if wish.owner is not None:
            owners[wish.owner].append(wish)
    since = state.problem_since or now
    return [_private(owner, state, since, mine, now) for owner, mine in owners.items()]


def _private(
    owner: UserId,
    state: ChannelState,
    since: datetime,
    wishes: Sequence[Subscription],
    now: datetime,
) -> NewDelivery:
    # Of the same problem the same id: whoever seals it again after a crash makes no second one.
    ref = DeliveryId(uuid.uuid5(uuid.NAMESPACE_OID, f"{owner} {state.channel} {since}").hex)
    named = [(int(wish.id), wish_words(wish)) for wish in wishes]
    content = to_json(undeliverable(ref, state.channel, state.problem or "", since, named))
    return NewDelivery(ref, ChannelId(owner), content, now, Urgency.NEWS)


def wish_words(wish: Subscription) -> str:
    """A subscription as it is typed: `servers region=us-east-1`; nothing for everything."""
    return f"{COMMANDS[wish.kind] if wish.kind else ''} {wish.filter}".strip()
