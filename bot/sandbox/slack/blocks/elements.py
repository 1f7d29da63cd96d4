"""Block elements: buttons, menus, pickers, inputs, images. Pure.

Which of them may stand in which block is told by SECTION, ACTIONS, CONTEXT and INPUT.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.sandbox.slack.blocks.composition import (
    CHOICE,
    CONFIRM,
    CONVERSATION_FILTER,
    DATE,
    DISPATCH_CONFIG,
    GROUP,
    IDENTIFIER,
    OPTION,
    OVERFLOW_OPTION,
    any_text,
    menu,
    options_or_groups,
    plain_text,
)
from bot.sandbox.slack.blocks.schema import (
    ACTION_ID,
    Check,
    Problem,
    array,
    boolean,
    both,
    integer,
    matching,
    one_of,
    record,
    string,
    url,
    variant,
)

_INTERACTIVE: Mapping[str, Check] = {"action_id": string(ACTION_ID)}
_FOCUS: Mapping[str, Check] = {"focus_on_load": boolean}
_PLACEHOLDER: Mapping[str, Check] = {"placeholder": plain_text(150)}
_CONFIRMED: Mapping[str, Check] = {"confirm": CONFIRM}
_MENU: Mapping[str, Check] = {**_INTERACTIVE, **_FOCUS, **_PLACEHOLDER, **_CONFIRMED}
_OFFERS: Mapping[str, Check] = {
    "options": array(OPTION, 1, 100),
    "option_groups": array(GROUP, 1, 100),
}
_NUMBER = matching(r"-?\d+(\.\d+)?", "must be a valid number")


def _image_source(value: object, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        return
    given = [key for key in ("image_url", "slack_file") if value.get(key) is not None]
    if len(given) != 1:
        yield Problem(pointer, "missing required field: image_url")


def _length_order(value: object, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        return
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield Problem(f"{pointer}/min_length", "min_length must not exceed max_length")


SLACK_FILE: Check = record({}, {"id": string(), "url": url()})

IMAGE: Check = both(
    record({"alt_text": string(2_000)}, {"image_url": url(), "slack_file": SLACK_FILE}),
    _image_source,
)
"""An image: exactly one source, and 2,000 characters of alternative text."""

BUTTON: Check = record(
    {"text": plain_text(75)},
    {
        **_INTERACTIVE,
        "url": url(),
        "value": string(2_000, least=0),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)

STATIC_SELECT: Check = menu(
    both(record({}, {**_MENU, **_OFFERS, "initial_option": OPTION}), options_or_groups)
)

MULTI_STATIC_SELECT: Check = menu(
    both(
        record(
            {},
            {
                **_MENU,
                **_OFFERS,
                "initial_options": array(OPTION, 1, 100),
                "max_selected_items": integer(1),
            },
        ),
        options_or_groups,
    )
)

USERS_SELECT: Check = record({}, {**_MENU, "initial_user": IDENTIFIER})

CONVERSATIONS_SELECT: Check = record(
    {},
    {
        **_MENU,
        "initial_conversation": IDENTIFIER,
        "default_to_current_conversation": boolean,
        "response_url_enabled": boolean,
        "filter": CONVERSATION_FILTER,
    },
)

CHANNELS_SELECT: Check = record(
    {}, {**_MENU, "initial_channel": IDENTIFIER, "response_url_enabled": boolean}
)

OVERFLOW: Check = menu(
    record({"options": array(OVERFLOW_OPTION, 1, 5)}, {**_INTERACTIVE, **_CONFIRMED})
)

DATEPICKER: Check = record({}, {**_MENU, "initial_date": DATE})

RADIO_BUTTONS: Check = menu(
    record(
        {"options": array(CHOICE, 1, 10)},  # docs: at most 10
        {**_INTERACTIVE, **_FOCUS, **_CONFIRMED, "initial_option": CHOICE},
    )
)

CHECKBOXES: Check = menu(
    record(
        {"options": array(CHOICE, 1, 10)},  # docs: at most 10
        {**_INTERACTIVE, **_FOCUS, **_CONFIRMED, "initial_options": array(CHOICE, 1, 10)},
    )
)

PLAIN_TEXT_INPUT: Check = both(
    record(
        {},
        {
            **_INTERACTIVE,
            **_FOCUS,
            **_PLACEHOLDER,
            "initial_value": string(3_000, least=0),
            "multiline": boolean,
            "min_length": integer(0, 3_000),
            "max_length": integer(1, 3_000),
            "dispatch_action_config": DISPATCH_CONFIG,
        },
    ),
    _length_order,
)

NUMBER_INPUT: Check = record(
    {"is_decimal_allowed": boolean},
    {
        **_INTERACTIVE,
        **_FOCUS,
        **_PLACEHOLDER,
        "initial_value": _NUMBER,
        "min_value": _NUMBER,
        "max_value": _NUMBER,
        "dispatch_action_config": DISPATCH_CONFIG,
    },
)

_CHOOSERS: Mapping[str, Check] = {
    "static_select": STATIC_SELECT,
    "multi_static_select": MULTI_STATIC_SELECT,
    "users_select": USERS_SELECT,
    "conversations_select": CONVERSATIONS_SELECT,
    "channels_select": CHANNELS_SELECT,
    "datepicker": DATEPICKER,
    "radio_buttons": RADIO_BUTTONS,
    "checkboxes": CHECKBOXES,
}

ACTIONS: Mapping[str, Check] = {**_CHOOSERS, "button": BUTTON, "overflow": OVERFLOW}
"""What may stand in an actions block."""

SECTION: Mapping[str, Check] = {**ACTIONS, "image": IMAGE}
"""What may be a section's accessory."""

INPUT: Mapping[str, Check] = {
    **_CHOOSERS,
    "plain_text_input": PLAIN_TEXT_INPUT,
    "number_input": NUMBER_INPUT,
}
"""What may be an input's element."""

_CONTEXT_TEXT = any_text(3_000)  # docs: a text object has 1 to 3,000 characters

CONTEXT: Mapping[str, Check] = {
    "image": IMAGE,
    "plain_text": _CONTEXT_TEXT,
    "mrkdwn": _CONTEXT_TEXT,
}
"""What may stand in a context block."""


def element_problems(element: object, pointer: str) -> list[Problem]:
    """Everything wrong with an element, wherever it may stand."""
    return list(variant({**SECTION, **INPUT})(element, pointer))
