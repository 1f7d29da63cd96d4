"""Requests as those who judge changes see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.model.changes import AccountId
from bot.model.requests import (
    AuditRow,
    Checks,
    Deed,
    Made,
    Origin,
    Request,
    RequestId,
    RequestState,
    Source,
    Specification,
    Step,
    Vote,
    VoteWord,
)
from bot.model.subscriptions import UserId
from bot.store import Store
from tests.notify.story import ADA, NOW, OPS, at

MINE = AccountId(1)
BEN, CYD = UserId("U0BEN"), UserId("U0CYD")

APPROVED, ATTEMPTING, UNKNOWN, PROVISIONING, FAILED = (
    RequestState.APPROVED,
    RequestState.ATTEMPTING,
    RequestState.UNKNOWN,
    RequestState.PROVISIONING,
    RequestState.FAILED,
)


def asked(
    name: str,
    state: RequestState = RequestState.REQUESTED,
    *,
    ref: int = 0,
    made: str | None = None,
    account: AccountId = MINE,
    **its: Any,
) -> Request:
    """Ada asks for a server of that name, and Ben approves; `made` is the id of what came of it."""
    request = Request(
        account=account,
        spec=Specification(name, "us-east-1", "ubuntu-24.04", "c-4"),
        body=f'{{"name":"{name}"}}',
        digest="d1",
        reason="",
        asked_by=ADA,
        asked_from=Origin(Source.COMMAND, OPS),
        asked_at=NOW,
        channel=OPS,
        needed=1,
        expires_at=NOW + timedelta(hours=8),
        card=f"card of {name}",
        ballot=f"ballot of {name}",
        progress=f"progress of {name}",
        checks=Checks(NOW, "test"),
        id=RequestId(ref),
        state=state,
        votes=(voted(BEN),),
        made=None if made is None else Made(made, NOW, "provisioning"),
    )
    return replace(request, **its)


def voted(user: UserId, word: VoteWord = VoteWord.APPROVE, digest: str = "d1") -> Vote:
    return Vote(user, word, digest, at(1), Origin(Source.BUTTON, OPS))


class Asking:
    """Requests in a store; what becomes of them is not decided here."""

    def __init__(self, store: Store, account: AccountId) -> None:
        self._store = store
        self._account = account

    async def asks(self, name: str, state: RequestState = ATTEMPTING) -> RequestId:
        """Somebody asked for it, and it came that far."""
        new = asked(name, state, account=self._account)
        made = await self._store.requests.make(new, [AuditRow(NOW, Deed.ASKED, ADA)])
        return made.id

    async def becomes(
        self, ref: RequestId, state: RequestState, made: str | None = None
    ) -> Request:
        """It goes on; `made` is the id of the server that came of it."""
        server = None if made is None else Made(made, NOW, "provisioning")

        def decide(it: Request) -> Step:
            return Step(replace(it, state=state, made=server), ())

        changed = await self._store.requests.change(ref, decide)
        assert changed is not None
        return changed
