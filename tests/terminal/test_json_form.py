"""`--json`, held to docs/contracts.md: exact shapes, which other people's scripts depend on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cloudnexus import KeyKind
from bot.commands.grammar import help_reply
from bot.commands.replies import (
    Candidates,
    Detail,
    Nothing,
    QuotaReply,
    Reply,
    TroubleReply,
    UsageReply,
)
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.terminal import exit_code
from bot.terminal.json_form import to_json
from bot.terminal.json_rows import utc
from tests.model.rows import CREATED, cluster, domain, server
from tests.support.virtual_time import EPOCH
from tests.terminal.replies import (
    ERROR,
    GONE,
    HISTORY,
    LATER,
    OWN,
    QUOTA,
    SOURCE,
    STATUS,
    TROUBLE,
    WORN,
    listing,
)
from tests.terminal.replies import (
    TROUBLED as WATCHED_BADLY,
)

GOOD = {
    "key": "live",
    "read_at": "2026-03-02T11:59:48Z",
    "steady": True,
    "unreadable": [],
    "trouble": None,
    "proves_gone": True,
    "cost": None,
    "note": None,
}
ERROR_JSON = {
    "kind": "server",
    "id": "srv_8x92k3",
    "name": "prod-api-01",
    "what": "status",
    "field": "status",
    "old": "running",
    "new": "error",
    "after": "2026-03-02T11:58:58Z",
    "before": "2026-03-02T11:59:58Z",
    "inferred": False,
}
GONE_JSON = {
    "kind": "server",
    "id": "srv_7",
    "name": "web-7",
    "what": "gone",
    "field": None,
    "old": {"id": "srv_7", "name": "web-7", "status": "stopped"},
    "new": None,
    "after": "2026-02-28T12:00:00Z",
    "before": "2026-03-02T11:58:30Z",
    "inferred": True,
}
GREW_JSON = {
    "kind": "cluster",
    "id": "k8s_prod_01",
    "name": "k8s_prod_01",
    "what": "field",
    "field": "nodes",
    "old": 3,
    "new": 5,
    "after": None,
    "before": "2026-03-02T11:59:30Z",
    "inferred": False,
}
QUOTA_JSON = {
    "key": "live",
    "limit": 1_000,
    "remaining": 873,
    "resets_at": "2026-03-02T12:00:30Z",
    "told_at": "2026-03-02T12:00:00Z",
    "spent": {"terminal": 3, "U0ASKER": 12},
    "elsewhere": 112,
    "reserve": 100,
    "kept_for_creations": 10,
    "gate_until": None,
}
TROUBLED = {
    "reason": "server_error",
    "said": "oops",
    "since": "2026-03-02T11:59:55Z",
    "retry_at": "2026-03-02T12:00:30Z",
}
FRESH = {name: it for name, it in GOOD.items() if name != "key"}
SERVER = {
    "id": "srv_8x92k3",
    "name": "prod-api-01",
    "status": "running",
    "region": "us-east-1",
    "spec": {"vcpus": 4, "ram_gb": 16, "disk_gb": 128},
    "created_at": "2025-01-15T08:30:00Z",
}
CLUSTER = {
    "id": "k8s_prod_01",
    "version": "1.29.2",
    "nodes": 5,
    "network_policy": "calico",
    "status": "ready",
}
DOMAIN = {
    "id": "cdn_x7k29m",
    "name": "assets.example.com",
    "origin": "198.51.100.10",
    "ssl": "full",
    "cache_rules": 12,
    "status": "active",
}
API = server("prod-api-01", id="srv_8x92k3", ram_gb=16.0)


def told(reply: Reply) -> dict[str, object]:
    """What is an object."""
    made = to_json(reply)
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (listing(API, total=142), {**GOOD, "servers": [SERVER], "total": 142}),
        (listing(total=0), {**GOOD, "servers": [], "total": 0}),
        (
            listing(cluster(), kind=Kind.CLUSTER),
            {**GOOD, "clusters": [CLUSTER], "total": 1},
        ),
        (
            listing(domain(id="cdn_x7k29m"), kind=Kind.DOMAIN),
            {**GOOD, "domains": [DOMAIN], "total": 1},
        ),
        (
            Detail(API, SOURCE, recent=(ERROR, GONE)),
            {**GOOD, "server": SERVER, "recent": [ERROR_JSON, GONE_JSON]},
        ),
        (Detail(cluster(), SOURCE), {**GOOD, "cluster": CLUSTER, "recent": []}),
        (Detail(domain(id="cdn_x7k29m"), SOURCE), {**GOOD, "domain": DOMAIN, "recent": []}),
        (
            listing(source=WORN),
            {
                "key": "test",
                "read_at": "2026-03-02T11:55:00Z",
                "steady": False,
                "unreadable": [
                    {
                        "id": "srv_bad",
                        "field": "spec.vcpus",
                        "problem": "should be a whole number, is a string",
                    }
                ],
                "trouble": TROUBLED,
                "proves_gone": False,
                "cost": 2,
                "note": "Out of the store, because the quota is low.",
                "servers": [],
                "total": 0,
            },
        ),
        (
            STATUS,
            {
                "key": "live",
                "kinds": {
                    "server": {
                        "total": 3,
                        "by_status": {"error": 1, "running": 2},
                        "by_region": {
                            "eu-west-2": {"running": 1},
                            "us-east-1": {"error": 1, "running": 1},
                        },
                        **FRESH,
                        "watched": {
                            "period_seconds": 60.0,
                            "requests": 2,
                            "settled": True,
                            "blind_since": None,
                            "parked": 0,
                            "unread": [],
                        },
                    },
                    "cluster": {
                        "total": 1,
                        "by_status": {"ready": 1},
                        "by_region": {},
                        **FRESH,
                        "watched": None,
                    },
                },
                "failed": {"domain": TROUBLED},
                "quota": QUOTA_JSON,
            },
        ),
        (QUOTA, QUOTA_JSON),
        (
            QuotaReply(KeyKind.TEST, None, None, None, None, {}, 0, 100, 10, LATER),
            {
                "key": "test",
                "limit": None,
                "remaining": None,
                "resets_at": None,
                "told_at": None,
                "spent": {},
                "elsewhere": 0,
                "reserve": 100,
                "kept_for_creations": 10,
                "gate_until": "2026-03-02T12:00:30Z",
            },
        ),
    ],
)
def test_answers(reply: Reply, expected: object) -> None:
    assert to_json(reply) == expected
    assert exit_code(reply) == 0
    assert json.loads(json.dumps(to_json(reply))) == expected


@pytest.mark.parametrize(
    ("reply", "expected", "code"),
    [
        (
            Nothing(Kind.SERVER, "wbe", ("web",), SOURCE),
            {
                "reason": "not_found",
                "message": "No server has the name or id “wbe”. Did you mean web?",
                "near": ["web"],
                "gone": None,
                "source": GOOD,
            },
            1,
        ),
        (
            Nothing(Kind.SERVER, "web-7", (), SOURCE, GONE),
            {
                "reason": "not_found",
                "message": "No server has the name or id “web-7”. “web-7” (srv_7) is gone: it went "
                "between 2026-02-28T12:00:00Z and 2026-03-02T11:58:30Z (inferred).",
                "near": [],
                "gone": GONE_JSON,
                "source": GOOD,
            },
            1,
        ),
        (
            Candidates(Kind.SERVER, "prod-*", (API,), SOURCE),
            {
                "reason": "ambiguous",
                "message": "“prod-*” means any of 1 server. Ask for one by its id.",
                "candidates": [SERVER],
                "source": GOOD,
            },
            1,
        ),
        (
            UsageReply("Servers have no field “regoin”.", "servers region=x", "servers"),
            {
                "reason": "usage",
                "message": "Servers have no field “regoin”.",
                "try_instead": "servers region=x",
            },
            2,
        ),
        (
            TroubleReply(TROUBLE, KeyKind.LIVE),
            {
                "reason": "server_error",
                "message": "CloudNexus has an internal failure. The details: “oops”. "
                "It has been so since 2026-03-02T11:59:55Z. "
                "It is worth trying again at 2026-03-02T12:00:30Z.",
                "since": "2026-03-02T11:59:55Z",
                "retry_at": "2026-03-02T12:00:30Z",
                "key": "live",
            },
            3,
        ),
    ],
)
def test_failures(reply: Reply, expected: object, code: int) -> None:
    assert to_json(reply) == {"error": expected}
    assert exit_code(reply) == code


CONTRACTED = {
    "unauthorized",
    "unrecorded",
    "forbidden",
    "rate_limited",
    "reserved",
    "too_costly",
    "server_error",
    "unreachable",
    "unreadable",
    "refused",
    "not_yet",
    "unwatched",
    "store",
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_one_of_the_contract(reason: Reason) -> None:
    error = told(TroubleReply(Trouble(reason, "", EPOCH, None), KeyKind.LIVE))["error"]
    assert isinstance(error, dict)
    assert exit_code(TroubleReply(Trouble(reason, "", EPOCH, None), KeyKind.LIVE)) == 3
    assert error["retry_at"] is None
    assert error["reason"] in CONTRACTED


def test_fields_that_the_reference_does_not_name_follow_as_the_api_gave_them() -> None:
    row = server(
        "a", id="1", extra={"tags": ["x"], "spec.gpus": 2, "name": "never", "spec.vcpus": 9}
    )
    assert told(Detail(row, SOURCE))["server"] == {
        "id": "1",
        "name": "a",
        "status": "running",
        "region": "us-east-1",
        "spec": {"vcpus": 4, "ram_gb": 16, "disk_gb": 128, "gpus": 2},
        "created_at": "2025-01-15T08:30:00Z",
        "tags": ["x"],
    }
    assert told(Detail(cluster(extra={"pools": []}), SOURCE))["cluster"] == {
        **CLUSTER,
        "pools": [],
    }


def test_fractions_stay_and_whole_numbers_are_whole() -> None:
    row = told(Detail(server(ram_gb=0.5, disk_gb=128.0), SOURCE))["server"]
    assert isinstance(row, dict)
    assert json.dumps(row["spec"]) == '{"vcpus": 4, "ram_gb": 0.5, "disk_gb": 128}'


def test_times_are_utc_and_end_in_z() -> None:
    assert utc(CREATED) == "2025-01-15T08:30:00Z"
    assert utc(CREATED + timedelta(microseconds=5)) == "2025-01-15T08:30:00.000005Z"


def test_help_is_the_grammars() -> None:
    one = told(help_reply("servers"))
    assert set(one) == {"commands", "topic"}
    assert isinstance(one["commands"], list)
    assert all(
        set(it) == {"name", "usage", "summary", "details", "examples"} for it in one["commands"]
    )
    assert one["topic"] in one["commands"]
    assert told(help_reply())["topic"] is None
    assert exit_code(help_reply()) == 0


def test_last_known_facts_are_an_answer() -> None:
    assert exit_code(listing(source=WORN)) == 0


def test_a_history_is_an_array_of_changes_the_oldest_first() -> None:
    """The bot's own events have another form, and are left to kind=bot."""
    assert to_json(HISTORY) == [GONE_JSON, GREW_JSON, ERROR_JSON]
    assert json.loads(json.dumps(to_json(HISTORY))) == to_json(HISTORY)
    assert exit_code(HISTORY) == 0


