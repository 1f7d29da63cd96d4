"""The spine as a newcomer sees it: the whole house, and a person at the workspace page."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from bot.cloudnexus import utc_now
from tests.browser.conftest import OpenPage
from tests.support.house import GUEST, OPS, opened

pytestmark = [pytest.mark.browser, pytest.mark.real_time, pytest.mark.xdist_group("browser")]


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
        await expect(reply).to_contain_text("Only visible to you")
        await expect(reply).to_contain_text(re.compile("live key"))
        first = await column(reply, 2)
        assert first == sorted(first, key=natural)
        asked = len(await house.api_requests())

        await reply.get_by_role("button", name=re.compile("Next")).click()
        await expect(reply).to_contain_text("Page 2 of")
        second = await column(reply, 2)
        assert second
        assert not set(first) & set(second)
        assert len(await house.api_requests()) == asked


async def test_a_failed_server_shows_in_the_next_answer(page: Page) -> None:
    async with opened(clock=utc_now) as house:
        await page.goto(house.workspace.url)
        await page.get_by_test_id("fleet-search").fill("prod-api-01")
        await page.get_by_test_id("fleet-found").get_by_text("prod-api-01").first.click()
        await page.get_by_test_id("fleet-fail").click()
        await expect(page.get_by_test_id("fleet-server-status")).to_contain_text("error")
        reply = await typed(page, "/cnx server prod-api-01")
        await expect(reply).to_contain_text("error")


async def test_a_guest_is_refused_where_a_member_is_answered(new_page: OpenPage) -> None:
    async with opened(clock=utc_now) as house:
        guest = await new_page()
        await guest.goto(house.workspace.url)
        await guest.get_by_test_id(f"act-as-{GUEST}").click()
        reply = await typed(guest, "/cnx status")
        await expect(reply).to_contain_text(re.compile("guest", re.IGNORECASE))


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
