"""What channels are told of, as a terminal shows it to people and to scripts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.commands.telling_replies import (
    NotRecorded,
    NotWatchedReply,
    TellingReply,
    WatchesReply,
)
from bot.model.subscriptions import UserId
from bot.notify.wishes import Standing
from bot.terminal import exit_code
from bot.terminal.json_form import to_json
from tests.commands.telling import ALL, EAST, NEW, OPS, REPLIES
from tests.terminal.screen import shown


def test_the_list_is_a_table_with_what_is_wrong_below() -> None:
    assert shown(ALL).splitlines() == [
        "3 subscriptions in all channels, 1 muted",
        "",
        "CHANNEL  NO  WHAT                                           TELLS  CALLS    BY       SINCE                       SAID IN 7 D",
        "C0DEV     2  everything                                     news            default  2026-01-31 13:00:00 +01:00            0",
        "C0OPS     1  everything                                     news            default  2026-01-31 13:00:00 +01:00           14",
        "C0OPS     7  servers with region=us-east-1 status!=stopped  bad    @oncall  U0ANN    2026-03-01 13:00:00 +01:00            1",
        "C0DEV: ⚠️ archived since 2026-03-01 13:00:00 +01:00: 3 messages wait",
        "C0OPS: 🔕 all clusters: muted until 14:00:00 +01:00 by U0BEN",
    ]


def test_nothing_watched_is_said_in_words() -> None:
    assert "No subscriptions" in shown(WatchesReply(Standing(()), None))


def test_a_narrow_terminal_keeps_the_number_and_what_it_is() -> None:
    lines = shown(ALL, width=60, terminal=True).splitlines()
    assert lines[2] == "CHANNEL  NO  WHAT"


@pytest.mark.parametrize("reply", REPLIES)
def test_each_reply_has_its_text_its_json_and_its_code(reply: TellingReply) -> None:
    assert shown(reply).strip()
    told = to_json(reply)
    assert isinstance(told, dict)
    json.dumps(told)
    wrong = isinstance(reply, NotWatchedReply | NotRecorded)
    assert ("error" in told) is wrong is (exit_code(reply) != 0)


def test_the_list_for_scripts_is_as_the_contract_has_it() -> None:
    assert to_json(replace(ALL, mentions={})) == {
        "subscriptions": [
            _row(2, "C0DEV", 0),
            _row(1, "C0OPS", 14),
            {
                "number": 7,
                "channel": "C0OPS",
                "kind": "server",
                "filter": "region=us-east-1 status!=stopped",
                "tell": "bad",
                "mention": "S0ONCALL",
                "owner": "U0ANN",
                "created_at": "2026-03-01T12:00:00Z",
                "said": 1,
            },
        ],
        "mutes": [
            {
                "channel": "C0OPS",
                "kind": "cluster",
                "filter": "",
                "until": "2026-03-02T13:00:00Z",
                "by": "U0BEN",
                "created_at": "2026-03-02T12:00:00Z",
            }
        ],
        "held": {
            "C0DEV": {"problem": "is_archived", "since": "2026-03-01T12:00:00Z", "messages": 3}
        },
    }


def _row(number: int, channel: str, said: int) -> dict[str, object]:
    return {
        "number": number,
        "channel": channel,
        "kind": None,
        "filter": "",
        "tell": "news",
        "mention": None,
        "owner": None,
        "created_at": "2026-01-31T12:00:00Z",
        "said": said,
    }


def test_foreign_text_is_shown_and_never_interpreted() -> None:
    odd = replace(EAST, owner=UserId("\x1b[31m[red]"), mention="\x1b]0;x")
    for reply in (WatchesReply(Standing((odd,)), OPS), replace(NEW, mention="\x1b[31m")):
        assert "\x1b" not in shown(reply)
