"""The whole house for creating: people who ask and vote, a bot at work between both stand-ins, and all that
became of it held to what was approved.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

from bot.model.requests import AuditRow, Deed, Request, RequestId, RequestState, Source
from bot.sandbox.cloudnexus import LogKind
from bot.sandbox.cloudnexus.control import control
from bot.sandbox.slack import BOT_TOKEN
from bot.store import Delivery
from bot.store.outbox import _IN_ORDER
from tests.support.created import Created, Post, Ways, Word, unjust
from tests.support.house import APPROVER, ASKER, GUEST, OPS, Json, Message, Site, standing
from tests.support.telling_house import PACE, TellingHouse
from tests.support.told import content, wire_id

THIRD, FOURTH, OUTSIDER = "U0THIRD", "U0FOURTH", "U0OUTSIDER"

PEOPLE: Mapping[str, Mapping[str, object]] = {
    THIRD: {"name": "tess"},
    FOURTH: {"name": "finn"},
    OUTSIDER: {"name": "olga", "team_id": "T0OTHER", "is_stranger": True},
}

SPEC: Mapping[str, str] = {"region": "us-east-1", "image": "ubuntu-24.04", "plan": "c-4"}

SERVERS = "/v1/servers"


def typed(name: str, **fields: str) -> str:
    """The command that asks for that server."""
    given = {"name": name, **SPEC, **fields}
    return "/cnx create " + " ".join(f'{field}="{value}"' for field, value in given.items())


class CreatingHouse(TellingHouse):
    """What a scenario acts on and looks at. `ways`: what all is held to."""

    def __init__(self, site: Site, ways: Ways) -> None:
        super().__init__(site)
        self.ways = ways
        self.strangers: set[str] = set()
        self.words: list[Word] = []

    async def until(self, ref: RequestId, *states: RequestState, within: float = 300) -> Request:
        """Wait until the request is in one of these states, and its messages say so."""
        async with asyncio.timeout(within):
            while (await self.request(ref)).state not in states:  # noqa: ASYNC110 -- virtual
                await asyncio.sleep(1)
        await self.shown()
        return await self.request(ref)

    async def shown(self) -> None:
        """Let what was said be taken in, and all be sent that is to be said about it."""
        await asyncio.sleep(3)
        await self._drained()

    # What people do

    async def ask_for(self, name: str = "web-7", *, user: str = ASKER, **fields: str) -> Request:
        """Ask with the command; the request, once its card and ballot stand there."""
        (answer,) = await self.command(typed(name, **fields), user=user)
        assert "is asked for" in answer.everything, answer.everything
        return await self.asked(name)

    async def asked(self, name: str) -> Request:
        """The newest request of that name, once it is recorded and its card and ballot stand there."""
        async with asyncio.timeout(60):
            while True:
                mine = [it for it in await self.requests() if it.spec.name == name]
                if mine and len(await self.thread(mine[0])) > 1:
                    return mine[0]
                await asyncio.sleep(1)

    async def command(self, text: str, *, user: str = ASKER, channel: str = OPS) -> list[Message]:
        """Type a command; what this person alone is answered."""
        before = {it.ts for it in await self.whispers(user)}
        answer = await self.slack("command", user=user, channel=channel, text=text)
        assert answer["ok"], answer
        self.words.append(Word(user, self.site.clock(), Source.COMMAND))
        async with asyncio.timeout(30):
            while not (new := [it for it in await self.whispers(user) if it.ts not in before]):  # noqa: ASYNC110
                await asyncio.sleep(0.5)
        return new

    async def form(self, name: str, *, user: str = ASKER, **fields: str) -> Json:
        """Ask with the form, field by field as a choice or typed: what Slack says of the submission."""
        answer = await self.slack("command", user=user, channel=OPS, text="/cnx create")
        assert answer["ok"], answer
        view = await self._modal(user)
        blocks = {block.get("block_id"): block for block in view["blocks"]}
        values: Json = {}
        for field, text in {"name": name, **SPEC, **fields}.items():
            menu = blocks.get(f"{field}_known")
            offered = [] if menu is None else [it["value"] for it in menu["element"]["options"]]
            block = f"{field}_known" if text in offered else field
            values[block] = {block: text}
        return await self.slack("submit", user=user, view_id=view["id"], values=values)

    async def press(
        self, request: Request, label: str, user: str = APPROVER, *, on: str | None = None
    ) -> Json:
        """Press a button of the ballot, or of the message with that id; Slack's answer."""
        row = await self.message(on or request.ballot)
        self.words.append(Word(user, self.site.clock(), Source.BUTTON))
        button = Message(row).button(label)
        return await self.slack("click", user=user, channel=OPS, ts=row["ts"], **button)

    async def approve(self, request: Request, user: str = APPROVER) -> None:
        """Approve with the button, and wait for what comes of it."""
        answer = await self.press(request, "Approve", user)
        assert answer["ok"], answer
        await self.shown()

    async def deny(self, request: Request, user: str = APPROVER, reason: str = "") -> Json:
        """Deny with the button and its form; Slack's answer to the submission."""
        row = await self.message(request.ballot)
        button = Message(row).button("Deny")
        answer = await self.slack("click", user=user, channel=OPS, ts=row["ts"], **button)
        assert answer["ok"], answer
        view = await self._modal(user)
        values = {"reason": {"reason": reason}}
        return await self.slack("submit", user=user, view_id=view["id"], values=values)

    async def say(
        self, request: Request, text: str, user: str = APPROVER, *, vote: bool = True
    ) -> str:
        """Reply in its thread; the reply's ts. `vote`: it is one, and wants an answer."""
        thread = (await self.message(request.card))["ts"]
        said = await self.slack("say", user=user, channel=OPS, text=text, thread_ts=thread)
        if vote:
            self.words.append(Word(user, self.site.clock(), Source.THREAD, str(said["ts"])))
        return str(said["ts"])

    async def post(self, request: Request, text: str) -> None:
        """Let the bot's own user write into its thread."""
        thread = (await self.message(request.card))["ts"]
        url = f"{self.site.workspace.api_url}chat.postMessage"
        values = {"channel": OPS, "text": text, "thread_ts": thread}
        headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
        async with self.site.session.post(url, json=values, headers=headers) as response:
            answer = await response.json()
            assert answer["ok"], answer

    async def _modal(self, user: str) -> Json:
        async with asyncio.timeout(30):
            while True:
                view: Json | None = (await self.ask("view", user=user))["view"]
                if view is not None and view.get("submit") is not None:
                    return view
                await asyncio.sleep(0.5)

    # What CloudNexus does

    def stranger(self, name: str, **fields: object) -> str:
        """Somebody else makes a server; its id."""
        row = {"name": name, "region": "us-east-1", "status": "running", **fields}
        ref = str(self.fleet("add", kind="server", row=row)["id"])
        self.strangers.add(ref)
        return ref

    def trouble(self, kind: str, method: str = "POST", **more: object) -> str:
        """Let something go wrong with the requests for servers, once unless it says otherwise."""
        fault = {"kind": kind, "method": method, "path": SERVERS, **more}
        return str(control(self.site.account.world, "POST", "faults", fault)["id"])

    def posts(self) -> list[Post]:
        """The POSTs that CloudNexus received, oldest first. An effect stands before its request."""
        found = []
        for before, line in pairwise([None, *self.site.account.log.after()]):
            if line is None or line.kind is not LogKind.REQUEST:
                continue
            if not line.what.startswith("POST "):
                continue
            assert isinstance(line.new, Mapping)
            effect = before is not None and before.what == "appeared"
            effect = effect and before is not None and before.id not in self.strangers
            made = before.new if before is not None and effect else None
            assert made is None or isinstance(made, Mapping)
            body, status = str(line.new.get("body", "")), int(line.new["status"])
            found.append(Post(line.at, body, status, made))
        return found

    # What there is

    async def request(self, ref: RequestId) -> Request:
        """How it stands."""
        it = await self.store.requests.find(ref)
        assert it is not None
        return it

    async def requests(self) -> Sequence[Request]:
        """All, the newest first."""
        known = await self.store.accounts.latest()
        assert known is not None
        return (await self.store.requests.listed(known.id, limit=1_000))[0]

    async def deeds(self, request: Request) -> list[Deed]:
        """What its audit trail tells, without the details."""
        return [row.what for row in await self.audit(request)]

    async def audit(self, request: Request) -> Sequence[AuditRow]:
        """Its audit trail."""
        return await self.store.requests.audit(request.id)

    async def message(self, ref: str, channel: str = OPS) -> Json:
        """The message of the outbox with that id, as it stands there."""
        (row,) = [row for row in await self.standing(channel) if wire_id(row) == ref]
        return row

    async def thread(self, request: Request) -> list[Message]:
        """What all see of it: the card, and the bot's messages in its thread."""
        rows = [row for row in await self.standing() if wire_id(row) is not None]
        heads = {row["ts"] for row in rows if wire_id(row) == request.card}
        return [Message(row) for row in rows if heads & {row["ts"], row.get("thread_ts")}]

    async def said(self, request: Request) -> str:
        """All that its thread says, the card included."""
        return "\n".join(it.everything for it in await self.thread(request))

    async def progress(self, request: Request) -> str:
        """What the message of the course says."""
        return Message(await self.message(request.progress)).everything

    async def whispers(self, user: str) -> list[Message]:
        """What this person alone was told in the channel, oldest first."""
        rows = (await self.ask("messages", channel=OPS, user=user))["messages"]
        return [Message(row) for row in rows if row.get("ephemeral_to") == user]

    async def heard(self, user: str) -> str:
        """What this person alone was told last."""
        return (await self.whispers(user))[-1].everything

    async def private(self, user: str = ASKER) -> list[str]:
        """What the bot wrote this person directly."""
        return [Message(row).everything for row in await self.standing(f"D{user[1:]}")]

    async def created(self, *, words: bool = True) -> Created:
        """Look at everything. `words`: each has to be answered, for no bot died over one."""
        requests = await self.requests()
        every = await self.store.outbox._those(_IN_ORDER)
        deliveries = [it for it in every if content(it) is None]
        channels = {OPS, *(_channel(it) for it in deliveries)}
        return Created(
            ways=self.ways,
            requests=requests,
            audits={it.id: await self.audit(it) for it in requests},
            posts=self.posts(),
            strangers=frozenset(self.strangers),
            deliveries=deliveries,
            messages={it: await self.standing(it) for it in channels},
            words=tuple(self.words) if words else (),
        )

    async def held(self, *, words: bool = True) -> Created:
        """Hold what was created to what was approved, once all is sent and shown."""
        await self.shown()
        it = await self.created(words=words)
        wrong = unjust(it)
        assert not wrong, "\n".join(wrong)
        return it


