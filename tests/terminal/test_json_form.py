"""`--json`, held to docs/contracts.md: exact shapes, which other people's scripts depend on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cloudnexus import KeyKind
from bot.commands.grammar import help_reply
from bot.commands.replies import Detail, QuotaReply, Reply
from bot.model.kinds import Kind
from bot.terminal import exit_code
from bot.terminal.json_form import to_json
from bot.terminal.json_rows import utc
from tests.model.rows import CREATED, cluster, domain, server
from tests.terminal.replies import ERROR, GONE, LATER, QUOTA, SOURCE, STATUS, WORN, listing
from tests.terminal.replies import TROUBLED as WATCHED_BADLY
from tests.terminal.shapes import (
    API,
    CLUSTER,
    DOMAIN,
    ERROR_JSON,
    FRESH,
    GONE_JSON,
    GOOD,
    QUOTA_JSON,
    SERVER,
    TROUBLED,
    told,
)


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
                "unseen": 0,
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
