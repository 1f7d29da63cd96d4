"""Foreign text is text: in every slot that a person, the API or the app can fill."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.slack import SlackSandbox
from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit
from tests.sandbox.slack.support import (
    OPS,
    Api,
    Desk,
    Json,
    RawApp,
    manifest,
    mrkdwn,
    option,
    plain,
)

pytestmark = BROWSER

TAG = "<img src=x onerror=evil=1>"
EVIL = f"{TAG}<!channel>"
ESCAPED = EVIL.replace("<", "&lt;").replace(">", "&gt;")
SHORT = "<b onclick=evil=1>x</b>"  # a title takes 24 characters


def hostile_manifest() -> Json:
    """The app's manifest with markup wherever it has words."""
    given = manifest()
    given["display_information"] |= {"name": SHORT, "description": EVIL}
    given["features"]["slash_commands"][0] |= {"description": EVIL, "usage_hint": EVIL}
    return given


@pytest.fixture
def given_manifest() -> Json:
    """Replaces the manifest of the stand-in in this module."""
    return hostile_manifest()


def blocks() -> list[Json]:
    """Every block and element with markup in every text, the ids of its blocks naming the slots."""
    choose = {"action_id": "a", "placeholder": plain(EVIL), "options": [option("1", EVIL)]}
    sure = {
        "title": plain(EVIL),
        "text": mrkdwn(ESCAPED),
        "confirm": plain(SHORT),
        "deny": plain("No"),
    }
    button: Json = {"type": "button", "action_id": "b", "text": plain(EVIL), "confirm": sure}
    run = {"type": "text", "text": EVIL}
    return [
        {"type": "header", "text": plain(EVIL)},
        {"type": "section", "text": mrkdwn(ESCAPED), "fields": [mrkdwn(ESCAPED), plain(EVIL)],
         "accessory": {"type": "overflow", "action_id": "o", "options": [option("1", EVIL), option("2")]}},
        {"type": "section", "text": {**mrkdwn(TAG), "verbatim": True}},
        {"type": "context", "elements": [mrkdwn(ESCAPED), plain(EVIL)]},
        {"type": "image", "image_url": "https://x.org/<img>.png", "alt_text": EVIL, "title": plain(EVIL)},
        {"type": "rich_text", "elements": [
            {"type": "rich_text_section", "elements": [run, {"type": "link", "url": "https://x.org", "text": EVIL}]},
            {"type": "rich_text_preformatted", "elements": [run]},
            {"type": "rich_text_list", "style": "bullet", "elements": [
                {"type": "rich_text_section", "elements": [run]}]}]},
        {"type": "markdown", "text": f"{EVIL}\n\n# {EVIL}\n\n- {EVIL}\n\n```\n{EVIL}\n```\n[x](javascript:evil=1)"},
        {"type": "table", "rows": [[{"type": "raw_text", "text": EVIL}], [{"type": "raw_text", "text": EVIL}]]},
        {"type": "actions", "elements": [
            button,
            {"type": "static_select", **choose, "initial_option": option("1", EVIL)},
            {"type": "checkboxes", "action_id": "c", "options": [
                {**option("1", EVIL), "description": plain(EVIL)}]},
            {"type": "users_select", "action_id": "u", "placeholder": plain(EVIL)}]},
        {"type": "input", "block_id": "i", "label": plain(EVIL), "hint": plain(EVIL),
         "element": {"type": "plain_text_input", "action_id": "i", "placeholder": plain(EVIL), "initial_value": EVIL}},
    ]  # fmt: skip


async def nothing_came_alive(page: Page) -> None:
    """No element was made of the text, and no script of it ran."""
    alive = "img[src='x'], b[onclick], [onerror], body script, a[href^='javascript']"
    assert await page.locator(alive).count() == 0
    assert await page.evaluate("typeof evil") == "undefined"
    broadcast = page.locator(".mention", has_text="@channel")
    assert await broadcast.count() == 0, "a mention was smuggled in"


