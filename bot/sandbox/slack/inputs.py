"""What a person chooses or types in an element: `state` values and `actions` of payloads. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.sandbox.slack.blocks.composition import offered_options
from bot.sandbox.slack.blocks.filling import elements_of
from bot.sandbox.slack.identity import JsonObject

_STATE_FIELD = {
    "static_select": "selected_option",
    "radio_buttons": "selected_option",
    "multi_static_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "plain_text_input": "value",
    "number_input": "value",
}
_INITIAL_FIELD = {
    "static_select": "initial_option",
    "radio_buttons": "initial_option",
    "multi_static_select": "initial_options",
    "checkboxes": "initial_options",
    "users_select": "initial_user",
    "conversations_select": "initial_conversation",
    "channels_select": "initial_channel",
    "datepicker": "initial_date",
    "plain_text_input": "initial_value",
    "number_input": "initial_value",
}
_MANY = frozenset({"multi_static_select", "checkboxes"})
_OPTIONS = frozenset({"static_select", "radio_buttons", "overflow"})

Values = Mapping[str, JsonObject]
"""Entered values: block_id → action_id → state object."""


class InputError(ValueError):
    """No such element, or it can't take that value; the message names the field."""


def interactive(blocks: Sequence[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Every element with an action_id, with its block."""
    for block in blocks:
        if block["type"] in {"actions", "section", "input"}:
            for element in elements_of(block):
                if "action_id" in element:
                    yield block, element


def find_element(
    blocks: Sequence[JsonObject], action_id: object, block_id: object = None
) -> tuple[JsonObject, JsonObject]:
    """The one element that the ids mean. Raises InputError."""
    found = [
        (block, element)
        for block, element in interactive(blocks)
        if element["action_id"] == action_id and block_id in {None, block["block_id"]}
    ]
    if not found:
        known = ", ".join(sorted({element["action_id"] for _, element in interactive(blocks)}))
        raise InputError(f"action_id: {action_id!r} is not there; there are: {known or 'none'}")
    if len(found) > 1:
        raise InputError(f"block_id: {action_id!r} is in several blocks; name one")
    return found[0]


def initial_values(blocks: Sequence[JsonObject], entered: Values) -> dict[str, JsonObject]:
    """The state of all elements that hold a value: what was entered, else what they begin with."""
    values: dict[str, JsonObject] = {}
    for block, element in interactive(blocks):
        kind = element["type"]
        if kind not in _STATE_FIELD:
            continue
        known = entered.get(block["block_id"], {}).get(element["action_id"])
        if known is None or known.get("type") != kind:
            known = state_object(element, element.get(_INITIAL_FIELD[kind]))
        values.setdefault(block["block_id"], {})[element["action_id"]] = known
    return values


def state_object(element: JsonObject, value: object) -> JsonObject:
    """The state of an element that holds this value (an option's object, a text, or None)."""
    kind = element["type"]
    if kind in _MANY:
        value = value or []
    return {"type": kind, _STATE_FIELD[kind]: value}


def chosen(element: JsonObject, value: object) -> object:
    """What a visitor's `value` means for the element: an option's object, a text. Raises InputError."""
    kind = element["type"]
    if kind == "button":
        return None
    if kind in _MANY:
        words = value if isinstance(value, list) else [] if value is None else [value]
        return [_option(element, word) for word in words]
    if kind in _OPTIONS:
        if value is None and kind != "overflow":
            return None
        return _option(element, value)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InputError(f"value: {kind} takes a text")
    if kind == "datepicker" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise InputError("value: a datepicker takes YYYY-MM-DD")
    return value


def action(block: JsonObject, element: JsonObject, value: object, action_ts: str) -> JsonObject:
    """The entry of `actions` for what was done to the element."""
    kind = element["type"]
    row: JsonObject = {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": action_ts,
    }
    for key in ("text", "value", "style", "url", "placeholder", "confirm"):
        if key in element and (kind == "button" or key in {"placeholder", "confirm"}):
            row[key] = element[key]
    if kind == "overflow":
        row["selected_option"] = value
    elif kind in _STATE_FIELD:
        row[_STATE_FIELD[kind]] = value
        if _INITIAL_FIELD[kind] in element:
            row[_INITIAL_FIELD[kind]] = element[_INITIAL_FIELD[kind]]
    return row


def entered(
    values: Values, block: JsonObject, element: JsonObject, value: object
) -> dict[str, JsonObject]:
    """The values with this element's new one."""
    if element["type"] not in _STATE_FIELD:
        return dict(values)
    block_id = block["block_id"]
    row = {**values.get(block_id, {}), element["action_id"]: state_object(element, value)}
    return {**values, block_id: row}


def dispatches(block: JsonObject) -> bool:
    """Whether a change of the block's element is sent to the app at once."""
    return block["type"] != "input" or block.get("dispatch_action") is True


def complaints(blocks: Sequence[JsonObject], values: Values) -> dict[str, str]:
    """What Slack's own client says before it submits a modal: block_id → text."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = values.get(block["block_id"], {}).get(element["action_id"], {})
        problem = _complaint(block, element, state.get(_STATE_FIELD[element["type"]]))
        if problem is not None:
            found[block["block_id"]] = problem
    return found


def _complaint(block: JsonObject, element: JsonObject, value: object) -> str | None:
    if value in (None, "", []):
        return None if block.get("optional") is True else "Please complete this required field."
    if element["type"] == "plain_text_input":
        return _length_complaint(element, str(value))
    if element["type"] == "number_input":
        return _number_complaint(element, str(value))
    return None


def _length_complaint(element: JsonObject, text: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3_000)
    if len(text) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter no more than {most} characters." if len(text) > most else None


def _number_complaint(element: JsonObject, text: str) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if not re.fullmatch(pattern, text):
        return "Please enter a number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and float(text) < float(least):
        return f"Please enter a number of at least {least}."
    if most is not None and float(text) > float(most):
        return f"Please enter a number of at most {most}."
    return None


def _option(element: JsonObject, word: object) -> JsonObject:
    for option in offered_options(element):
        if option.get("value") == word:
            return option
    known = ", ".join(str(option.get("value")) for option in offered_options(element))
    raise InputError(f"value: {word!r} is not offered; offered are: {known}")
