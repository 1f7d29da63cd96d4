"""Modals and Homes: triggers, the stack, hashes, submissions and their answers, closing."""

from __future__ import annotations

import asyncio

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack.support import (
    APPROVER,
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
    plain,
    section,
    select,
)

TEXT: Json = {"type": "plain_text_input", "action_id": "note"}


async def _trigger(app: RawApp, desk: Desk, user: str = ASKER) -> str:
    await desk.command("/cnx form", user=user)
    return str(app.payloads("slash_commands")[-1]["trigger_id"])


async def _open(app: RawApp, api: Api, desk: Desk, view: Json) -> Json:
    answer = await api.call("views.open", trigger_id=await _trigger(app, desk), view=view)
    assert answer["ok"], answer
    opened: Json = answer["view"]
    return opened


async def _top(desk: Desk, user: str = ASKER) -> Json | None:
    view: Json | None = (await desk.read("view", user=user))["view"]
    return view


async def test_a_modal_opens_for_who_acted(app: RawApp, sdk: AsyncWebClient, desk: Desk) -> None:
    """With an id, a hash, and ids for its blocks; only that person sees it."""
    trigger = await _trigger(app, desk)
    opened = (await sdk.views_open(trigger_id=trigger, view=modal(section("x"))))["view"]
    assert opened["blocks"][0]["block_id"]
    assert opened["root_view_id"] == opened["id"]
    assert (opened["state"], opened["type"]) == ({"values": {}}, "modal")
    assert await _top(desk) == opened
    assert await _top(desk, APPROVER) is None


async def test_a_trigger_works_once(app: RawApp, api: Api, desk: Desk) -> None:
    """Then it is exchanged."""
    trigger = await _trigger(app, desk)
    assert (await api.call("views.open", trigger_id=trigger, view=modal()))["ok"]
    again = await api.call("views.open", trigger_id=trigger, view=modal())
    assert again["error"] == "exchanged_trigger_id"


@pytest.mark.parametrize(("seconds", "error"), [(2.9, None), (3.1, "expired_trigger_id")])
async def test_a_trigger_lives_three_seconds(
    app: RawApp, api: Api, desk: Desk, seconds: float, error: str | None
) -> None:
    """By the stand-in's clock."""
    trigger = await _trigger(app, desk)
    await asyncio.sleep(seconds)
    answer = await api.call("views.open", trigger_id=trigger, view=modal())
    assert answer.get("error") == error


async def test_a_made_up_trigger_is_invalid(api: Api) -> None:
    """invalid_trigger_id."""
    answer = await api.call("views.open", trigger_id="1.2.3", view=modal())
    assert answer["error"] == "invalid_trigger_id"


async def test_a_refused_view_does_not_spend_the_trigger(app: RawApp, api: Api, desk: Desk) -> None:
    """invalid_arguments tells all places below /view; the trigger is still good."""
    trigger = await _trigger(app, desk)
    wrong = modal(section("x" * 3_001), title=plain("y" * 25))
    refused = await api.call("views.open", trigger_id=trigger, view=wrong)
    assert refused["error"] == "invalid_arguments"
    assert refused["response_metadata"]["messages"] == [
        "[ERROR] failed to match all allowed schemas [json-pointer:/view]",
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]",
        "[ERROR] must be less than 3001 characters [json-pointer:/view/blocks/0/text/text]",
    ]
    assert (await api.call("views.open", trigger_id=trigger, view=modal()))["ok"]


async def test_a_view_has_at_most_250_kilobytes(app: RawApp, api: Api, desk: Desk) -> None:
    """view_too_large."""
    big = modal(*(section("x" * 2_900) for _ in range(100)))
    answer = await api.call("views.open", trigger_id=await _trigger(app, desk), view=big)
    assert answer["error"] == "view_too_large"


async def test_three_modals_make_a_stack(app: RawApp, api: Api, desk: Desk) -> None:
    """The fourth is push_limit_reached; each knows the one below it."""
    first = await _open(app, api, desk, modal())
    for below in range(2):
        trigger = await _trigger(app, desk)
        pushed = await api.call("views.push", trigger_id=trigger, view=modal())
        assert pushed["view"]["root_view_id"] == first["id"]
        assert (pushed["view"]["previous_view_id"] == first["id"]) == (below == 0)
    trigger = await _trigger(app, desk)
    answer = await api.call("views.push", trigger_id=trigger, view=modal())
    assert answer["error"] == "push_limit_reached"


