"""A polling booth: the real bot in the stand-in of Slack, before requests that are kept in memory.

What a vote leads to is decided by the very functions of `bot.approvals`; the store is played, so that it can
take its time, or fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import SecretStr

from bot.approvals import asking
from bot.approvals.answers import (
    AskAnswer,
    Asked,
    Ballot,
    CannotAsk,
    Choices,
    Draft,
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
from bot.approvals.contents import RequestBallot, RequestContent
from bot.approvals.rights import Rights
from bot.approvals.voting import Said, Terms, decide
from bot.commands.handlers import Handlers
from bot.commands.requesting import RequestCommands
from bot.model.requests import AuditRow, Origin, Request, RequestId, Specification
from bot.model.subscriptions import UserId
from bot.sandbox import slack
from bot.slack.connection import SlackBot
from bot.slack.contents import render_any
from bot.store import StoreFailed
from tests.slack.render.requests import ASKED
from tests.slack.workplace import APPROVER, ASKER, BOT, GUEST, OPS, Json, Workplace, workplace
from tests.support.told_house import CLASSES
from tests.support.virtual_time import virtual_now

SECOND = "U0SECOND"
"""Another approver, who has to be made."""


class Kept:
    """Requests, as `bot.approvals.service.Requesting` keeps them. `takes`: seconds until its store answers
    when something is written, `looking` when it is read."""

    def __init__(self) -> None:
        self.rights: Rights | None = None
        self.requests: dict[RequestId, Request] = {}
        self.threads: dict[tuple[str, str], RequestId] = {}
        self.trail: list[AuditRow] = []
        self.drafts: list[tuple[Draft, str, Origin]] = []
        self.offers = Choices()
        self.hindrance: CannotAsk | None = None
        self.looked_up = 0
        self.takes = 0.0
        self.looking = 0.0
        self.fails = False
        self.breaks = False
        self.self_approval = False

    async def ask(self, draft: Draft, by: UserId, origin: Origin) -> AskAnswer:
        await self._write()
        spec = asking.checked(draft, reason_required=False)
        if not isinstance(spec, Specification):
            return InvalidDraft(spec)
        if self.hindrance is not None:
            return self.hindrance
        assert self.rights is not None
        right = await self.rights.may_ask(by)
        if not right.given:
            return CannotAsk(Hindrance.NOT_ASKER, right.reason)
        self.drafts.append((draft, by, origin))
        request = replace(made(spec, by), reason=draft.reason)
        self.requests[request.id] = request
        enough = await self.rights.enough(by, 1, self_approval=self.self_approval)
        return Asked(request, (APPROVER,), enough)

    async def choices(self) -> Choices:
        await self._read()
        return self.offers

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
        assert self.rights is not None
        right = await self.rights.may_approve(user)
        await self._write()
        request = self.requests.get(ref)
        if request is None:
            return Refused(Refusal.UNKNOWN, ballot)
        said = Said(user, ballot, origin, right, reason, digest)
        decision = decide(request, said, Terms(1, self.self_approval), virtual_now())
        if decision.step is not None:
            self.requests[ref] = decision.step.request
            self.trail += decision.step.audit
        return decision.answer

    async def of_thread(self, channel: str, ts: str) -> Request | None:
        self.looked_up += 1
        await self._read()
        ref = self.threads.get((channel, ts))
        return None if ref is None else self.requests[ref]

    async def listed(self, which: Which, asker: UserId | None, page: int = 1) -> RequestList:
        await self._read()
        found = tuple(it for it in self.requests.values() if not it.state.ended)
        return RequestList(which, found, len(found), page, 10)

    async def shown(self, ref: RequestId) -> RequestShown | NoSuchRequest:
        await self._read()
        found = self.requests.get(ref)
        return NoSuchRequest(ref) if found is None else RequestShown(found, tuple(self.trail))

    async def _read(self) -> None:
        await asyncio.sleep(self.looking)
        if self.fails:
            raise StoreFailed("the disk is full")

    async def _write(self) -> None:
        await asyncio.sleep(self.takes)
        if self.fails:
            raise StoreFailed("the disk is full")
        if self.breaks:
            raise KeyError("a mistake of ours")


def made(spec: Specification | None = None, by: str = ASKER, needed: int = 2) -> Request:
    """A request of this moment."""
    spec = spec or Specification("web-7", "us-east-1", "ubuntu-24.04", "c-4")
    body, digest = asking.sealed(spec)
    now = virtual_now()
    return replace(
        ASKED,
        spec=spec,
        body=body,
        digest=digest,
        asked_by=UserId(by),
        asked_at=now,
        expires_at=now + (ASKED.expires_at - ASKED.asked_at),
        needed=needed,
    )


@dataclass
class Booth:
    """A bot at work, one request, and where its messages stand."""

    place: Workplace
    kept: Kept
    bot: SlackBot
    card: str = ""
    ballot: Json = field(default_factory=dict)

    @property
    def request(self) -> Request:
        (request,) = self.kept.requests.values()
        return request

    async def open(self, request: Request) -> None:
        """Card and ballot, as the outbox would have posted them."""
        self.kept.requests[request.id] = request
        self.card = (await self.post("card", thread=False))["ts"]
        self.kept.threads[OPS, self.card] = request.id
        self.ballot = await self.show(RequestBallot("ballot", request, (APPROVER, SECOND)))

    async def show(self, content: RequestContent) -> Json:
        """A message in the request's thread."""
        shown = render_any(content, now=virtual_now(), slash="/cnx", classes=CLASSES)
        return await self.post(shown.text, blocks=list(shown.blocks))

    async def post(self, text: str, *, thread: bool = True, **more: object) -> Json:
        """A message of the bot's."""
        await asyncio.sleep(1)  # Slack takes one a second
        where = {"thread_ts": self.card} if thread else {}
        posted = await self.place.web("chat.postMessage", channel=OPS, text=text, **more, **where)
        return await self.message(posted["ts"])

    async def message(self, ts: str) -> Json:
        (found,) = [it for it in await self.place.messages(user=None) if it["ts"] == ts]
        return found

    async def odd(self, action_id: str, value: str) -> Json:
        """A message with a button that carries something else than ours do."""
        text = {"type": "plain_text", "text": "Odd"}
        button = {"type": "button", "action_id": action_id, "text": text, "value": value}
        row = [{"type": "actions", "block_id": "odd", "elements": [button]}]
        return await self.post("odd", blocks=row)

    async def say(
        self, text: str, user: str = APPROVER, *, thread_ts: str | None = None
    ) -> list[Json]:
        """Say that in the request's thread: the messages of the bot that come of it."""
        before = await self._known()
        said = await self.place.say(text, user, thread_ts=thread_ts or self.card)
        return [it for it in await self._new(before) if it["ts"] != said]

    async def press(
        self, label: str, user: str = APPROVER, message: Json | None = None
    ) -> list[Json]:
        """Press a button: the messages that come of it."""
        before = await self._known()
        await self.place.click(message or self.ballot, label, user)
        return await self._new(before)

    async def view(self, user: str = APPROVER) -> Json | None:
        """The modal that this person sees."""
        view: Json | None = (await self.place.get("view", user=user))["view"]
        return view

    async def submit(
        self, user: str, values: Mapping[str, object] | None = None
    ) -> tuple[Json, Json | None]:
        """Submit the modal on top with that in its fields: Slack's verdict, and what is on top then."""
        view = await self.view(user)
        assert view is not None
        entered = {block: {block: value} for block, value in (values or {}).items()}
        verdict = await self.place.slack("submit", user=user, view_id=view["id"], values=entered)
        await self.place.settled()
        return verdict, await self.view(user)

    async def _known(self) -> set[str]:
        return {it["ts"] for it in await self.place.messages(user=None)}

    async def _new(self, before: set[str]) -> list[Json]:
        return [it for it in await self.place.messages(user=None) if it["ts"] not in before]


