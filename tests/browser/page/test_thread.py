"""Threads, reactions, and one's own messages changed afterwards."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit
from tests.sandbox.slack.support import APPROVER, OPS, Desk

pytestmark = BROWSER

_GROWS = """(row) => {
    row.style.minHeight = `${row.offsetHeight + 300}px`;
    document.getElementById("thread-scroll").dispatchEvent(new Event("scroll"));
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
"""A row gets taller, and the news that we had scrolled to its end comes after that."""

_BELOW = """() => {
    const { scrollHeight, scrollTop, clientHeight } = document.getElementById("thread-scroll");
    return Math.round(scrollHeight - scrollTop - clientHeight);
}"""


async def test_a_thread_opens_takes_replies_and_closes(visit: Visit, desk: Desk) -> None:
    """The reply count leads into the pane; replies stand there, not in the channel; focus returns."""
    ts = await desk.say("deploy?")
    await desk.say("wait", user=APPROVER, thread_ts=ts)
    page = await visit()
    channel, thread = page.get_by_test_id("message-list"), page.get_by_test_id("thread")
    await expect(channel.get_by_test_id("message")).to_have_count(1)
    link = page.get_by_test_id("thread-open")
    await expect(link).to_contain_text("1 reply")
    await link.click()
    await expect(page.get_by_test_id("thread-composer")).to_be_focused()
    await expect(thread.get_by_test_id("message")).to_have_count(2)
    await page.keyboard.type("now")
    await page.keyboard.press("Enter")
    await expect(thread.get_by_test_id("message")).to_have_count(3)
    await expect(link).to_contain_text("2 replies")
    await expect(channel.get_by_test_id("message")).to_have_count(1)
    assert [row["text"] for row in await desk.messages(OPS, thread_ts=ts)] == [
        "deploy?",
        "wait",
        "now",
    ]
    assert page.url.endswith(f"/{OPS}/{ts}")
    await page.keyboard.press("Escape")
    await expect(thread).to_be_hidden()
    await expect(link).to_be_focused()


async def test_a_thread_stays_at_its_end_and_returns_there_with_ones_own_reply(
    visit: Visit, desk: Desk
) -> None:
    """Also where the last answer turns out taller than it was thought to be before it was drawn."""
    ts = await desk.say("deploy?")
    for _ in range(4):
        await desk.say("a line\n" * 14, user=APPROVER, thread_ts=ts)
    page = await visit(place=f"{OPS}/{ts}")
    messages = page.get_by_test_id("thread").get_by_test_id("message")
    await expect(messages).to_have_count(5)
    await messages.last.evaluate(_GROWS)
    assert await page.evaluate(_BELOW) == 0
    await page.locator("#thread-scroll").evaluate("(node) => { node.scrollTop = 0; }")
    await expect(messages.first).to_be_in_viewport()
    await desk.say("not at once", user=APPROVER, thread_ts=ts)
    await expect(messages).to_have_count(6)
    await expect(messages.last).not_to_be_in_viewport()
    await page.get_by_test_id("thread-composer").fill("now")
    await page.keyboard.press("Enter")
    await expect(messages).to_have_count(7)
    await expect(messages.last).to_be_in_viewport(ratio=0.99)


async def test_reactions_edits_and_deletions(visit: Visit, desk: Desk) -> None:
    """One adds a reaction and takes it back, edits one's own message and deletes it."""
    await desk.say("a & b @grace")
    page = await visit()
    message = page.get_by_test_id("message")
    await message.hover()
    await message.get_by_test_id("react").click()
    await page.locator("[data-testid=reaction-choice][data-name=eyes]").click()
    reaction = message.get_by_test_id("reaction")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    assert (await desk.messages())[0]["reactions"][0]["users"] == ["U0ASKER"]
    await reaction.click()
    await expect(reaction).to_have_count(0)
    await message.get_by_test_id("more").click()
    await page.get_by_role("menuitem", name="Edit message").click()
    field = page.get_by_test_id("edit")
    await expect(field).to_have_value("a & b @grace")
    await field.fill("changed")
    await field.press("Enter")
    await expect(message.locator(".body")).to_have_text("changed (edited)")
    await message.hover()
    await message.get_by_test_id("more").click()
    await page.get_by_role("menuitem", name="Delete message").click()
    await expect(message).to_have_count(0)
    assert await desk.messages(user="U0ASKER") == []