def _channel(delivery: Delivery) -> str:
    return delivery.channel if delivery.place is None else delivery.place.channel


@asynccontextmanager
async def creating_house(
    *,
    servers: int = 5,
    approvers: Sequence[str] = (APPROVER,),
    group: Sequence[str] = (),
    needed: int = 1,
    self_approval: bool = False,
    settings: Mapping[str, object] | None = None,
    **more: Any,
) -> AsyncIterator[CreatingHouse]:
    """A house in which no bot is at work yet. `group`: the members of a user group, who may approve, too."""
    groups = ("S0OPS",) if group else ()
    chosen: dict[str, object] = {
        "cnx_min_poll_interval": PACE,
        "cnx_approvers": (*approvers, *groups),
        "cnx_approvals_required": needed,
        "cnx_self_approval": "on" if self_approval else "off",
    }
    ways = Ways(frozenset({*approvers, *group}), needed, self_approval)
    async with standing(
        servers=servers, settings=chosen | dict(settings or {}), channel=OPS, **more
    ) as site:
        house = CreatingHouse(site, ways)
        for ref, its in PEOPLE.items():
            await house.slack("users", id=ref, **its)
        everybody = [ASKER, APPROVER, GUEST, *PEOPLE, "U0CNX"]
        await house.slack("channels", id=OPS, members=everybody)
        if group:
            await house.slack("usergroups", id="S0OPS", handle="ops", users=list(group))
        yield house
