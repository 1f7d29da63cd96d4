"""Every documented size: at the limit a block is taken, one beyond it is refused with Slack's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.sandbox.slack.blocks import block_problems, table_problem, view_problems
from bot.sandbox.slack.blocks.message import BLOCKS_LENGTH, blocks_length
from tests.sandbox.slack.support import (
    Json,
    actions,
    button,
    field,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    select,
)

IMAGE: Json = {"type": "image", "image_url": "https://example.com/i.png", "alt_text": "alt"}
URL = "https://example.com/"


def _confirm(**changes: object) -> Json:
    texts: Json = {
        "title": plain("Sure?"),
        "text": plain("Really?"),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    return button(confirm=texts | changes)


def _overflow(count: int) -> Json:
    return {"type": "overflow", "action_id": "o", "options": _options(count)}


def _options(count: int) -> list[Json]:
    return [option(f"v{index}") for index in range(count)]


def _many(kind: str, count: int) -> Json:
    return {"type": kind, "action_id": "m", "options": _options(count)}


def _table(rows: int, cells: int, text: str = "x") -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells] * rows}


def _input(**changes: object) -> Json:
    return field({"type": "plain_text_input", "action_id": "t", **changes})


LENGTHS: list[tuple[str, int, str, Callable[[str], Json]]] = [
    ("section text", 3_000, "/text/text", section),
    (
        "section field",
        2_000,
        "/fields/0/text",
        lambda text: {"type": "section", "fields": [plain(text)]},
    ),
    ("header", 150, "/text/text", lambda text: {"type": "header", "text": plain(text)}),
    ("button text", 75, "/elements/0/text/text", lambda text: actions(button(text=plain(text)))),
    ("button value", 2_000, "/elements/0/value", lambda text: actions(button(value=text))),
    (
        "button url",
        3_000,
        "/elements/0/url",
        lambda text: actions(button(url=URL + text[len(URL) :])),
    ),
    ("action_id", 255, "/elements/0/action_id", lambda text: actions(button(text))),
    ("block_id", 255, "/block_id", lambda text: {"type": "divider", "block_id": text}),
    (
        "confirm title",
        100,
        "/elements/0/confirm/title/text",
        lambda text: actions(_confirm(title=plain(text))),
    ),
    (
        "confirm text",
        300,
        "/elements/0/confirm/text/text",
        lambda text: actions(_confirm(text=mrkdwn(text))),
    ),
    (
        "confirm button",
        30,
        "/elements/0/confirm/confirm/text",
        lambda text: actions(_confirm(confirm=plain(text))),
    ),
    (
        "deny button",
        30,
        "/elements/0/confirm/deny/text",
        lambda text: actions(_confirm(deny=plain(text))),
    ),
    (
        "option text",
        75,
        "/elements/0/options/0/text/text",
        lambda text: actions(select(options=[option("v", text)])),
    ),
    (
        "option value",
        150,
        "/elements/0/options/0/value",
        lambda text: actions(select(options=[option(text, "t")])),
    ),
    (
        "placeholder",
        150,
        "/elements/0/placeholder/text",
        lambda text: actions(select("a", placeholder=plain(text))),
    ),
    ("image alt text", 2_000, "/alt_text", lambda text: {**IMAGE, "alt_text": text}),
    ("image title", 2_000, "/title/text", lambda text: {**IMAGE, "title": plain(text)}),
    ("input label", 2_000, "/label/text", lambda text: {**_input(), "label": plain(text)}),
    ("input hint", 2_000, "/hint/text", lambda text: {**_input(), "hint": plain(text)}),
    ("markdown", 12_000, "/text", lambda text: {"type": "markdown", "text": text}),
    (
        "context text",
        3_000,
        "/elements/0/text",
        lambda text: {"type": "context", "elements": [mrkdwn(text)]},
    ),
]


@pytest.mark.parametrize(
    ("most", "pointer", "build"),
    [row[1:] for row in LENGTHS],
    ids=[row[0].replace(" ", "-") for row in LENGTHS],
)
def test_a_text_may_have_so_many_characters_and_no_more(
    most: int, pointer: str, build: Callable[[str], Json]
) -> None:
    """The sizes of Slack's reference, with the error that Slack really gives."""
    assert block_problems([build("x" * most)], "message") == []
    found = block_problems([build("x" * (most + 1))], "message")
    expected = f"must be less than {most + 1} characters [json-pointer:/blocks/0{pointer}]"
    assert [str(problem) for problem in found] == [expected]


COUNTS: list[tuple[str, int, str, Callable[[int], Json]]] = [
    (
        "fields",
        10,
        "/fields",
        lambda count: {"type": "section", "fields": [plain("f")] * count},
    ),
    (
        "actions",
        25,
        "/elements",
        lambda count: actions(*(button(f"a{index}") for index in range(count))),
    ),
    (
        "context",
        10,
        "/elements",
        lambda count: {"type": "context", "elements": [plain("c")] * count},
    ),
    ("select", 100, "/elements/0/options", lambda n: actions(_many("static_select", n))),
    (
        "multi select",
        100,
        "/elements/0/options",
        lambda n: actions(_many("multi_static_select", n)),
    ),
    ("overflow", 5, "/elements/0/options", lambda n: actions(_overflow(n))),
    ("radio", 10, "/elements/0/options", lambda n: actions(_many("radio_buttons", n))),
    ("checkboxes", 10, "/elements/0/options", lambda n: actions(_many("checkboxes", n))),
    ("rows", 100, "/rows", lambda count: _table(count, 2)),
    ("cells", 20, "/rows/0", lambda count: _table(1, count)),
    (
        "columns",
        20,
        "/column_settings",
        lambda count: {**_table(1, 2), "column_settings": [{"align": "right"}] * count},
    ),
]


