"""block_actions: payloads from messages, ephemeral messages, modals and Homes; states; choices."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from bot.sandbox.slack import SlackSandbox
from tests.sandbox.slack.support import (
    APPROVER,
    ASKER,
    OPS,
    Api,
    Desk,
    Json,
    RawApp,
    actions,
    button,
    field,
    home,
    manifest,
    modal,
    option,
    plain,
    section,
    select,
)
from tests.support.virtual_time import virtual_now


async def _posted(api: Api, *blocks: Json, **more: object) -> str:
    answer = await api.call("chat.postMessage", channel=OPS, text="t", blocks=blocks, **more)
    assert answer["ok"], answer
    return str(answer["ts"])


async def _click(desk: Desk, ts: str, action_id: str = "go", **more: object) -> Json:
    return await desk.do("click", user=ASKER, channel=OPS, ts=ts, action_id=action_id, **more)


async def test_a_click_bears_the_message(app: RawApp, api: Api, desk: Desk) -> None:
    """Every field of block_actions, the message and the button as they stand."""
    ts = await _posted(api, actions(button(value="42", style="danger"), block_id="row"))
    assert await _click(desk, ts) == {"ok": True, "error": None}
    _, envelope = app.received[-1]
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("interactive", False)
    payload = envelope["payload"]
    assert set(payload) == {
        "type", "team", "user", "api_app_id", "token", "enterprise", "is_enterprise_install",
        "container", "trigger_id", "channel", "message", "state", "response_url", "actions",
    }  # fmt: skip
    assert payload["user"] == {
        "id": ASKER, "username": "ada", "name": "ada", "team_id": "T0STANDIN",
    }  # fmt: skip
    assert payload["container"] == {
        "type": "message", "message_ts": ts, "channel_id": OPS, "is_ephemeral": False,
    }  # fmt: skip
    assert payload["channel"] == {"id": OPS, "name": "ops"}
    assert payload["message"]["ts"] == ts
    action = payload["actions"][0]
    assert action.pop("action_ts")
    assert action == {
        "type": "button",
        "block_id": "row",
        "action_id": "go",
        "text": {"type": "plain_text", "text": "Go", "emoji": True},
        "value": "42",
        "style": "danger",
    }


async def test_a_click_in_a_thread_names_it(app: RawApp, api: Api, desk: Desk) -> None:
    """container.thread_ts, and the message's own thread_ts."""
    parent = await desk.say("parent")
    ts = await _posted(api, actions(button()), thread_ts=parent)
    await _click(desk, ts)
    payload = app.payloads("interactive")[0]
    assert payload["container"]["thread_ts"] == parent
    assert payload["message"]["thread_ts"] == parent


async def test_a_click_on_an_ephemeral_bears_no_message(app: RawApp, api: Api, desk: Desk) -> None:
    """is_ephemeral, a response URL, and no message, as Slack does."""
    answer = await api.call(
        "chat.postEphemeral", channel=OPS, user=ASKER, text="t", blocks=[actions(button())]
    )
    await _click(desk, answer["message_ts"])
    payload = app.payloads("interactive")[0]
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    assert payload["response_url"]


ELEMENTS: list[tuple[Json, object, str, object]] = [
    (select("a", "b"), "b", "selected_option", {"text": plain("b"), "value": "b"}),
    (
        {"type": "overflow", "action_id": "pick", "options": [option("x")]},
        "x",
        "selected_option",
        {"text": plain("x"), "value": "x"},
    ),
    (
        {"type": "radio_buttons", "action_id": "pick", "options": [option("x"), option("y")]},
        "y",
        "selected_option",
        {"text": plain("y"), "value": "y"},
    ),
    (
        {"type": "checkboxes", "action_id": "pick", "options": [option("x"), option("y")]},
        ["y"],
        "selected_options",
        [{"text": plain("y"), "value": "y"}],
    ),
    (
        {"type": "multi_static_select", "action_id": "pick", "options": [option("x")]},
        ["x"],
        "selected_options",
        [{"text": plain("x"), "value": "x"}],
    ),
    ({"type": "users_select", "action_id": "pick"}, ASKER, "selected_user", ASKER),
    (
        {"type": "conversations_select", "action_id": "pick"},
        OPS,
        "selected_conversation",
        OPS,
    ),
    ({"type": "channels_select", "action_id": "pick"}, OPS, "selected_channel", OPS),
    ({"type": "datepicker", "action_id": "pick"}, "2026-03-01", "selected_date", "2026-03-01"),
]


