"""Living messages of an account that is watched no more: they say so, and what they say is no longer true
for certain. When that account is watched again, they go on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from bot.model.changes import AccountId
from bot.model.subscriptions import ChannelId
from bot.notify.incident import from_rows
from bot.notify.letters import Letter, from_json, to_json
from bot.store import Epoch, Seq, Store
from bot.store.messages import Delivery, DeliveryId, IncidentRow, Telling


async def leave(store: Store, epoch: Epoch, account: AccountId, now: datetime) -> bool:
    """Let them say what holds from now on; whether any changed. Raises LeaseLost, or another StoreError."""
    rows = [row for row in await store.tellings.incidents(now) if row.open]
    sent = {it.id: it for it in await store.outbox.many([row.delivery for row in rows])}
    edits: dict[ChannelId, dict[DeliveryId, str]] = defaultdict(dict)
    for row in rows:
        said = _said(row, sent.get(row.delivery), account, now)
        if said is not None:
            edits[row.channel][row.delivery] = to_json(said)
    for channel, edited in edits.items():
        # The cursor stays where it is: it never goes back.
        await store.tellings.commit(epoch, Telling(account, channel, Seq(0), edited=edited))
    return bool(edits)


def _said(
    row: IncidentRow, sent: Delivery | None, account: AccountId, now: datetime
) -> Letter | None:
    """What it is to say now; None where that is what it says."""
    try:
        ours = from_rows(row, {}).body.account == account
        said = None if sent is None else from_json(sent.content)
    except ValueError:  # that is said by who resumes
        return None
    if not isinstance(said, Letter) or ours == (said.left_at is None):
        return None
    return replace(said, left_at=None if ours else now)
