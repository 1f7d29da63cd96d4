"""What is clicked in messages: buttons, menus, selects, confirmations; tables; and waiting for the app."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit
from tests.sandbox.slack.support import (
    OPS,
    Api,
    Desk,
    Json,
    RawApp,
    actions,
    button,
    field,
    mrkdwn,
    option,
    plain,
    section,
    select,
)

pytestmark = BROWSER


async def test_choices_and_confirmations_reach_the_app(visit: Visit, app: RawApp, api: Api) -> None:
    """Each element sends its value; a refused confirmation sends nothing; inputs travel along."""
    sure = {
        "title": plain("Sure?"),
        "text": mrkdwn("*Really*"),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    risky = button("remove", style="danger", value="7", confirm=sure | {"style": "danger"})
    menu = {"type": "overflow", "action_id": "menu", "options": [option("mute"), option("show")]}
    posted = await api.call(
        "chat.postMessage",
        channel=OPS,
        text="x",
        blocks=[
            section("Server", accessory=menu),
            field({"type": "plain_text_input", "action_id": "t"}, "why"),
            actions(risky, select("a", "b"), {"type": "datepicker", "action_id": "day"}),
        ],
    )
    assert posted["ok"], posted
    page = await visit()
    await page.locator("[data-action-id=remove]").click()
    await expect(page.get_by_test_id("confirm").locator("b")).to_have_text("Really")
    await expect(page.get_by_test_id("confirm-deny")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("confirm")).to_have_count(0)
    await page.locator("[data-action-id=t]").fill("disk full")
    await page.locator("[data-action-id=remove]").click()
    await page.get_by_test_id("confirm-yes").click()
    await app.until(1, "interactive")
    await page.locator("[data-action-id=menu]").click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await app.until(2, "interactive")
    await page.locator("[data-action-id=pick]").click()
    await page.locator("[data-testid=picker-option][data-value=b]").click()
    await app.until(3, "interactive")
    await page.locator("[data-action-id=day]").fill("2026-03-09")
    payloads = await app.until(4, "interactive")
    sent = [payload["actions"][0] for payload in payloads]
    assert [action["action_id"] for action in sent] == ["remove", "menu", "pick", "day"]
    assert sent[0]["value"] == "7"
    assert payloads[0]["state"]["values"]["why"]["t"]["value"] == "disk full"
    assert sent[1]["selected_option"]["value"] == "show"
    assert sent[2]["selected_option"]["value"] == "b"
    assert sent[3]["selected_date"] == "2026-03-09"
    await expect(page.locator(".is-pending")).to_have_count(0)


@pytest.mark.long
async def test_what_is_not_acknowledged_says_so(
    visit: Visit, app: RawApp, api: Api, desk: Desk
) -> None:
    """A button spins, then bears a warning sign; a command gets Slackbot's notice with the error."""
    app.acknowledge = lambda _: False
    posted = await api.call("chat.postMessage", channel=OPS, text="x", blocks=[actions(button())])
    assert posted["ok"], posted
    page = await visit()
    host = page.locator(".element-button")
    await host.get_by_role("button").click()
    await expect(host).to_have_attribute("aria-busy", "true")
    await page.get_by_test_id("composer").fill("/cnx servers")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("waiting")).to_contain_text(
        "/cnx servers is waiting for the app"
    )
    sign = host.get_by_test_id("failed-sign")
    await expect(sign).to_have_attribute("aria-label", "The app did not respond in time.")
    notice = page.get_by_test_id("message").filter(has_text="operation_timeout").last
    await expect(notice).to_contain_text('/cnx failed with the error "operation_timeout"')
    await expect(notice.get_by_text("Only visible to you")).to_be_visible()
    await expect(page.get_by_test_id("waiting")).to_be_empty()
    assert {line["what"] for line in await desk.lines("payload")} >= {"sent", "timed_out"}


async def test_a_table_has_its_header_alignment_and_all_rows(visit: Visit, api: Api) -> None:
    """100 rows: a header row, columns aligned and wrapped as asked, read by their cells."""

    def cell(text: str) -> Json:
        return {"type": "raw_text", "text": text}

    names = ["Name", "RAM", "Age"]
    rows = [[cell(f"{name[:2]}{row}") for name in names] for row in range(99)]
    table = {
        "type": "table",
        "rows": [[cell(name) for name in names], *rows],
        "column_settings": [{"is_wrapped": True}, {"align": "right"}, {"align": "center"}],
    }
    posted = await api.call("chat.postMessage", channel=OPS, text="table", blocks=[table])
    assert posted["ok"], posted
    page = await visit()
    await expect(page.get_by_role("columnheader")).to_have_text(names)
    await expect(page.get_by_role("row")).to_have_count(100)
    last = page.get_by_role("row").nth(99).get_by_role("cell")
    await expect(last).to_have_text(["Na98", "RA98", "Ag98"])
    await expect(last.nth(0).locator(".cell")).to_have_css("white-space", "pre-wrap")
    await expect(last.nth(1)).to_have_css("text-align", "right")
    await expect(last.nth(2)).to_have_css("text-align", "center")
