"""Requests for servers, and answers about them, for handlers and renderers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.approvals.answers import (
    Asked,
    CannotAsk,
    Draft,
    FieldProblem,
    Hindrance,
    InvalidDraft,
    NoSuchRequest,
    RequestList,
    RequestShown,
    Which,
)
from bot.approvals.rights import Right, Standing
from bot.commands.request_replies import AskReply, OpenForm, RequestReply
from bot.model.changes import AccountId
from bot.model.requests import (
    Attempt,
    AuditRow,
    Checks,
    Deed,
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
from tests.support.virtual_time import EPOCH

ADA, GRACE = UserId("U0ASKER"), UserId("U0APPROVER")
OPS = ChannelId("C0OPS")
MINUTE = timedelta(minutes=1)

DRAFT = Draft("web-7", "us-east-1", "ubuntu-24.04", "c-4", "key_a,key_b", "for the launch")

REQUEST = Request(
    account=AccountId(1),
    spec=Specification("web-7", "us-east-1", "ubuntu-24.04", "c-4", ("key_a", "key_b")),
    body='{"name":"web-7"}',
    digest="d1" * 32,
    reason="for the launch",
    asked_by=ADA,
    asked_from=Origin(Source.COMMAND, OPS),
    asked_at=EPOCH,
    channel=OPS,
    needed=1,
    expires_at=EPOCH + timedelta(hours=8),
    card="card",
    ballot="ballot",
    progress="progress",
    checks=Checks(EPOCH, "live", EPOCH - MINUTE, 900, 1_000, ("plan",)),
    id=RequestId(12),
    version=1,
)
YES = Vote(GRACE, VoteWord.APPROVE, REQUEST.digest, EPOCH + MINUTE, Origin(Source.BUTTON, OPS))
NO = replace(YES, word=VoteWord.DENY, reason="too big", origin=Origin(Source.THREAD, OPS))
APPROVED = replace(
    REQUEST, state=RequestState.APPROVED, state_at=EPOCH + MINUTE, votes=(YES,), version=2
)
SENT = replace(
    APPROVED,
    state=RequestState.ATTEMPTING,
    state_at=EPOCH + 2 * MINUTE,
    attempts=(Attempt(1, EPOCH + 2 * MINUTE),),
)
UNKNOWN = replace(
    SENT, state=RequestState.UNKNOWN, problem=Problem(Setback.LOST, EPOCH, message="no answer")
)
MADE = replace(
    SENT,
    state=RequestState.PROVISIONING,
    state_at=EPOCH + 3 * MINUTE,
    made=Made(
        "srv_9f82a1",
        EPOCH + 3 * MINUTE,
        "provisioning",
        address="198.51.100.42",
        eta=timedelta(seconds=45),
    ),
)
RUNNING = replace(MADE, state=RequestState.RUNNING, state_at=EPOCH + 4 * MINUTE)
DENIED = replace(
    REQUEST, state=RequestState.DENIED, state_at=EPOCH + MINUTE, votes=(NO,), ended_by=GRACE
)
CANCELLED = replace(REQUEST, state=RequestState.CANCELLED, state_at=EPOCH, ended_by=ADA)
EXPIRED = replace(REQUEST, state=RequestState.EXPIRED, state_at=REQUEST.expires_at)
FAILED = replace(
    SENT,
    state=RequestState.FAILED,
    problem=Problem(
        Setback.VALIDATION,
        EPOCH,
        status=422,
        code="ERR_422",
        message="Validation failed",
        details=("name: is taken",),
    ),
)
IN_EACH_STATE = (
    REQUEST, APPROVED, SENT, UNKNOWN, MADE, RUNNING, DENIED, CANCELLED, EXPIRED, FAILED,
)  # fmt: skip

TRAIL = (
    AuditRow(
        EPOCH, Deed.ASKED, ADA, REQUEST.asked_from, {"body": "{}", "reason": "for the launch"}
    ),
    AuditRow(EPOCH + MINUTE, Deed.VOTED, GRACE, YES.origin, {"word": "approve", "digest": "d1"}),
    AuditRow(EPOCH + MINUTE, Deed.APPROVED),
    AuditRow(EPOCH + 2 * MINUTE, Deed.INTENDED, details={"attempt": 1, "digest": "d1"}),
    AuditRow(
        EPOCH + 3 * MINUTE,
        Deed.ANSWERED,
        details={"attempt": 1, "id": "srv_9f82a1", "eta_seconds": 45.0, "address": None},
    ),
)

SURE = Right(Standing.MAY)
UNSURE = Right(Standing.UNREADABLE, "Slack answered ratelimited.")
LISTED = RequestList(Which.ALL, IN_EACH_STATE[::-1], len(IN_EACH_STATE), 1, 10)
SHOWN = RequestShown(RUNNING, TRAIL)

REPLIES: tuple[RequestReply, ...] = (
    AskReply(Asked(REQUEST, (GRACE,), SURE), DRAFT),
    AskReply(Asked(replace(REQUEST, needed=2), (GRACE, "S0OPS"), UNSURE), DRAFT),
    AskReply(InvalidDraft((FieldProblem("name", "A name is needed."),)), DRAFT),
    *(AskReply(CannotAsk(why, "More about it."), DRAFT) for why in Hindrance),
    OpenForm(Draft()),
    OpenForm(Draft(name="web-7")),
    LISTED,
    RequestList(Which.PENDING, (), 0, 1, 10),
    RequestList(Which.MINE, (REQUEST,), 21, 3, 10),
    *(RequestShown(it, TRAIL) for it in IN_EACH_STATE),
    NoSuchRequest(RequestId(7)),
)
