"""create, requests and request: who is asked what, and what is answered where nothing can be done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.approvals.answers import (
    AskAnswer,
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
from bot.approvals.service import PER_PAGE
from bot.commands.handlers import Handlers
from bot.commands.replies import Reply, TroubleReply, UsageReply
from bot.commands.request_replies import AskReply, OpenForm
from bot.commands.requesting import RequestCommands
from bot.commands.telling_replies import NotRecorded
from bot.commands.values import Command, Requests, ShowRequest
from bot.commands.workspace import Group, GroupUnknown, Where
from bot.model.requests import Origin, RequestId, Source
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId, UserId
from bot.model.troubles import Reason
from bot.once import answer_once
from bot.store import Store, StoreError
from tests.commands.requests import ADA, DRAFT, OPS, REQUEST, SURE, TRAIL
from tests.commands.sources import GivenFacts
from tests.support.databases import sqlite_url
from tests.support.virtual_time import virtual_now
from tests.support.watch_house import watch_house

WHOLE = (
    "create name=web-7 region=us-east-1 image=ubuntu-24.04 plan=c-4 ssh_keys=key_a,key_b "
    'reason="for the launch"'
)


class Nowhere:
    """A workspace that nothing here asks."""

    async def group(self, handle: str) -> Group:
        del handle
        return GroupUnknown()

    async def is_member(self, channel: ChannelId) -> bool | None:
        del channel
        return None

    async def is_public(self, channel: ChannelId) -> bool | None:
        del channel
        return None


@dataclass
class Kept:
    """Answers as it is told to, and remembers what it was asked."""

    answer: AskAnswer = field(default_factory=lambda: Asked(REQUEST, ("U0APPROVER",), SURE))
    broken: str = ""
    asked: list[tuple[Draft, UserId, Origin]] = field(default_factory=list)
    listing: list[tuple[Which, UserId | None, int]] = field(default_factory=list)

    async def ask(self, draft: Draft, by: UserId, origin: Origin) -> AskAnswer:
        self._works()
        self.asked.append((draft, by, origin))
        return self.answer

    async def listed(self, which: Which, asker: UserId | None, page: int = 1) -> RequestList:
        self._works()
        self.listing.append((which, asker, page))
        return RequestList(which, (REQUEST,), 1, page, 10)

    async def shown(self, ref: RequestId) -> RequestShown | NoSuchRequest:
        self._works()
        return RequestShown(REQUEST, TRAIL) if ref == REQUEST.id else NoSuchRequest(ref)

    def _works(self) -> None:
        if self.broken:
            raise StoreError(self.broken)


def handlers(kept: Kept | None) -> Handlers:
    commands = None if kept is None else RequestCommands(kept, clock=virtual_now)
    return Handlers(GivenFacts(()), StatusClasses(), virtual_now, requests=commands)


async def ask(text: str, kept: Kept | None, *, in_slack: bool = True) -> Reply:
    where = Where(OPS, Nowhere()) if in_slack else None
    return await handlers(kept).answer_text(text, ADA, where=where)


async def test_what_is_whole_is_asked_for_at_once_and_from_where_it_was_typed() -> None:
    kept = Kept()
    assert await ask(WHOLE, kept) == AskReply(kept.answer, DRAFT)
    assert kept.asked == [(DRAFT, ADA, Origin(Source.COMMAND, OPS))]


@pytest.mark.parametrize(
    "answer",
    [InvalidDraft((FieldProblem("name", "Too short."),)), CannotAsk(Hindrance.NOBODY, "None.")],
)
async def test_a_refusal_comes_with_what_was_typed(answer: AskAnswer) -> None:
    assert await ask(WHOLE, Kept(answer)) == AskReply(answer, DRAFT)


async def test_what_is_not_whole_opens_a_form_and_records_nothing() -> None:
    kept = Kept(broken="no store")
    assert await ask("create", kept) == OpenForm(Draft())
    assert await ask("create name=web-7 plan=c-4", kept) == OpenForm(Draft("web-7", plan="c-4"))
    assert kept.asked == []


async def test_lists_know_who_asks() -> None:
    kept = Kept()
    assert isinstance(await ask("requests mine page=2", kept), RequestList)
    await ask("requests", kept, in_slack=False)
    assert kept.listing == [(Which.MINE, ADA, 2), (Which.PENDING, None, 1)]


async def test_one_is_shown_or_there_is_none() -> None:
    assert await ask("request 12", Kept()) == RequestShown(REQUEST, TRAIL)
    assert await ask("request #7", Kept(), in_slack=False) == NoSuchRequest(RequestId(7))


async def test_a_terminal_only_reads() -> None:
    kept = Kept()
    for text in (WHOLE, "create"):
        reply = await ask(text, kept, in_slack=False)
        assert isinstance(reply, UsageReply)
        assert "typed in Slack: /cnx create" in reply.problem
    mine = await ask("requests mine", kept, in_slack=False)
    assert isinstance(mine, UsageReply)
    assert mine.try_instead == "requests all"
    assert (kept.asked, kept.listing) == ([], [])


async def test_a_store_that_fails_is_named() -> None:
    broken = Kept(broken="the disk is full")
    assert await ask(WHOLE, broken) == NotRecorded("the disk is full", "create")
    for text in ("requests", "request 12"):
        reply = await ask(text, broken)
        assert isinstance(reply, TroubleReply)
        assert (reply.trouble.reason, reply.trouble.said) == (Reason.STORE, "the disk is full")


async def test_where_nobody_keeps_requests_it_says_so() -> None:
    assert isinstance(await ask(WHOLE, None), NotRecorded)
    assert isinstance(await ask("create", None), NotRecorded)
    assert isinstance(await ask("create", None, in_slack=False), UsageReply)
    for text in ("requests", "request 12"):
        reply = await ask(text, None)
        assert isinstance(reply, TroubleReply)
        assert reply.trouble.reason is Reason.UNRECORDED


async def test_a_terminal_reads_what_the_bot_keeps(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "cnx.db")
    async with watch_house(url) as house:
        async with house.bot() as watch:
            await house.settled(watch)
            known = watch.views.account
        assert known is not None
        async with await Store.open(url) as store:
            made = await store.requests.make(replace(REQUEST, account=known), TRAIL)

        async def told(command: Command) -> Reply:
            return await answer_once(command, house.settings, asker="terminal", clock=virtual_now)

        assert await told(Requests()) == RequestList(Which.PENDING, (made,), 1, 1, PER_PAGE)
        assert await told(ShowRequest(made.id)) == RequestShown(made, TRAIL)
        beyond = RequestId(made.id + 1)
        assert await told(ShowRequest(beyond)) == NoSuchRequest(beyond)
