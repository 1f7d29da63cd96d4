"""What is said of requests: everything has words, they say what to do, and foreign text is only shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals.answers import (
    Ballot,
    CannotAsk,
    Counted,
    Hindrance,
    Refusal,
    Refused,
    RequestList,
    Which,
)
from bot.commands import request_deeds, request_specs, request_verdicts, request_words
from bot.commands.request_setbacks import problem
from bot.commands.telling_words import Say
from bot.model.changes import Value
from bot.model.requests import (
    AuditRow,
    Deed,
    Origin,
    Problem,
    Request,
    RequestState,
    Setback,
    Source,
)
from tests.commands.requests import (
    ADA,
    APPROVED,
    CANCELLED,
    DENIED,
    EXPIRED,
    FAILED,
    GRACE,
    IN_EACH_STATE,
    MADE,
    MINUTE,
    OPS,
    REQUEST,
    RUNNING,
    SENT,
    TRAIL,
    UNKNOWN,
)
from tests.support.virtual_time import EPOCH


def clock(at: datetime) -> str:
    return f"{at:%H:%M}"


SAY = Say(clock, lambda user: f"@{user}", lambda room: f"#{room}")
MARKED = replace(SAY, foreign=lambda text: f"⟦{text}⟧")
HALTED = replace(UNKNOWN, halted=True)
LOOKED_AT = "look into CloudNexus's console"
AGAIN = "ask again with "
BY_ITSELF = "I go on by myself at 12:05"


TOLD = Problem(
    Setback.INVALID, EPOCH, status=500, code="ERR", message="its words", details=("one", "two")
)


@pytest.mark.parametrize(
    ("what", "request_", "says", "helps"),
    [
        (Setback.INVALID, FAILED, "(400), and nothing was made", AGAIN),
        (Setback.KEY, FAILED, "(401), and nothing was made", "replace CNX_API_KEY"),
        (Setback.FORBIDDEN, FAILED, "(403), and nothing was made", "a key with full access"),
        (Setback.ADDRESS, FAILED, "(404), and nothing was made", "look at CNX_API_URL"),
        (Setback.VALIDATION, FAILED, "(422), and nothing was made", AGAIN),
        (Setback.UNEXPECTED, FAILED, "does not name (500), and nothing was made", AGAIN),
        (Setback.INVALID, HALTED, "CloudNexus refused the request as invalid (400)", LOOKED_AT),
        (Setback.KEY, HALTED, "After a lost answer the same was sent again", LOOKED_AT),
        (Setback.VALIDATION, HALTED, "I see no server that I can take for ours", LOOKED_AT),
        (Setback.UNEXPECTED, HALTED, "a status that its reference does not name", LOOKED_AT),
        (Setback.LIMITED, APPROVED, "takes no more requests for now (429)", BY_ITSELF),
        (Setback.SERVER, UNKNOWN, "internal failure (500), so it is not known", "look for the server"),
        (Setback.LOST, UNKNOWN, "answer was lost", "at most three times"),
        (Setback.UNREADABLE, UNKNOWN, "answer can't be read (500)", "look for the server first"),
        (Setback.UNEXPECTED, UNKNOWN, "does not name (500), so it is not known", "look for the"),
        (Setback.INTERRUPTED, UNKNOWN, "interrupted while it was being sent", "look for the server"),
        (Setback.UNREACHABLE, APPROVED, "can't be reached, and nothing was sent.", BY_ITSELF),
        (Setback.UNREACHABLE, UNKNOWN, "nothing was sent again", BY_ITSELF),
        (Setback.RIGHTS, APPROVED, "whether those who approved still may", BY_ITSELF),
        (Setback.WITHDRAWN, REQUEST, "may no longer approve", "approvals are awaited again"),
        (Setback.WITHDRAWN, EXPIRED, "may no longer approve", AGAIN),
        (Setback.BLIND, APPROVED, "can't make sure that the name is free", BY_ITSELF),
        (Setback.BLIND, UNKNOWN, "can't look for the server", LOOKED_AT),
        (Setback.NAME_TAKEN, FAILED, "A server of that name exists: srv_1", "another name"),
        (Setback.CHANGED, FAILED, "is not what was approved", "my log tells more"),
        (Setback.STRANGER, UNKNOWN, "can't take for ours: srv_1", LOOKED_AT),
        (Setback.HIDDEN, UNKNOWN, "a server that I can't read (srv_1)", LOOKED_AT),
        (Setback.EXHAUSTED, UNKNOWN, "It was sent once", LOOKED_AT),
        (Setback.TURNED_BAD, FAILED, "srv_1 was made, and its status is", "mended or deleted"),
        (Setback.GONE, FAILED, "srv_1 was made, and is no longer there", AGAIN),
        (Setback.NEVER_LISTED, FAILED, "made the server srv_1, and never listed", "Look into"),
        (Setback.LATE, EXPIRED, "could not begin before it expired at 20:00", AGAIN),
        (Setback.CLOSED, FAILED, "@U0APPROVER closed it: “its words”", AGAIN),
    ],
)  # fmt: skip
def test_each_setback_says_what_happened_and_what_helps(
    what: Setback, request_: Request, says: str, helps: str
) -> None:
    known = replace(TOLD, what=what, until=EPOCH + 5 * MINUTE, ref="srv_1", by=GRACE)
    told = problem(known, request_, SAY)
    assert says in told
    assert helps in told


@pytest.mark.parametrize("what", Setback)
@pytest.mark.parametrize("request_", IN_EACH_STATE, ids=lambda it: it.state.value)
def test_a_setback_has_words_in_every_state_also_where_little_is_known(
    what: Setback, request_: Request
) -> None:
    told = problem(Problem(what, EPOCH), replace(request_, made=None, attempts=()), SAY)
    assert told.endswith(".")
    assert not any(it in told for it in ("None", "  ", "..", " .", "{", "“”"))


def test_cloudnexus_is_quoted_with_its_details_and_the_client_is_not_taken_for_it() -> None:
    many = replace(TOLD, details=tuple(f"field {at}" for at in range(7)))
    assert "CloudNexus says: “its words”, “field 0”" in problem(many, FAILED, SAY)
    assert "“field 4” and 2 more." in problem(many, FAILED, SAY)
    lost = Problem(Setback.LOST, EPOCH, message="timed out")
    assert "The details: “timed out”." in problem(lost, UNKNOWN, SAY)


def test_who_may_no_longer_approve_is_named() -> None:
    one = Problem(Setback.WITHDRAWN, EPOCH, details=(GRACE,))
    assert "@U0APPROVER may no longer approve, so that vote counts" in problem(one, REQUEST, SAY)
    two = problem(replace(one, details=(GRACE, ADA)), REQUEST, SAY)
    assert "@U0APPROVER and @U0ASKER may no longer approve, so those votes count no more" in two


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (REQUEST, "0 of 1 approval; it expires at 20:00."),
        (APPROVED, "Approved at 12:01; it has not been sent yet."),
        (SENT, "It is being sent to CloudNexus since 12:02."),
        (UNKNOWN, "What became of it is not known since 12:02."),
        (MADE, "It should run at 12:03."),
        (replace(MADE, overdue_at=EPOCH + 5 * MINUTE), "It is overdue since 12:05."),
        (RUNNING, "The server runs since 12:04, 2 min after it was sent."),
        (RUNNING, "the server srv_9f82a1 with the address 198.51.100.42, at 12:03."),
        (DENIED, "@U0APPROVER denied it at 12:01. Nothing was made. The reason: “too big”"),
        (CANCELLED, "@U0ASKER cancelled it at 12:00. Nothing was made."),
        (EXPIRED, "It expired at 20:00 with 0 of 1 approval. Nothing was made."),
        (replace(EXPIRED, problem=Problem(Setback.LATE, EPOCH)), "could not begin"),
        (FAILED, "It failed at 12:02."),
    ],
)
def test_how_a_request_stands(request_: Request, says: str) -> None:
    assert says in " ".join(request_words.standing(request_, SAY))


def test_what_was_adopted_says_what_is_not_verified() -> None:
    assert MADE.made is not None
    adopted = replace(RUNNING, made=replace(MADE.made, adopted=True))
    assert "image, plan and keys can't be verified" in " ".join(request_words.ended(adopted, SAY))


def test_every_state_has_its_word_and_a_sign_of_its_own() -> None:
    assert len({request_words.sign(state) for state in RequestState}) == len(RequestState)
    assert len({request_words.state_word(state) for state in RequestState}) == len(RequestState)
    assert {it.state for it in IN_EACH_STATE} == set(RequestState)
    for it in IN_EACH_STATE:
        assert bool(request_words.ended(it, SAY)) is it.state.ended


def test_what_is_asked_for_is_shown_whole_but_for_many_keys() -> None:
    spec = replace(REQUEST.spec, name="a  b" * 15, ssh_keys=tuple(f"key_{at}" for at in range(50)))
    told = dict(request_specs.specification(spec))
    assert told["name"] == "a  b" * 15
    assert told["SSH keys"].endswith("key_9 and 40 more")
    assert dict(request_specs.specification(spec, most=50))["SSH keys"].endswith("key_49")
    assert dict(request_specs.specification(replace(spec, ssh_keys=())))["SSH keys"] == "none"


def test_what_was_checked_is_told_as_far_as_it_is_known() -> None:
    told = " ".join(request_specs.checks(REQUEST.checks, SAY))
    assert "No server has the name, as of 11:59." in told
    assert "900 of 1,000 requests of the quota are left." in told
    assert "in production" in told
    assert "has this plan: CloudNexus may refuse it" in told
    bare = replace(REQUEST.checks, key="test", read_at=None, remaining=None, unknown=())
    told = " ".join(request_specs.checks(bare, SAY))
    assert "could not be checked" in told
    assert "is not known" in told
    assert "sandbox" in told


@pytest.mark.parametrize(
    ("why", "request_", "says"),
    [
        (Refusal.UNKNOWN, None, "There is no such request. requests all lists them."),
        (Refusal.NO_RIGHT, REQUEST, "CNX_APPROVERS"),
        (Refusal.OWN, REQUEST, "somebody else has to approve it. You can cancel it."),
        (Refusal.NOT_ASKER, REQUEST, "Only @U0ASKER, who asked for web-7, can cancel that."),
        (Refusal.ENDED, DENIED, "decided already, so your word was not recorded. @U0APPROVER"),
        (Refusal.UNDER_WAY, SENT, "The creation of web-7 began at 12:02: it can't be denied"),
        (Refusal.EXPIRED, EXPIRED, "expired at 20:00. @U0ASKER can ask again"),
        (Refusal.OTHER, REQUEST, "What you saw is not what is asked for"),
        (
            Refusal.NOT_STUCK,
            REQUEST,
            "nothing to close: the request for web-7 (awaits approval) needs",
        ),
    ],
)
def test_each_refusal_says_why_and_what_would_count(
    why: Refusal, request_: Request | None, says: str
) -> None:
    assert says in request_verdicts.refusal(Refused(why, Ballot.DENY, request_), SAY)


def test_a_sentence_about_rights_is_handed_on() -> None:
    refused = Refused(Refusal.NO_RIGHT, Ballot.APPROVE, REQUEST, "Guests never may.")
    assert request_verdicts.refusal(refused, SAY) == "Guests never may."


@pytest.mark.parametrize("why", Hindrance)
def test_each_hindrance_says_that_nothing_is_asked_for_and_what_helps(why: Hindrance) -> None:
    told = request_verdicts.hindrance(CannotAsk(why, "More about it."), SAY)
    more = "The channel is #More about it.." if why is Hindrance.NOT_THERE else "More about it."
    assert (told[0], told[-1], len(told)) == ("Nothing is asked for.", more, 3)


@pytest.mark.parametrize(
    ("counted", "says"),
    [
        (
            Counted(replace(REQUEST, needed=2), Ballot.APPROVE),
            "is recorded: 0 of 2 approvals so far",
        ),
        (Counted(APPROVED, Ballot.APPROVE), "is recorded: the creation begins"),
        (Counted(APPROVED, Ballot.APPROVE, again=True), "had been recorded before"),
        (Counted(DENIED, Ballot.DENY), "Your denial of web-7 is recorded: nothing is made."),
        (Counted(CANCELLED, Ballot.CANCEL), "Your request for web-7 is cancelled"),
        (Counted(FAILED, Ballot.CLOSE), "closed here; in CloudNexus nothing was changed"),
    ],
)
def test_whose_word_counts_hears_what_comes_of_it(counted: Counted, says: str) -> None:
    assert says in request_verdicts.counted(counted, SAY)


def row(what: Deed, source: Source = Source.BOT, **details: Value) -> AuditRow:
    return AuditRow(EPOCH, what, None, Origin(source, OPS), details)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (TRAIL[0], "asked for it, with the command in #C0OPS: “for the launch”"),
        (TRAIL[1], "voted approve, with a button in #C0OPS"),
        (TRAIL[2], "approved: enough votes"),
        (TRAIL[3], "is about to send it to CloudNexus: try 1"),
        (TRAIL[4], "CloudNexus answered: try 1; server srv_9f82a1; should run after 45 s"),
        (
            row(Deed.VOTED, Source.THREAD, word="deny", reason="too big", instead_of="approve"),
            "voted deny, in the thread: “too big”; instead of approve",
        ),
        (
            row(Deed.WAITS, why="limited", until="2026-03-02T12:05:00+00:00"),
            "waits: the quota is spent; goes on at 12:05",
        ),
        (row(Deed.VOIDED, user=GRACE, reason="Left."), "counts no more: @U0APPROVER; “Left.”"),
        (row(Deed.LOST, attempt=2, why="later", until="soon"), "try 2; later; until soon"),
        (
            row(Deed.ADOPTED, id="srv_1", not_verified=("image", "plan")),
            "took the server for ours: server srv_1; not verified: image, plan",
        ),
        (row(Deed.FAILED, details=tuple("abcdefg"), colour="red"), "details: a, b, c, d, e and 2 more; colour red"),
    ],
)  # fmt: skip
def test_the_trail_in_words(told: AuditRow, says: str) -> None:
    assert request_deeds.deed(told, SAY).endswith(says)


def test_who_did_it_is_the_bot_where_nobody_did() -> None:
    assert [request_deeds.who(it, SAY) for it in TRAIL[1:3]] == ["@U0APPROVER", "cnx"]


DETAILS: st.SearchStrategy[Value] = st.one_of(
    st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.none(),
    st.lists(st.text(max_size=5), max_size=7).map(tuple),
)  # fmt: skip
NAMES = st.sampled_from(["user", "until", "why", "eta_seconds", "message", "attempt", "word"])


@given(st.sampled_from(Deed), st.dictionaries(NAMES | st.text(max_size=9), DETAILS, max_size=4))
def test_any_details_have_words(what: Deed, details: dict[str, Value]) -> None:
    assert request_deeds.deed(AuditRow(EPOCH, what, details=details), SAY)


def test_all_foreign_text_goes_through_the_medium() -> None:
    evil = "<!here>"
    spec = replace(REQUEST.spec, name=evil, region=evil, image=evil, plan=evil, ssh_keys=(evil,))
    for it in IN_EACH_STATE:
        votes = tuple(replace(vote, reason=evil) for vote in it.votes)
        made = it.made and replace(it.made, id=evil, address=evil, status=evil)
        held = replace(it, spec=spec, votes=votes, made=made)
        for what in Setback:
            bad = Problem(what, EPOCH, 400, evil, evil, (evil,), None, evil, GRACE)
            held = replace(held, problem=bad)
            said = [
                *request_words.standing(held, MARKED),
                *request_words.votes(held, MARKED),
                request_words.line(held, MARKED),
                request_words.title(held, foreign=MARKED.foreign),
                *(value for _, value in request_specs.specification(spec, foreign=MARKED.foreign)),
                *(request_verdicts.counted(Counted(held, it), MARKED) for it in Ballot),
                *(
                    request_verdicts.refusal(Refused(why, Ballot.DENY, held), MARKED)
                    for why in Refusal
                ),
                request_deeds.deed(row(Deed.LOST, message=evil, ref=evil, why=evil), MARKED),
            ]
            told = "\n".join(said).replace(f"@{evil}", "")
            assert told.count(evil) == told.count(f"⟦{evil}⟧")


def test_lists_count_what_they_hold() -> None:
    def of_many(number: int) -> RequestList:
        return RequestList(Which.PENDING, (), number, 1, 10)

    assert [request_words.found(of_many(it)) for it in (0, 1, 1_200)] == [
        "No requests pending", "1 request pending", "1,200 requests pending",
    ]  # fmt: skip
    assert [request_words.pages(of_many(it)) for it in (0, 10, 11)] == [1, 1, 2]


def test_how_long_it_took_is_known_from_the_first_try_on() -> None:
    assert request_words.taken(RUNNING) == 2 * MINUTE
    assert request_words.taken(MADE) is None
    early = replace(RUNNING, state_at=EPOCH)
    assert request_words.taken(early) == timedelta(0)
