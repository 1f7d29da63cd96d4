"""What a block must be made of: types, required fields, ids, texts, options, rich_text, tables."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.blocks import block_problems, element_problems, filled, view_problems
from bot.sandbox.slack.blocks.kinds import BLOCKS, SURFACES
from tests.sandbox.slack.support import (
    Json,
    actions,
    button,
    field,
    home,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    select,
)

IMAGE: Json = {"type": "image", "image_url": "https://example.com/i.png", "alt_text": "alt"}


def _problems(*blocks: object, surface: str = "message") -> list[str]:
    return [str(problem) for problem in block_problems(list(blocks), surface)]


def _rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def _line(*inline: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(inline)}


GOOD: list[Json] = [
    section(),
    section(accessory=button(), expand=True),
    section(accessory=IMAGE),
    {"type": "section", "fields": [mrkdwn("*a*"), plain("b")]},
    {"type": "header", "text": {"type": "plain_text", "text": "Head", "emoji": True}},
    {"type": "divider", "block_id": "line"},
    {"type": "context", "elements": [IMAGE, {**mrkdwn("x"), "verbatim": True}]},
    actions(
        button(style="primary", url="https://example.com", value=""),
        select("a", "b", initial_option=option("b"), focus_on_load=True),
        {"type": "multi_static_select", "action_id": "m", "options": [option("a")],
         "initial_options": [option("a")], "max_selected_items": 2},
        {"type": "static_select", "action_id": "g",
         "option_groups": [{"label": plain("G"), "options": [option("x")]}],
         "initial_option": option("x")},
        {"type": "users_select", "action_id": "u", "initial_user": "U0ASKER"},
        {"type": "conversations_select", "action_id": "c", "filter": {"include": ["im"]}},
        {"type": "channels_select", "action_id": "h", "initial_channel": "C0OPS"},
        {"type": "overflow", "action_id": "o",
         "options": [{**option("x"), "url": "https://example.com"}]},
        {"type": "datepicker", "action_id": "d", "initial_date": "2026-02-28"},
        {"type": "radio_buttons", "action_id": "r",
         "options": [{"text": mrkdwn("*x*"), "value": "x", "description": mrkdwn("y")}]},
        {"type": "checkboxes", "action_id": "k", "options": [option("x")],
         "initial_options": [option("x")]},
    ),
    {**IMAGE, "title": plain("t")},
    {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"},
    field({"type": "plain_text_input", "action_id": "t", "multiline": True, "initial_value": "",
           "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}},
          optional=True, dispatch_action=True, hint=plain("h")),
    field({"type": "number_input", "action_id": "n", "is_decimal_allowed": False,
           "min_value": "1", "max_value": "10"}),
    {"type": "markdown", "text": "**b**"},
    {"type": "table", "column_settings": [None, {"align": "right", "is_wrapped": True}],
     "rows": [[{"type": "raw_text", "text": "a"}, {"type": "raw_number", "value": 1.5, "text": "1.5"},
               _rich(_line({"type": "text", "text": "x", "style": {"bold": True}}))]]},
    _rich(
        _line({"type": "user", "user_id": "U0ASKER"}, {"type": "channel", "channel_id": "C0OPS"},
              {"type": "usergroup", "usergroup_id": "S1"}, {"type": "emoji", "name": "tada"},
              {"type": "link", "url": "https://example.com", "text": "x"},
              {"type": "broadcast", "range": "here"}, {"type": "color", "value": "#FF0000"},
              {"type": "date", "timestamp": 1_720_710_212, "format": "{date_num}", "fallback": "f"}),
        {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [_line()]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}], "border": 0},
        {"type": "rich_text_quote", "elements": []},
    ),
]  # fmt: skip


@pytest.mark.parametrize("block", GOOD, ids=[f"{i}-{b['type']}" for i, b in enumerate(GOOD)])
def test_documented_blocks_are_taken(block: Json) -> None:
    """Everything that the stand-in knows, with its optional fields."""
    assert _problems(block) == []


BAD: list[tuple[object, str]] = [
    ("text", "must provide an object [json-pointer:/blocks/0]"),
    ({}, "missing required field: type [json-pointer:/blocks/0]"),
    ({"type": "carousel"}, "unsupported type: carousel [json-pointer:/blocks/0/type]"),
    ({"type": []}, "unsupported type: [] [json-pointer:/blocks/0/type]"),
    ({"type": "section"}, "must define either `text` or `fields` [json-pointer:/blocks/0/type]"),
    ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
    ({"type": "header", "text": "x"}, "must provide an object [json-pointer:/blocks/0/text]"),
    (
        {"type": "header", "text": mrkdwn("x")},
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    (
        section() | {"text": {**mrkdwn("x"), "emoji": True}},
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
    (
        section() | {"text": {**plain("x"), "verbatim": True}},
        "invalid additional property: verbatim [json-pointer:/blocks/0/text]",
    ),
    (section(colour="red"), "invalid additional property: colour [json-pointer:/blocks/0]"),
    (section(block_id=7), "must provide a string [json-pointer:/blocks/0/block_id]"),
    (section(expand="yes"), "must provide a boolean [json-pointer:/blocks/0/expand]"),
    (
        section(accessory={"type": "plain_text_input", "action_id": "a"}),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
    ),
    (
        {"type": "context", "elements": [button()]},
        "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        actions(button(style="loud")),
        "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
    ),
    (
        actions(button(url="nowhere")),
        "must be a valid url [json-pointer:/blocks/0/elements/0/url]",
    ),
    (
        actions({"type": "button", "action_id": "a"}),
        "missing required field: text [json-pointer:/blocks/0/elements/0]",
    ),
    (
        actions(button(confirm={"title": plain("t"), "confirm": plain("y"), "deny": plain("n")})),
        "missing required field: text [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    (
        actions({"type": "static_select", "action_id": "a"}),
        "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    (
        actions(select("a", option_groups=[{"label": plain("g"), "options": [option("b")]}])),
        "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    (
        actions(select("a", initial_option=option("z"))),
        (
            "initial_option must match an option exactly "
            "[json-pointer:/blocks/0/elements/0/initial_option]"
        ),
    ),
    (
        actions(select("a", "a")),
        "options must have unique values: a [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        actions({"type": "datepicker", "action_id": "d", "initial_date": "2026-13-01"}),
        "must be a valid date: YYYY-MM-DD [json-pointer:/blocks/0/elements/0/initial_date]",
    ),
    (
        {"type": "image", "alt_text": "a"},
        "missing required field: image_url [json-pointer:/blocks/0]",
    ),
    (
        {"type": "image", "image_url": "https://example.com/i.png"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    (
        field({"type": "number_input", "action_id": "n"}),
        "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]",
    ),
    (
        field(button()),
        "unsupported type: button [json-pointer:/blocks/0/element/type]",
    ),
    (
        {"type": "table", "rows": [["x"]]},
        "must provide an object [json-pointer:/blocks/0/rows/0/0]",
    ),
    (
        {"type": "table", "rows": [[{"type": "raw_number", "text": "1"}]]},
        "missing required field: value [json-pointer:/blocks/0/rows/0/0]",
    ),
    (
        {"type": "table", "rows": [[_rich(_line())]]},
        "cell must not be empty [json-pointer:/blocks/0/rows/0/0]",
    ),
    (
        {
            "type": "table",
            "rows": [[{"type": "raw_text", "text": "x"}]],
            "column_settings": [{"align": "top"}],
        },
        "must be a valid enum value [json-pointer:/blocks/0/column_settings/0/align]",
    ),
    (
        _rich({"type": "text", "text": "x"}),
        "unsupported type: text [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        _rich(_line({"type": "text", "text": ""})),
        "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]",
    ),
    (
        _rich(_line({"type": "date", "timestamp": "soon", "format": "{date}"})),
        "must provide an integer [json-pointer:/blocks/0/elements/0/elements/0/timestamp]",
    ),
    (
        _rich(_line({"type": "broadcast", "range": "all"})),
        "must be a valid enum value [json-pointer:/blocks/0/elements/0/elements/0/range]",
    ),
    (
        _rich({"type": "rich_text_list", "style": "star", "elements": []}),
        "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
    ),
]


@pytest.mark.parametrize(("block", "problem"), BAD, ids=[str(index) for index in range(len(BAD))])
def test_malformed_blocks_are_refused_with_the_place(block: object, problem: str) -> None:
    """The pointer leads to the very place, in Slack's words."""
    assert _problems(block) == [problem]


