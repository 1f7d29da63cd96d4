"""Requests as the store's tests have them, and decisions about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

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
    Step,
    Vote,
    VoteWord,
)
from bot.model.subscriptions import ChannelId, UserId
from bot.store import Account, Place, Store
from tests.store.values import BEGIN, SECOND

OPS = ChannelId("C0PS")
ANN, BEN = UserId("UANN"), UserId("UBEN")
PLACE = Place("C0PS", "1700000000.000100")
ASKED = AuditRow(BEGIN, Deed.ASKED, ANN, Origin(Source.FORM, OPS), {"name": "web-7"})
TICK = timedelta(microseconds=1)


def request(account: AccountId, name: str = "web-7", card: str = "card-1", **its: Any) -> Request:
    """A request as it is when it was just asked."""
    made = Request(
        account=account,
        spec=Specification(name, "us-east-1", "ubuntu-24.04", "c-4", ("a", "b")),
        body='{"name":"web-7"}',
        digest="d1",
        reason="more room",
        asked_by=ANN,
        asked_from=Origin(Source.FORM, OPS),
        asked_at=BEGIN,
        channel=OPS,
        needed=1,
        expires_at=BEGIN + timedelta(hours=8),
        card=card,
        ballot=f"{card}-ballot",
        progress=f"{card}-progress",
        checks=Checks(BEGIN, "test", BEGIN - SECOND, 900, 1000, ("plan",)),
    )
    return replace(made, **its)


ALL_OF_IT: dict[str, Any] = {
    "state": RequestState.RUNNING,
    "state_at": BEGIN + TICK,
    "votes": (
        Vote(BEN, VoteWord.APPROVE, "d1", BEGIN, Origin(Source.THREAD, OPS, "1.2"), "go"),
        Vote(ANN, VoteWord.DENY, "d0", BEGIN + SECOND, Origin(Source.BUTTON)),
    ),
    "attempts": (Attempt(1, BEGIN, BEGIN + SECOND), Attempt(2, BEGIN + 2 * SECOND)),
    "made": Made("srv_9", BEGIN, "provisioning", True, "192.0.2.1", 45 * SECOND + TICK, BEGIN),
    "problem": Problem(Setback.LIMITED, BEGIN, 429, "c", "m", ("x", "y"), BEGIN, "srv_1", BEN),
    "reminders": (BEGIN, BEGIN + SECOND),
    "pleas": 2,
    "overdue_at": BEGIN + 9 * SECOND,
    "ended_by": BEN,
    "told": True,
}


def to(what: Deed = Deed.VOTED, **its: Any) -> Callable[[Request], Step]:
    """A decision that sets these, and tells it with one audit row."""
    return lambda it: Step(replace(it, **its), (AuditRow(BEGIN, what),))


def plead(it: Request) -> Step:
    """A decision that depends on how the request is."""
    return Step(replace(it, pleas=it.pleas + 1), (AuditRow(BEGIN, Deed.PLEADED),))


class Office:
    """Makes requests of one account."""

    def __init__(self, store: Store, account: Account) -> None:
        self.requests, self.account = store.requests, account.id

    async def make(self, name: str = "web-7", **its: Any) -> Request:
        """One with a card of its own, in that condition."""
        its.setdefault("card", f"card of {name}")
        return await self.requests.make(request(self.account, name, **its), [ASKED])

    async def change(self, ref: RequestId, **its: Any) -> Request:
        changed = await self.requests.change(ref, to(**its))
        assert changed is not None
        return changed
