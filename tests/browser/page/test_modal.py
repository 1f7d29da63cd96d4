"""Modals: fields, errors at the field, waiting, Escape, views on top of views; and Home."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect

from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit
from tests.sandbox.slack.support import (
    ASKER,
    Api,
    Desk,
    Json,
    RawApp,
    actions,
    button,
    field,
    home,
    modal,
    option,
    plain,
    section,
    select,
)

pytestmark = BROWSER


async def opened(desk: Desk, app: RawApp, api: Api, view: Json) -> str:
    """Lets the app open a modal for Ada; its id."""
    await desk.command("/cnx new")
    trigger = (await app.until(1, "slash_commands"))[-1]["trigger_id"]
    answer = await api.call("views.open", trigger_id=trigger, view=view)
    assert answer["ok"], answer
    return str(answer["view"]["id"])


def form() -> Json:
    """A form with one field of most kinds."""
    text = {"type": "plain_text_input", "action_id": "a", "min_length": 3}
    many = {
        "type": "multi_static_select",
        "action_id": "a",
        "options": [option("x"), option("y"), option("z")],
    }
    flags = {"type": "checkboxes", "action_id": "a", "options": [option("tell"), option("tag")]}
    one = {"type": "radio_buttons", "action_id": "a", "options": [option("c4"), option("c8")]}
    return modal(
        field(text, "name"),
        field(select("us-east-1", "eu-west-2") | {"action_id": "a"}, "region"),
        field(many, "keys", optional=True),
        field(flags, "flags", optional=True),
        field(one, "plan"),
        field({"type": "users_select", "action_id": "a"}, "who"),
        field({"type": "datepicker", "action_id": "a"}, "day", optional=True),
        field(
            {"type": "plain_text_input", "action_id": "a", "multiline": True}, "why", optional=True
        ),
    )


async def test_a_form_is_filled_refused_at_its_field_and_taken(
    visit: Visit, desk: Desk, app: RawApp, api: Api
) -> None:
    """Empty required fields never reach the app; its errors stand at their field, what was entered stays."""
    page = await visit()
    answers: list[Json | None] = [{"response_action": "errors", "errors": {"name": "Taken"}}, None]
    app.acknowledge = lambda envelope: (
        answers.pop(0) if envelope["payload"].get("type") == "view_submission" else None
    )
    await opened(desk, app, api, form())
    dialog, submit = page.get_by_test_id("modal"), page.get_by_test_id("modal-submit")

    def block(name: str) -> Any:
        return dialog.locator(f"[data-block-id={name}]")

    await expect(block("name").locator("input")).to_be_focused()
    await submit.click()
    for name in ("name", "region", "plan", "who"):
        await expect(block(name).get_by_test_id("field-error")).to_have_text(
            "Please complete this required field."
        )
    await expect(block("keys").get_by_test_id("field-error")).to_be_hidden()
    await expect(block("name").locator("input")).to_have_attribute("aria-invalid", "true")

    await block("name").locator("input").fill("prod-api-07")
    await block("region").locator("button").click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(block("region").locator("button")).to_have_text("eu-west-2")
    await block("keys").locator("button").click()
    await page.locator("[data-testid=picker-option][data-value=x]").click()
    await page.locator("[data-testid=picker-option][data-value=z]").click()
    await page.keyboard.press("Escape")
    await expect(block("keys").locator(".token")).to_have_text(["x", "z"])
    await block("flags").get_by_text("tag").click()
    await block("plan").get_by_text("c8").click()
    await block("who").locator("button").click()
    await page.get_by_test_id("picker-filter").fill("grace")
    await page.keyboard.press("Enter")
    await block("day").locator("input").fill("2026-03-09")
    await block("why").locator("textarea").fill("two\nlines")
    await submit.click()
    await expect(block("name").get_by_test_id("field-error")).to_have_text("Taken")
    await expect(block("name").locator("input")).to_be_focused()
    await submit.click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_test_id("composer")).to_be_focused()

    sent = (await app.until(2, "interactive"))[-1]["view"]["state"]["values"]
    values = {name: row["a"] for name, row in sent.items()}
    assert values["name"]["value"] == "prod-api-07"
    assert values["region"]["selected_option"]["value"] == "eu-west-2"
    assert [row["value"] for row in values["keys"]["selected_options"]] == ["x", "z"]
    assert [row["value"] for row in values["flags"]["selected_options"]] == ["tag"]
    assert values["plan"]["selected_option"]["value"] == "c8"
    assert values["who"]["selected_user"] == "U0APPROVER"
    assert values["day"]["selected_date"] == "2026-03-09"
    assert values["why"]["value"] == "two\nlines"


async def test_views_lie_on_one_another_and_escape_leaves_the_top_one(
    visit: Visit, desk: Desk, app: RawApp, api: Api
) -> None:
    """What was entered below stays; an update of the view keeps it, too; tabbing stays in the dialog."""
    page = await visit()
    text = {"type": "plain_text_input", "action_id": "a"}
    below = modal(field(text, "name"), actions(button("more")))
    view_id = await opened(desk, app, api, below)
    dialog = page.get_by_test_id("modal")
    await dialog.locator("input").fill("kept")
    await dialog.locator("[data-action-id=more]").click()
    click = (await app.until(1, "interactive"))[-1]
    assert click["view"]["state"]["values"]["name"]["a"]["value"] == "kept"
    top = modal(section("On top"), submit=None) | {"title": plain("Second")}
    del top["submit"]
    assert (await api.call("views.push", trigger_id=click["trigger_id"], view=top))["ok"]
    await expect(dialog.get_by_role("heading")).to_have_text("Second")
    for _ in range(6):
        await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.matches('body, dialog *')")
    await page.keyboard.press("Escape")
    await expect(dialog.locator("input")).to_have_value("kept")
    changed = modal(field(text, "name"), section("Now with more"))
    assert (await api.call("views.update", view_id=view_id, view=changed))["ok"]
    await expect(dialog).to_contain_text("Now with more")
    await expect(dialog.locator("input")).to_have_value("kept")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    assert (await desk.read("view", user=ASKER))["view"] is None


async def test_the_x_leaves_all_views_and_close_the_top_one(
    visit: Visit, desk: Desk, app: RawApp, api: Api
) -> None:
    """A view that answers a form lies above it: Close leads back to what was entered, the x out of it."""
    page = await visit()
    above = modal(section("Not recorded")) | {"title": plain("Refused")}
    del above["submit"]
    app.acknowledge = lambda envelope: (
        {"response_action": "push", "view": above}
        if envelope["payload"].get("type") == "view_submission"
        else None
    )
    await opened(desk, app, api, modal(field({"type": "plain_text_input", "action_id": "a"}, "n")))
    dialog, submit = page.get_by_test_id("modal"), page.get_by_test_id("modal-submit")
    await dialog.locator("input").fill("kept")
    await submit.click()
    await expect(dialog).to_contain_text("Not recorded")
    await page.get_by_test_id("modal-cancel").click()
    await expect(dialog.locator("input")).to_have_value("kept")
    await submit.click()
    await expect(dialog).to_contain_text("Not recorded")
    await page.get_by_test_id("modal-close").click()
    await expect(dialog).to_have_count(0)
    assert (await desk.read("view", user=ASKER))["view"] is None


async def test_home_is_opened_published_and_clicked(
    visit: Visit, app: RawApp, api: Api, desk: Desk
) -> None:
    """Opening it tells the app; what it publishes appears; its buttons work; Messages is beside it."""
    page = await visit(place="home")
    await expect(page.get_by_test_id("home")).to_contain_text("nothing to show here yet")
    await app.until(1, "events_api")
    assert app.events()[0]["type"] == "app_home_opened"
    view = home(section("*142* servers"), actions(button("refresh")))
    assert (await api.call("views.publish", user_id=ASKER, view=view))["ok"]
    await expect(page.get_by_test_id("home").locator("b")).to_have_text("142")
    await page.get_by_test_id("home").locator("[data-action-id=refresh]").click()
    payload = (await app.until(1, "interactive"))[0]
    assert payload["container"]["type"] == "view"
    await page.get_by_test_id("tab-messages").click()
    await page.get_by_test_id("composer").fill("hello bot")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("message")).to_contain_text("hello bot")
    im = (await desk.read("log", kind="message"))["lines"][-1]["id"].split(":")[0]
    assert im.startswith("D")
