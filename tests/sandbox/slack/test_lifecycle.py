"""Starting and stopping: quickly, with everything open, leaving nothing; and memory that is bounded."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import ClientError, ClientSession

from bot.sandbox.slack import ManifestError, SlackSandbox
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.log import Calls, Log
from bot.sandbox.slack.messages import Channel, Message
from bot.sandbox.slack.people import People
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.rooms import KEPT_MESSAGES, Rooms
from bot.sandbox.slack.stamps import Stamps
from bot.sandbox.slack.triggers import TriggerError, Triggers
from tests.sandbox.slack.support import ASKER, Api, Desk, RawApp, manifest
from tests.support.virtual_time import EPOCH, virtual_now


def _stamps() -> Stamps:
    return Stamps(lambda: EPOCH)


async def test_it_stops_at_once_with_everything_open(http: ClientSession) -> None:
    """Sockets, pages, a waiting command, a slow call, an event to try again: under a second."""
    before = asyncio.all_tasks()
    sandbox = SlackSandbox(manifest=manifest(), clock=virtual_now)
    await sandbox.start()
    desk, api, app = Desk(sandbox, http), Api(sandbox.api_url, http), RawApp(sandbox, http)
    await app.connect()
    await app.connect()
    app.acknowledge = lambda envelope: False
    page = await http.ws_connect(f"{sandbox.url}page/live?user={ASKER}")
    await desk.say("an event that nobody acknowledges")
    await desk.do("faults", kind="slow", method="users.list", seconds=3_600)
    waiting = [
        asyncio.create_task(desk.command("/cnx x")),
        asyncio.create_task(api.call("users.list")),
    ]
    await app.until(1, "slash_commands")
    await asyncio.sleep(0)
    virtual, real = virtual_now(), time.monotonic()
    await sandbox.stop()
    assert (virtual_now() - virtual).total_seconds() < 1
    assert time.monotonic() - real < 1
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, ClientError | AssertionError) for result in results), results
    await page.close()
    await app.close()
    assert asyncio.all_tasks() == before


async def test_stopping_twice_or_before_the_start_is_harmless() -> None:
    """A composition root may stop what it never started."""
    sandbox = SlackSandbox(manifest=manifest(), clock=virtual_now)
    await sandbox.stop()
    before = asyncio.all_tasks()
    await sandbox.start()
    await sandbox.stop()
    await sandbox.stop()
    assert asyncio.all_tasks() == before


async def test_a_taken_port_is_an_error(slack: SlackSandbox) -> None:
    """OSError, and nothing is left behind."""
    port = int(slack.url.rsplit(":", 1)[1].strip("/"))
    second = SlackSandbox(manifest=manifest(), clock=virtual_now, port=port)
    with pytest.raises(OSError, match=str(port)):
        await second.start()
    await second.stop()


async def test_addresses_are_what_they_say(slack: SlackSandbox) -> None:
    """url, api_url, control_url, each ending in a slash."""
    assert slack.api_url == f"{slack.url}api/"
    assert slack.control_url == f"{slack.url}_control/"
    assert slack.url.startswith("http://127.0.0.1:")


async def test_an_app_elsewhere_gets_addresses_by_the_name_that_it_used(
    http: ClientSession,
) -> None:
    """A container reaches the stand-in by another name than the visitor."""
    sandbox = SlackSandbox(manifest=manifest(), clock=virtual_now, host="0.0.0.0")  # noqa: S104 — the case at hand
    await sandbox.start()
    assert sandbox.url.startswith("http://127.0.0.1:")
    by_name = sandbox.url.replace("127.0.0.1", "localhost")
    app = RawApp(sandbox, http)
    await app.connect()
    await Api(f"{by_name}api/", http).call("auth.test")
    await Desk(sandbox, http).command("/cnx x")
    assert app.payloads()[0]["response_url"].startswith(f"{by_name}response/")
    await app.close()
    await sandbox.stop()


async def test_a_wrong_manifest_is_refused() -> None:
    """With the field's name, before anything is started."""
    with pytest.raises(ManifestError, match=r"display_information\.name"):
        SlackSandbox(manifest={})


def test_old_messages_go() -> None:
    """2,000 per channel are kept, the newest."""
    stamps, log = _stamps(), Log(lambda: EPOCH)
    rooms = Rooms(People("cnx"), stamps, log, Hub())
    rooms.put_channel(Channel("C1", "one", (ASKER,)))
    posted = [
        rooms.post(Message(stamps.ts(), "C1", ASKER, f"{index}"))
        for index in range(KEPT_MESSAGES + 5)
    ]
    kept = list(rooms.messages("C1"))
    assert [message.ts for message in kept] == [message.ts for message in posted[5:]]


def test_a_reply_outlives_its_parent() -> None:
    """A thread whose parent has gone can still be written to and deleted from."""
    stamps = _stamps()
    rooms = Rooms(People("cnx"), stamps, Log(lambda: EPOCH), Hub())
    rooms.put_channel(Channel("C1", "one", (ASKER,)))
    parent = rooms.post(Message(stamps.ts(), "C1", ASKER, "parent"))
    reply = rooms.post(Message(stamps.ts(), "C1", ASKER, "reply", thread_ts=parent.ts))
    for index in range(KEPT_MESSAGES - 1):
        rooms.post(Message(stamps.ts(), "C1", ASKER, f"{index}"))
    assert rooms.find("C1", parent.ts) is None
    rooms.delete(reply)
    assert rooms.find("C1", reply.ts) is None


def test_old_lines_and_calls_go_and_numbers_go_on() -> None:
    """`seq` never restarts, so `after` stays right."""
    log = Log(lambda: EPOCH, kept=3)
    for index in range(5):
        log.add("message", f"m{index}", "posted")
    assert [line["seq"] for line in log.after()] == [3, 4, 5]
    assert (log.last, log.after(4, "view")) == (5, [])
    calls = Calls(lambda: EPOCH, log, kept=2)
    for index in range(4):
        calls.add("auth.test", "bot", {"n": index}, status=200, error=None)
    assert [row["args"]["n"] for row in calls.after()] == [2, 3]
    assert calls.last == 4


def test_old_triggers_and_response_urls_go() -> None:
    """What nobody used is forgotten, oldest first."""
    stamps = _stamps()
    triggers = Triggers(lambda: EPOCH, stamps)
    first = triggers.issue(ASKER)
    for _ in range(1_000):
        triggers.issue(ASKER)
    with pytest.raises(TriggerError, match="invalid_trigger_id"):
        triggers.check(first)
    urls = ResponseUrls(lambda: EPOCH, stamps)
    oldest = urls.issue("C1", ASKER)
    for _ in range(5_000):
        urls.issue("C1", ASKER)
    assert urls.find(oldest) == (None, "invalid_url")


def test_a_fault_that_nobody_meets_stays() -> None:
    """Faults wait for their method."""
    faults = Faults(_stamps(), Log(lambda: EPOCH))
    faults.set({"kind": "cut", "method": "auth.test"})
    assert faults.take("users.list") is None
    assert len(faults.all()) == 1
