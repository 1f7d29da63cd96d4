"""`history --json`, held to docs/contracts.md: an array."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.terminal import exit_code
from bot.terminal.json_form import to_json
from tests.terminal.replies import GONE, HISTORY, OWN
from tests.terminal.shapes import ERROR_JSON, GONE_JSON, GREW_JSON


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
