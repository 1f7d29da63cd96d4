"""The spine as a newcomer sees it: the whole house, and a person at the workspace page."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from bot.cloudnexus import utc_now
from bot.model.kinds import Kind, name_of
from tests.browser.conftest import OpenPage
from tests.browser.marks import BROWSER
from tests.support.house import GUEST, OPS, House, opened

pytestmark = BROWSER


QUICK: dict[str, Any] = {
    "account": {"plan": "enterprise"},
    "settings": {"cnx_min_poll_interval": "1s"},
}
"""A round takes some three seconds of real time."""


async def typed(page: Page, line: str) -> Locator:
    """Type a line into #ops as a person does; the newest message of the bot."""
    await page.get_by_test_id(f"channel-{OPS}").click()
    composer = page.get_by_test_id("composer")
    await composer.click()
    await page.keyboard.type(line)
    await page.keyboard.press("Escape")  # the completion's list, where it is open
    await page.keyboard.press("Enter")
    return page.locator("[data-testid=message][data-user=U0CNX]").last


async def column(message: Locator, number: int) -> list[str]:
    """The texts of a table's column, without the head."""
    cells = message.get_by_test_id("table").locator(f"tr td:nth-child({number})")
    return [text.strip() for text in await cells.all_inner_texts()]


async def test_a_person_types_servers_turns_a_page_and_reads_the_table(page: Page) -> None:
    async with opened(clock=utc_now) as house:
        await page.goto(house.workspace.url)
        reply = await typed(page, "/cnx servers sort=name")
        await expect(reply).to_contain_text("142 servers")
        await expect(reply.get_by_text("Only visible to you")).to_be_visible()
        await expect(reply).to_contain_text(re.compile("live key"))
        first = await column(reply, 2)
        assert first == sorted(first, key=natural)

        await reply.get_by_role("button", name=re.compile("Next")).click()
        await expect(reply).to_contain_text("Page 2 of")
        second = await column(reply, 2)
        assert second
        assert not set(first) & set(second)
        assert await house.spent_by_people() == 0


async def fail_in_the_panel(page: Page, name: str) -> None:
    """Let a server fail, with the mouse."""
    await page.get_by_test_id("fleet-search").fill(name)
    await page.get_by_test_id("fleet-found").get_by_text(name).first.click()
    await page.get_by_test_id("fleet-fail").click()
    await expect(page.get_by_test_id("fleet-server-status")).to_contain_text("error")


async def noticed(house: House, name: str, status: str) -> None:
    """Wait until the watchers know."""
    view = house.bot.watch.views.of(Kind.SERVER)
    async with asyncio.timeout(60):
        while not any(  # noqa: ASYNC110 -- nothing tells when a row changes
            name_of(known.row) == name and known.row.status == status
            for known in view.snapshot.known.values()
        ):
            await asyncio.sleep(0.1)


async def test_a_failed_server_shows_in_the_history(page: Page) -> None:
    async with opened(clock=utc_now, **QUICK) as house:
        await page.goto(house.workspace.url)
        await fail_in_the_panel(page, "prod-api-01")
        await noticed(house, "prod-api-01", "error")
        reply = await typed(page, "/cnx history")
        await expect(reply).to_contain_text(re.compile("prod-api-01: status running → error"))
        await expect(reply).to_contain_text("Servers were read for the first time")
        reply = await typed(page, "/cnx server prod-api-01")
        await expect(reply).to_contain_text("Lately")
        assert await house.spent_by_people() == 0


@pytest.mark.long
async def test_who_asks_live_sees_it_at_once_and_is_told_the_price(page: Page) -> None:
    async with opened(clock=utc_now, settings={"cnx_min_poll_interval": "1h"}) as house:
        await page.goto(house.workspace.url)
        await fail_in_the_panel(page, "prod-api-01")
        reply = await typed(page, "/cnx server prod-api-01 --live")
        await expect(reply).to_contain_text("error")
        await expect(reply).to_contain_text("Read from CloudNexus for this answer: 2 requests")


@pytest.mark.long
async def test_a_guest_is_refused_where_a_member_is_answered(new_page: OpenPage) -> None:
    async with opened(clock=utc_now) as house:
        guest = await new_page()
        await guest.goto(house.workspace.url)
        await guest.get_by_test_id(f"act-as-{GUEST}").click()
        reply = await typed(guest, "/cnx status")
        await expect(reply).to_contain_text(re.compile("guest", re.IGNORECASE))


@pytest.mark.long
async def test_on_a_phone_the_table_scrolls_and_the_page_does_not(new_page: OpenPage) -> None:
    async with opened(clock=utc_now) as house:
        phone = await new_page(viewport={"width": 390, "height": 844}, has_touch=True)
        await phone.goto(f"{house.workspace.url}")
        await phone.get_by_test_id("composer").click()
        await phone.keyboard.type("/cnx servers")
        await phone.keyboard.press("Escape")
        await phone.get_by_test_id("send").click()
        reply = phone.locator("[data-testid=message][data-user=U0CNX]").last
        await expect(reply).to_contain_text("142 servers")
        width = await phone.evaluate("document.documentElement.scrollWidth")
        assert width <= 390


def natural(name: str) -> list[tuple[int, str | int]]:
    """web-2 before web-10."""
    return [
        (0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", name) if part
    ]
