"""Replies about requests, as Slack shows them: golden renderings, pages, the audit trail, and the limits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals.answers import (
    Asked,
    Ballot,
    CannotAsk,
    Counted,
    Draft,
    FieldProblem,
    Hindrance,
    InvalidDraft,
    NoSuchRequest,
    Refusal,
    Refused,
    RequestList,
    RequestShown,
    VoteAnswer,
    Which,
)
from bot.approvals.rights import Right, Standing
from bot.commands.request_replies import AskReply, OpenForm, RequestReply
from bot.model.requests import AuditRow, Deed, Origin, RequestId, Source
from bot.model.subscriptions import UserId
from bot.slack.render import Frame, is_public, name_of_command, render
from bot.slack.render.message import SlackMessage
from bot.slack.render.request_buttons import RequestRef, draft_of, draft_value, ref_of
from bot.slack.render.request_notices import voted
from tests.slack.render.replies import NOW, counts, foreign, times
from tests.slack.render.requests import (
    ANN,
    APPROVERS,
    ASKED,
    ASKED_AT,
    CANCELLED,
    DENIED,
    DIGEST,
    EXPIRED,
    GRACE,
    HOSTILE,
    OPS,
    PROVISIONING,
    RUNNING,
    STATES,
    STRANGER,
    UNKNOWN,
)
from tests.slack.render.shown import buttons, shown
from tests.slack.render.test_letters import WRITES, generous, repeatedly
from tests.slack.render.test_limits import jsonable
from tests.slack.render.test_request_cards import accepted, origins, people, requests

GOLDEN = Path(__file__).parent / "golden" / "request_answers"
FRAME = Frame(NOW, command="requests")
DRAFT = Draft("web-7", "us-east-1", reason="The sale begins on Friday.")
MAY = Right(Standing.MAY)


def row(what: Deed, seconds: float, by: UserId | None = None, **details: object) -> AuditRow:
    """A step of the trail."""
    origin = Origin(Source.BOT) if by is None else Origin(Source.BUTTON, OPS)
    at = ASKED_AT + timedelta(seconds=seconds)
    return AuditRow(at, what, by, origin, details)  # type: ignore[arg-type]


TRAIL = (
    replace(row(Deed.ASKED, 0, ANN, digest=DIGEST), origin=Origin(Source.FORM, OPS)),
    row(Deed.REMINDED, 900),
    row(Deed.VOTED, 1_000, GRACE, word="approve", digest=DIGEST, reason="<!here> go"),
    row(Deed.APPROVED, 1_000),
    row(Deed.INTENDED, 1_001, attempt=1, digest=DIGEST),
    row(Deed.LOST, 1_002, attempt=1, why="server", status=500, message="Internal failure"),
    row(Deed.INTENDED, 1_040, attempt=2, digest=DIGEST),
    row(Deed.ANSWERED, 1_041, attempt=2, id="srv_9f82a1", status="provisioning", eta_seconds=45.0),
    row(Deed.RUNNING, 1_090, id="srv_9f82a1"),
)
ALL = tuple(replace(it, id=RequestId(n)) for n, it in enumerate(STATES.values(), 1))
PAGE = RequestList(Which.ALL, ALL[:20], 61, 2, 20)

REPLIES: dict[str, RequestReply] = {
    "asked": AskReply(Asked(ASKED, APPROVERS, MAY), DRAFT),
    "asked-in-doubt": AskReply(
        Asked(ASKED, APPROVERS, Right(Standing.UNREADABLE, "Slack did not tell who is in @admins.")),
        DRAFT,
    ),
    "invalid": AskReply(
        InvalidDraft(
            (
                FieldProblem("name", "A name has 3 to 63 characters; this has 2 characters."),
                FieldProblem("ssh_keys", "The id of a key can't hold <!channel>."),
            )
        ),
        DRAFT,
    ),
    **{
        f"cannot-{why.value.replace('_', '-')}": AskReply(CannotAsk(why, "<@U0ANN> lacks it."), DRAFT)
        for why in Hindrance
    },
    "form": OpenForm(Draft()),
    "form-begun": OpenForm(DRAFT),
    "list": PAGE,
    "list-first": replace(PAGE, page=1, number=21),
    "list-last": replace(PAGE, requests=ALL[:1], page=4),
    "list-beyond": replace(PAGE, requests=(), page=9),
    "list-none": RequestList(Which.PENDING, (), 0, 1, 20),
    "list-mine": RequestList(Which.MINE, (ASKED,), 1, 1, 20),
    "shown": RequestShown(RUNNING, TRAIL),
    "shown-asked": RequestShown(ASKED, TRAIL[:1]),
    "shown-denied": RequestShown(DENIED, ()),
    "shown-long": RequestShown(UNKNOWN, TRAIL * 9),
    "shown-hostile": RequestShown(HOSTILE, TRAIL[:3]),
    "none-such": NoSuchRequest(RequestId(99)),
}  # fmt: skip
_ENDS = (DENIED, CANCELLED, EXPIRED)
VOTES: dict[str, VoteAnswer] = {
    "approved": Counted(ASKED, Ballot.APPROVE),
    "approved-enough": Counted(STATES["approved"], Ballot.APPROVE),
    "approved-again": Counted(ASKED, Ballot.APPROVE, again=True),
    "denied": Counted(DENIED, Ballot.DENY),
    "cancelled": Counted(CANCELLED, Ballot.CANCEL),
    "closed": Counted(STATES["closed"], Ballot.CLOSE),
    **{
        f"refused-{why.value.replace('_', '-')}": Refused(why, Ballot.APPROVE, PROVISIONING)
        for why in Refusal
    },
    "refused-unknown": Refused(Refusal.UNKNOWN, Ballot.DENY),
    "refused-no-right": Refused(Refusal.NO_RIGHT, Ballot.DENY, ASKED, "<!channel> are guests."),
    **{
        f"refused-ended-{it.state.value}": Refused(Refusal.ENDED, Ballot.APPROVE, it)
        for it in _ENDS
    },
    "refused-not-stuck": Refused(Refusal.NOT_STUCK, Ballot.CLOSE, RUNNING),
}

MESSAGES = {name: render(reply, FRAME) for name, reply in REPLIES.items()} | {
    f"vote-{name}": voted(answer, "/cnx") for name, answer in VOTES.items()
}


@pytest.mark.parametrize("name", MESSAGES)
def test_every_answer_is_as_it_was_looked_at(name: str) -> None:
    message = MESSAGES[name]
    accepted(message)
    file = GOLDEN / f"{name}.json"
    told = {"text": message.text.split("\n"), "blocks": jsonable(message.blocks)}
    if WRITES:
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8")) == told


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("name", REPLIES)
def test_only_the_asker_sees_them(name: str) -> None:
    assert not is_public(REPLIES[name])
    command = name_of_command(REPLIES[name], "")
    assert command == {"list": "requests", "show": "request", "none": "request"}.get(
        name[:4], "create"
    )


@pytest.mark.parametrize(
    ("name", "turns"),
    [
        ("list", {"‹ Prev": "requests all page=1", "Next ›": "requests all page=3"}),
        ("list-first", {"Next ›": "requests all page=2"}),
        ("list-last", {"‹ Prev": "requests all page=3"}),
        ("list-beyond", {"‹ Prev": "requests all page=4"}),
        ("list-none", {}),
    ],
)
def test_a_page_turns_to_those_beside_it(name: str, turns: dict[str, str]) -> None:
    told = buttons(MESSAGES[name])
    assert {label: it for label, it in told.items() if "page=" in it} == turns


def test_a_page_shows_each_of_its_requests() -> None:
    for it in PAGE.requests:
        assert f"{it.id}: web-7" in shown(MESSAGES["list"])
    assert "21–40 of 61" in shown(MESSAGES["list"])


def test_a_page_that_is_tight_leaves_no_request_out() -> None:
    long = replace(ASKED.spec, name='"' * 63, region='"' * 255, image='"' * 255, plan='"' * 255)
    page = replace(PAGE, requests=tuple(replace(it, spec=long) for it in PAGE.requests))
    message = render(page, FRAME)
    accepted(message)
    for it in PAGE.requests:
        assert f" #{it.id}: " in shown(message)


def test_of_a_long_trail_the_latest_steps_are_shown_and_the_others_counted() -> None:
    said = shown(MESSAGES["shown-long"])
    number = said.count(" · cnx: ") + said.count("voted approve") + said.count("asked for it, with")
    assert 5 <= number < len(TRAIL) * 9
    assert f"and {len(TRAIL) * 9 - number} before these" in said
    assert "the server runs" in said.rsplit("·", 1)[1]
    assert "cnx request 12 tells the whole audit trail" in said


@pytest.mark.parametrize("name", ["invalid", "form", "form-begun"])
def test_the_form_is_one_click_away_with_what_was_typed(name: str) -> None:
    reply = REPLIES[name]
    assert isinstance(reply, AskReply | OpenForm)
    assert draft_of(buttons(MESSAGES[name])["Open the form"]) == reply.draft


drafts = st.builds(
    Draft,
    name=foreign,
    region=foreign,
    image=foreign,
    plan=foreign,
    ssh_keys=foreign,
    reason=foreign,
)


@given(draft=drafts)
def test_a_button_carries_a_draft_or_whole_fields_of_it(draft: Draft) -> None:
    again = draft_of(draft_value(draft))
    assert again is not None
    for name in ("name", "region", "image", "plan", "ssh_keys", "reason"):
        assert getattr(again, name) in (getattr(draft, name), "")
    assert len(draft_value(draft)) <= 2_000


def test_what_fits_is_carried_whole() -> None:
    assert draft_of(draft_value(DRAFT)) == DRAFT
    assert draft_of(draft_value(replace(DRAFT, reason="x" * 2_000))) == replace(DRAFT, reason="")


@pytest.mark.parametrize("value", ["", "x", "[]", "null", "1", '{"name": 1}', "[" * 100_000])
def test_nonsense_is_no_draft(value: str) -> None:
    assert draft_of(value) is None


def test_what_a_vote_button_carries_is_read_back() -> None:
    ref = ref_of(STRANGER)
    assert ref == RequestRef(RequestId(12), DIGEST)
    assert RequestRef.from_value(ref.to_value()) == ref


@pytest.mark.parametrize(
    "value",
    ["", "x", "[]", "{}", "null", "[12]", '["12", "a"]', '[true, "a"]', '[0, "a"]', '[-1, "a"]',
     f'[{2**63}, "a"]', '[1.5, "a"]', '[12, ""]', '[12, "a\\n"]', f'[12, "{"a" * 129}"]',
     '[12, "a", 1]', "[" * 100_000],
)  # fmt: skip
def test_nonsense_in_a_vote_button_is_nothing(value: str) -> None:
    assert RequestRef.from_value(value) is None


rights = st.builds(Right, standing=st.sampled_from(Standing), reason=foreign)
values = foreign | counts | st.none() | st.lists(foreign, max_size=9).map(tuple)
trails = repeatedly(
    st.builds(
        AuditRow,
        at=times,
        what=st.sampled_from(Deed),
        by=st.none() | people,
        origin=origins,
        details=st.dictionaries(
            st.sampled_from(
                ("word", "why", "reason", "message", "details", "id", "user", "until", "status")
            )
            | foreign.map(lambda it: it[:300]),
            values,
            max_size=8,
        ),
    ),
    60,
)
replies: st.SearchStrategy[RequestReply] = st.one_of(
    st.builds(
        AskReply,
        answer=st.one_of(
            st.builds(Asked, requests, st.just(APPROVERS), rights),
            st.builds(
                InvalidDraft,
                st.lists(st.builds(FieldProblem, foreign, foreign), min_size=1, max_size=6).map(
                    tuple
                ),
            ),
            st.builds(CannotAsk, st.sampled_from(Hindrance), foreign),
        ),
        draft=drafts,
    ),
    st.builds(OpenForm, drafts),
    st.builds(
        RequestList,
        st.sampled_from(Which),
        repeatedly(requests, 20),
        counts,
        st.integers(1, 10**6),
        st.just(20),
    ),
    st.builds(RequestShown, requests, trails),
    st.builds(NoSuchRequest, st.integers(1, 2**62).map(RequestId)),
)


@generous
@given(reply=replies)
def test_every_reply_keeps_the_limits_and_is_harmless(reply: RequestReply) -> None:
    accepted(render(reply, FRAME))


vote_answers: st.SearchStrategy[VoteAnswer] = st.one_of(
    st.builds(Counted, requests, st.sampled_from(Ballot), st.booleans()),
    st.builds(
        Refused, st.sampled_from(Refusal), st.sampled_from(Ballot), st.none() | requests, foreign
    ),
)


@generous
@given(answer=vote_answers)
def test_every_answer_to_a_vote_keeps_the_limits_and_is_harmless(answer: VoteAnswer) -> None:
    message: SlackMessage = voted(answer, "/cnx")
    accepted(message)
