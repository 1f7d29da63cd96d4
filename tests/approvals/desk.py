"""Everything that moves one request on, with the store in memory: the worker itself, and people.

The worker's coroutines are the real ones; what they write is held to the rules at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import cast

from pydantic import TypeAdapter

from bot.approvals import asking
from bot.approvals.contents import from_json
from bot.approvals.creator import moved
from bot.approvals.rights import Right
from bot.approvals.rights import Rights as SlackRights
from bot.approvals.terms import Terms
from bot.approvals.voting import Said, decide
from bot.approvals.voting import Terms as VoteTerms
from bot.approvals.working import Surroundings, Work
from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.requests import AuditRow, Deed, Request, RequestId, RequestState, Step
from bot.model.status import StatusClasses
from bot.model.subscriptions import UserId
from bot.slack.render.request_cards import render_request
from bot.store import Epoch, Freshness, Store
from bot.store.messages import DeliveryId, NewDelivery
from bot.watch.views import Views
from tests.approvals.cloud import Cloud, Died, Time
from tests.approvals.values import MAY, UNREADABLE, request
from tests.watch import house

S = RequestState
EPOCH = Epoch(1)
_REQUEST = TypeAdapter(Request)

ARROWS = {
    S.REQUESTED: {S.APPROVED, S.DENIED, S.CANCELLED, S.EXPIRED},
    S.APPROVED: {S.ATTEMPTING, S.REQUESTED, S.FAILED, S.DENIED, S.CANCELLED, S.EXPIRED},
    S.ATTEMPTING: {S.PROVISIONING, S.UNKNOWN, S.APPROVED, S.FAILED},
    S.UNKNOWN: {S.ATTEMPTING, S.PROVISIONING, S.FAILED},
    S.PROVISIONING: {S.RUNNING, S.FAILED},
}
"""Which state may follow which, beside itself."""

QUIET = {"made", "problem", "told", "version"}
"""What may change without a line in the audit trail: what the list shows, and what it waits for now."""

FIXED = ("spec", "body", "digest", "asked_by", "asked_at", "needed", "expires_at", "card")


def different(before: Request, after: Request) -> set[str]:
    """The fields in which they differ."""
    names = (it.name for it in fields(Request))
    return {it for it in names if getattr(before, it) != getattr(after, it)}


@dataclass
class View:
    """What is known of the servers: kept by real watching."""

    watcher: house.Watcher
    freshness: Freshness = field(default_factory=Freshness)

    @property
    def snapshot(self) -> object:
        return self.watcher.snapshot

    @property
    def memory(self) -> object:
        return self.watcher.memory


@dataclass
class OneView:
    """The views of the account: one."""

    view: View

    @property
    def account(self) -> AccountId:
        return AccountId(1)

    def of(self, kind: Kind) -> View:
        assert kind is Kind.SERVER
        return self.view


@dataclass
class Outbox:
    """The messages, by id."""

    held: dict[str, NewDelivery] = field(default_factory=dict)

    async def many(self, ids: Sequence[DeliveryId]) -> list[NewDelivery]:
        return [self.held[it] for it in ids if it in self.held]

    async def seal(self, epoch: Epoch, new: Sequence[NewDelivery]) -> None:
        assert epoch == EPOCH
        for it in new:
            assert it.id not in self.held
            self.held[it.id] = it

    async def rewrite(self, epoch: Epoch, ref: DeliveryId, content: str) -> None:
        assert epoch == EPOCH
        before = from_json(self.held[ref].content)
        after, now = from_json(content), self.held[ref].created_at
        drawn = [render_request(it, now=now, slash="/cnx") for it in (before, after)]
        unseen = {
            it: (getattr(before.request, it), getattr(after.request, it))
            for it in different(before.request, after.request)
        }
        assert drawn[0] != drawn[1], f"an edit of {ref} that nobody sees: {unseen}"
        self.held[ref] = replace(self.held[ref], content=content)


@dataclass
class Rights:
    """Who may approve, as Slack would tell. `asked` hears of each look before it is answered."""

    people: dict[UserId, Right]
    asked: Callable[[], None] = lambda: None

    async def may_approve(
        self, user: UserId, *, fresh: bool = False, since: datetime | None = None
    ) -> Right:
        assert fresh
        assert since is not None
        self.asked()
        return self.people.get(user, UNREADABLE)


class Desk:
    """One request, its store, its people, its cloud and its worker."""

    def __init__(self, runner: asyncio.Runner, time: Time, cloud: Cloud, terms: Terms) -> None:
        self.time, self.cloud, self.terms = time, cloud, terms
        self.request = request(needed=terms.needed)
        self.doubts: dict[tuple[RequestId, int], float] = {}
        self.audit: list[AuditRow] = []
        self.view = View(house.Watcher())
        self.outbox = Outbox()
        self.rights = Rights({})
        self.lease: list[float] = []  # what is left of it, at each look; then enough
        self.commit_takes = 0.0  # of the next intent
        self.dies_at = ""  # the checkpoint at which the process ends
        self.meanwhile: Said | None = None  # what somebody says at the next look at rights
        self.requests = self  # the part of the store that the worker knows
        self.rights.asked = self._interrupts
        self._runner = runner

    # -- the store ----------------------------------------------------------------------------------

    async def change(
        self, ref: int, decide: Callable[[Request], Step | None], *, epoch: Epoch | None = None
    ) -> Request:
        """Write what a decision says, and hold it to the rules."""
        assert ref == self.request.id
        assert epoch == EPOCH
        self.write(decide(self.request))
        if self.request.state is S.ATTEMPTING:
            self.time.go(self.commit_takes)
            self.commit_takes = 0.0
        return self.request

    def write(self, step: Step | None) -> None:
        """Take a step, if there is one."""
        if step is None:
            return
        before, after = self.request, replace(step.request, version=self.request.version + 1)
        changed = different(before, after)
        assert not changed.intersection(FIXED)
        assert before.state is after.state or after.state in ARROWS[before.state], (before, after)
        if before.state.ended:
            assert changed <= {"told", "version"}, changed
        assert step.audit or changed <= QUIET, f"no line in the audit trail: {changed}"
        assert all(it.at <= self.time() for it in step.audit)
        assert _REQUEST.validate_python(_REQUEST.dump_python(after, mode="json")) == after
        self.request = after
        self.audit += step.audit

    # -- people -------------------------------------------------------------------------------------

    def says(self, said: Said) -> None:
        """Somebody says that; their right to it was read before."""
        terms = VoteTerms(self.terms.needed, self.terms.self_approval)
        self.write(decide(self.request, said, terms, self.time()).step)

    def entitled(self) -> int:
        """How many valid approvals it has, by all that is known."""
        votes = {it.user: it for it in self.request.votes}
        assert len(votes) == len(self.request.votes)
        return sum(
            it.word.value == "approve"
            and it.digest == asking.digest_of(self.request.body)
            and self.rights.people.get(it.user) == MAY
            and (it.user != self.request.asked_by or self.terms.self_approval)
            for it in votes.values()
        )

    def _interrupts(self) -> None:
        said, self.meanwhile = self.meanwhile, None
        if said is not None:
            self.says(said)

    # -- the worker ---------------------------------------------------------------------------------

    def works(self) -> bool:
        """Let the worker look once; False where the process died meanwhile."""
        try:
            self._runner.run(self._look())
        except Died:
            return False
        finally:
            self.dies_at, self.meanwhile, self.lease = "", None, []
        return True

    async def _look(self) -> None:
        if not self.request.told:
            rights = cast("SlackRights", self.rights)
            work = Work(self._surroundings(), EPOCH, rights, lambda: None, self.doubts)
            await work.tell(await moved(work, self.request))

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            store=cast("Store", self),
            views=cast("Views", OneView(self.view)),
            client=self.cloud,
            terms=self.terms,
            classes=StatusClasses(),
            clock=self.time,
            remaining=lambda: timedelta(seconds=self.lease.pop(0) if self.lease else 15),
            sealed=lambda: None,
            changed=lambda: None,
            checkpoint=self._checkpoint,
            steady=lambda: self.time.now,
        )

    def _checkpoint(self, name: str) -> None:
        if name == self.dies_at:
            raise Died

    def pleas(self) -> int:
        """How often approvers were asked about the present attempt."""
        last = max((n for n, it in enumerate(self.audit) if it.what is Deed.INTENDED), default=-1)
        return sum(it.what is Deed.PLEADED for it in self.audit[last + 1 :])
