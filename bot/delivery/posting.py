"""One message on its way: sent once, or found where it stands already."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from bot.delivery.aftermath import Desk, now
from bot.delivery.decisions import Post, Reconcile
from bot.delivery.messenger import Failure, MessengerError
from bot.delivery.verdicts import Verdict, after_find, after_post, growing
from bot.store.messages import Delivery, Place, State

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(hours=1)
"""How much earlier than its first attempt a message is looked for: clocks differ."""

SECOND_LOOK = 5.0
"""Seconds until a history that lacks a message is read once more: it may lag."""


async def post(desk: Desk, step: Post, planned: float) -> None:
    """Send it. Whatever happens, the store says before and after what is known of it."""
    ref, memory = step.delivery.id, desk.memory
    await desk.long_enough()
    await desk.outbox.sending(desk.epoch, ref, desk.clock())
    desk.checkpoint("sending")
    delivery = await desk.outbox.find(ref)  # its content may have been written anew meanwhile
    if delivery is None or delivery.state is not State.SENDING:
        return
    if await _thread_moved(desk, delivery, step.thread_ts):
        await desk.outbox.unmade(desk.epoch, ref)
        return
    await desk.long_enough()
    memory.called(planned, now())
    try:
        call = desk.messenger.post(
            delivery.content,
            channel=delivery.channel,
            thread_ts=step.thread_ts,
            wire_id=delivery.wire_id,
            repeated=delivery.repeated,
        )
        place = await desk.carried(call, delivery)
    except MessengerError as error:
        memory.post_ended(delivery, now())
        await _post_failed(desk, delivery, error)
    else:
        memory.post_ended(delivery, now())
        desk.checkpoint("posted")
        await _stands(desk, delivery, place, delivery.version)


async def _thread_moved(desk: Desk, delivery: Delivery, thread_ts: str | None) -> bool:
    """Whether the message above it was posted anew since this was planned. Once it is 'sending' that
    waits for it."""
    if delivery.parent is None:
        return False
    parent = await desk.outbox.find(delivery.parent)
    return parent is None or parent.place is None or parent.place.ts != thread_ts


async def _stands(desk: Desk, delivery: Delivery, place: Place, version: int) -> None:
    await desk.outbox.sent(desk.epoch, delivery.id, place, version, desk.clock())
    desk.checkpoint("sent")
    desk.changed()
    await desk.went_through(delivery)


async def _post_failed(desk: Desk, delivery: Delivery, error: MessengerError) -> None:
    tries = desk.memory.tries.get(delivery.id)
    verdict = after_post(error.failure, 1 + (tries.strange if tries else 0))
    if verdict is Verdict.RECONCILE:
        desk.memory.versions[delivery.id] = delivery.version
        desk.doubt(delivery, error)
        return
    if verdict is Verdict.REFUSE:
        await desk.refuse(delivery, error.word)
        return
    await desk.outbox.unmade(desk.epoch, delivery.id)
    match verdict:
        case Verdict.PAUSE:
            desk.pause("posts", error)
        case Verdict.REST:
            await desk.rest(delivery, error)
        case Verdict.DENIED:
            desk.denied(error)
        case _:
            desk.retry(delivery, error, strange=error.failure is not Failure.UNSENT)


async def reconcile(desk: Desk, step: Reconcile) -> None:
    """Find out whether it stands there. Where that can't be known it will be sent again, and say so."""
    delivery = step.delivery
    try:
        place = await _looked_for(desk, step)
    except MessengerError as error:
        await _find_failed(desk, delivery, error)
        return
    if place is not None:
        desk.checkpoint("found")
        # Which version was sent is known only to the one who sent it; else it is edited once more.
        await _stands(desk, delivery, place, desk.memory.versions.get(delivery.id, 0))
        return
    desk.checkpoint("absent")
    log.info("a message in doubt is absent, and is sent again", delivery=delivery.id)
    await _send_again(desk, delivery)


async def _send_again(desk: Desk, delivery: Delivery) -> None:
    await desk.outbox.unmade(desk.epoch, delivery.id)
    tries = desk.memory.tries.get(delivery.id)  # doubted time and again: less and less often
    if tries is not None:
        desk.memory.retry_from[delivery.id] = now() + growing(tries.failures, desk.jitter())


async def _looked_for(desk: Desk, step: Reconcile) -> Place | None:
    delivery = step.delivery
    since = (delivery.sending_at or delivery.created_at) - LOOK_BACK

    async def look() -> Mapping[str, Place]:
        call = desk.messenger.find(
            {delivery.wire_id},
            channel=delivery.channel,
            thread_ts=step.thread_ts,
            since=since,
        )
        return await desk.carried(call, delivery)

    found = await look()
    if delivery.wire_id not in found:
        await asyncio.sleep(SECOND_LOOK)
        found = await look()
    return found.get(delivery.wire_id)


async def _find_failed(desk: Desk, delivery: Delivery, error: MessengerError) -> None:
    tries = desk.memory.tries.get(delivery.id)
    verdict = after_find(error.failure, 1 + (tries.strange if tries else 0))
    match verdict:
        case Verdict.PAUSE:
            desk.pause("finds", error)
        case Verdict.DENIED:
            desk.denied(error)
        case Verdict.REPEAT:
            await desk.outbox.doubled(desk.epoch, delivery.id)
            desk.checkpoint("doubled")
            log.warning(
                "the history can't be read: a message is possibly repeated",
                delivery=delivery.id,
                channel=delivery.channel,
                word=error.word,
                so_far=desk.memory.repeated_once_more(),
            )
            await _send_again(desk, delivery)
        case _:
            known = error.failure in (Failure.UNSENT, Failure.DOUBTFUL)
            desk.retry(delivery, error, strange=not known)
