"""The control API, from a request to its answer: how tests and the demo play with the stand-in.

Costs no quota, needs no key, and is no part of CloudNexus. No sockets and no waiting: `server` reads
the request and carries the answer out. Each route of `docs/contracts.md` is one function here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from bot.sandbox.cloudnexus.accounts import Env
from bot.sandbox.cloudnexus.fleet import Fleet
from bot.sandbox.cloudnexus.inputs import BadInput, Inputs, shown
from bot.sandbox.cloudnexus.life import MOST_EVENTS_PER_HOUR
from bot.sandbox.cloudnexus.log import LogKind
from bot.sandbox.cloudnexus.rows import FIELDS, WELL, Absent, Kind
from bot.sandbox.cloudnexus.shelf import Order
from bot.sandbox.cloudnexus.times import log_time
from bot.sandbox.cloudnexus.world import Account, World

Answer = Mapping[str, object]
_Route = Callable[[World, Inputs], Answer]

_MOST_SECONDS: Final = timedelta(days=366).total_seconds()


class Refusal(Exception):  # noqa: N818 -- an answer like another
    """The request is answered with this status and `{"error": text}`.

    `allow` names, for a 405, the methods that the route takes.
    """

    def __init__(self, status: int, text: str, *, allow: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.allow = allow


def control(world: World, method: str, route: str, values: Mapping[str, object]) -> Answer:
    """Carry out one request. `route` is what follows `/_control/`, `values` its query or its body.

    Raises Refusal, before anything was changed.
    """
    head, _, tail = route.partition("/")
    if (head, bool(tail)) == ("faults", True):
        routes: dict[str, _Route] = {"DELETE": partial(_end_fault, tail)}
    else:
        routes = {kind: do for (kind, name), do in _ROUTES.items() if name == route}
    if not routes:
        names = sorted({name for _, name in _ROUTES})
        raise Refusal(404, f"no such route; there are {', '.join(names)}")
    if method not in routes:
        allow = ", ".join(routes)
        raise Refusal(405, f"{route} takes {allow}, not {method}", allow=allow)
    fields = Inputs(values)
    try:
        return routes[method](world, fields)
    except BadInput as wrong:
        raise Refusal(400, str(wrong)) from None


def _account(world: World, fields: Inputs) -> Account:
    return world.accounts[fields.choice("env", Env, Env.LIVE)]


def _row(world: World, fields: Inputs) -> tuple[Fleet, str]:
    id_ = fields.text("id")
    try:
        return world.fleet_of(id_), id_
    except KeyError:
        raise BadInput(f"id: there is no row {shown(id_)}") from None


def _log(world: World, fields: Inputs) -> Answer:
    after = fields.whole("after", 0, most=2**53)
    kind = fields.choice("kind", LogKind) if fields.has("kind") else None
    fields.finish()
    for account in world.accounts.values():
        account.quota.look()  # a window that has ended is noticed, and noted, here at the latest
    lines = world.log.after(after, kind)
    return {"lines": [line.as_json() for line in lines], "last": world.log.last}


def _state(world: World, fields: Inputs) -> Answer:
    env = fields.choice("env", Env, Env.LIVE)
    fields.finish()
    account = world.accounts[env]
    fleet, window = account.fleet, account.quota.look()
    return {
        "now": log_time(world.clock()),
        "env": env.value,
        "servers": {
            "total": fleet.total(Kind.SERVER),
            "by_status": fleet.servers_by("status"),
            "by_region": fleet.servers_by("region"),
        },
        "clusters": [record.row for record in fleet.records(Kind.CLUSTER)],
        "domains": [record.row for record in fleet.records(Kind.DOMAIN)],
        "quota": {
            "limit": window.limit,
            "remaining": window.remaining,
            "resets_at": log_time(window.resets_at),
            "window_seconds": window.length.total_seconds(),
        },
        "faults": world.faults.as_json(),
        "order": fleet.order.value,
        "living": world.life.on,
        "max_limit": world.max_limit,
    }


def _rows(world: World, fields: Inputs) -> Answer:
    kind = fields.choice("kind", Kind, Kind.SERVER)
    account = _account(world, fields)
    fields.finish()
    return {"rows": [record.row for record in account.fleet.records(kind)]}


def _set(world: World, fields: Inputs) -> Answer:
    fleet, id_ = _row(world, fields)
    field, value = fields.text("field"), fields.anything("value")
    fields.finish()
    record = fleet.get(id_)
    top, _, inner = field.partition(".")
    if top == "id":
        raise BadInput("field: a row's id stays; remove the row and add another")
    if inner:  # one part of an object, such as spec.vcpus
        whole = record.row.get(top)
        if not isinstance(whole, dict) or inner not in whole:
            raise BadInput(f"field: a {record.kind.value} has no {shown(field)}")
        value = {**whole, inner: value}
    _check(record.kind, top, value, as_="field" if top not in FIELDS[record.kind] else "value")
    line = fleet.change(id_, top, value)
    return {"line": None if line is None else line.as_json()}


def _add(world: World, fields: Inputs) -> Answer:
    kind = fields.choice("kind", Kind)
    given = fields.value("row", {})
    account = _account(world, fields)
    fields.finish()
    if not isinstance(given, dict):
        raise BadInput(f"row: an object, not {shown(given)}")
    for name, value in given.items():
        _check(kind, name, value, as_=f"row.{shown(name)[1:-1]}")
    if "id" in given and any(given["id"] in each.fleet for each in world.accounts.values()):
        raise BadInput(f"row.id: there is a row {shown(given['id'])} already")
    fleet = account.fleet
    make = {
        Kind.SERVER: fleet.draft_server,
        Kind.CLUSTER: fleet.maker.cluster,
        Kind.DOMAIN: fleet.maker.domain,
    }
    return {"id": fleet.add(kind, make[kind](given)).id}


def _check(kind: Kind, field: str, value: object, *, as_: str) -> None:
    check = FIELDS[kind].get(field)
    if check is None:
        raise BadInput(f"{as_}: a {kind.value} has {', '.join(FIELDS[kind])}")
    right = check(value)
    if right is not None:
        raise BadInput(f"{as_}: {right}, not {shown(value)}")


def _remove(world: World, fields: Inputs) -> Answer:
    fleet, id_ = _row(world, fields)
    fields.finish()
    return {"line": fleet.remove(id_).as_json()}


def _corrupt(world: World, fields: Inputs) -> Answer:
    fleet, id_ = _row(world, fields)
    if fields.flag("clear", default=False):
        fields.finish()
        fleet.mend(id_)
        return {}
    field = fields.text("field")
    absent = fields.flag("absent", default=False)
    value = Absent.ABSENT if absent else fields.anything("value")
    fields.finish()
    try:
        fleet.corrupt(id_, field, value)
    except ValueError as wrong:
        raise BadInput(f"field: {wrong}") from None
    return {}


def _order(world: World, fields: Inputs) -> Answer:
    order = fields.choice("by", Order)
    account = _account(world, fields)
    fields.finish()
    account.fleet.reorder(order)
    return {}


def _region(world: World, fields: Inputs) -> Answer:
    region, up = fields.text("region"), fields.flag("up")
    status = fields.text("status", "unreachable")
    account = _account(world, fields)
    fields.finish()
    if up:
        return {"changed": account.outages.region_up(region)}
    return {"changed": account.outages.region_down(region, _bad(status))}


def _burst(world: World, fields: Inputs) -> Answer:
    count, status = fields.whole("count", least=1), fields.text("status", "error")
    account = _account(world, fields)
    fields.finish()
    return {"changed": account.outages.burst(count, _bad(status))}


def _bad(status: str) -> str:
    if status == WELL[Kind.SERVER]:
        raise BadInput(f"status: another one than {status}, which they have")
    return status


def _recover(world: World, fields: Inputs) -> Answer:
    account = _account(world, fields)
    fields.finish()
    return {"changed": account.outages.recover(world.provisioning)}


def _quota(world: World, fields: Inputs) -> Answer:
    limit = fields.whole("limit", least=1) if fields.has("limit") else None
    remaining = fields.whole("remaining") if fields.has("remaining") else None
    length = None
    if fields.has("window_seconds"):
        length = timedelta(seconds=fields.number("window_seconds", above=0, most=_MOST_SECONDS))
    account = _account(world, fields)
    fields.finish()
    try:
        account.quota.alter(limit=limit, remaining=remaining, length=length)
    except ValueError as wrong:
        raise BadInput(f"remaining: {wrong}") from None
    return {}


def _pages(world: World, fields: Inputs) -> Answer:
    max_limit = fields.whole("max_limit", least=1)
    fields.finish()
    world.max_limit = max_limit
    return {}


def _living(world: World, fields: Inputs) -> Answer:
    on, rate = fields.flag("on"), None
    if fields.has("events_per_hour"):
        rate = fields.number("events_per_hour", above=0, most=MOST_EVENTS_PER_HOUR)
    fields.finish()
    world.life.switch(on, events_per_hour=rate)
    return {}


def _faults(world: World, fields: Inputs) -> Answer:
    fields.finish()
    return {"faults": world.faults.as_json()}


def _set_fault(world: World, fields: Inputs) -> Answer:
    return {"id": world.faults.set(fields).id}


def _end_faults(world: World, fields: Inputs) -> Answer:
    fields.finish()
    world.faults.end_all()
    return {}


def _end_fault(id_: str, world: World, fields: Inputs) -> Answer:
    fields.finish()
    try:
        world.faults.end(id_)
    except KeyError:
        raise BadInput(f"id: no fault {shown(id_)} was ever set") from None
    return {}


_ROUTES: Final[Mapping[tuple[str, str], _Route]] = {
    ("GET", "log"): _log,
    ("GET", "state"): _state,
    ("GET", "rows"): _rows,
    ("POST", "set"): _set,
    ("POST", "add"): _add,
    ("POST", "remove"): _remove,
    ("POST", "corrupt"): _corrupt,
    ("POST", "order"): _order,
    ("POST", "region"): _region,
    ("POST", "burst"): _burst,
    ("POST", "recover"): _recover,
    ("POST", "quota"): _quota,
    ("POST", "pages"): _pages,
    ("POST", "living"): _living,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _set_fault,
    ("DELETE", "faults"): _end_faults,
}
