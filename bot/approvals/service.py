"""What people do about requests: ask, vote, cancel, close, look. Each decides and records in one transaction.

Any replica answers. Who may do what is read from `Rights` before the row is locked. All raise StoreError.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.approvals import asking
from bot.approvals.answers import (
    AskAnswer,
    Asked,
    Ballot,
    CannotAsk,
    Choices,
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
from bot.approvals.choosing import choices
from bot.approvals.rights import Right, Rights, Standing
from bot.approvals.terms import Terms
from bot.approvals.voting import Decision, Said, decide
from bot.approvals.voting import Terms as VoteTerms
from bot.cloudnexus import KeyKind, QuotaView
from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.requests import (
    AuditRow,
    Checks,
    Deed,
    Origin,
    Request,
    RequestId,
    Specification,
    Step,
)
from bot.model.subscriptions import ChannelId, UserId
from bot.model.words import shortened
from bot.store.requests import Requests
from bot.watch.searching import is_taken
from bot.watch.views import Views

A_MOMENT = timedelta(seconds=1)
"""How long somebody who asks waits for the account to be known: Slack waits 3 s in all."""

PER_PAGE = 10
"""Requests on a page of a list."""

_NOBODY = Right(
    Standing.UNREADABLE, "I am not connected to Slack yet. Please try again in a moment."
)


@dataclass(frozen=True, slots=True)
class _Able:
    """Somebody may ask, there."""

    account: AccountId
    channel: ChannelId
    enough: Right


class Requesting:
    """The people's side of the approvals. `rights` is set as soon as there is somebody who knows them."""

    def __init__(
        self,
        requests: Requests,
        views: Views,
        terms: Terms,
        *,
        key: KeyKind,
        quota: Callable[[], Awaitable[QuotaView]],
        clock: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        """`changed` hears that something was recorded: the worker looks at once."""
        self._requests = requests
        self._views = views
        self._terms = terms
        self._key = key
        self._quota = quota
        self._clock = clock
        self._changed = changed
        self.rights: Rights | None = None

    async def ask(self, draft: Draft, by: UserId, origin: Origin) -> AskAnswer:
        """Record a request, if all is well with it."""
        spec = asking.checked(draft, reason_required=self._terms.reason_required)
        if not isinstance(spec, Specification):
            return InvalidDraft(spec)
        able = await self._able(by)
        if isinstance(able, CannotAsk):
            return able
        view = self._views.of(Kind.SERVER)
        await view.follow()  # where another process watches
        if is_taken(view.snapshot, spec.name) is not None:
            return _taken("A server of this name exists already. Choose another name.")
        new = await self._new(spec, draft.reason.strip(), by, origin, able)
        known = await self._requests.make(new, (_asked(new),))
        if known.card != new.card:
            return _taken(f"Request #{known.id} asks for this name already, and has not ended.")
        self._changed()
        return Asked(known, self._terms.approvers, able.enough)

    async def _able(self, by: UserId) -> _Able | CannotAsk:
        """Where a request of that person goes, or why there can be none."""
        terms, rights = self._terms, self.rights
        if terms.channel is None:
            return CannotAsk(Hindrance.NO_CHANNEL)
        account = await self._account()
        if account is None:
            return CannotAsk(Hindrance.NO_ACCOUNT)
        if not terms.approvers:
            return CannotAsk(Hindrance.NOBODY)
        if rights is None:
            return CannotAsk(Hindrance.NOT_ASKER, _NOBODY.reason)
        enough = await self._asked_of_slack(rights, by, terms.channel)
        return enough if isinstance(enough, CannotAsk) else _Able(account, terms.channel, enough)

    async def _account(self) -> AccountId | None:
        """The account; right after a start it takes a moment to be known."""
        with suppress(TimeoutError):
            async with asyncio.timeout(A_MOMENT.total_seconds()):
                return await self._views.wait()
        return None

    async def _asked_of_slack(
        self, rights: Rights, by: UserId, channel: ChannelId
    ) -> Right | CannotAsk:
        """Whether enough people can approve, as far as Slack tells; all at once, as somebody waits."""
        terms = self._terms
        asker, there, enough = await asyncio.gather(
            rights.may_ask(by),
            rights.posts_in(channel),
            rights.enough(by, terms.needed, self_approval=terms.self_approval),
        )
        if not asker.given:
            return CannotAsk(Hindrance.NOT_ASKER, asker.reason)
        if there is False:
            return CannotAsk(Hindrance.NOT_THERE, channel)
        if enough.standing is Standing.MAY_NOT:
            return CannotAsk(Hindrance.NOBODY, enough.reason)
        return enough

    async def choices(self) -> Choices:
        """What a form offers: out of the settings, the fleet, and what was made before."""
        account = self._views.account
        if account is None:
            return choices(self._terms, (), ())
        view = self._views.of(Kind.SERVER)
        made = await self._requests.specifications(account)
        return choices(self._terms, [it.row for it in view.snapshot.known.values()], made)

    async def vote(
        self,
        ref: RequestId,
        user: UserId,
        ballot: Ballot,
        origin: Origin,
        *,
        reason: str = "",
        digest: str | None = None,
    ) -> VoteAnswer:
        """Record what somebody says to a request. `digest`: of the specification that they saw (None: that
        of its card's thread, which is the request's own)."""
        rights, account = self.rights, self._views.account
        # To cancel, one has to be the asker, and nothing else: that hangs on no answer of Slack's.
        asks = rights is not None and ballot is not Ballot.CANCEL
        right = await rights.may_approve(user) if rights is not None and asks else _NOBODY
        said = Said(user, ballot, origin, right, shortened(reason, asking.MOST_REASON), digest)
        decision: Decision | None = None

        def decided(request: Request) -> Step | None:
            nonlocal decision
            if request.account != account:  # of an account that is no longer watched
                return None
            terms = VoteTerms(self._terms.needed, self._terms.self_approval)
            decision = decide(request, said, terms, self._clock())
            return decision.step

        written = await self._requests.change(ref, decided)
        if written is None or decision is None:
            return Refused(Refusal.UNKNOWN, ballot)
        if decision.step is not None:
            self._changed()
        return decision.answer

    async def of_thread(self, channel: str, ts: str) -> Request | None:
        """The request whose card heads that thread."""
        return await self._requests.of_card(channel, ts)

    async def shown(self, ref: RequestId) -> RequestShown | NoSuchRequest:
        """One with its audit trail."""
        found = await self._requests.find(ref)
        if found is None or found.account != self._views.account:
            return NoSuchRequest(ref)
        return RequestShown(found, await self._requests.audit(ref))

    async def listed(self, which: Which, asker: UserId | None, page: int = 1) -> RequestList:
        """A page of them; `asker` None, in a terminal, has none of their own."""
        account = self._views.account
        found: tuple[Request, ...] = ()
        number = 0
        if account is not None and not (which is Which.MINE and asker is None):
            found, number = await self._requests.listed(
                account,
                asked_by=asker if which is Which.MINE else None,
                pending=which is Which.PENDING,
                offset=(page - 1) * PER_PAGE,
                limit=PER_PAGE,
            )
        return RequestList(which, found, number, page, PER_PAGE)

    async def _new(
        self, spec: Specification, reason: str, by: UserId, origin: Origin, able: _Able
    ) -> Request:
        now, terms, quota = self._clock(), self._terms, await self._quota()
        view = self._views.of(Kind.SERVER)
        offered = choices(terms, [it.row for it in view.snapshot.known.values()], ())
        body, digest = asking.sealed(spec)
        return Request(
            account=able.account,
            spec=spec,
            body=body,
            digest=digest,
            reason=reason,
            asked_by=by,
            asked_from=origin,
            asked_at=now,
            channel=able.channel,
            needed=terms.needed,
            expires_at=now + terms.ttl,
            card=uuid.uuid4().hex,
            ballot=uuid.uuid4().hex,
            progress=uuid.uuid4().hex,
            checks=Checks(
                at=now,
                key=self._key.value,
                read_at=view.freshness.read_at,
                remaining=quota.remaining,
                limit=quota.limit,
                unknown=asking.unlisted(
                    spec,
                    regions=offered.regions,
                    plans=offered.plans,
                    images=offered.images,
                ),
            ),
        )


def _taken(problem: str) -> InvalidDraft:
    return InvalidDraft((FieldProblem("name", problem),))


def _asked(request: Request) -> AuditRow:
    """The first line of the trail: what exactly was asked for."""
    return AuditRow(
        request.asked_at,
        Deed.ASKED,
        request.asked_by,
        request.asked_from,
        {"body": request.body, "digest": request.digest, "reason": request.reason},
    )
