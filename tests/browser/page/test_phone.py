"""At a phone's width: nothing scrolls sideways but tables, and the side panes become drawers."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit
from tests.sandbox.slack.support import OPS, Api, Desk, RawApp, field, modal, section

pytestmark = BROWSER

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LONG = "https://example.com/" + "a" * 300


async def fits(page: Page) -> None:
    """The page is as wide as the screen, and so is everything in the pane that is shown."""
    wide = """
    () => [document.documentElement, ...document.querySelectorAll(".scroll, .dialog-body, .fleet-content")]
      .filter((node) => node.checkVisibility() && node.scrollWidth > node.clientWidth)
      .map((node) => node.id || node.className || node.tagName)
    """
    assert await page.evaluate(wide) == []


async def test_nothing_scrolls_sideways_but_a_table(
    visit: Visit, api: Api, desk: Desk, app: RawApp
) -> None:
    """Long words, wide tables, a thread, a modal and Home all fit into 390 pixels."""
    row = [{"type": "raw_text", "text": f"a rather wide cell {at}"} for at in range(8)]
    posted = await api.call(
        "chat.postMessage",
        channel=OPS,
        text="wide",
        blocks=[section(f"{LONG} `{LONG}`"), {"type": "table", "rows": [row, row]}],
    )
    assert posted["ok"], posted
    await desk.say(LONG, thread_ts=posted["ts"])
    page = await visit(**PHONE)
    await expect(page.get_by_test_id("message")).to_have_count(1)
    await fits(page)
    table = page.get_by_test_id("table")
    assert await table.evaluate("(node) => node.scrollWidth > node.clientWidth")
    await page.get_by_test_id("thread-open").click()
    await expect(page.get_by_test_id("thread").get_by_test_id("message")).to_have_count(2)
    await expect(page.get_by_test_id("composer")).to_be_hidden()
    await fits(page)
    await page.get_by_test_id("thread-close").click()
    await page.get_by_test_id("composer").fill("/cnx new")
    await page.get_by_test_id("send").click()
    trigger = (await app.until(1, "slash_commands"))[0]["trigger_id"]
    form = modal(field({"type": "plain_text_input", "action_id": "a"}), section(LONG))
    assert (await api.call("views.open", trigger_id=trigger, view=form))["ok"]
    await expect(page.get_by_test_id("modal")).to_be_visible()
    await fits(page)


async def test_the_sidebar_is_a_drawer(visit: Visit) -> None:
    """It opens by its button, holds the focus, closes by Escape and by choosing a channel."""
    page = await visit(**PHONE)
    await expect(page.get_by_test_id("channel-C0GENERAL")).to_be_hidden()
    opener = page.get_by_role("button", name="Channels")
    await opener.click()
    await expect(page.get_by_test_id("channel-C0GENERAL")).to_be_in_viewport()
    assert await page.locator("#content").evaluate("(node) => node.inert")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("channel-C0GENERAL")).to_be_hidden()
    await expect(opener).to_be_focused()
    await opener.click()
    await page.get_by_test_id("channel-C0GENERAL").click()
    await expect(page.locator("#channel-title")).to_have_text("general")
    await expect(page.get_by_test_id("channel-C0GENERAL")).to_be_hidden()
    await fits(page)