@pytest.mark.parametrize(
    ("most", "pointer", "build"),
    [row[1:] for row in COUNTS],
    ids=[row[0].replace(" ", "-") for row in COUNTS],
)
def test_a_list_may_have_so_many_items_and_no_more(
    most: int, pointer: str, build: Callable[[int], Json]
) -> None:
    """The counts of Slack's reference."""
    assert block_problems([build(most)], "message") == []
    found = block_problems([build(most + 1)], "message")
    assert [str(problem) for problem in found] == [
        f"no more than {most} items allowed [json-pointer:/blocks/0{pointer}]"
    ]


@pytest.mark.parametrize(
    ("build", "pointer"),
    [
        (lambda: section(""), "/text/text"),
        (lambda: {"type": "header", "text": plain("")}, "/text/text"),
        (lambda: actions(button(text=plain(""))), "/elements/0/text/text"),
        (lambda: _table(1, 1, ""), "/rows/0/0/text"),
        (lambda: {"type": "markdown", "text": ""}, "/text"),
    ],
)
def test_texts_must_not_be_empty(build: Callable[[], Json], pointer: str) -> None:
    """Empty texts and empty cells are refused."""
    found = [str(problem) for problem in block_problems([build()], "message")]
    assert found == [f"must be more than 0 characters [json-pointer:/blocks/0{pointer}]"]


@pytest.mark.parametrize(
    "build",
    [
        actions,
        lambda: {"type": "context", "elements": []},
        lambda: {"type": "table", "rows": []},
        lambda: {"type": "table", "rows": [[]]},
        lambda: actions(_overflow(0)),
        lambda: actions(select()),
    ],
)
def test_lists_must_not_be_empty(build: Callable[[], Json]) -> None:
    """Actions, context, rows, cells and options begin at one."""
    found = block_problems([build()], "message")
    assert [problem.text for problem in found] == ["no fewer than 1 items allowed"]


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_a_surface_takes_so_many_blocks(surface: str, most: int) -> None:
    """50 in a message, 100 in a modal or Home."""
    divider = {"type": "divider"}
    assert block_problems([divider] * most, surface) == []
    found = block_problems([divider] * (most + 1), surface)
    assert [str(problem) for problem in found] == [
        f"no more than {most} items allowed [json-pointer:/blocks]"
    ]


def test_a_table_holds_ten_thousand_characters() -> None:
    """All cells together; rich_text counts by what is read."""
    assert block_problems([_table(10, 10, "x" * 100)], "message") == []
    rows = [[{"type": "raw_text", "text": "x" * 100}] * 10 for _ in range(10)]
    rows[0][0] = {"type": "raw_text", "text": "x" * 101}
    found = block_problems([{"type": "table", "rows": rows}], "message")
    assert [problem.text for problem in found] == ["must be less than 10001 characters"]


def test_a_message_has_one_table() -> None:
    """The second one is named, with the error that Slack documents for it."""
    assert table_problem([_table(1, 1)]) is None
    assert str(table_problem([_table(1, 1), section(), _table(1, 1)])) == (
        "only_one_table_allowed [json-pointer:/blocks/2]"
    )


def test_markdown_blocks_share_their_characters() -> None:
    """12,000 characters in all markdown blocks of a message together."""
    halves = [{"type": "markdown", "text": "x" * 6_000}] * 2
    assert block_problems(halves, "message") == []
    halves = [{"type": "markdown", "text": "x" * 6_000}, {"type": "markdown", "text": "x" * 6_001}]
    assert len(block_problems(halves, "message")) == 1


def test_all_blocks_are_measured_as_compact_json() -> None:
    """The undocumented total of about 13,200 characters."""
    assert blocks_length([section("é")]) == len(
        '[{"type":"section","text":{"type":"mrkdwn","text":"é"}}]'
    )
    assert BLOCKS_LENGTH == 13_200


@pytest.mark.parametrize(
    ("most", "build"),
    [
        (24, lambda text: modal(title=plain(text))),
        (24, lambda text: modal(submit=plain(text))),
        (24, lambda text: modal(close=plain(text))),
        (3_000, lambda text: modal(private_metadata=text)),
        (255, lambda text: modal(callback_id=text)),
        (255, lambda text: modal(external_id=text)),
    ],
    ids=["title", "submit", "close", "private_metadata", "callback_id", "external_id"],
)
def test_a_modal_s_own_texts_are_limited(most: int, build: Callable[[str], Json]) -> None:
    """Title, submit and close 24; private_metadata 3,000; ids 255."""
    assert view_problems(build("x" * most), "modal") == []
    found = view_problems(build("x" * (most + 1)), "modal")
    assert [problem.text for problem in found] == [f"must be less than {most + 1} characters"]


def test_a_text_input_holds_three_thousand_characters() -> None:
    """max_length and min_length end at 3,000, and min_length not above max_length."""
    assert block_problems([_input(min_length=3_000, max_length=3_000)], "message") == []
    for wrong in ({"max_length": 3_001}, {"max_length": 0}, {"min_length": 5, "max_length": 4}):
        assert len(block_problems([_input(**wrong)], "message")) == 1
