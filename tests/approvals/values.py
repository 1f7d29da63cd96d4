"""Requests and what they meet, made by hand: everything that a test does not name is as it usually is.

Times are `at(seconds)` after one common start, as in `tests.watch`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.approvals import asking
from bot.approvals.answers import Ballot, Draft
from bot.approvals.rights import Right, Standing
from bot.approvals.voting import Said
from bot.cloudnexus import Server
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
from bot.watch.searching import Bearer, Sight
from tests.watch import house
from tests.watch.world import at

ASKER, GRACE, LINUS, MARGARET = (UserId(f"U0{it}") for it in ("ANN", "GRACE", "LINUS", "MARGARET"))
OPS = ChannelId("C0OPS")
BUTTON = Origin(Source.BUTTON, OPS, "1736928000.000100")

MAY = Right(Standing.MAY)
MAY_NOT = Right(Standing.MAY_NOT, "You are no approver.")
UNREADABLE = Right(Standing.UNREADABLE, "Slack does not tell.")

SPEC = Specification("web-7", "us-east-1", "ubuntu-24.04", "c-4", ("key_ann",))
BODY, DIGEST = asking.sealed(SPEC)
OTHER_DIGEST = asking.digest_of("something else")
HOURS_8 = 8 * 3600.0


def draft(**typed: str) -> Draft:
    """What somebody typed: a right one, but for what is named."""
    right = Draft("web-7", "us-east-1", "ubuntu-24.04", "c-4", "key_ann", "The sale begins.")
    return replace(right, **typed)


def request(state: RequestState = RequestState.REQUESTED, **values: Any) -> Request:
    """A request that was asked at the start, in that state."""
    made = Request(
        account=AccountId(1),
        spec=SPEC,
        body=BODY,
        digest=DIGEST,
        reason="The sale begins.",
        asked_by=ASKER,
        asked_from=Origin(Source.FORM, OPS),
        asked_at=at(0),
        channel=OPS,
        needed=1,
        expires_at=at(HOURS_8),
        card="card",
        ballot="ballot",
        progress="progress",
        checks=Checks(at(0), "live", at(-5), 900, 1_000),
        id=RequestId(12),
        version=1,
        state=state,
    )
    return replace(made, **values)


def vote(user: UserId = GRACE, word: VoteWord = VoteWord.APPROVE, **values: Any) -> Vote:
    """A vote on that very specification."""
    return replace(Vote(user, word, DIGEST, at(60), BUTTON), **values)


def denial(user: UserId = GRACE, **values: Any) -> Vote:
    """A vote against it."""
    return vote(user, VoteWord.DENY, **values)


def said(ballot: Ballot, user: UserId = GRACE, right: Right = MAY, **values: Any) -> Said:
    """What somebody says, by a button."""
    return replace(Said(user, ballot, BUTTON, right), **values)


def attempt(number: int = 1, sent: float = 100, ended: float | None = 101) -> Attempt:
    """A POST, sent and ended at those times."""
    return Attempt(number, at(sent), None if ended is None else at(ended))


def unknown(*attempts: Attempt, **values: Any) -> Request:
    """A request with these POSTs of which nobody knows the effect."""
    tried = attempts or (attempt(),)
    last = tried[-1].ended_at or tried[-1].sent_at
    values.setdefault("problem", Problem(Setback.LOST, last))
    return request(
        RequestState.UNKNOWN,
        attempts=tried,
        state_at=last,
        approved_at=at(60),
        votes=(vote(),),
        **values,
    )


def made(**values: Any) -> Made:
    """What CloudNexus answered to a POST."""
    its = Made("srv_new", at(101), "provisioning", address="198.51.100.42")
    return replace(its, eta=timedelta(seconds=45), **values)


def server(created: float = 100, ref: str = "srv_new", **values: Any) -> Server:
    """A row of the list with the name and region that were asked for."""
    its = {"id": ref, "name": SPEC.name, "region": SPEC.region, "status": "provisioning"}
    return house.server(1, **(its | {"created_at": at(created)} | values))


def bearer(
    created: float = 100, seen: float = 110, *, gone: bool = False, ref: str = "srv_new", **its: Any
) -> Bearer:
    """A server that bears the name, first seen then."""
    return Bearer(server(created, ref, **its), at(seen), gone)


def sight(*bearers: Bearer, whole: float | None = None, hidden: bool = False) -> Sight:
    """What is known of the name, with all servers known at that time."""
    return Sight(bearers, None if whole is None else at(whole), hidden)


def seconds(number: float) -> timedelta:
    """So long."""
    return timedelta(seconds=number)


def when(moment: datetime) -> float:
    """Seconds after the start."""
    return (moment - at(0)).total_seconds()