@pytest.mark.parametrize(
    ("element", "value", "name", "expected"),
    ELEMENTS,
    ids=[row[0]["type"] for row in ELEMENTS],
)
async def test_every_element_sends_its_choice(
    app: RawApp, api: Api, desk: Desk, element: Json, value: object, name: str, expected: object
) -> None:
    """In the action, and (but for overflow) in the state."""
    ts = await _posted(api, actions(element, block_id="row"))
    assert (await _click(desk, ts, "pick", value=value))["ok"]
    payload = app.payloads("interactive")[0]

    def bare(found: object) -> object:
        if isinstance(found, list):
            return [bare(one) for one in found]
        if isinstance(found, dict):
            return {key: bare(one) for key, one in found.items() if key != "emoji"}
        return found

    assert bare(payload["actions"][0][name]) == expected
    if element["type"] != "overflow":
        state = payload["state"]["values"]["row"]["pick"]
        assert (state["type"], bare(state[name])) == (element["type"], expected)


async def test_a_state_holds_all_inputs_of_its_reader(app: RawApp, api: Api, desk: Desk) -> None:
    """What one chose before is there when one clicks; another reader has another state."""
    ts = await _posted(
        api,
        actions(select("a", "b"), block_id="row"),
        field({"type": "plain_text_input", "action_id": "note"}),
        actions(button()),
    )
    await _click(desk, ts, "pick", value="b")
    assert await _click(desk, ts, "note", value="hello") == {"ok": True, "error": None}
    assert len(app.payloads("interactive")) == 1, "an input without dispatch_action sends nothing"
    await _click(desk, ts)
    values = app.payloads("interactive")[1]["state"]["values"]
    assert values["row"]["pick"]["selected_option"]["value"] == "b"
    assert values["field"]["note"] == {"type": "plain_text_input", "value": "hello"}
    await desk.do("click", user=APPROVER, channel=OPS, ts=ts, action_id="go")
    values = app.payloads("interactive")[2]["state"]["values"]
    assert values["row"]["pick"] == {"type": "static_select", "selected_option": None}
    assert values["field"]["note"] == {"type": "plain_text_input", "value": None}


async def test_values_can_come_with_the_click(app: RawApp, api: Api, desk: Desk) -> None:
    """What stands in the other inputs at that moment."""
    ts = await _posted(
        api, field({"type": "plain_text_input", "action_id": "note"}), actions(button())
    )
    await _click(desk, ts, values={"field": {"note": "typed"}})
    values = app.payloads("interactive")[0]["state"]["values"]
    assert values["field"]["note"]["value"] == "typed"


async def test_an_input_with_dispatch_action_sends_itself(
    app: RawApp, api: Api, desk: Desk
) -> None:
    """Its text is the action's value."""
    ts = await _posted(
        api, field({"type": "plain_text_input", "action_id": "note"}, dispatch_action=True)
    )
    await _click(desk, ts, "note", value="now")
    assert app.payloads("interactive")[0]["actions"][0]["value"] == "now"


