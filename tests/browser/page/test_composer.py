"""Writing: messages, new lines, completion of commands and names, and what a thread refuses."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit
from tests.sandbox.slack.support import OPS, Desk, RawApp

pytestmark = BROWSER


async def test_enter_sends_and_shift_enter_makes_a_line(visit: Visit, desk: Desk) -> None:
    """The message is posted as typed and appears in the list; the field is empty again."""
    page = await visit()
    composer = page.get_by_test_id("composer")
    await composer.press_sequentially("first")
    await composer.press("Shift+Enter")
    await composer.press_sequentially("second <b>")
    await composer.press("Enter")
    message = page.get_by_test_id("message")
    await expect(message).to_have_count(1)
    await expect(message.locator(".body")).to_have_text("first\nsecond <b>", use_inner_text=True)
    await expect(composer).to_have_value("")
    assert [row["text"] for row in await desk.messages(OPS)] == ["first\nsecond &lt;b&gt;"]


async def test_a_command_is_completed_and_sent_by_keyboard(visit: Visit, app: RawApp) -> None:
    """'/' lists the manifest's command with hint and description; Tab takes it, Enter sends it."""
    page = await visit()
    composer = page.get_by_test_id("composer")
    await composer.press_sequentially("/c")
    entry = page.get_by_test_id("completion-entry")
    await expect(entry).to_have_count(1)
    await expect(entry).to_contain_text("/cnx help")
    await expect(entry).to_contain_text("Ask about servers")
    assert await composer.get_attribute("aria-activedescendant") == await entry.get_attribute("id")
    await composer.press("Tab")
    await expect(composer).to_have_value("/cnx ")
    await composer.press_sequentially("servers")
    await composer.press("Enter")
    payload = (await app.until(1, "slash_commands"))[0]
    assert (payload["command"], payload["text"], payload["user_id"]) == (
        "/cnx",
        "servers",
        "U0ASKER",
    )
    await expect(page.get_by_test_id("waiting")).to_be_empty()
    await expect(page.get_by_test_id("message")).to_have_count(0)


async def test_escape_leaves_a_completion_and_arrows_choose_a_name(
    visit: Visit, desk: Desk
) -> None:
    """Escape closes the list until something else is typed; the chosen @name becomes a mention."""
    page = await visit()
    composer, list_ = page.get_by_test_id("composer"), page.get_by_test_id("completion")
    await composer.press_sequentially("ask @")
    await expect(list_).to_be_visible()
    await composer.press("Escape")
    await expect(list_).to_have_count(0)
    await composer.press_sequentially("g")
    await expect(page.get_by_test_id("completion-entry")).to_have_count(2)  # Grace, Gus
    await composer.press("ArrowDown")
    await composer.press("ArrowUp")
    await composer.press("Enter")
    await expect(composer).to_have_value("ask @grace ")
    await composer.press("Enter")
    await expect(page.locator(".mention")).to_have_text("@Grace Hopper")
    assert (await desk.messages(OPS))[0]["text"] == "ask <@U0APPROVER>"


async def test_a_command_in_a_thread_is_refused_as_in_slack(visit: Visit, desk: Desk) -> None:
    """Slackbot says so in the thread, only to the one who typed it."""
    ts = await desk.say("hello")
    page = await visit(place=f"{OPS}/{ts}")
    composer = page.get_by_test_id("thread-composer")
    await composer.fill("/cnx servers")
    await composer.press("Enter")
    notice = page.get_by_test_id("thread").get_by_test_id("message").last
    await expect(notice).to_contain_text("/cnx is not supported in threads. Sorry!")
    await expect(notice.get_by_text("Only visible to you")).to_be_visible()
    await expect(page.get_by_test_id("thread")).to_contain_text("No replies yet")


async def test_an_unknown_command_is_named_by_slackbot(visit: Visit) -> None:
    """The words come from the stand-in, and nothing is posted."""
    page = await visit()
    await page.get_by_test_id("composer").fill("/frobnicate now")
    await page.get_by_test_id("send").click()
    await expect(page.get_by_test_id("message")).to_contain_text(
        "/frobnicate is not a valid command"
    )