async def rename_everything(desk: Desk) -> None:
    """People, a group and a channel get markup for names."""
    for user in ("U0ASKER", "U0APPROVER"):
        await desk.do(
            "users", id=user, real_name=EVIL, profile={"title": EVIL, "display_name": EVIL}
        )
    await desk.do("usergroups", id="S0EVIL", handle=EVIL, users=["U0ASKER"])
    await desk.do("channels", id=OPS, name=EVIL)


async def test_no_text_in_a_message_or_a_name_comes_alive(
    visit: Visit, desk: Desk, api: Api, slack: SlackSandbox
) -> None:
    """Each slot shows the words themselves; the console stays silent and the CSP has nothing to stop."""
    await rename_everything(desk)
    slack.workspace.people.users["U0CNX"]["real_name"] = EVIL
    posted = await api.call("chat.postMessage", channel=OPS, text=ESCAPED, blocks=blocks())
    assert posted["ok"], posted
    await desk.say(EVIL, thread_ts=posted["ts"])
    await desk.say(EVIL)
    page = await visit(place=f"{OPS}/{posted['ts']}")
    drawn = page.get_by_test_id("message-list").locator("[data-block]")
    given = blocks()
    assert await drawn.count() == len(given) + 1  # and the person's own rich text
    for at, block in enumerate(given):
        await expect(drawn.nth(at)).to_contain_text(TAG)
        assert block["type"] == await drawn.nth(at).get_attribute("data-block")
    await expect(page.get_by_test_id("thread").get_by_test_id("message").last).to_contain_text(EVIL)
    await expect(page.get_by_test_id(f"channel-{OPS}")).to_contain_text(EVIL)
    await expect(page.get_by_test_id("act-as")).to_contain_text("<img")
    shown = page.get_by_test_id("message-list")
    await shown.locator("[data-action-id=a]").click()
    await expect(page.get_by_test_id("picker-option")).to_have_text(EVIL)
    await page.keyboard.press("Escape")
    await shown.locator("[data-action-id=b]").click()
    await expect(page.get_by_test_id("confirm")).to_contain_text(EVIL)
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("confirm")).to_have_count(0)  # only then the focus is back
    await page.get_by_test_id("composer").press_sequentially("/c")
    await expect(page.get_by_test_id("completion-entry")).to_contain_text(EVIL)
    await nothing_came_alive(page)


async def test_no_text_in_a_modal_or_on_home_comes_alive(
    visit: Visit, api: Api, app: RawApp, desk: Desk
) -> None:
    """Titles, labels, hints, errors, Home, Slackbot's notices: the same holds."""
    page = await visit()
    view: Any = {
        "type": "modal",
        "title": plain(SHORT),
        "submit": plain(SHORT),
        "close": plain(SHORT),
        "blocks": [
            block for block in blocks() if block["type"] in {"section", "input", "header", "image"}
        ],
    }
    app.acknowledge = lambda envelope: (
        {"response_action": "errors", "errors": {"i": EVIL}}
        if envelope["payload"].get("type") == "view_submission"
        else None
    )
    await desk.command("/cnx new")
    trigger = (await app.until(1, "slash_commands"))[0]["trigger_id"]
    opened = await api.call("views.open", trigger_id=trigger, view=view)
    assert opened["ok"], opened
    modal = page.get_by_test_id("modal")
    await expect(modal.get_by_role("heading", name=SHORT)).to_be_visible()
    await page.get_by_test_id("modal-submit").click()
    await expect(page.get_by_test_id("field-error")).to_have_text(EVIL)
    await nothing_came_alive(page)
    await page.get_by_test_id("modal-cancel").click()
    await expect(modal).to_have_count(0)
    home = {"type": "home", "blocks": blocks()[:2]}
    assert (await api.call("views.publish", user_id="U0ASKER", view=home))["ok"]
    await page.get_by_test_id("app").click()
    await expect(page.get_by_test_id("home").locator("[data-block=header]")).to_have_text(EVIL)
    await expect(page.locator("#home-title")).to_contain_text(SHORT)
    await nothing_came_alive(page)
