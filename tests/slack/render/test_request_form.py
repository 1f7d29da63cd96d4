"""The form for a server: what it offers, what is read out of it, where errors stand, and Slack's limits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals.answers import (
    Asked,
    CannotAsk,
    Choices,
    Draft,
    FieldProblem,
    Hindrance,
    InvalidDraft,
)
from bot.approvals.rights import Right, Standing
from bot.model.requests import RequestId
from bot.sandbox.slack.blocks import view_problems
from bot.sandbox.slack.inputs import initial_values
from bot.slack.render import request_dialogs as dialogs
from bot.slack.render import request_form as form
from bot.slack.render.message import Block
from bot.slack.render.request_buttons import RequestRef
from bot.slack.render.request_notices import invalid
from tests.slack.render.replies import foreign
from tests.slack.render.requests import APPROVERS, ASKED, DIGEST
from tests.slack.render.test_letters import generous
from tests.slack.render.test_limits import interpreted, jsonable
from tests.slack.render.test_request_answers import drafts

KNOWN = Choices(("us-east-1", "eu-west-2"), ("c-4", "c-8"), ("ubuntu-24.04",))
WRONG = InvalidDraft((FieldProblem("name", "A name is needed."),))
NAMES = tuple(it.name for it in fields(Draft))


EMPTY = Draft()


def viewed(draft: Draft = EMPTY, choices: Choices = KNOWN, **more: Any) -> dict[str, Any]:
    """The form as Slack is sent it."""
    made = form.view(draft, choices, **{"reason_required": False, "channel": "C0OPS", **more})
    return cast("dict[str, Any]", jsonable(made))


def sent(view: Mapping[str, Any], **entered: str | None) -> dict[str, Any]:
    """The view as a submission has it: `entered` is what is typed or chosen in a block."""
    values = initial_values([it for it in view["blocks"] if it["type"] == "input"], {})
    for block, value in entered.items():
        (action,) = values[block]
        if values[block][action]["type"] == "static_select":
            picked = None if value is None else {"value": value}
            values[block] = {action: {"type": "static_select", "selected_option": picked}}
        else:
            values[block] = {action: {"type": "plain_text_input", "value": value}}
    return {**view, "state": {"values": values}}


def blocks(view: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form, by block."""
    return {it["block_id"]: it for it in view["blocks"] if it["type"] == "input"}


