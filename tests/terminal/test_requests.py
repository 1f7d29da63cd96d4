"""Requests for servers, as a terminal shows them to people and to scripts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.approvals.answers import CannotAsk, InvalidDraft, NoSuchRequest, RequestList, Which
from bot.commands.request_replies import AskReply, OpenForm, RequestReply
from bot.model.requests import RequestId
from bot.terminal import exit_code
from bot.terminal.json_form import to_json
from tests.commands.requests import (
    DENIED,
    FAILED,
    LISTED,
    REPLIES,
    REQUEST,
    RUNNING,
    SHOWN,
    UNKNOWN,
)
from tests.terminal.screen import shown


def test_the_list_is_a_table_that_can_be_scanned() -> None:
    some = RequestList(Which.ALL, (RUNNING, DENIED, REQUEST), 3, 1, 10)
    assert shown(some).splitlines() == [
        "3 requests in all",
        "",
        "NO  STATE                                NAME   REGION     IMAGE         PLAN  BY       SINCE",
        "12  ● running                            web-7  us-east-1  ubuntu-24.04  c-4   U0ASKER  13:04:00 +01:00",
        "12  ○ denied                             web-7  us-east-1  ubuntu-24.04  c-4   U0ASKER  13:01:00 +01:00",
        "12  ◐ awaits approval (0 of 1 approval)  web-7  us-east-1  ubuntu-24.04  c-4   U0ASKER  13:00:00 +01:00",
    ]


def test_a_long_list_says_how_to_see_the_rest() -> None:
    first = replace(LISTED, number=21)
    assert shown(first).rstrip().endswith("Page 1 of 3; page=2 shows the next.")
    last = replace(LISTED, number=21, page=3)
    assert shown(last).rstrip().endswith("Page 3 of 3.")
    assert "Page" not in shown(LISTED)
    assert "requests all lists those that have ended" in shown(
        RequestList(Which.PENDING, (), 0, 1, 10)
    )


def test_one_is_shown_with_its_trail_in_local_time() -> None:
    assert shown(SHOWN).splitlines() == [
        "Request #12: web-7",
        "state     ● running",
        "name      web-7",
        "region    us-east-1",
        "image     ubuntu-24.04",
        "plan      c-4",
        "SSH keys  key_a, key_b",
        "reason    for the launch",
        "asked     by U0ASKER at 13:00:00 +01:00",
        "expires   21:00:00 +01:00",
        f"SHA-256   {REQUEST.digest}",
        "",
        "The server runs since 13:04:00 +01:00, 2 min after it was sent.",
        "CloudNexus has made the server srv_9f82a1 with the address 198.51.100.42, at 13:03:00 +01:00.",
        "No server has the name, as of 12:59:00 +01:00.",
        "900 of 1,000 requests of the quota are left.",
        "The key is live: it is made in production.",
        "Nothing in the fleet or the settings has this plan: CloudNexus may refuse it.",
        "",
        "Votes",
        "U0APPROVER approved at 13:01:00 +01:00",
        "",
        "Audit trail",
        "AT               WHO         WHAT",
        "13:00:00 +01:00  U0ASKER     asked for it, with the command in C0OPS: “for the launch”",
        "13:01:00 +01:00  U0APPROVER  voted approve, with a button in C0OPS",
        "13:01:00 +01:00  cnx         approved: enough votes",
        "13:02:00 +01:00  cnx         is about to send it to CloudNexus: try 1",
        "13:03:00 +01:00  cnx         CloudNexus answered: try 1; server srv_9f82a1; should run after 45 s",
    ]


def test_what_is_wrong_is_told_with_what_helps() -> None:
    text = shown(replace(SHOWN, request=FAILED))
    assert "CloudNexus says: “Validation failed”, “name: is taken”." in text
    assert "I look for the server first" in shown(replace(SHOWN, request=UNKNOWN))


@pytest.mark.parametrize("reply", REPLIES)
def test_each_reply_has_its_text_its_json_and_its_code(reply: RequestReply) -> None:
    assert shown(reply).strip()
    told = to_json(reply)
    assert isinstance(told, dict)
    json.dumps(told)
    refused = isinstance(reply, AskReply) and isinstance(reply.answer, InvalidDraft | CannotAsk)
    wrong = refused or isinstance(reply, NoSuchRequest | OpenForm)
    assert ("error" in told) is wrong is (exit_code(reply) != 0)


def test_a_number_that_is_none_ends_with_1() -> None:
    reply = NoSuchRequest(RequestId(7))
    assert exit_code(reply) == 1
    assert to_json(reply) == {
        "error": {
            "reason": "not_found",
            "message": "There is no request 7. requests all lists them.",
        }
    }


def test_a_request_for_scripts_is_as_the_contract_has_it() -> None:
    here = {"channel": "C0OPS", "ts": None}
    told = to_json(SHOWN)
    assert isinstance(told, dict)
    assert told["request"] == {
        "number": 12,
        "state": "running",
        "since": "2026-03-02T12:04:00Z",
        "name": "web-7",
        "region": "us-east-1",
        "image": "ubuntu-24.04",
        "plan": "c-4",
        "ssh_keys": ["key_a", "key_b"],
        "reason": "for the launch",
        "body": '{"name":"web-7"}',
        "digest": REQUEST.digest,
        "asked_by": "U0ASKER",
        "asked_from": {"source": "command", **here},
        "asked_at": "2026-03-02T12:00:00Z",
        "channel": "C0OPS",
        "needed": 1,
        "expires_at": "2026-03-02T20:00:00Z",
        "checks": {
            "at": "2026-03-02T12:00:00Z",
            "key": "live",
            "read_at": "2026-03-02T11:59:00Z",
            "remaining": 900,
            "limit": 1_000,
            "unknown": ["plan"],
        },
        "votes": [
            {
                "by": "U0APPROVER",
                "word": "approve",
                "at": "2026-03-02T12:01:00Z",
                "from": {"source": "button", **here},
                "reason": "",
                "digest": REQUEST.digest,
            }
        ],
        "attempts": [{"number": 1, "sent_at": "2026-03-02T12:02:00Z", "ended_at": None}],
        "server": {
            "id": "srv_9f82a1",
            "at": "2026-03-02T12:03:00Z",
            "status": "provisioning",
            "adopted": False,
            "address": "198.51.100.42",
            "eta_seconds": 45.0,
            "seen_at": None,
        },
        "problem": None,
        "overdue_at": None,
        "ended_by": None,
    }
    audit = told["audit"]
    assert isinstance(audit, list)
    assert audit[1] == {
        "at": "2026-03-02T12:01:00Z",
        "what": "voted",
        "by": "U0APPROVER",
        "from": {"source": "button", **here},
        "details": {"word": "approve", "digest": "d1"},
    }


def test_a_list_for_scripts_bears_its_page() -> None:
    told = to_json(RequestList(Which.PENDING, (FAILED,), 21, 3, 10))
    assert isinstance(told, dict)
    rows = told.pop("requests")
    assert told == {"which": "pending", "total": 21, "page": 3, "per_page": 10}
    assert isinstance(rows, list)
    assert rows[0]["problem"] == {
        "what": "validation",
        "at": "2026-03-02T12:00:00Z",
        "status": 422,
        "code": "ERR_422",
        "message": "Validation failed",
        "details": ["name: is taken"],
        "until": None,
        "ref": None,
        "by": None,
    }


def test_foreign_text_commands_no_terminal() -> None:
    evil = "\x1b[31m[bold]x\u202e"
    spec = replace(REQUEST.spec, name=evil, ssh_keys=(evil,))
    request = replace(FAILED, spec=spec, reason=evil)
    for reply in (replace(SHOWN, request=request), replace(LISTED, requests=(request,))):
        text = shown(reply, terminal=True)
        assert "\x1b[31m" not in text
        assert "\u202e" not in text
        assert "[bold]x" in text