def test_blocks_must_be_a_list() -> None:
    """Anything else is told so."""
    assert _problems_of({"type": "section"}) == ["must provide an array [json-pointer:/blocks]"]


def _problems_of(blocks: object) -> list[str]:
    return [str(problem) for problem in block_problems(blocks, "message")]


def test_a_block_id_stands_once_in_a_message() -> None:
    """Duplicates are found, wherever they stand."""
    same = section(block_id="x")
    assert _problems(same, section(block_id="y"), same) == [
        "`block_id` already exists: x [json-pointer:/blocks/2/block_id]"
    ]


def test_an_action_id_stands_once_in_its_block() -> None:
    """In one block it must be unique, in two blocks it may be the same."""
    assert _problems(actions(button("a")), actions(button("a"))) == []
    assert _problems(actions(button("a"), button("b"), button("a"))) == [
        "`action_id` already exists: a [json-pointer:/blocks/0/elements/2/action_id]"
    ]


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_each_block_has_its_surfaces(surface: str, kind: str) -> None:
    """Tables and markdown stand in messages only, alerts in modals only, all else everywhere."""
    somewhere = {"table": {"message"}, "markdown": {"message"}, "alert": {"modal"}}
    allowed = surface in somewhere.get(kind, {"message", "modal", "home"})
    assert (kind in SURFACES[surface]) == allowed
    refused = f"unsupported type: {kind} [json-pointer:/blocks/0/type]" in _problems(
        {"type": kind}, surface=surface
    )
    assert refused != allowed


