"""The form in which somebody asks for a server: the view, what was entered, and errors at their fields. Pure.

Region, image and plan are chosen from what is known, or typed: what is typed counts. See `request_dialogs`
for the other views of a request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.approvals.answers import Choices, Draft, FieldProblem
from bot.model.subscriptions import ChannelId
from bot.slack.render.blocks import plain, section
from bot.slack.render.message import Block
from bot.slack.render.text import clean, clip, units

CREATE: Final = "cnx:create"
"""`callback_id` of the form."""

TITLE: Final = "Create a server"

# slack-facts, 'Sizes'; 3,000 is what a plain_text_input takes.
_OPTIONS = 100
_OPTION_TEXT = 75
_OPTION_VALUE = 150
_INITIAL = 3_000
_LABEL = 2_000
_METADATA = 3_000

_ERROR = 500
"""Characters of an error at a field: it stands in small print below it."""

_PROBLEMS = 10

_CHOSEN = "_known"
"""Behind a field's name: the block in which a known value is chosen."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field that can be chosen. `article` and `example` are for its labels."""

    name: str
    label: str
    another: str
    example: str


_CHOICES: Final = (
    _Field("region", "Region", "Another region", "us-east-1"),
    _Field("image", "Image", "Another image", "ubuntu-24.04"),
    _Field("plan", "Plan", "Another plan", "c-4"),
)

State = Mapping[str, Mapping[str, Mapping[str, object]]]


def view(
    draft: Draft,
    choices: Choices,
    *,
    reason_required: bool,
    channel: str | None,
    problems: Sequence[FieldProblem] = (),
) -> Block:
    """The form, filled in as far as something is known; `problems`: what is wrong with that. `channel`:
    where it was asked for."""
    known = {"region": choices.regions, "image": choices.images, "plan": choices.plans}
    blocks: list[Block] = []
    if problems:
        blocks.append(section(f"⚠️ {it.problem}" for it in problems[:_PROBLEMS]))
    blocks.append(
        _input("name", "Name", _text("name", draft.name, "web-7"), hint="3 to 63 characters.")
    )
    for field in _CHOICES:
        blocks += _choice(field, getattr(draft, field.name), known[field.name])
    blocks += [
        _input(
            "ssh_keys",
            "SSH keys",
            _text("ssh_keys", draft.ssh_keys, "key_1, key_2", multiline=True),
            hint="Ids of keys that get root access, with commas or blanks between them.",
            optional=True,
        ),
        _input(
            "reason",
            "Reason",
            _text("reason", draft.reason, "What is it for?", multiline=True),
            hint="Those who approve read it: at most 2,000 characters.",
            optional=not reason_required,
        ),
    ]
    return {
        "type": "modal",
        "callback_id": CREATE,
        "title": plain(TITLE, 24),
        "submit": plain("Ask for approval", 24),
        "close": plain("Cancel", 24),
        "private_metadata": clip(channel or "", _METADATA),
        "blocks": blocks,
    }


def read(payload: Mapping[str, Any]) -> tuple[Draft, ChannelId | None]:
    """What was entered into it, and where it was asked for, out of a submission's view. Never raises."""
    state = _state(payload)
    picked = {it.name: _typed(state, it.name) or _picked(state, it.name) for it in _CHOICES}
    channel = payload.get("private_metadata")
    return (
        Draft(
            name=_typed(state, "name"),
            region=picked["region"],
            image=picked["image"],
            plan=picked["plan"],
            ssh_keys=_typed(state, "ssh_keys"),
            reason=_typed(state, "reason"),
        ),
        ChannelId(channel) if isinstance(channel, str) and channel else None,
    )


def errors(
    problems: Sequence[FieldProblem], payload: Mapping[str, Any] | None = None
) -> Mapping[str, str]:
    """What is wrong, by the id of the block at which it is shown: the one that was used, as the view of the
    submission has it; the menu, where none was. What belongs to no field stands at the first one."""
    state = _state(payload or {})
    told: dict[str, list[str]] = {}
    for it in problems:
        told.setdefault(_block_of(it.field, state), []).append(clean(it.problem))
    return {block: clip(" ".join(lines), _ERROR) for block, lines in told.items()}


def _block_of(field: str, state: State) -> str:
    if field in {it.name for it in _CHOICES}:
        menu = f"{field}{_CHOSEN}"
        return menu if menu in state and not _typed(state, field) else field
    return field if field in {"ssh_keys", "reason"} else "name"


def _choice(field: _Field, value: str, known: Sequence[str]) -> Sequence[Block]:
    """A menu of what is known and a line for anything else; where nothing is known, the line alone."""
    options = _options(known)
    if not options:
        typed = _text(field.name, value, field.example)
        return (_input(field.name, field.label, typed, hint=f"Such as {field.example}."),)
    block_id = f"{field.name}{_CHOSEN}"
    menu: dict[str, object] = {
        "type": "static_select",
        "action_id": block_id,
        "placeholder": plain("Choose one", 150),
        "options": options,
    }
    chosen = next((it for it in options if it["value"] == value), None)
    if chosen is not None:
        menu["initial_option"] = chosen
    typed = _text(field.name, "" if chosen is not None else value, field.example)
    return (
        _input(
            block_id,
            field.label,
            menu,
            hint="Choose one, or type another below: one of the two is needed.",
            optional=True,
        ),
        _input(field.name, field.another, typed, hint="What stands here counts.", optional=True),
    )


def _options(known: Sequence[str]) -> list[Block]:
    """Those that a menu can hold: an option's value is never cut off, it would mean something else."""
    fitting = [it for it in dict.fromkeys(known) if _fits_option(it)][:_OPTIONS]
    return [{"text": plain(it, _OPTION_TEXT), "value": it} for it in fitting]


def _fits_option(value: str) -> bool:
    return 0 < units(value) <= _OPTION_VALUE and clean(value).strip() == value


def _input(
    block_id: str, label: str, element: Block, *, hint: str, optional: bool = False
) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, _LABEL),
        "hint": plain(hint, _LABEL),
        "optional": optional,
        "element": element,
    }


def _text(action_id: str, value: str, example: str, *, multiline: bool = False) -> Block:
    """A line, or several, to type into. Slack takes what a text can show."""
    lines = value.splitlines() if multiline else [value]
    shown = clip("\n".join(clean(line) for line in lines).strip(), _INITIAL)
    return {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": multiline,
        "placeholder": plain(example, 150),
        **({"initial_value": shown} if shown else {}),
    }


def _state(payload: Mapping[str, Any]) -> State:
    """block_id → action_id → state; what is none of it is left out."""
    held = payload.get("state")
    values = held.get("values") if isinstance(held, Mapping) else None
    return {
        str(block): {
            str(action): state for action, state in actions.items() if isinstance(state, Mapping)
        }
        for block, actions in (values.items() if isinstance(values, Mapping) else ())
        if isinstance(actions, Mapping)
    }


def _typed(state: State, block_id: str) -> str:
    value = state.get(block_id, {}).get(block_id, {}).get("value")
    return value.strip() if isinstance(value, str) else ""


def _picked(state: State, field: str) -> str:
    block_id = f"{field}{_CHOSEN}"
    option = state.get(block_id, {}).get(block_id, {}).get("selected_option")
    value = option.get("value") if isinstance(option, Mapping) else None
    return value if isinstance(value, str) else ""
