"""One edit: Slack is to show the newest version of a message. To do it twice does no harm."""

from __future__ import annotations

import structlog

from bot.delivery.aftermath import Desk, now
from bot.delivery.decisions import Edit
from bot.delivery.messenger import Failure, MessengerError
from bot.delivery.verdicts import Verdict, after_edit
from bot.store.messages import Delivery, State

log = structlog.get_logger(__name__)


async def edit(desk: Desk, step: Edit, planned: float) -> None:
    """Show what is newest now."""
    await desk.long_enough()
    delivery = await desk.outbox.find(step.delivery.id)
    if delivery is None or delivery.state is not State.SENT or delivery.place is None:
        return
    began = now()
    desk.memory.called(planned, began)
    desk.memory.edit_began(began)
    try:
        call = desk.messenger.edit(delivery.content, delivery.place, repeated=delivery.repeated)
        await desk.carried(call, delivery)
    except MessengerError as error:
        desk.memory.edit_ended(delivery, now())
        await _failed(desk, delivery, error)
    else:
        desk.memory.edit_ended(delivery, now())
        desk.checkpoint("edited")
        await desk.outbox.shown(desk.epoch, delivery.id, delivery.version)
        desk.checkpoint("shown")
        await desk.went_through(delivery, frees=step.alone)


async def _failed(desk: Desk, delivery: Delivery, error: MessengerError) -> None:
    tries = desk.memory.tries.get(delivery.id)
    strange = 1 + (tries.strange if tries else 0)
    match after_edit(error.failure, strange):
        case Verdict.PAUSE:
            desk.pause("edits", error)
        case Verdict.REST:
            await desk.rest(delivery, error)
        case Verdict.DENIED:
            desk.denied(error)
        case Verdict.ANEW if await _reply_in_doubt(desk, delivery):
            # It is looked for under this one, and would not be found under the next.
            desk.retry(delivery, error, strange=False)
        case Verdict.ANEW:
            await desk.outbox.again(desk.epoch, delivery.id)
            desk.checkpoint("again")
            desk.memory.forget(delivery)
            log.info(
                "a message is gone, and is posted again", delivery=delivery.id, word=error.word
            )
            desk.changed()
        case Verdict.REFUSE:
            # It still stands there, and may take the next version.
            desk.memory.given_up[delivery.id] = delivery.version
            desk.memory.forget(delivery)
            log.error("slack takes an edit in no form", delivery=delivery.id, word=error.word)
        case _:
            known = error.failure in (Failure.UNSENT, Failure.DOUBTFUL)
            desk.retry(delivery, error, strange=not known)


async def _reply_in_doubt(desk: Desk, delivery: Delivery) -> bool:
    """Whether a message in its thread may be on its way, or stand there unknown to us."""
    unsent = await desk.outbox.unsent()
    return any(it.parent == delivery.id and it.state is State.SENDING for it in unsent)
