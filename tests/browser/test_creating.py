"""A server from the form to its address, as the people see it who ask for it and approve it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from bot.cloudnexus import utc_now
from tests.browser.conftest import OpenPage
from tests.browser.marks import BROWSER
from tests.support.house import APPROVER, ASKER, GUEST, OPS, House, Json, opened

pytestmark = BROWSER

SETTLED: dict[str, Any] = {
    "clock": utc_now,
    "channel": OPS,
    "account": {"plan": "enterprise"},
    "settings": {
        "cnx_min_poll_interval": "1s",
        "cnx_approvers": (APPROVER,),
        "cnx_regions": ("us-east-1", "eu-west-2"),
        "cnx_plans": ("c-2", "c-4"),
        "cnx_images": ("ubuntu-24.04", "debian-12"),
    },
}
"""A round of reading takes some three seconds of real time, and Grace approves."""

ASKED = "/cnx create name=web-7 region=us-east-1 image=ubuntu-24.04 plan=c-4 reason=more"


async def at_work(new_page: OpenPage, house: House, user: str, **options: Any) -> Page:
    """A page on which that person looks at #ops."""
    page = await new_page(**options)
    await page.goto(f"{house.workspace.url}#/{user}/{OPS}")
    await page.wait_for_selector("body[data-ready] .live.is-live")
    return page


async def types(page: Page, line: str) -> None:
    """Type a line in the channel and send it."""
    await page.get_by_test_id("composer").fill(line)
    await page.keyboard.press("Escape")  # the completion's list
    await page.keyboard.press("Enter")


async def replies(page: Page, line: str) -> None:
    """Reply in the thread."""
    await page.get_by_test_id("thread-composer").fill(line)
    await page.keyboard.press("Enter")


async def chooses(page: Page, label: str, value: str) -> None:
    """Choose from a menu of the form."""
    await page.get_by_test_id("modal").get_by_label(f"{label} (optional)", exact=True).click()
    await page.get_by_test_id("picker-option").get_by_text(value, exact=True).click()


def said(page: Page, text: str | re.Pattern[str], *, where: str = "message-list") -> Locator:
    """The messages there that hold these words."""
    return page.get_by_test_id(where).get_by_test_id("message").filter(has_text=text)


async def opens_thread(page: Page, name: str) -> Locator:
    """Open the thread below the card of the request for that server; the pane."""
    await said(page, f"{name} in us-east-1").get_by_test_id("thread-open").click()
    thread = page.get_by_test_id("thread")
    await expect(said(page, f"May {name} in us-east-1 be created?", where="thread")).to_be_visible()
    return thread


async def provisioned(house: House, name: str) -> str:
    """Let the server of that name run as soon as it is made, without its ETA; its id."""
    async with asyncio.timeout(30):
        while not (found := await house.servers(name)):  # noqa: ASYNC110 -- CloudNexus tells nobody
            await asyncio.sleep(0.05)
    ref = str(found[0]["id"])
    await house.fleet("set", id=ref, field="status", value="running")
    return ref


async def posts(house: House) -> list[Json]:
    """The creations that CloudNexus was sent."""
    return [it for it in await house.api_requests() if it["what"].startswith("POST")]


async def test_two_people_make_a_server_with_the_form_and_a_button(new_page: OpenPage) -> None:
    async with opened(**SETTLED) as house:
        ada = await at_work(new_page, house, ASKER)
        grace = await at_work(new_page, house, APPROVER)

        await types(ada, "/cnx create")
        form = ada.get_by_test_id("modal")
        await expect(form.get_by_role("heading")).to_have_text("Create a server")
        await chooses(ada, "Region", "us-east-1")
        await chooses(ada, "Image", "ubuntu-24.04")
        await chooses(ada, "Plan", "c-4")
        await form.get_by_label("Reason").fill("The launch on *Friday*, <!channel>")
        await form.get_by_label("Name").fill("w7")
        await form.get_by_role("button", name="Ask for approval").click()
        name = form.get_by_test_id("field").first
        await expect(name.get_by_test_id("field-error")).to_contain_text("3 to 63 characters")
        await expect(form.get_by_label("Reason")).to_have_value(re.compile("launch"))
        await form.get_by_label("Name").fill("web-7")
        await form.get_by_role("button", name="Ask for approval").click()
        await expect(form).to_contain_text("Request #1 for web-7 is recorded")
        await form.get_by_test_id("modal-cancel").click()

        card = said(grace, "web-7 in us-east-1")
        await expect(card).to_contain_text("approval wanted")
        await expect(card).to_contain_text("“The launch on *Friday*, <!channel>”")
        thread = await opens_thread(grace, "web-7")
        await expect(thread).to_contain_text("@Grace Hopper")
        assert await posts(house) == []
        await thread.get_by_role("button", name="Approve").click()

        begun = said(grace, re.compile("being created|provisioning"), where="thread").last
        ts = await begun.get_attribute("data-ts")
        progress = thread.locator(f"[data-testid=message][data-ts='{ts}']")
        made = await provisioned(house, "web-7")
        await expect(progress).to_contain_text("web-7 in us-east-1: running")
        await expect(progress).to_contain_text(
            re.compile(r"address (198\.51\.100|203\.0\.113)\.\d")
        )
        await expect(progress).to_contain_text("(edited)")
        await expect(card).to_contain_text("web-7 in us-east-1: running")
        await expect(thread.get_by_role("button", name="Approve")).to_have_count(0)
        await expect(said(ada, "web-7: appeared")).to_contain_text("request #1")

        assert [it["id"] for it in await house.servers("web-7")] == [made]
        assert len(await posts(house)) == 1


