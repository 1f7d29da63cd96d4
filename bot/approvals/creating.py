"""From the approval to the server: the checks before a POST, the POST, and the look for its effect.

Coroutines around `machine`, `outcome` and `searching`. The intent is committed before each POST; whatever
ends this process afterwards, the next one looks for the server before it sends anything again.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.approvals import asking, machine
from bot.approvals.beginning import AGAIN, lacking
from bot.approvals.outcome import Outcome, Unsent, of_answer, of_error
from bot.approvals.searching import EFFECT, LATEST_START, SETTLES, Adopt, Again, found, made_from
from bot.approvals.voting import Terms, expired
from bot.approvals.working import Work
from bot.cloudnexus import Caller, CloudNexusError, Priority, QuotaView
from bot.model.kinds import Kind
from bot.model.requests import Problem, Request, RequestState, Setback, Step
from bot.watch.searching import is_taken, sight

log = structlog.get_logger(__name__)

CALLER = Caller("creations", Priority.CREATION, EFFECT)


async def begin(work: Work, request: Request) -> Request:
    """Create what was approved, if all still holds."""
    now = work.its.clock()
    terms = Terms(work.its.terms.needed, work.its.terms.self_approval)
    rights = {
        vote.user: await work.rights.may_approve(vote.user, fresh=True, since=now)
        for vote in request.approvals
    }
    if (short := lacking(request, rights, terms, now)) is not None:
        return await work.write(request, lambda _: short)
    if (hindered := _hindered(work, request, now)) is not None:
        return await work.write(request, lambda _: hindered)
    work.its.checkpoint("approved")
    return await post(work, request)


def _hindered(work: Work, request: Request, now: datetime) -> Step | None:
    """Why nothing is sent now; None: nothing hinders it."""
    sealed = asking.digest_of(request.body) == request.digest
    key = work.its.client.key_kind.value == request.checks.key  # what was approved, with that key
    if not (sealed and key and asking.says(request.body, request.spec)):
        return machine.declined(request, Problem(Setback.CHANGED, now))
    view = work.its.views.of(Kind.SERVER)
    if not view.memory.settled or view.freshness.blind_since is not None:
        return machine.waits(request, Problem(Setback.BLIND, now, until=now + AGAIN))
    there = is_taken(view.snapshot, request.spec.name)
    if there is not None:
        taken = Problem(Setback.NAME_TAKEN, now, ref=there)
        return machine.declined(request, taken)
    until = quota_from(work.its.client.quota(), now)
    if until is not None:
        return machine.waits(request, Problem(Setback.LIMITED, now, until=until))
    return None


async def post(work: Work, request: Request) -> Request:
    """Commit the intent, send, and commit what came of it."""
    await work.long_enough()
    sent_at = work.its.clock()
    if (
        not request.attempts and sent_at >= request.expires_at
    ):  # to read the rights has taken its time
        return await work.write(request, lambda it: expired(it, sent_at))
    skew = work.its.client.skew() or timedelta(0)
    intended = await work.write(request, lambda it: machine.intended(it, sent_at, skew))
    if intended.state is not RequestState.ATTEMPTING:
        return intended  # somebody has denied or cancelled it meanwhile
    work.its.checkpoint("intended")
    # Beside each other: neither shall the message wait for the answer, nor the POST for the message; and
    # an answer is not to be lost because a message could not be sealed.
    sent, told = await asyncio.gather(
        _sent(work, intended), work.tell(intended), return_exceptions=True
    )
    if isinstance(sent, BaseException):
        raise sent
    work.its.checkpoint("answered")
    outcome, at = sent
    after = await work.write(intended, lambda it: machine.answered(it, outcome, at))
    work.its.checkpoint("settled")
    if isinstance(told, BaseException):
        raise told
    return after


async def _sent(work: Work, request: Request) -> tuple[Outcome, datetime]:
    """What came of the POST, and when. It starts only if nobody else can hold the lease before it is over."""
    clock, last = work.its.clock, request.attempts[-1]
    if work.its.remaining() <= EFFECT or clock() - last.sent_at > LATEST_START:
        now = clock()
        return Unsent(Problem(Setback.INTERRUPTED, now, until=now)), now
    log.info("a server is created", request=request.id, attempt=last.number)
    try:
        created = await work.its.client.create_server(request.body.encode(), caller=CALLER)
    except CloudNexusError as error:
        log.warning("a creation was not confirmed", request=request.id, error=str(error))
        now = clock()
        return of_error(error, now), now
    now = clock()
    return of_answer(created, now), now


async def search(work: Work, request: Request) -> Request:
    """Look for the server of a POST whose effect is not known."""
    view, now = work.its.views.of(Kind.SERVER), work.its.clock()
    doubted_for = work.doubted_for(request)
    known = sight(
        view.snapshot,
        view.memory,
        request.spec.name,
        made_from=made_from(request),
        sent_from=request.attempts[0].sent_at,
    )
    finding = found(request, known, now)
    if isinstance(finding, Adopt):
        work.its.checkpoint("found")
        after = await work.write(request, lambda it: machine.adopted(it, finding, now))
        work.its.checkpoint("adopted")
        return after
    if isinstance(finding, Again):
        ripe = doubted_for >= SETTLES and is_due(request, now)
        return await post(work, request) if ripe else request
    plea = finding.plea
    if plea is None:
        return request
    return await work.write(request, lambda it: machine.pleaded(it, plea, now))


def is_due(request: Request, now: datetime) -> bool:
    """Whether it waits for nothing any more."""
    problem = request.problem
    return problem is None or problem.until is None or problem.until <= now


def quota_from(quota: QuotaView, now: datetime) -> datetime | None:
    """When there is quota again; None: there is some, as far as is known."""
    if quota.gate_until is not None and quota.gate_until > now:
        return quota.gate_until
    spent = quota.remaining is not None and quota.remaining <= 0
    ends = quota.resets_at
    return ends if spent and ends is not None and ends > now else None
