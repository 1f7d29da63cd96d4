"""A request in every state, and what its messages say: what the golden renderings are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.approvals.contents import (
    RequestBallot,
    RequestCard,
    RequestContent,
    RequestOutcome,
    RequestPlea,
    RequestProgress,
    RequestReminder,
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
from bot.model.subscriptions import ChannelId, UserId
from tests.slack.render.replies import NOW

ANN, GRACE, LINUS = UserId("U0ANN"), UserId("U0GRACE"), UserId("U0LINUS")
OPS = ChannelId("C0OPS")
APPROVERS = ("U0GRACE", "U0LINUS", "S0ADMINS")
DIGEST = "5d" * 32
ASKED_AT = NOW - timedelta(minutes=9)


def later(**passed: float) -> timedelta:
    """So long."""
    return timedelta(**passed)


ASKED = Request(
    account=AccountId(1),
    spec=Specification("web-7", "us-east-1", "ubuntu-24.04", "c-4", ("key_ann", "key_grace")),
    body='{"name":"web-7"}',
    digest=DIGEST,
    reason="The sale begins on Friday, and web-1 to web-6 are at 80 %.",
    asked_by=ANN,
    asked_from=Origin(Source.FORM, OPS),
    asked_at=ASKED_AT,
    channel=OPS,
    needed=2,
    expires_at=ASKED_AT + timedelta(hours=8),
    card="card",
    ballot="ballot",
    progress="progress",
    checks=Checks(ASKED_AT, "live", ASKED_AT - timedelta(seconds=20), 712, 1_000),
    id=RequestId(12),
)


def yes(user: UserId = GRACE, minutes: int = 3, reason: str = "", digest: str = DIGEST) -> Vote:
    """An approval."""
    at = ASKED_AT + timedelta(minutes=minutes)
    return Vote(user, VoteWord.APPROVE, digest, at, Origin(Source.BUTTON, OPS), reason)


def no(user: UserId = LINUS, minutes: int = 4, reason: str = "") -> Vote:
    """A denial."""
    at = ASKED_AT + timedelta(minutes=minutes)
    return Vote(user, VoteWord.DENY, DIGEST, at, Origin(Source.THREAD, OPS), reason)


def trouble(what: Setback, **more: object) -> Problem:
    """A setback of just now."""
    return Problem(what, NOW, **more)  # type: ignore[arg-type]


SENT_AT = ASKED_AT + timedelta(minutes=5)
ONE_VOTE = replace(ASKED, votes=(yes(reason="Go ahead."),))
APPROVED = replace(
    ASKED, state=RequestState.APPROVED, state_at=SENT_AT, votes=(yes(), yes(LINUS, 5))
)
ATTEMPTING = replace(
    APPROVED, state=RequestState.ATTEMPTING, state_at=SENT_AT, attempts=(Attempt(1, SENT_AT),)
)
SENT = replace(ATTEMPTING, attempts=(Attempt(1, SENT_AT, SENT_AT + timedelta(seconds=1)),))
MADE = Made(
    "srv_9f82a1", SENT_AT + timedelta(seconds=1), "provisioning", address="198.51.100.42",
    eta=timedelta(seconds=45),
)  # fmt: skip
PROVISIONING = replace(SENT, state=RequestState.PROVISIONING, state_at=MADE.at, made=MADE)
OVERDUE = replace(PROVISIONING, overdue_at=NOW, pleas=1)
RUNNING = replace(
    PROVISIONING, state=RequestState.RUNNING, state_at=SENT_AT + timedelta(seconds=52),
    made=replace(MADE, status="running", seen_at=MADE.at),
)  # fmt: skip
UNKNOWN = replace(
    SENT, state=RequestState.UNKNOWN, state_at=NOW,
    problem=trouble(Setback.SERVER, status=500, code="ERR_500", message="Internal failure",
                    until=NOW + timedelta(seconds=30)),
)  # fmt: skip
AGAIN = replace(
    UNKNOWN, state=RequestState.ATTEMPTING, problem=None,
    attempts=(*UNKNOWN.attempts, Attempt(2, NOW)),
)  # fmt: skip
EXHAUSTED = replace(
    UNKNOWN, pleas=1, problem=trouble(Setback.EXHAUSTED),
    attempts=tuple(Attempt(n, SENT_AT + n * later(minutes=1), SENT_AT + n * later(minutes=1)) for n in (1, 2, 3)),
)  # fmt: skip
STRANGER = replace(UNKNOWN, pleas=1, problem=trouble(Setback.STRANGER, ref="srv_stranger"))
ADOPTED = replace(
    UNKNOWN, state=RequestState.PROVISIONING, problem=None,
    made=Made("srv_9f82a1", NOW, "provisioning", adopted=True),
)  # fmt: skip
LIMITED = replace(
    APPROVED, problem=trouble(Setback.LIMITED, status=429, until=NOW + timedelta(minutes=31))
)
WITHDRAWN = replace(
    ASKED, votes=(yes(LINUS, 5),), state_at=NOW,
    problem=trouble(Setback.WITHDRAWN, details=("U0GRACE",)),
)  # fmt: skip
DENIED = replace(
    ASKED, state=RequestState.DENIED, state_at=ASKED_AT + timedelta(minutes=4), ended_by=LINUS,
    votes=(yes(), no(reason="Use the pool that we have.")),
)  # fmt: skip
CANCELLED = replace(ASKED, state=RequestState.CANCELLED, state_at=NOW, ended_by=ANN)
EXPIRED = replace(
    ASKED, state=RequestState.EXPIRED, state_at=ASKED.expires_at, votes=(yes(),),
)  # fmt: skip
LATE = replace(
    APPROVED, state=RequestState.EXPIRED, state_at=ASKED.expires_at, problem=trouble(Setback.LATE)
)
FAILED = replace(
    SENT, state=RequestState.FAILED, state_at=NOW,
    problem=trouble(Setback.VALIDATION, status=422, code="ERR_422", message="Validation failed",
                    details=("plan: is not offered in us-east-1", "<!channel>")),
)  # fmt: skip
TURNED_BAD = replace(
    PROVISIONING, state=RequestState.FAILED, state_at=NOW,
    problem=trouble(Setback.TURNED_BAD, message="error", ref="srv_9f82a1"),
)  # fmt: skip
CLOSED = replace(
    EXHAUSTED, state=RequestState.FAILED, state_at=NOW, ended_by=GRACE,
    problem=trouble(Setback.CLOSED, by=GRACE),
)  # fmt: skip

STATES: dict[str, Request] = {
    "asked": ASKED,
    "one-vote": ONE_VOTE,
    "withdrawn": WITHDRAWN,
    "approved": APPROVED,
    "limited": LIMITED,
    "attempting": ATTEMPTING,
    "unknown": UNKNOWN,
    "again": AGAIN,
    "exhausted": EXHAUSTED,
    "stranger": STRANGER,
    "provisioning": PROVISIONING,
    "adopted": ADOPTED,
    "overdue": OVERDUE,
    "running": RUNNING,
    "denied": DENIED,
    "cancelled": CANCELLED,
    "expired": EXPIRED,
    "late": LATE,
    "failed": FAILED,
    "turned-bad": TURNED_BAD,
    "closed": CLOSED,
}

HOSTILE = replace(
    ASKED,
    spec=Specification(
        "<!channel>", "@here", "*bold* <https://evil.example|x>", "<@U0GRACE>", ("<#C0OPS>", ":tada:")
    ),
    reason="<!channel> @here\n✅ Approved by <@U0GRACE> https://evil.example :tada: \u202egnp\x00",
    votes=(yes(reason="<!here> *yes*"), yes(LINUS, digest="other")),
    checks=replace(ASKED.checks, key="test", read_at=None, remaining=None, unknown=("region", "plan")),
)  # fmt: skip
BARE = replace(
    ASKED, reason="", needed=1, spec=replace(ASKED.spec, ssh_keys=()),
    checks=replace(ASKED.checks, limit=None),
)  # fmt: skip
FULL = replace(
    ASKED, reason="A long story. " * 142,
    spec=Specification("w" * 63, "r" * 255, "i" * 255, "p" * 255, tuple(f"key_{n}" for n in range(50))),
)  # fmt: skip


def card(request: Request) -> RequestCard:
    return RequestCard("card", request, APPROVERS)


def ballot(request: Request) -> RequestBallot:
    return RequestBallot("ballot", request, APPROVERS)


def progress(request: Request) -> RequestProgress:
    return RequestProgress("progress", request)


def plea(request: Request, number: int = 1) -> RequestPlea:
    return RequestPlea("plea", replace(request, pleas=number), APPROVERS, number)


def outcome(request: Request) -> RequestOutcome:
    stuck = (
        request.state is RequestState.UNKNOWN
    )  # then nobody hears of it before it needs somebody
    return RequestOutcome("outcome", replace(request, pleas=1) if stuck else request)


def reminder(request: Request, number: int = 1) -> RequestReminder:
    return RequestReminder("reminder", request, APPROVERS, number)


_SETTLED = ("approved", "running", "denied")
_BEFORE = ("asked", "one-vote", "withdrawn")
_STUCK = ("exhausted", "stranger", "overdue", "running", "closed")

CONTENTS: dict[str, RequestContent] = {
    **{f"card-{name}": card(it) for name, it in STATES.items()},
    **{f"ballot-{name}": ballot(it) for name, it in STATES.items()},
    **{f"progress-{name}": progress(it) for name, it in STATES.items() if name not in _BEFORE},
    **{f"outcome-{name}": outcome(it) for name, it in STATES.items() if name not in _BEFORE},
    **{f"reminder-{name}": reminder(STATES[name]) for name in (*_BEFORE, *_SETTLED)},
    **{f"plea-{name}": plea(STATES[name]) for name in _STUCK},
    "plea-again": plea(STRANGER, 2),
    "card-hostile": card(HOSTILE),
    "ballot-hostile": ballot(HOSTILE),
    "card-bare": card(BARE),
    "card-full": card(FULL),
    "card-nobody": RequestCard("card", ASKED, ()),
    "ballot-many": RequestBallot("ballot", ASKED, tuple(f"U0APPROVER{n}" for n in range(43))),
}