async def asked(new_page: OpenPage, house: House, line: str = ASKED) -> Page:
    """Ada has asked with a command, and looks at the thread below the card."""
    ada = await at_work(new_page, house, ASKER)
    await types(ada, line)
    await opens_thread(ada, "web-7")
    return ada


async def in_private(page: Page, text: str) -> None:
    """The last words in the thread are for this person alone."""
    told = page.get_by_test_id("thread").get_by_test_id("message").last
    await expect(told).to_contain_text(text)
    await expect(told.get_by_text("Only visible to you")).to_be_visible()


@pytest.mark.long
async def test_words_in_the_thread_count_for_those_who_may_approve(new_page: OpenPage) -> None:
    async with opened(**SETTLED) as house:
        ada = await asked(new_page, house)
        grace = await at_work(new_page, house, APPROVER)
        gus = await at_work(new_page, house, GUEST)
        for page in (grace, gus):
            await opens_thread(page, "web-7")

        await replies(ada, "approve")
        await in_private(ada, "Only approvers may decide this")
        await gus.get_by_test_id("thread").get_by_role("button", name="Approve").click()
        await in_private(gus, "You are a guest in this workspace")
        await replies(grace, "approved, I would say")
        await expect(said(ada, "0 of 1 approval", where="thread").last).to_be_visible()
        assert await posts(house) == []

        await replies(grace, "LGTM")
        await expect(
            said(ada, "CloudNexus has made the server", where="thread").last
        ).to_be_visible()
        assert len(await house.servers("web-7")) == len(await posts(house)) == 1


@pytest.mark.long
async def test_a_denial_tells_why_and_nothing_is_made(new_page: OpenPage) -> None:
    async with opened(**SETTLED) as house:
        ada = await asked(new_page, house)
        grace = await at_work(new_page, house, APPROVER)
        thread = await opens_thread(grace, "web-7")
        await thread.get_by_role("button", name="Deny").click()
        form = grace.get_by_test_id("modal")
        await form.get_by_label("Reason").fill("No budget <!here>")
        await form.get_by_role("button", name="Deny").click()
        await expect(form).to_have_count(0)
        for page in (ada, grace):
            await expect(said(page, "web-7 in us-east-1: denied")).to_contain_text(
                "“No budget <!here>”"
            )
            await expect(
                page.get_by_test_id("thread").get_by_role("button", name="Deny")
            ).to_have_count(0)

        await replies(ada, "cancel")
        await in_private(ada, "decided already")
        assert await posts(house) == await house.servers("web-7") == []


@pytest.mark.long
async def test_whoever_asked_cancels_on_a_phone(new_page: OpenPage) -> None:
    """Nothing there is wider than the screen: form, card and thread with a name as long as names get."""
    long = "w" * 63
    async with opened(**SETTLED) as house:
        ada = await at_work(new_page, house, ASKER, viewport={"width": 390, "height": 844})
        await types(ada, "/cnx create")
        form = ada.get_by_test_id("modal")
        await expect(form.get_by_label("Name")).to_be_focused()
        assert await narrow(ada)
        await form.get_by_test_id("modal-cancel").click()
        await types(ada, f"{ASKED} name={long}".replace("name=web-7 ", ""))
        thread = await opens_thread(ada, long)
        assert await narrow(ada)
        await thread.get_by_role("button", name="Cancel").click()
        await in_private(ada, "is cancelled: nothing is made")
        assert await narrow(ada)
        assert await posts(house) == await house.servers(long) == []


async def narrow(page: Page) -> bool:
    """Whether nothing reaches beyond the screen's side, be it cut off or scrolled to."""
    return bool(
        await page.evaluate(
            """() => [...document.querySelectorAll("#messages *, #thread *, dialog *")]
                .every((node) => node.getBoundingClientRect().right <= innerWidth)"""
        )
    )