async def test_an_update_needs_the_present_hash(app: RawApp, api: Api, desk: Desk) -> None:
    """A stale one is hash_conflict; without one the update always goes through."""
    view = await _open(app, api, desk, modal())
    args = {"view_id": view["id"], "view": modal(section("new"))}
    updated = await api.call("views.update", **args, hash=view["hash"])
    assert updated["view"]["hash"] != view["hash"]
    stale = await api.call("views.update", **args, hash=view["hash"])
    assert stale["error"] == "hash_conflict"
    assert (await api.call("views.update", **args))["ok"]
    shown = await _top(desk)
    assert shown is not None
    assert shown["blocks"][0]["text"]["text"] == "new"


async def test_a_view_has_a_name_of_its_own(app: RawApp, api: Api, desk: Desk) -> None:
    """external_id finds it, and is unique."""
    await _open(app, api, desk, modal(external_id="mine"))
    assert (await api.call("views.update", external_id="mine", view=modal()))["ok"]
    await _open(app, api, desk, modal(external_id="again"))
    trigger = await _trigger(app, desk)
    answer = await api.call("views.push", trigger_id=trigger, view=modal(external_id="again"))
    assert answer["error"] == "duplicate_external_id"


async def test_a_closed_view_is_not_found(app: RawApp, api: Api, desk: Desk) -> None:
    """Neither to update nor to submit."""
    view = await _open(app, api, desk, modal())
    await desk.do("close", user=ASKER, view_id=view["id"])
    answer = await api.call("views.update", view_id=view["id"], view=modal())
    assert answer["error"] == "not_found"
    status, _ = await desk.attempt("submit", user=ASKER, view_id=view["id"], values={})
    assert status == 400


async def _submit(desk: Desk, view: Json, **values: Json) -> Json:
    return await desk.do("submit", user=ASKER, view_id=view["id"], values=values)


async def test_a_submission_bears_the_state(app: RawApp, api: Api, desk: Desk) -> None:
    """block_id → action_id → value, by the element's type; an empty answer closes the modal."""
    view = await _open(
        app,
        api,
        desk,
        modal(field(TEXT), field(select("a", "b"), "size"), private_metadata="secret"),
    )
    answer = await _submit(desk, view, field={"note": "hello"}, size={"pick": "b"})
    assert answer == {"ok": True, "error": None, "errors": {}}
    envelope = app.received[-1][1]
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("interactive", True)
    payload = envelope["payload"]
    assert (payload["type"], payload["response_urls"]) == ("view_submission", [])
    shown = payload["view"]
    assert (shown["id"], shown["callback_id"], shown["private_metadata"]) == (
        view["id"],
        "ask",
        "secret",
    )
    values = shown["state"]["values"]
    assert values["field"]["note"] == {"type": "plain_text_input", "value": "hello"}
    assert values["size"]["pick"]["selected_option"]["value"] == "b"
    assert await _top(desk) is None


@pytest.mark.parametrize(
    ("element", "value", "complaint"),
    [
        (TEXT, "", "Please complete this required field."),
        (TEXT | {"min_length": 3}, "ab", "Please enter at least 3 characters."),
        (TEXT | {"max_length": 3}, "abcd", "Please enter no more than 3 characters."),
        (
            {"type": "number_input", "action_id": "note", "is_decimal_allowed": False},
            "1.5",
            "Please enter a number.",
        ),
        (
            {
                "type": "number_input",
                "action_id": "note",
                "is_decimal_allowed": True,
                "min_value": "2",
            },
            "1.5",
            "Please enter a number of at least 2.",
        ),
        (
            {
                "type": "number_input",
                "action_id": "note",
                "is_decimal_allowed": True,
                "max_value": "1",
            },
            "1.5",
            "Please enter a number of at most 1.",
        ),
    ],
)
async def test_slack_s_client_complains_before_it_submits(
    app: RawApp, api: Api, desk: Desk, element: Json, value: str, complaint: str
) -> None:
    """The app hears nothing of it."""
    view = await _open(app, api, desk, modal(field(element)))
    assert await _submit(desk, view, field={"note": value}) == {
        "ok": False,
        "error": "invalid_input",
        "errors": {"field": complaint},
    }
    assert app.payloads("interactive") == []


