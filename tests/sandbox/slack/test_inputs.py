"""What is chosen and typed in elements: values to states, states to actions, and what can't be."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.inputs import (
    InputError,
    action,
    chosen,
    complaints,
    entered,
    find_element,
    initial_values,
)
from tests.sandbox.slack.support import Json, actions, button, field, option, section, select

TEXT: Json = {"type": "plain_text_input", "action_id": "note"}
DATE: Json = {"type": "datepicker", "action_id": "day"}
MANY: Json = {"type": "checkboxes", "action_id": "many", "options": [option("a"), option("b")]}


def _row(*elements: Json) -> Json:
    return actions(*elements, block_id="row")


@pytest.mark.parametrize(
    ("element", "value", "meaning"),
    [
        (button(), "anything", None),
        (select("a"), "a", option("a")),
        (select("a"), None, None),
        (MANY, ["b"], [option("b")]),
        (MANY, "a", [option("a")]),
        (MANY, None, []),
        (TEXT, "hello", "hello"),
        (TEXT, "", None),
        (DATE, "2026-03-02", "2026-03-02"),
    ],
)
def test_a_value_is_read_by_its_element(element: Json, value: object, meaning: object) -> None:
    """Options by their value, texts as they are, nothing as nothing."""
    assert chosen(element, value) == meaning


@pytest.mark.parametrize(
    ("element", "value"),
    [
        (select("a"), "z"),
        (MANY, ["a", "z"]),
        ({"type": "overflow", "action_id": "o", "options": [option("a")]}, None),
        (TEXT, 7),
        (DATE, "tomorrow"),
    ],
)
def test_what_an_element_can_t_take_is_told(element: Json, value: object) -> None:
    """With the field's name."""
    with pytest.raises(InputError, match=r"^value:"):
        chosen(element, value)


def test_a_state_begins_with_the_initial_values() -> None:
    """Each element by its own field; buttons, overflow menus and texts have none."""
    blocks = [
        section(block_id="s"),
        _row(
            button(),
            select("a", "b", initial_option=option("b")),
            MANY | {"initial_options": [option("a")]},
            DATE | {"initial_date": "2026-03-02"},
        ),
        field(TEXT | {"initial_value": "x"}),
        section(block_id="t", accessory={"type": "users_select", "action_id": "who"}),
    ]
    assert initial_values(blocks, {}) == {
        "row": {
            "pick": {"type": "static_select", "selected_option": option("b")},
            "many": {"type": "checkboxes", "selected_options": [option("a")]},
            "day": {"type": "datepicker", "selected_date": "2026-03-02"},
        },
        "field": {"note": {"type": "plain_text_input", "value": "x"}},
        "t": {"who": {"type": "users_select", "selected_user": None}},
    }


def test_what_was_entered_stays_unless_the_element_is_another() -> None:
    """A message that was updated with another element of the same id begins anew."""
    block = field(TEXT)
    values = entered({}, block, TEXT, "typed")
    assert initial_values([block], values)["field"]["note"]["value"] == "typed"
    other = field(select("a", action_id="note"))
    assert initial_values([other], values)["field"]["note"] == {
        "type": "static_select",
        "selected_option": None,
    }
    assert entered(values, block, button(), None) == values


def test_an_action_tells_the_choice_and_where_it_began() -> None:
    """initial_option stands beside selected_option, placeholder and confirm as given."""
    element = select("a", "b", initial_option=option("b"), placeholder=option("p")["text"])
    row = action(_row(element), element, option("a"), "1.0")
    assert row == {
        "type": "static_select",
        "action_id": "pick",
        "block_id": "row",
        "action_ts": "1.0",
        "placeholder": option("p")["text"],
        "selected_option": option("a"),
        "initial_option": option("b"),
    }


def test_an_element_is_found_by_its_ids() -> None:
    """Or the error tells which there are."""
    blocks = [_row(button("one"), button("two")), field(TEXT)]
    assert find_element(blocks, "two")[1]["action_id"] == "two"
    with pytest.raises(InputError, match="there are: note, one, two"):
        find_element(blocks, "three")


def test_complaints_name_their_blocks() -> None:
    """Only required inputs without a value complain."""
    blocks = [field(TEXT), field(MANY, "boxes"), field(TEXT, "spare", optional=True)]
    assert set(complaints(blocks, initial_values(blocks, {}))) == {"field", "boxes"}
    full = entered(initial_values(blocks, {}), blocks[0], TEXT, "x")
    assert set(complaints(blocks, full)) == {"boxes"}
