"""A request's messages, as Slack gets them: golden renderings of every state, whom they call, and the limits.

CNX_GOLDEN=write writes the golden files anew; look at the difference before it is committed.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals.contents import (
    RequestBallot,
    RequestCard,
    RequestContent,
    RequestOutcome,
    RequestPlea,
    RequestProgress,
    RequestReminder,
    to_json,
)
from bot.model.changes import AccountId
from bot.model.requests import (
    Attempt,
    Checks,
    Made,
    Origin,
    Problem,
    Request,
    RequestId,
    RequestState,
    Setback,
    Source,
    Specification,
    Vote,
    VoteWord,
)
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId, UserId
from bot.notify import letters
from bot.slack.contents import from_json, render_any
from bot.slack.render.message import SlackMessage, plain_form
from bot.slack.render.request_buttons import RequestRef
from bot.slack.render.request_cards import render_request
from tests.slack.render.letters import ONE
from tests.slack.render.replies import NOW, counts, foreign, times
from tests.slack.render.requests import (
    ANN,
    APPROVED,
    APPROVERS,
    ASKED,
    CONTENTS,
    DENIED,
    DIGEST,
    FULL,
    PROVISIONING,
    RUNNING,
    STATES,
    UNKNOWN,
    ballot,
    card,
    outcome,
    plea,
    reminder,
)
from tests.slack.render.shown import buttons, shown
from tests.slack.render.test_letters import WRITES, generous, repeatedly
from tests.slack.render.test_limits import check, jsonable

GOLDEN = Path(__file__).parent / "golden" / "requests"
CALLS = re.compile(r"'type': '(?:user|usergroup|broadcast)'")

# What our own text may hold beside what `check` knows. No broadcast: requests call approvers only.
_OURS = re.compile(r"<#[CG][A-Z0-9]{2,}>|<!subteam\^S[A-Z0-9]{2,}>")


def accepted(message: SlackMessage) -> None:
    """The stand-in takes it, in both forms, and nothing foreign in it acts."""
    bare = replace(message, text=_OURS.sub("", message.text) or "–")
    check(bare)
    check(plain_form(bare))
    assert "'broadcast'" not in str(message.blocks)


def rendered(content: RequestContent, *, repeated: bool = False) -> SlackMessage:
    return render_request(content, now=NOW, slash="/cnx", repeated=repeated)


MESSAGES = {name: rendered(content) for name, content in CONTENTS.items()}
MESSAGES["card-repeated"] = rendered(card(ASKED), repeated=True)


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_as_it_was_looked_at(name: str) -> None:
    message = MESSAGES[name]
    accepted(message)
    file = GOLDEN / f"{name}.json"
    told = {"text": message.text.split("\n"), "blocks": jsonable(message.blocks)}
    if WRITES:
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8")) == told


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("name", CONTENTS)
def test_a_message_out_of_the_outbox_is_the_same_at_any_time(name: str) -> None:
    again = render_any(
        from_json(to_json(CONTENTS[name])),
        now=NOW + timedelta(days=9),
        slash="/cnx",
        classes=StatusClasses(),
    )
    assert again == MESSAGES[name]


def test_the_outbox_holds_letters_beside_them() -> None:
    assert from_json(letters.to_json(ONE)) == ONE


@pytest.mark.parametrize("text", ["", "x", "{}", "[]", '{"form": "request_x"}', '{"form": 1}'])
def test_what_is_none_of_ours_is_said_to_be_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"validation|match|tag|Expecting value"):
        from_json(text)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (ballot(ASKED), ["Approve", "Deny", "Cancel"]),
        (ballot(APPROVED), ["Deny", "Cancel"]),
        (ballot(PROVISIONING), []),
        (ballot(UNKNOWN), []),
        (ballot(DENIED), []),
        (ballot(RUNNING), []),
        (card(ASKED), []),
        (reminder(ASKED), []),
        (plea(UNKNOWN), ["Close it"]),
        (plea(PROVISIONING), []),
        (plea(STATES["overdue"]), ["Close it"]),
        (plea(RUNNING), []),
        (outcome(RUNNING), []),
    ],
)
def test_a_message_has_the_buttons_that_make_sense(
    content: RequestContent, expected: list[str]
) -> None:
    told = buttons(rendered(content))
    assert list(told) == expected
    assert {RequestRef.from_value(it) for it in told.values()} <= {
        RequestRef(RequestId(12), DIGEST)
    }


@pytest.mark.parametrize("name", MESSAGES)
def test_approvers_are_called_where_something_is_wanted_of_them_and_nowhere_else(name: str) -> None:
    content = CONTENTS.get(name, card(ASKED))
    asks = isinstance(content, RequestBallot | RequestReminder)
    wanted = (asks and content.request.state is RequestState.REQUESTED) or (
        isinstance(content, RequestPlea)
        and content.request.state in (RequestState.UNKNOWN, RequestState.PROVISIONING)
    )
    first = str(jsonable(MESSAGES[name].blocks[0]))
    assert bool(CALLS.search(first)) is wanted
    assert ("'S0ADMINS'" in str(MESSAGES[name].blocks)) is (wanted and name != "ballot-many")


def test_a_card_names_nobody_but_the_asker() -> None:
    """A fresh post calls whoever is named in it; the ballot does that."""
    named = re.findall(r"'user_id': '(\w+)'", str(rendered(card(ASKED)).blocks))
    assert named == [ANN]
    assert "2 people and 1 user group may approve it" in shown(rendered(card(ASKED)))


def test_a_ballot_stays_as_it_is_while_the_creation_goes_on() -> None:
    """Another message tells how it goes, and an edit costs a call."""
    begun = [rendered(ballot(STATES[it])) for it in ("attempting", "unknown", "provisioning")]
    assert begun[0] == begun[1] == begun[2]


def test_of_many_approvers_those_that_are_not_called_are_counted() -> None:
    message = MESSAGES["ballot-many"]
    assert str(message.blocks).count("'type': 'user'") == 40
    assert "and 3 more may approve it" in shown(message)


def test_a_card_shows_whole_what_is_to_be_approved() -> None:
    said = shown(rendered(card(FULL)))
    for part in ("w" * 63, "r" * 255, "i" * 255, "p" * 255, FULL.reason.strip()):
        assert part in said
    assert all(key in said for key in FULL.spec.ssh_keys)
    text = rendered(card(FULL)).text
    assert FULL.reason.strip().replace(".", ".") in text


@pytest.mark.parametrize("name", STATES)
def test_every_message_says_which_server_it_is_about(name: str) -> None:
    for content in (card(STATES[name]), ballot(STATES[name]), outcome(STATES[name])):
        message = rendered(content)
        assert "web-7 in us-east-1" in shown(message)
        assert "web-7 in us-east-1" in message.text


def test_the_asker_is_told_where_the_course_stands() -> None:
    message = rendered(outcome(DENIED))
    assert "Your request #12 is in" in shown(message)
    assert "'channel_id': 'C0OPS'" in str(message.blocks)
    assert "<#C0OPS>" in message.text


people = foreign.map(UserId) | st.just(UserId("U0APPROVER"))
origins = st.builds(
    Origin, source=st.sampled_from(Source), channel=st.none() | foreign.map(ChannelId)
)
votes = st.builds(
    Vote,
    user=people,
    word=st.sampled_from(VoteWord),
    digest=st.just(DIGEST) | foreign,
    at=times,
    origin=origins,
    reason=foreign,
)
problems = st.builds(
    Problem,
    what=st.sampled_from(Setback),
    at=times,
    status=st.none() | st.integers(100, 599),
    code=foreign,
    message=foreign,
    details=repeatedly(foreign, 10),
    until=st.none() | times,
    ref=st.none() | foreign,
    by=st.none() | people,
)
mades = st.builds(
    Made,
    id=foreign,
    at=times,
    status=foreign,
    adopted=st.booleans(),
    address=st.none() | foreign,
    eta=st.none() | st.timedeltas(timedelta(0), timedelta(days=7)),
    seen_at=st.none() | times,
)
requests = st.builds(
    Request,
    account=st.just(AccountId(1)),
    spec=st.builds(
        Specification,
        name=foreign,
        region=foreign,
        image=foreign,
        plan=foreign,
        ssh_keys=repeatedly(foreign, 100),
    ),
    body=st.just("{}"),
    digest=st.just(DIGEST),
    reason=foreign,
    asked_by=people,
    asked_from=origins,
    asked_at=times,
    channel=foreign.map(ChannelId) | st.just(ChannelId("C0OPS")),
    needed=st.integers(1, 20),
    expires_at=times,
    card=st.just("c"),
    ballot=st.just("b"),
    progress=st.just("p"),
    checks=st.builds(
        Checks,
        at=times,
        key=st.sampled_from(("live", "test")) | foreign,
        read_at=st.none() | times,
        remaining=st.none() | counts,
        limit=st.none() | counts,
        unknown=st.lists(st.sampled_from(("region", "image", "plan")), max_size=3).map(tuple),
    ),
    id=st.integers(0, 2**62).map(RequestId),
    state=st.sampled_from(RequestState),
    state_at=st.none() | times,
    votes=repeatedly(votes, 50),
    attempts=st.lists(
        st.builds(Attempt, number=st.integers(1, 3), sent_at=times, ended_at=st.none() | times),
        max_size=3,
    ).map(tuple),
    made=st.none() | mades,
    problem=st.none() | problems,
    overdue_at=st.none() | times,
    ended_by=st.none() | people,
)  # fmt: skip
approvers = repeatedly(foreign | st.sampled_from(APPROVERS), 60)
contents: st.SearchStrategy[RequestContent] = st.one_of(
    st.builds(RequestCard, id=st.just("c"), request=requests, approvers=approvers),
    st.builds(RequestBallot, id=st.just("b"), request=requests, approvers=approvers),
    st.builds(
        RequestReminder, id=st.just("r"), request=requests, approvers=approvers, number=counts
    ),
    st.builds(RequestProgress, id=st.just("p"), request=requests),
    st.builds(RequestPlea, id=st.just("h"), request=requests, approvers=approvers, number=counts),
    st.builds(RequestOutcome, id=st.just("o"), request=requests),
)


@generous
@given(content=contents, repeated=st.booleans())
def test_every_message_keeps_the_limits_and_is_harmless(
    content: RequestContent, repeated: bool
) -> None:
    accepted(rendered(content, repeated=repeated))


def worst(state: RequestState, letter: str) -> Request:
    """Everything at its longest."""
    long = letter * 5_000
    problem = Problem(
        Setback.VALIDATION, NOW, 422, long, long, (long,) * 10, NOW, long, UserId(long)
    )
    vote: Any = Vote(UserId(long), VoteWord.APPROVE, DIGEST, NOW, ASKED.asked_from, long)
    return replace(
        ASKED,
        spec=Specification(long, long, long, long, (long,) * 100),
        reason=long,
        asked_by=UserId(long),
        votes=(vote,) * 50,
        made=Made(long, NOW, long, address=long),
        problem=problem,
        ended_by=UserId(long),
        channel=ChannelId(long),
        checks=Checks(NOW, long, NOW, 10**12, 10**12, ("region", "image", "plan")),
        state=state,
    )


@pytest.mark.parametrize(
    "state",
    [RequestState.REQUESTED, RequestState.UNKNOWN, RequestState.DENIED, RequestState.FAILED],
)
@pytest.mark.parametrize("letter", ['"', "🦄", "&"])
def test_the_worst_request_keeps_the_limits(state: RequestState, letter: str) -> None:
    request = worst(state, letter)
    many = (*(f"U0APPROVER{n}" for n in range(60)), letter * 999, "here")
    for content in (
        RequestCard("c", request, many),
        RequestBallot("b", request, many),
        RequestReminder("r", request, many, 10**9),
        RequestProgress("p", request),
        RequestPlea("h", request, many, 10**9),
        RequestOutcome("o", request),
    ):
        accepted(rendered(content, repeated=True))