async def test_optional_inputs_may_stay_empty(app: RawApp, api: Api, desk: Desk) -> None:
    """Their value is null."""
    view = await _open(app, api, desk, modal(field(TEXT, optional=True)))
    assert (await _submit(desk, view))["ok"]
    values = app.payloads("interactive")[0]["view"]["state"]["values"]
    assert values["field"]["note"]["value"] is None


async def test_field_errors_keep_the_modal_open(app: RawApp, api: Api, desk: Desk) -> None:
    """They are shown at their blocks; errors for blocks that are no inputs make no sense."""
    view = await _open(app, api, desk, modal(field(TEXT), section("x", block_id="s")))
    errors = {"field": "taken"}
    app.acknowledge = lambda envelope: {"response_action": "errors", "errors": errors}
    answer = await _submit(desk, view, field={"note": "x"})
    assert answer == {"ok": False, "error": None, "errors": {"field": "taken"}}
    shown = await _top(desk)
    assert shown is not None
    assert shown["state"]["values"]["field"]["note"]["value"] == "x"
    errors = {"s": "not an input"}
    assert (await _submit(desk, view))["error"] == "invalid_response"


async def test_an_answer_may_show_another_view(app: RawApp, api: Api, desk: Desk) -> None:
    """update replaces, push stacks, clear ends everything."""
    view = await _open(app, api, desk, modal(field(TEXT)))
    app.acknowledge = lambda envelope: {
        "response_action": "update",
        "view": modal(section("updated")),
    }
    assert (await _submit(desk, view, field={"note": "x"}))["ok"]
    shown = await _top(desk)
    assert shown is not None
    assert (shown["id"], shown["blocks"][0]["text"]["text"]) == (view["id"], "updated")
    app.acknowledge = lambda envelope: {"response_action": "push", "view": modal(section("up"))}
    assert (await _submit(desk, view))["ok"]
    pushed = await _top(desk)
    assert pushed is not None
    assert pushed["previous_view_id"] == view["id"]
    app.acknowledge = lambda envelope: {"response_action": "clear"}
    assert (await _submit(desk, pushed))["ok"]
    assert await _top(desk) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
        ({"response_action": "dance"}, "invalid_response"),
        ({"response_action": "errors", "errors": {}}, "invalid_response"),
        ({"text": "thanks"}, "invalid_response"),
    ],
)
async def test_a_senseless_answer_is_told(
    app: RawApp, api: Api, desk: Desk, answer: Json, error: str
) -> None:
    """The modal stays."""
    view = await _open(app, api, desk, modal(field(TEXT)))
    app.acknowledge = lambda envelope: answer
    assert (await _submit(desk, view, field={"note": "x"}))["error"] == error
    assert await _top(desk) is not None


async def test_a_push_beyond_three_is_told(app: RawApp, api: Api, desk: Desk) -> None:
    """push_limit_reached also for an answer."""
    view = await _open(app, api, desk, modal())
    app.acknowledge = lambda envelope: (
        {"response_action": "push", "view": modal()} if envelope["type"] == "interactive" else None
    )
    await _submit(desk, view)
    await _submit(desk, view)
    assert (await _submit(desk, view))["error"] == "push_limit_reached"


async def test_an_unanswered_submission_times_out(app: RawApp, api: Api, desk: Desk) -> None:
    """The modal stays open with what was entered."""
    view = await _open(app, api, desk, modal(field(TEXT)))
    app.acknowledge = lambda envelope: False
    answer = await _submit(desk, view, field={"note": "x"})
    assert answer == {"ok": False, "error": "operation_timeout", "errors": {}}
    shown = await _top(desk)
    assert shown is not None
    assert shown["state"]["values"]["field"]["note"]["value"] == "x"


