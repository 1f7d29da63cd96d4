"""`--json` where there is no answer, held to docs/contracts.md: `error`, and the exit code."""

from __future__ import annotations

import pytest

from bot.cloudnexus import KeyKind
from bot.commands.replies import Candidates, Nothing, Reply, TroubleReply, UsageReply
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.terminal import exit_code
from bot.terminal.json_form import to_json
from tests.support.virtual_time import EPOCH
from tests.terminal.replies import GONE, SOURCE, TROUBLE
from tests.terminal.shapes import API, GONE_JSON, GOOD, SERVER, told


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
    "broke",
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