def test_the_bots_own_history_is_an_array_of_its_events() -> None:
    assert to_json(OWN) == [
        {
            "kind": "bot",
            "of": "server",
            "what": "recovered",
            "details": {},
            "after": "2026-03-02T11:46:00Z",
            "before": "2026-03-02T11:58:00Z",
        },
        {
            "kind": "bot",
            "of": None,
            "what": "parked",
            "details": {"number": 12},
            "after": None,
            "before": "2026-03-02T11:59:00Z",
        },
    ]
    assert json.loads(json.dumps(to_json(OWN))) == to_json(OWN)


def test_an_empty_history_is_an_empty_array_and_an_answer() -> None:
    empty = replace(HISTORY, entries=())
    assert to_json(empty) == []
    assert exit_code(empty) == 0


def test_values_with_lists_in_them_are_json() -> None:
    change = replace(GONE, old={"tags": ("a", ("b", None))})
    (one,) = json.loads(json.dumps(to_json(replace(HISTORY, entries=(change,)))))
    assert one["old"] == {"tags": ["a", ["b", None]]}


def test_how_badly_a_kind_is_watched() -> None:
    kinds = (replace(STATUS.kinds[0], watched=WATCHED_BADLY),)
    made = told(replace(STATUS, kinds=kinds, quota=None))
    assert made["quota"] is None
    assert isinstance(made["kinds"], dict)
    assert made["kinds"]["server"]["watched"] == {
        "period_seconds": None,
        "requests": 3,
        "settled": False,
        "blind_since": "2026-03-02T11:56:00Z",
        "parked": 12,
        "unread": [{"start": 200, "stop": 300, "since": "2026-03-02T11:57:00Z"}],
    }