async def test_a_closed_modal_is_told_when_asked_for(app: RawApp, api: Api, desk: Desk) -> None:
    """view_closed with notify_on_close; is_cleared tells whether all were closed."""
    silent = await _open(app, api, desk, modal())
    await desk.do("close", user=ASKER, view_id=silent["id"])
    view = await _open(app, api, desk, modal(notify_on_close=True))
    trigger = await _trigger(app, desk)
    await api.call("views.push", trigger_id=trigger, view=modal(notify_on_close=True))
    top = await _top(desk)
    assert top is not None
    await desk.do("close", user=ASKER, view_id=top["id"])
    closed = (await app.until(1, "interactive"))[0]
    assert (closed["type"], closed["view"]["id"], closed["is_cleared"]) == (
        "view_closed",
        top["id"],
        False,
    )
    assert (await _top(desk) or {})["id"] == view["id"]
    await desk.do("close", user=ASKER, view_id=view["id"], clear=True)
    assert (await app.until(2, "interactive"))[1]["is_cleared"] is True


async def test_an_update_keeps_what_was_entered(app: RawApp, api: Api, desk: Desk) -> None:
    """Where the block is the same; in other blocks the values go."""
    view = await _open(app, api, desk, modal(field(TEXT), field(select("a"), "gone")))
    app.acknowledge = lambda envelope: {"response_action": "errors", "errors": {"field": "no"}}
    await _submit(desk, view, field={"note": "kept"}, gone={"pick": "a"})
    updated = await api.call("views.update", view_id=view["id"], view=modal(field(TEXT)))
    assert updated["view"]["state"]["values"] == {
        "field": {"note": {"type": "plain_text_input", "value": "kept"}}
    }


async def test_a_home_is_published(app: RawApp, sdk: AsyncWebClient, desk: Desk) -> None:
    """For one person; opening it tells the app, with the view that is there."""
    await desk.do("home", user=ASKER)
    event = (await app.until(1, "events_api"))[0]["event"]
    assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", ASKER, "home")
    assert (event["channel"], "view" in event) == ("D0ASKER", False)
    published = (await sdk.views_publish(user_id=ASKER, view=home(section("hi"))))["view"]
    assert (await desk.read("home", user=ASKER))["view"] == published
    assert (await desk.read("home", user=APPROVER))["view"] is None
    await desk.do("home", user=ASKER)
    event = (await app.until(2, "events_api"))[1]["event"]
    assert event["view"]["id"] == published["id"]


async def test_a_home_keeps_its_id_and_changes_its_hash(api: Api) -> None:
    """A stale hash is hash_conflict."""
    first = (await api.call("views.publish", user_id=ASKER, view=home()))["view"]
    args = {"user_id": ASKER, "view": home(section("new"))}
    second = (await api.call("views.publish", **args, hash=first["hash"]))["view"]
    assert (second["id"], second["hash"] != first["hash"]) == (first["id"], True)
    stale = await api.call("views.publish", **args, hash=first["hash"])
    assert stale["error"] == "hash_conflict"


async def test_a_home_of_nobody_is_refused(api: Api) -> None:
    """An unknown user is an invalid argument."""
    answer = await api.call("views.publish", user_id="U0NOBODY", view=home())
    assert answer["error"] == "invalid_arguments"


async def test_modals_are_logged(app: RawApp, api: Api, desk: Desk) -> None:
    """Opened, updated, pushed, closed, published: with the person and the callback."""
    view = await _open(app, api, desk, modal(actions(button())))
    await api.call("views.update", view_id=view["id"], view=modal())
    await api.call("views.push", trigger_id=await _trigger(app, desk), view=modal())
    top = await _top(desk)
    assert top is not None
    await desk.do("close", user=ASKER, view_id=top["id"], clear=True)
    await api.call("views.publish", user_id=ASKER, view=home())
    lines = await desk.lines("view")
    assert [line["what"] for line in lines] == [
        "opened", "updated", "pushed", "closed", "closed", "published",
    ]  # fmt: skip
    assert lines[0]["new"] == {
        "user": ASKER, "type": "modal", "callback_id": "ask", "title": "Title",
    }  # fmt: skip