@asynccontextmanager
async def booth(
    *,
    http: bool = False,
    needed: int = 2,
    approvers: tuple[str, ...] = (APPROVER, SECOND),
    **bot: Any,
) -> AsyncIterator[Booth]:
    """A booth with one request of `ASKER`'s that awaits votes."""
    kept = Kept()
    way: dict[str, Any] = {}
    if http:
        way = {"app_token": None, "signing_secret": SecretStr(slack.SIGNING_SECRET)}
    way |= {"requesting": kept, "approvers": approvers}
    async with AsyncExitStack() as parts:
        place = await parts.enter_async_context(
            workplace(servers=1, delivery="http" if http else "socket")
        )
        commands = RequestCommands(kept, clock=virtual_now)
        place.handlers = Handlers(place.facts, CLASSES, virtual_now, requests=commands)
        served = await parts.enter_async_context(place.serving(**way, **bot))
        if http:
            await place.slack("app", request_url=f"http://127.0.0.1:{served.port}/slack/events")
        await place.slack("users", id=SECOND, name="second")
        await place.slack("channels", id=OPS, members=[ASKER, APPROVER, GUEST, BOT, SECOND])
        kept.rights = served.rights
        it = Booth(place, kept, served)
        await it.open(made(needed=needed))
        yield it
