"""The fleet's panel in front of a real CloudNexus stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from bot.sandbox.cloudnexus import CloudNexusSandbox
from bot.sandbox.slack import SlackSandbox
from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit
from tests.sandbox.slack.support import Json

pytestmark = BROWSER


@pytest_asyncio.fixture(loop_scope="session")
async def fleet() -> AsyncIterator[CloudNexusSandbox]:
    """A fleet that changes only when it is told to."""
    sandbox = CloudNexusSandbox(servers=40, seed=3, living=False)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def slack(fleet: CloudNexusSandbox, given_manifest: Json) -> AsyncIterator[SlackSandbox]:
    """A workspace that reaches this fleet."""
    sandbox = SlackSandbox(manifest=given_manifest, fleet_control_url=fleet.control_url)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


async def result(page: Page, task: str, text: str) -> None:
    """The card of that task says what it did."""
    await expect(page.get_by_test_id(f"fleet-result-{task}")).to_contain_text(text)


async def state(http: ClientSession, fleet: CloudNexusSandbox) -> Json:
    """The fleet's own word on how it is."""
    async with http.get(fleet.control_url + "state") as answer:
        body: Json = await answer.json()
        return body


async def test_one_server_is_found_failed_recovered_removed_and_added(
    visit: Visit, fleet: CloudNexusSandbox, http: ClientSession
) -> None:
    """By keyboard; each deed is said, counted and logged, and a name is text even here."""
    evil = "<img src=x onerror=evil=1>"
    row = {"kind": "server", "row": {"name": evil, "region": "us-east-1", "status": "running"}}
    async with http.post(fleet.control_url + "add", json=row) as answer:
        assert answer.status == 200, await answer.text()
    page = await visit(viewport={"width": 1440, "height": 2000})
    await expect(page.get_by_test_id("fleet-total")).to_have_text("41")
    await expect(page.get_by_test_id("fleet-quota")).to_contain_text("1,000 of 1,000 requests left")
    await page.get_by_test_id("fleet-recover-all").click()
    await result(page, "burst", "well")
    await page.get_by_test_id("fleet-search").fill("img src")
    await expect(page.get_by_test_id("fleet-found")).to_contain_text(evil)
    await page.keyboard.press("Enter")
    await page.get_by_test_id("fleet-fail").click()
    await result(page, "server", f"{evil}: running → error")
    await expect(page.locator("[data-status=error] b")).to_have_text("1")
    newest = page.get_by_test_id("fleet-log").locator("li").first
    await expect(newest).to_contain_text(f"{evil} running → error")
    await page.get_by_test_id("fleet-recover").click()
    await result(page, "server", f"{evil}: error → running")
    await page.get_by_test_id("fleet-remove").click()
    await result(page, "server", f"{evil} is gone.")
    await page.get_by_test_id("fleet-add").click()
    await result(page, "server", "Added ")
    await page.get_by_test_id("fleet-stop").click()
    await result(page, "server", "→ stopped")
    assert (await state(http, fleet))["servers"]["by_status"]["stopped"] == 1
    assert await page.evaluate("typeof evil") == "undefined"


async def test_regions_clusters_bursts_and_faults(
    visit: Visit, fleet: CloudNexusSandbox, http: ClientSession
) -> None:
    """Each control says what it did, and the fleet agrees; a wrong number is named."""
    page = await visit(viewport={"width": 1440, "height": 2000})
    await page.get_by_test_id("fleet-recover-all").click()
    await result(page, "burst", "well")
    region = await page.get_by_test_id("fleet-region-choice").input_value()
    await page.get_by_test_id("fleet-region-down").click()
    await result(page, "region", f"{region} is down: ")
    assert (await state(http, fleet))["servers"]["by_status"]["unreachable"] > 0
    await page.get_by_test_id("fleet-region-up").click()
    await result(page, "region", f"{region} is up again")
    cluster = await page.get_by_test_id("fleet-cluster-choice").input_value()
    await page.get_by_test_id("fleet-cluster-degrade").click()
    await result(page, "cluster", f"{cluster}: ready → degraded")
    await page.get_by_test_id("fleet-burst-count").fill("0")
    await page.get_by_test_id("fleet-burst-go").click()
    await result(page, "burst", "a whole number from 1 on")
    await page.get_by_test_id("fleet-burst-count").fill("5")
    await page.get_by_test_id("fleet-burst-go").click()
    await result(page, "burst", "5 servers failed at once.")
    await expect(page.locator("[data-status=error] b")).to_have_text("5")
    await page.get_by_test_id("fleet-fault-kind").select_option("error")
    await page.get_by_test_id("fleet-fault-often").select_option("always")
    await page.get_by_test_id("fleet-fault-go").click()
    await result(page, "faults", "500, until stopped")
    [fault] = (await state(http, fleet))["faults"]
    assert (fault["kind"], fault["status"], fault["times"]) == ("status", 500, None)
    await page.get_by_test_id("fleet-fault-stop").click()
    await result(page, "faults", "Over: 500")
    await expect(page.get_by_test_id("fleet-fault-list").locator("li")).to_have_count(0)
    await page.get_by_test_id("fleet-fault-kind").select_option("rate_limited")
    await page.get_by_test_id("fleet-fault-go").click()
    await result(page, "faults", "429")
    [fault] = (await state(http, fleet))["faults"]
    assert (fault["kind"], fault["seconds"]) == ("rate_limited", 30)


async def test_on_a_phone_the_panel_is_a_drawer(visit: Visit) -> None:
    """Closed at first; the button opens it over the page, its cross closes it."""
    page = await visit(viewport={"width": 390, "height": 844})
    panel = page.get_by_test_id("fleet-panel")
    await expect(panel).to_be_hidden()
    await page.get_by_test_id("fleet-toggle").click()
    await expect(page.get_by_test_id("fleet-total")).to_have_text("40")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.get_by_role("button", name="Close the fleet's panel").click()
    await expect(panel).to_be_hidden()
    await expect(page.get_by_test_id("fleet-toggle")).to_be_focused()