def texts(node: object) -> Iterator[str]:
    """Every text that is shown or filled in."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in ("text", "initial_value") and isinstance(value, str):
                yield value
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def accepted(view: Block) -> None:
    """Slack takes it, and interprets nothing in it."""
    held = jsonable(view)
    assert view_problems(held, "modal") == []
    assert list(interpreted(held)) == []
    for text in texts(held):
        text.encode()
    json.dumps(held).encode()


def test_the_form_asks_for_all_of_it_in_this_order() -> None:
    accepted(viewed())
    assert list(blocks(viewed())) == [
        "name", "region_known", "region", "image_known", "image", "plan_known", "plan",
        "ssh_keys", "reason",
    ]  # fmt: skip
    assert viewed()["callback_id"] == "cnx:create"
    assert viewed()["private_metadata"] == "C0OPS"
    assert viewed()["title"]["text"] == "Create a server"


def test_without_choices_there_is_a_line_to_type_into() -> None:
    view = viewed(choices=Choices())
    accepted(view)
    assert list(blocks(view)) == ["name", "region", "image", "plan", "ssh_keys", "reason"]
    assert not blocks(view)["region"]["optional"]
    assert blocks(view)["region"]["label"]["text"] == "Region"


@pytest.mark.parametrize("required", [True, False])
def test_a_reason_is_wanted_where_it_has_to_be(required: bool) -> None:
    assert blocks(viewed(reason_required=required))["reason"]["optional"] is not required


def test_what_was_typed_is_filled_in_where_it_belongs() -> None:
    draft = Draft("web-7", "eu-west-2", "debian-13", "", "a, b", "Two\nlines")
    view = blocks(viewed(draft))
    assert view["name"]["element"]["initial_value"] == "web-7"
    assert view["region_known"]["element"]["initial_option"]["value"] == "eu-west-2"
    assert "initial_value" not in view["region"]["element"]
    assert "initial_option" not in view["image_known"]["element"]
    assert view["image"]["element"]["initial_value"] == "debian-13"
    assert "initial_value" not in view["plan"]["element"]
    assert view["reason"]["element"]["initial_value"] == "Two\nlines"
    assert form.read(sent(viewed(draft))) == (draft, "C0OPS")


def test_what_is_typed_counts_over_what_is_chosen() -> None:
    chosen = sent(viewed(), region_known="us-east-1", plan_known="c-8")
    draft, _ = form.read(chosen)
    assert (draft.region, draft.plan, draft.image) == ("us-east-1", "c-8", "")
    both = sent(viewed(), region_known="us-east-1", region=" mars-1 ")
    assert form.read(both)[0].region == "mars-1"
    blank = sent(viewed(), region_known="us-east-1", region="  ")
    assert form.read(blank)[0].region == "us-east-1"


@pytest.mark.parametrize(
    "payload",
    [
        {}, {"state": None}, {"state": {"values": []}}, {"state": {"values": {"name": 1}}},
        {"state": {"values": {"name": {"name": None}}}},
        {"state": {"values": {"name": {"name": {"value": 1}}}}},
        {"state": {"values": {"region_known": {"region_known": {"selected_option": "x"}}}}},
        {"private_metadata": 1}, {"private_metadata": ""},
    ],
)  # fmt: skip
def test_what_is_malformed_is_empty(payload: dict[str, Any]) -> None:
    assert form.read(payload) == (Draft(), None)
    assert dialogs.read_denial(payload) is None
    assert form.errors([FieldProblem("plan", "No.")], payload) == {"plan": "No."}


def test_an_error_stands_at_the_block_that_was_used() -> None:
    """Or at the menu, where nothing was chosen or typed."""
    problems = [FieldProblem(it, f"{it} is wrong.") for it in (*NAMES, "", "other")]
    typed = form.errors(problems, sent(viewed(), region="x", image_known="ubuntu-24.04"))
    assert typed == {
        "name": "name is wrong.  is wrong. other is wrong.",
        "region": "region is wrong.",
        "image_known": "image is wrong.",
        "plan_known": "plan is wrong.",
        "ssh_keys": "ssh_keys is wrong.",
        "reason": "reason is wrong.",
    }
    assert set(typed) <= set(blocks(viewed()))
    assert set(form.errors(problems)) <= set(blocks(viewed(choices=Choices())))


def test_problems_with_what_was_typed_stand_above_the_form() -> None:
    view = viewed(problems=[FieldProblem("name", "<!channel> is no name.")])
    accepted(view)
    first = view["blocks"][0]
    assert first["text"] == {
        "type": "plain_text", "text": "⚠️ <!channel> is no name.", "emoji": False,
    }  # fmt: skip


def test_a_menu_holds_what_slack_takes_and_never_a_part_of_a_value() -> None:
    long, longer, odd = "r" * 150, "r" * 151, "a\nb"
    regions = (long, longer, odd, "", long, *(f"r-{n}" for n in range(200)))
    view = viewed(Draft(region=longer), Choices(regions=regions))
    accepted(view)
    options = blocks(view)["region_known"]["element"]["options"]
    assert [it["value"] for it in options] == [long, *(f"r-{n}" for n in range(99))]
    assert blocks(view)["region"]["element"]["initial_value"] == longer
    beyond = blocks(viewed(Draft(region="r-150"), Choices(regions=regions)))
    assert beyond["region"]["element"]["initial_value"] == "r-150"


choices = st.builds(
    Choices,
    *(st.lists(foreign, max_size=5).map(lambda it: tuple(it) * 3) for _ in range(3)),
)


@generous
@given(
    draft=drafts,
    known=choices,
    problems=st.lists(st.builds(FieldProblem, st.sampled_from(NAMES), foreign), max_size=9),
    required=st.booleans(),
)
def test_slack_takes_every_form_and_nothing_in_it_acts(
    draft: Draft, known: Choices, problems: list[FieldProblem], required: bool
) -> None:
    view = form.view(draft, known, reason_required=required, channel=None, problems=problems)
    accepted(view)
    for text in form.errors(problems, sent(cast("dict[str, Any]", jsonable(view)))).values():
        assert 0 <= len(text) <= 500


@pytest.mark.parametrize("letter", ["x", "🦄", '"', "\x00", "\n", " "])
def test_slack_takes_a_form_with_ten_thousand_of_anything(letter: str) -> None:
    long = letter * 10_000
    accepted(
        form.view(
            Draft(long, long, long, long, long, long),
            Choices((long, "a"), (long,), (long,)),
            reason_required=True,
            channel=long,
            problems=[FieldProblem("name", long)] * 20,
        )
    )


def test_the_other_views_are_taken_too() -> None:
    asked = Asked(ASKED, APPROVERS, Right(Standing.UNREADABLE, "<!here> is not known."))
    cannot = CannotAsk(Hindrance.NOBODY, "2 people are needed, and there is 1.")
    wrong = invalid(WRONG, Draft())
    for view in (
        dialogs.loading(),
        dialogs.recorded(asked, "/cnx"),
        dialogs.refused(cannot),
        dialogs.said(wrong),
        dialogs.deny(RequestRef(RequestId(12), DIGEST)),
    ):
        accepted(view)
    assert "Request #12 for web-7 is recorded" in str(dialogs.recorded(asked, "/cnx"))
    assert "CNX_APPROVERS" in str(dialogs.refused(cannot))


def test_a_view_has_no_buttons_that_nobody_answers() -> None:
    said = dialogs.said(invalid(WRONG, Draft()))
    assert [it["type"] for it in cast("Any", said["blocks"])] == ["rich_text"]


def test_why_somebody_denies_is_read_back_with_where() -> None:
    ref = RequestRef(RequestId(12), DIGEST)
    view = cast("dict[str, Any]", jsonable(dialogs.deny(ref, channel="C0OPS", ts="1.2")))
    entered = sent(view, reason=" Too big.\nAsk again. ")
    assert dialogs.read_denial(entered) == dialogs.Denial(
        ref, "Too big.\nAsk again.", "C0OPS", "1.2"
    )
    assert dialogs.read_denial(sent(view)) == dialogs.Denial(ref, "", "C0OPS", "1.2")
    bare = cast("dict[str, Any]", jsonable(dialogs.deny(ref)))
    assert dialogs.read_denial(sent(bare)) == dialogs.Denial(ref, "")


@pytest.mark.parametrize(
    "metadata",
    ["", "x", "[]", "[12]", '[true, "a", null, null]', '[0, "a", null, null]', '[12, "a", 1, null]',
     '[12, "", null, null]', "[" * 100_000],
)  # fmt: skip
def test_nonsense_is_no_denial(metadata: str) -> None:
    assert dialogs.read_denial({"private_metadata": metadata}) is None


def test_a_denial_names_the_request() -> None:
    view = dialogs.deny(RequestRef(RequestId(12), DIGEST))
    assert "Request #12 ends with this" in str(view)