async def test_the_same_action_in_two_blocks_needs_its_block(
    app: RawApp, api: Api, desk: Desk
) -> None:
    """Ambiguous without block_id."""
    ts = await _posted(api, actions(button(), block_id="a"), actions(button(), block_id="b"))
    status, answer = await desk.attempt("click", user=ASKER, channel=OPS, ts=ts, action_id="go")
    assert (status, answer["error"].split(":")[0]) == (400, "block_id")
    await _click(desk, ts, block_id="b")
    assert app.payloads("interactive")[0]["actions"][0]["block_id"] == "b"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"ts": "1.000001"}, "ts"),
        ({"action_id": "gone"}, "action_id"),
        ({"block_id": "gone"}, "action_id"),
        ({"action_id": "pick", "value": "z"}, "value"),
        ({"view_id": "V0"}, "view_id"),
        ({"user": "U0NOBODY"}, "user"),
        ({"values": [1]}, "values"),
        ({"values": {"row": {"pick": "z"}}}, "values.row"),
        ({"values": {"row": 7}}, "values.row"),
    ],
)
async def test_impossible_clicks_are_named(api: Api, desk: Desk, changes: Json, name: str) -> None:
    """400, and which field is wrong."""
    ts = await _posted(api, actions(button(), select("a"), block_id="row"))
    body = {"user": ASKER, "channel": OPS, "ts": ts, "action_id": "go"} | changes
    status, answer = await desk.attempt("click", **body)
    assert (status, answer["error"].split(":")[0]) == (400, name)


async def test_somebody_else_s_ephemeral_can_t_be_clicked(api: Api, desk: Desk) -> None:
    """Nobody but its reader sees it."""
    answer = await api.call(
        "chat.postEphemeral", channel=OPS, user=APPROVER, text="t", blocks=[actions(button())]
    )
    status, problem = await desk.attempt(
        "click", user=ASKER, channel=OPS, ts=answer["message_ts"], action_id="go"
    )
    assert (status, problem["error"].split(":")[0]) == (400, "ts")


async def test_an_unanswered_click_is_told_and_not_repeated(
    app: RawApp, api: Api, desk: Desk
) -> None:
    """operation_timeout after 3 s; interactive payloads are not tried again."""
    ts = await _posted(api, actions(button()))
    app.acknowledge = lambda envelope: envelope["type"] != "interactive" and None
    assert await _click(desk, ts) == {"ok": False, "error": "operation_timeout"}
    await asyncio.sleep(600)
    assert len(app.payloads("interactive")) == 1


async def test_an_app_without_interactivity_gets_no_click(http: ClientSession) -> None:
    """The manifest must enable it."""
    sandbox = SlackSandbox(manifest=manifest(interactive=False), clock=virtual_now)
    await sandbox.start()
    api, desk = Api(sandbox.api_url, http), Desk(sandbox, http)
    app = RawApp(sandbox, http)
    await app.connect()
    ts = await _posted(api, actions(button()))
    assert await _click(desk, ts) == {"ok": False, "error": "dispatch_failed"}
    assert app.payloads("interactive") == []
    await app.close()
    await sandbox.stop()


async def test_a_click_in_a_modal_bears_the_view(app: RawApp, api: Api, desk: Desk) -> None:
    """container.view_id and the view with its state, in place of channel and message."""
    view = await _opened(app, api, desk, modal(actions(button()), field(select("a", "b"))))
    answer = await desk.do(
        "click", user=ASKER, view_id=view["id"], action_id="go", values={"field": {"pick": "a"}}
    )
    assert answer["ok"]
    payload = app.payloads("interactive")[0]
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert "channel" not in payload
    assert "response_url" not in payload
    state = payload["view"]["state"]["values"]["field"]["pick"]
    assert state["selected_option"]["value"] == "a"


async def test_a_click_on_the_home_bears_the_home(app: RawApp, api: Api, desk: Desk) -> None:
    """The same with type home."""
    blocks = home(section(), actions(button()))
    view = (await api.call("views.publish", user_id=ASKER, view=blocks))["view"]
    await desk.do("click", user=ASKER, view_id=view["id"], action_id="go")
    assert app.payloads("interactive")[0]["view"]["type"] == "home"


async def _opened(app: RawApp, api: Api, desk: Desk, view: Json) -> Json:
    await desk.command("/cnx form")
    trigger = app.payloads("slash_commands")[-1]["trigger_id"]
    answer = await api.call("views.open", trigger_id=trigger, view=view)
    assert answer["ok"], answer
    opened: Json = answer["view"]
    return opened
