"""The turnstile: who waits there is let through as soon as may be, and nobody is forgotten."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.cloudnexus import Caller, Priority
from bot.cloudnexus.admission import Admission
from bot.cloudnexus.quota import Ticket, Wait, Why
from bot.cloudnexus.ratelimit import RateLimit
from tests.support.virtual_time import EPOCH, virtual_now

WATCHER = Caller("watch servers", Priority.BACKGROUND)
PERSON = Caller("U0ASKER")


def an_hour() -> timedelta:
    return timedelta(hours=1)


async def probing() -> tuple[Admission, Ticket]:
    """A turnstile through which one request has gone to learn the quota."""
    admission = Admission(virtual_now)
    ticket = await admission.admit(PERSON, an_hour)
    assert isinstance(ticket, Ticket)
    return admission, ticket


async def test_who_waits_for_a_probe_goes_as_soon_as_it_is_answered() -> None:
    admission, probe = await probing()
    waiting = [asyncio.create_task(admission.admit(PERSON, an_hour)) for _ in range(3)]
    await asyncio.sleep(5)
    assert not any(task.done() for task in waiting)
    told = RateLimit(1_000, 900, EPOCH + timedelta(hours=1))
    admission.answered(probe, told, refused=False)
    assert all(isinstance(it, Ticket) for it in await asyncio.gather(*waiting))
    assert virtual_now() == EPOCH + timedelta(seconds=5)


async def test_who_gave_way_goes_on_when_the_more_urgent_one_gives_up() -> None:
    """In the very moment in which the probe is the watcher's for the taking."""
    admission, probe = await probing()
    watcher = asyncio.create_task(admission.admit(WATCHER, an_hour))
    person = asyncio.create_task(admission.admit(PERSON, an_hour))
    await asyncio.sleep(1)
    admission.lost(probe)
    person.cancel()
    assert isinstance(await watcher, Ticket)
    assert virtual_now() == EPOCH + timedelta(seconds=1)


async def test_the_deadline_ends_the_wait_for_a_probe() -> None:
    admission, _ = await probing()
    ends = virtual_now() + timedelta(seconds=7)
    assert await admission.admit(PERSON, lambda: ends - virtual_now()) == Wait(Why.PROBE, None)
    assert virtual_now() == ends


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    admission, probe = await probing()
    admission.answered(probe, RateLimit(1_000, 5, EPOCH + timedelta(hours=1)), refused=False)
    wait = await admission.admit(PERSON, lambda: timedelta(minutes=59))
    assert wait == Wait(Why.RESERVED, EPOCH + timedelta(seconds=3_601))
    assert virtual_now() == EPOCH


async def test_a_wait_for_the_reset_ends_when_a_new_window_is_told_before() -> None:
    """Somebody else's answer may know better."""
    admission, probe = await probing()
    admission.answered(probe, RateLimit(1_000, 5, EPOCH + timedelta(hours=1)), refused=False)
    person = asyncio.create_task(admission.admit(PERSON, lambda: timedelta(hours=2)))
    await asyncio.sleep(1)
    creation = await admission.admit(Caller("approval", Priority.CREATION), an_hour)
    assert isinstance(creation, Ticket)
    later = RateLimit(1_000, 999, EPOCH + timedelta(hours=2))
    admission.answered(creation, later, refused=False)
    assert isinstance(await person, Ticket)
    assert virtual_now() == EPOCH + timedelta(seconds=1)


async def test_who_gives_up_waiting_is_waited_for_by_nobody() -> None:
    """Its turn is the next one's; else background work would go at half its pace for a while."""
    admission, probe = await probing()
    admission.answered(probe, RateLimit(1_000, 999, EPOCH + timedelta(hours=1)), refused=False)
    assert isinstance(await admission.admit(WATCHER, an_hour), Ticket)
    impatient = asyncio.create_task(
        admission.admit(Caller("watch domains", Priority.BACKGROUND), an_hour)
    )
    await asyncio.sleep(0)
    waiting = asyncio.create_task(admission.admit(WATCHER, an_hour))
    await asyncio.sleep(1)
    impatient.cancel()
    assert isinstance(await waiting, Ticket)
    assert virtual_now() - EPOCH < timedelta(seconds=5)  # and not two steps of four seconds


async def test_who_waits_for_the_first_answer_has_its_place_already() -> None:
    admission = Admission(virtual_now)
    watchers = [Caller(f"watch {what}", Priority.BACKGROUND) for what in ("a", "b", "c")]
    order: list[str] = []

    async def watch(caller: Caller) -> None:
        while True:
            ticket = await admission.admit(caller, an_hour)
            assert isinstance(ticket, Ticket)
            order.append(caller.name[-1])
            if len(order) == 1:
                await asyncio.sleep(1)
            admission.answered(ticket, RateLimit(), refused=False)

    tasks = [asyncio.create_task(watch(caller)) for caller in watchers]
    await asyncio.sleep(34)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert "".join(order) == "abcabcabc"


async def test_the_present_window_and_what_is_free_in_it_are_told() -> None:
    admission, probe = await probing()
    admission.answered(probe, RateLimit(1_000, 150, EPOCH + timedelta(hours=1)), refused=False)
    assert [admission.free(priority) for priority in Priority] == [50, 140, 150]
    assert admission.window_ends() == EPOCH + timedelta(seconds=3_601)
    assert admission.view().remaining == 150
