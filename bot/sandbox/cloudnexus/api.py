"""The API itself, from a request to its answer: key, quota, faults, then the documented work.

No sockets and no waiting: one call handles one request at one instant, so that each answer is a
consistent view, and the log's order is the truth. `server` carries the answers out.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlencode

from bot.sandbox.cloudnexus.accounts import Access, Env, access_of, env_named_by
from bot.sandbox.cloudnexus.answers import (
    Incoming,
    Manner,
    Outgoing,
    Reply,
    error,
    rate_headers,
    reply,
)
from bot.sandbox.cloudnexus.faults import Fault, FaultKind
from bot.sandbox.cloudnexus.log import LogKind
from bot.sandbox.cloudnexus.openapi import document
from bot.sandbox.cloudnexus.provisioning import PROVISIONING
from bot.sandbox.cloudnexus.rows import Kind
from bot.sandbox.cloudnexus.seeding import spec_of_plan
from bot.sandbox.cloudnexus.validation import (
    CLUSTERS,
    DOMAINS,
    SERVERS,
    Creation,
    Invalid,
    Problem,
    creation,
    page_and_limit,
    page_of,
)
from bot.sandbox.cloudnexus.world import Account, World

DOCUMENT: Final = "/v1/openapi.json"

_METHODS: Final = {SERVERS: ("GET", "POST"), DOMAINS: ("GET",), CLUSTERS: ("GET",)}


class Api:
    """Answers requests out of the world, and leaves a line in the log for each."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._number = 0
        self._document = json.dumps(document()).encode()
        self._lists = {
            SERVERS: self._list_servers,
            DOMAINS: self._list_domains,
            CLUSTERS: self._list_clusters,
        }

    def answer(self, request: Incoming) -> Outgoing:
        """Handle one request, with all its effects."""
        if request.path == DOCUMENT:
            answer = Outgoing(self._describe(request))
            self._note(request, answer, None)
            return answer
        access = access_of(request.authorization)
        if access is None:
            # who is refused has spent nothing, and is told the quota that the key's prefix names
            refused = self._dress(error(401), env_named_by(request.authorization))
            self._note(request, Outgoing(refused), None)
            return Outgoing(refused)
        answer, fault = self._admit(request, access)
        self._note(request, answer, access.env, fault)
        return answer

    def _describe(self, request: Incoming) -> Reply:
        if request.method == "GET":
            return Reply(200, self._document)
        return error(405, headers={"Allow": "GET"})

    def _admit(self, request: Incoming, access: Access) -> tuple[Outgoing, str]:
        account = self._world.accounts[access.env]
        if not account.quota.spend():
            return Outgoing(self._dress(error(429), access.env)), ""
        page = (
            page_of(request.query) if (request.method, request.path) == ("GET", SERVERS) else None
        )
        met = self._world.faults.take(request.method, request.path, page)
        if met.shift is not None:
            start = self._start(request)
            account.fleet.shift(start, remove=met.shift.remove, add=met.shift.add)
        wait = timedelta(0) if met.slow is None or met.slow.seconds is None else met.slow.seconds
        if met.answer is None:
            return Outgoing(
                self._dress(self._work(request, access), access.env), wait=wait
            ), met.ids
        faulty, manner = self._misbehave(met.answer, request, access)
        return Outgoing(faulty, manner, wait), met.ids

    def _start(self, request: Incoming) -> int:
        page, limit = page_and_limit(request.query)
        return (page - 1) * min(limit, self._world.max_limit)

    def _misbehave(self, fault: Fault, request: Incoming, access: Access) -> tuple[Reply, Manner]:
        """The answer that a fault makes, after the true one's effect or instead of it."""
        quota = self._world.accounts[access.env].quota
        effective = request.method != "POST" or fault.effect is True
        true = None
        if effective or fault.kind is FaultKind.TRUNCATED:
            true = self._work(request, access, keep=effective)
        match fault.kind:
            case FaultKind.LOST:
                return true or error(500), Manner.NOTHING
            case FaultKind.TRUNCATED:
                return self._dress(true or error(500), access.env), Manner.HALF
            case FaultKind.MALFORMED:
                body = b"<html><body><h1>It works!</h1></body></html>"
                told = Reply(200, body, content_type="text/html")
            case FaultKind.WRONG_SHAPE:
                told = reply(200, {"result": {"items": 0, "next": None}})
            case FaultKind.RATE_LIMITED:
                if fault.seconds is not None:
                    quota.exhaust(fault.seconds)
                told = error(429)
            case _:
                told = error(fault.status or 500)
        dressed = self._dress(told, access.env)
        if told.status == 429:  # docs: wait until the reset; so nothing may seem to be left
            spent = {**dressed.headers, "X-RateLimit-Remaining": "0"}
            dressed = Reply(429, dressed.body, headers=spent)
        return dressed, Manner.WHOLE

    def _work(self, request: Incoming, access: Access, *, keep: bool = True) -> Reply:
        """What the reference says; `keep` False: the same answer, without the effect."""
        account = self._world.accounts[access.env]
        methods = _METHODS.get(request.path)
        if methods is None:
            return error(404)
        if request.method not in methods:
            return error(405, headers={"Allow": ", ".join(methods)})
        if request.method == "POST" and not access.may_write:
            return error(403)
        try:
            if request.method == "POST":
                return self._create(creation(request.body), account, keep=keep)
            return self._lists[request.path](request, account)
        except Invalid as problem:
            details = [each.as_json() for each in problem.problems]
            return error(400, f"Invalid request: {problem}", details)

    def _list_servers(self, request: Incoming, account: Account) -> Reply:
        page, limit = page_and_limit(request.query)
        limit = min(limit, self._world.max_limit)
        found = account.fleet.records(Kind.SERVER, (page - 1) * limit, limit)
        total = account.fleet.total(Kind.SERVER)
        pagination = {"total": total, "page": page, "limit": limit}
        rows = [record.served() for record in found]
        return reply(200, {"servers": rows, "pagination": pagination}, rows=len(rows))

    def _list_domains(self, _: Incoming, account: Account) -> Reply:
        rows = [record.served() for record in account.fleet.records(Kind.DOMAIN)]
        return reply(200, {"domains": rows}, rows=len(rows))

    def _list_clusters(self, _: Incoming, account: Account) -> Reply:
        rows = [record.served() for record in account.fleet.records(Kind.CLUSTER)]
        return reply(200, {"clusters": rows}, rows=len(rows))

    def _create(self, new: Creation, account: Account, *, keep: bool) -> Reply:
        fleet = account.fleet
        if fleet.has_name(new.name):
            taken = Problem("name", "is taken by another server of this account")
            return error(
                422, f"Resource validation failed: name: {taken.message}", [taken.as_json()]
            )
        row = fleet.draft_server(
            {
                "name": new.name,
                "status": PROVISIONING,
                "region": new.region,
                "spec": spec_of_plan(new.plan),
            }
        )
        eta = fleet.maker.eta_seconds()
        created = {
            "id": row["id"],
            "status": PROVISIONING,
            "ip_address": fleet.maker.address(),
            "provisioning_eta_seconds": eta,
        }
        if keep:
            fleet.add(Kind.SERVER, row)
            self._world.provisioning.begin(fleet, str(row["id"]), eta)
        return reply(201, {"server": created})

    def _dress(self, bare: Reply, env: Env) -> Reply:
        window = self._world.accounts[env].quota.look()
        headers = {**rate_headers(window, self._world.reset_format), **bare.headers}
        return Reply(bare.status, bare.body, bare.content_type, headers, bare.rows)

    def _note(self, request: Incoming, answer: Outgoing, env: Env | None, fault: str = "") -> None:
        self._number += 1
        sent = answer.manner is not Manner.NOTHING
        new: dict[str, object] = {
            "status": answer.reply.status if sent else 0,
            "env": None if env is None else env.value,
        }
        if request.method == "POST" and request.body:
            new["body"] = request.body.decode(errors="backslashreplace")
        if sent and answer.reply.rows is not None:
            new["rows"] = answer.reply.rows
        if fault:
            new["fault"] = fault
        what = f"{request.method} {quote(request.path, errors='replace')}"
        if request.query:
            what += "?" + urlencode(sorted(request.query), errors="replace")
        self._world.log.write(LogKind.REQUEST, f"req_{self._number}", what, None, new)