def test_an_alert_has_a_level() -> None:
    """default, info, warning, error, success."""
    alert = {"type": "alert", "text": plain("Careful"), "level": "warning"}
    assert _problems(alert, surface="modal") == []
    assert _problems({**alert, "level": "loud"}, surface="modal") == [
        "must be a valid enum value [json-pointer:/blocks/0/level]"
    ]


@pytest.mark.parametrize(
    ("view", "kind", "problem"),
    [
        ("x", "modal", "must provide an object [json-pointer:/view]"),
        (home(), "modal", "must be modal [json-pointer:/view/type]"),
        (modal(), "home", "must be home [json-pointer:/view/type]"),
        (
            {"type": "modal", "blocks": []},
            "modal",
            "missing required field: title [json-pointer:/view]",
        ),
        (
            {"type": "modal", "title": plain("t")},
            "modal",
            "missing required field: blocks [json-pointer:/view]",
        ),
        (
            {**home(), "title": plain("t")},
            "home",
            "invalid additional property: title [json-pointer:/view]",
        ),
        (
            modal({"type": "table", "rows": []}),
            "modal",
            "unsupported type: table [json-pointer:/view/blocks/0/type]",
        ),
        (
            modal(section(), field({"type": "plain_text_input"}), submit=None),
            "modal",
            (
                "must define `submit` to use an `input` block in modals "
                "[json-pointer:/view/blocks/1/input]"
            ),
        ),
    ],
)
def test_views_are_checked_as_a_whole(view: object, kind: str, problem: str) -> None:
    """Type, title, blocks, and inputs only with a submit button."""
    assert [str(one) for one in view_problems(view, kind)] == [problem]


def test_elements_can_be_checked_alone() -> None:
    """The same rules, from a pointer of one's own."""
    assert element_problems(button(), "/x") == []
    assert [str(one) for one in element_problems({"type": "knob"}, "/x")] == [
        "unsupported type: knob [json-pointer:/x/type]"
    ]


def test_slack_fills_in_what_was_left_out() -> None:
    """Ids, `emoji` and `verbatim`; what was given stays, and the given blocks are not touched."""
    ids = iter(("one", "two", "three"))
    given = [section("x"), actions(button("mine"), {"type": "button", "text": plain("y")})]
    before = json.dumps(given)
    first, second = filled(given, lambda: next(ids))
    assert json.dumps(given) == before
    assert first["block_id"] == "one"
    assert first["text"] == {"type": "mrkdwn", "text": "x", "verbatim": False}
    assert second["block_id"] == "two"
    assert [one["action_id"] for one in second["elements"]] == ["mine", "three"]
    assert second["elements"][1]["text"]["emoji"] is True


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "elements", "fields", "rows", "options", "accessory", "element",
                 "block_id", "action_id", "value", "style", "label", "confirm", "initial_option",
                 "option_groups", "initial_options", "column_settings"]
            ),
            inner | st.sampled_from([*BLOCKS, "plain_text", "mrkdwn", "button", "static_select"]),
            max_size=6,
        )
    ),
    max_leaves=30,
)  # fmt: skip


@given(blocks=_JSON, surface=st.sampled_from(["message", "modal", "home"]))
def test_any_json_is_judged_and_never_crashes(blocks: object, surface: str) -> None:
    """Whatever comes, the answer is a list of problems, each with a pointer below /blocks."""
    for problem in block_problems(blocks, surface):
        assert problem.pointer.startswith("/blocks")
    view_problems({"type": "modal", "title": plain("t"), "blocks": blocks}, "modal")


@given(blocks=st.lists(st.sampled_from(GOOD), max_size=5))
def test_what_slack_has_filled_in_is_still_valid(blocks: list[Json]) -> None:
    """Filling in ids and defaults never makes a valid block invalid."""
    plain_blocks = [{key: row[key] for key in row if key != "block_id"} for row in blocks]
    count = iter(range(10_000))
    full = list(filled(plain_blocks, lambda: f"id{next(count)}"))
    assert block_problems(full, "message") == []
