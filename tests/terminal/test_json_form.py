"""`--json`, held to docs/contracts.md: exact shapes, which other people's scripts depend on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.cloudnexus import KeyKind
from bot.commands.grammar import help_reply
from bot.commands.replies import (
    Candidates,
    Detail,
    Nothing,
    QuotaReply,
    Reason,
    Reply,
    Trouble,
    TroubleReply,
    UsageReply,
)
from bot.model.kinds import Kind
from bot.terminal import exit_code
from bot.terminal.json_form import to_json, utc
from tests.model.rows import CREATED, cluster, domain, server
from tests.support.virtual_time import EPOCH
from tests.terminal.replies import LATER, QUOTA, SOURCE, STATUS, TROUBLE, WORN, listing

GOOD = {
    "key": "live",
    "read_at": "2026-03-02T11:59:48Z",
    "steady": True,
    "unreadable": [],
    "trouble": None,
}
TROUBLED = {
    "reason": "server_error",
    "said": "oops",
    "since": "2026-03-02T11:59:55Z",
    "retry_at": "2026-03-02T12:00:30Z",
}
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
        (Detail(API, SOURCE), {**GOOD, "server": SERVER}),
        (Detail(cluster(), SOURCE), {**GOOD, "cluster": CLUSTER}),
        (Detail(domain(id="cdn_x7k29m"), SOURCE), {**GOOD, "domain": DOMAIN}),
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
                        "read_at": "2026-03-02T11:59:48Z",
                        "steady": True,
                        "unreadable": [],
                        "trouble": None,
                    },
                    "cluster": {
                        "total": 1,
                        "by_status": {"ready": 1},
                        "by_region": {},
                        "read_at": "2026-03-02T11:59:48Z",
                        "steady": True,
                        "unreadable": [],
                        "trouble": None,
                    },
                },
                "failed": {"domain": TROUBLED},
            },
        ),
        (
            QUOTA,
            {
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
            },
        ),
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
    "forbidden",
    "rate_limited",
    "reserved",
    "too_costly",
    "server_error",
    "unreachable",
    "unreadable",
    "refused",
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_one_of_the_contract(reason: Reason) -> None:
    error = to_json(TroubleReply(Trouble(reason, "", EPOCH, None), KeyKind.LIVE))["error"]
    assert isinstance(error, dict)
    assert error["retry_at"] is None
    assert error["reason"] in CONTRACTED


def test_fields_that_the_reference_does_not_name_follow_as_the_api_gave_them() -> None:
    row = server(
        "a", id="1", extra={"tags": ["x"], "spec.gpus": 2, "name": "never", "spec.vcpus": 9}
    )
    told = to_json(Detail(row, SOURCE))["server"]
    assert told == {
        "id": "1",
        "name": "a",
        "status": "running",
        "region": "us-east-1",
        "spec": {"vcpus": 4, "ram_gb": 16, "disk_gb": 128, "gpus": 2},
        "created_at": "2025-01-15T08:30:00Z",
        "tags": ["x"],
    }
    assert to_json(Detail(cluster(extra={"pools": []}), SOURCE))["cluster"] == {
        **CLUSTER,
        "pools": [],
    }


def test_fractions_stay_and_whole_numbers_are_whole() -> None:
    told = to_json(Detail(server(ram_gb=0.5, disk_gb=128.0), SOURCE))["server"]
    assert isinstance(told, dict)
    assert json.dumps(told["spec"]) == '{"vcpus": 4, "ram_gb": 0.5, "disk_gb": 128}'


def test_times_are_utc_and_end_in_z() -> None:
    assert utc(CREATED) == "2025-01-15T08:30:00Z"
    assert utc(CREATED + timedelta(microseconds=5)) == "2025-01-15T08:30:00.000005Z"


def test_help_is_the_grammars() -> None:
    told = to_json(help_reply("servers"))
    assert set(told) == {"commands", "topic"}
    assert isinstance(told["commands"], list)
    assert all(
        set(it) == {"name", "usage", "summary", "details", "examples"} for it in told["commands"]
    )
    assert told["topic"] in told["commands"]
    assert to_json(help_reply())["topic"] is None
    assert exit_code(help_reply()) == 0


def test_last_known_facts_are_an_answer() -> None:
    assert exit_code(listing(source=WORN)) == 0
