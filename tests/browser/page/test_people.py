"""Who sees what: two people side by side, the switch between them, the guest, what is unread."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit
from tests.sandbox.slack.support import APPROVER, ASKER, GUEST, OPS, Api, Desk

pytestmark = BROWSER


async def test_a_private_message_is_shown_to_its_reader_only(
    visit: Visit, desk: Desk, api: Api
) -> None:
    """Two pages are two people; switching the person in one of them shows what the other sees."""
    ada, grace = await visit(ASKER), await visit(APPROVER)
    private = {"channel": OPS, "user": ASKER, "text": "Between us"}
    assert (await api.call("chat.postEphemeral", **private))["ok"]
    await desk.say("for all", user=APPROVER)
    seen_by_ada = ada.get_by_test_id("message")
    await expect(seen_by_ada).to_have_count(2)
    await expect(seen_by_ada.first.get_by_text("Only visible to you")).to_be_visible()
    await expect(seen_by_ada.first).to_contain_text("Between us")
    await expect(grace.get_by_test_id("message")).to_have_count(1)
    await expect(grace.get_by_text("Between us")).to_have_count(0)

    await grace.get_by_test_id(f"act-as-{ASKER}").click()
    await expect(grace.get_by_text("Between us")).to_be_visible()
    assert grace.url.endswith(f"#/{ASKER}/{OPS}")
    await grace.reload()
    await expect(grace.get_by_test_id(f"act-as-{ASKER}").locator("input")).to_be_checked()


async def test_a_guest_has_only_their_channel(visit: Visit) -> None:
    """Gus sees the one channel that he is in, and is marked as a guest."""
    page = await visit(GUEST)
    await expect(page.locator("#channels .entry")).to_have_count(1)
    await expect(page.get_by_test_id(f"channel-{OPS}")).to_be_visible()
    await expect(page.get_by_test_id(f"act-as-{GUEST}")).to_contain_text("Guest")


async def test_what_is_elsewhere_is_counted_until_it_is_read(visit: Visit, desk: Desk) -> None:
    """A badge counts messages of other channels, not one's own; opening the channel clears it."""
    page = await visit()
    await desk.say("one", user=APPROVER, channel="C0GENERAL")
    await desk.say("mine", user=ASKER, channel="C0GENERAL")
    await desk.say("hey @ada", user=APPROVER, channel="C0GENERAL")
    badge = page.get_by_test_id("channel-C0GENERAL").get_by_test_id("unread")
    await expect(badge).to_have_text("2 unread")
    await page.get_by_test_id("channel-C0GENERAL").click()
    await expect(page.get_by_test_id("message")).to_have_count(3)
    await expect(badge).to_have_count(0)
    await expect(page.locator(".mention-me")).to_have_text("@Ada Lovelace")


async def test_channels_and_people_appear_as_they_change(visit: Visit, desk: Desk) -> None:
    """A private channel with its lock, a renamed person, and a channel that one has to leave."""
    page = await visit(place="C0GENERAL")
    await desk.say("hello", user=APPROVER, channel="C0GENERAL")
    secret = {"id": "C0SECRET", "name": "secret", "is_private": True}
    await desk.do("channels", **secret, members=[ASKER, "U0CNX"])
    await expect(page.get_by_test_id("channel-C0SECRET").locator(".icon-lock")).to_be_visible()
    await desk.do("users", id=APPROVER, real_name="Rear Admiral Hopper")
    await expect(page.get_by_test_id("message").locator(".author")).to_have_text(
        "Rear Admiral Hopper"
    )
    await page.get_by_test_id("channel-C0SECRET").click()
    await expect(page.get_by_text("This is the very beginning of #secret")).to_be_visible()
    await desk.do("channels", **secret, members=["U0CNX"])
    await expect(page.get_by_test_id("channel-C0SECRET")).to_have_count(0)
    await expect(page.locator("#channel-title")).to_have_text("ops")
    await desk.do("channels", id=OPS, is_archived=True)
    await expect(page.get_by_text("This channel is archived")).to_be_visible()
    await expect(page.get_by_test_id("composer")).to_be_hidden()


async def test_without_a_fleet_there_is_no_panel(visit: Visit) -> None:
    """The stand-in was started without a CloudNexus stand-in behind it."""
    page = await visit()
    await expect(page.get_by_test_id("fleet-panel")).to_be_hidden()
    await expect(page.get_by_test_id("fleet-toggle")).to_be_hidden()
