"""The live socket: what is missed while it is away is read on return; long histories stay light."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from bot.sandbox.slack import SlackSandbox
from tests.browser.conftest import OpenPage
from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit
from tests.sandbox.slack.support import APPROVER, ASKER, OPS, Desk

pytestmark = BROWSER


async def test_a_cut_socket_is_announced_and_made_good(
    slack: SlackSandbox, new_page: OpenPage, desk: Desk
) -> None:
    """A banner while it is away; afterwards new, edited and deleted messages are as they should be."""
    page = await new_page()
    sockets: list[WebSocketRoute] = []
    refuse = False

    async def through(socket: WebSocketRoute) -> None:
        if refuse:
            await socket.close(code=1013)
            return
        sockets.append(socket)
        socket.connect_to_server()

    await page.route_web_socket("**/page/live*", through)
    await page.goto(f"{slack.url}#/{ASKER}/{OPS}")
    await expect(page.get_by_test_id("live")).to_have_text("Live")
    first, second = await desk.say("one"), await desk.say("two")
    await expect(page.get_by_test_id("message")).to_have_count(2)

    refuse = True
    await sockets[0].close(code=1011)
    await expect(page.get_by_test_id("banner")).to_contain_text(
        "connection to the stand-in is lost"
    )
    await desk.say("three", user=APPROVER)
    await desk.do("edit", user=ASKER, channel=OPS, ts=first, text="one, changed")
    await desk.do("delete", user=ASKER, channel=OPS, ts=second)
    await expect(page.get_by_test_id("message")).to_have_count(2)

    refuse = False
    await page.get_by_test_id("retry").click()
    await expect(page.get_by_test_id("banner")).to_be_hidden()
    bodies = page.get_by_test_id("message").locator(".body")
    await expect(bodies).to_have_text(["one, changed (edited)", "three"])
    await desk.say("four", user=APPROVER)
    await expect(bodies).to_have_count(3)
    await expect(page.locator("#announcer")).to_contain_text("Grace Hopper: four")


async def many(page: Page, count: int) -> None:
    """Gives #ops a longer history than the stand-in keeps."""

    async def history(route: Route) -> None:
        rows = [
            {
                "ts": f"{1772452800 + at * 60}.000100",
                "channel": OPS,
                "user": ASKER,
                "text": f"no {at}",
                "blocks": [],
            }
            for at in range(count)
        ]
        await route.fulfill(body=json.dumps({"messages": rows}), content_type="application/json")

    await page.route("**/_control/messages*", history)


@pytest.mark.long
async def test_five_thousand_messages_are_drawn_as_they_are_scrolled_to(
    slack: SlackSandbox, new_page: OpenPage, desk: Desk
) -> None:
    """The newest 200 at first; older ones in front while one scrolls up, and the view does not jump."""
    page = await new_page()
    await many(page, 5000)
    await page.goto(f"{slack.url}#/{ASKER}/{OPS}")
    messages = page.get_by_test_id("message")
    await expect(messages).to_have_count(200)
    await expect(messages.last).to_contain_text("no 4999")
    await expect(messages.last).to_be_in_viewport()
    await page.locator("#channel-scroll").evaluate("(node) => { node.scrollTop = 300; }")
    await expect(messages).to_have_count(400)
    await expect(messages.first).to_contain_text("no 4600")
    await expect(messages.first).not_to_be_in_viewport()
    await expect(page.get_by_text("no 4800", exact=True)).to_be_attached()
    await desk.say("fresh", user=APPROVER)
    await expect(messages).to_have_count(400)
    await expect(messages.last).to_contain_text("fresh")
    await expect(messages.last).not_to_be_in_viewport()


async def test_the_page_stays_at_the_newest_message(visit: Visit, desk: Desk) -> None:
    """While one is at the end, new messages scroll into view by themselves."""
    page = await visit()
    for at in range(40):
        await desk.say(f"line {at}", user=APPROVER)
    await expect(page.get_by_test_id("message").last).to_contain_text("line 39")
    await expect(page.get_by_test_id("message").last).to_be_in_viewport()
    await expect(page.get_by_test_id("message").first).not_to_be_in_viewport()
