"""What a history shows, and what became of one lately."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.commands.replies import Detail, HistoryReply, Nothing
from bot.commands.values import Scope
from bot.model.changes import Change, What
from bot.model.events import Event, Own
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.slack.render import SlackMessage, is_public, name_of_command, render
from tests.slack.render.replies import NOW
from tests.slack.render.shown import FACTS, FRAME, buttons, server, shown

STATUS = Change(
    Kind.SERVER, "srv_1", "prod-api-01", What.STATUS, "status", "running", "error",
    NOW - timedelta(seconds=70), NOW - timedelta(seconds=10), inferred=False,
)  # fmt: skip
BLIND = Event(
    Own.BLIND, Kind.SERVER, NOW - timedelta(minutes=9), NOW - timedelta(minutes=7),
    {"reason": "unreachable"},
)  # fmt: skip
GONE = replace(
    STATUS, id="srv_7", name="web-7", what=What.GONE, field=None, new=None,
    old={"status": "stopped"}, inferred=True,
)  # fmt: skip
HISTORY = HistoryReply(None, None, NOW - timedelta(hours=24), (BLIND, STATUS), FACTS)


def paragraphs(message: SlackMessage) -> list[str]:
    """The lines of each rich text, with its times as `<format fallback>`."""

    def told(element: Any) -> str:
        if element["type"] == "date":
            return f"<{element['format']} {element['fallback']}>"
        return str(element["text"])

    return [
        "".join(told(it) for it in cast("Any", block["elements"])[0]["elements"])
        for block in message.blocks
        if block["type"] == "rich_text"
    ]


def test_a_history_stands_newest_first_in_the_readers_own_time() -> None:
    message = render(HISTORY, FRAME)
    assert cast("Any", message.blocks[0])["text"]["text"] == "What happened to the account"
    assert paragraphs(message) == [
        "2 entries, since <{date_short} {time} 2026-03-01 12:00 UTC>.",
        (
            "🔺 prod-api-01: status running → error, between "
            "<{date_short} {time_secs} 2026-03-02 11:58:50 UTC> and "
            "<{time_secs} 2026-03-02 11:59:50 UTC>\n"
            "🤖 Servers can't be read any more (CloudNexus can't be reached: there is no answer), "
            "between <{date_short} {time_secs} 2026-03-02 11:51:00 UTC> and "
            "<{time_secs} 2026-03-02 11:53:00 UTC>"
        ),
    ]
    assert "12 s ago" in shown(message)
    lines = message.text.split("\n")
    assert lines[-2:] == [
        "🔺 prod-api-01: status running → error, between 2026-03-02 11:58:50 UTC and 11:59:50 UTC",
        (
            "🤖 Servers can't be read any more (CloudNexus can't be reached: there is no answer), "
            "between 2026-03-02 11:51:00 UTC and 11:53:00 UTC"
        ),
    ]


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        (STATUS, "🔺"),
        (replace(STATUS, new="running"), "🟢"),
        (replace(STATUS, new="stopping"), "🔄"),
        (replace(STATUS, new="stopped"), "⚪"),
        (replace(STATUS, what=What.APPEARED, new={"status": "error"}), "➕"),
        (GONE, "➖"),
        (replace(STATUS, what=What.FIELD, field="region"), "✏️"),
    ],
)
def test_every_change_has_its_sign(change: Change, sign: str) -> None:
    message = render(replace(HISTORY, entries=(change,)), FRAME)
    assert paragraphs(message)[1].startswith(f"{sign} ")


def test_a_status_of_the_settings_has_the_settings_sign() -> None:
    classes = StatusClasses(well=frozenset({"error"}))
    message = render(replace(HISTORY, entries=(STATUS,)), replace(FRAME, classes=classes))
    assert paragraphs(message)[1].startswith("🟢 prod-api-01")


def test_what_does_not_fit_is_counted_and_it_is_the_oldest() -> None:
    entries = tuple(replace(STATUS, name=f"web-{number}") for number in range(5_000))
    message = render(replace(HISTORY, entries=entries), FRAME)
    told = paragraphs(message)[1].split("\n")
    assert 15 <= len(told) <= 40
    assert "web-4999:" in told[0]
    assert f"web-{5_000 - len(told)}:" in told[-1]
    assert f"and {5_000 - len(told):,} older ones" in shown(message)
    assert "5,000 entries" in shown(message)
    assert "web-4999" in message.text
    assert "and 4,980 older ones" in message.text


def test_one_that_does_not_fit_is_one() -> None:
    message = render(replace(HISTORY, entries=(replace(STATUS, name="é" * 70),) * 41), FRAME)
    rest = 41 - len(paragraphs(message)[1].split("\n"))
    assert f"and {rest} older one" in shown(message)


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        (replace(HISTORY, ref="web-1"), "What happened to “web-1”"),
        (replace(HISTORY, scope=Scope.DOMAIN), "What happened to CDN domains"),
        (replace(HISTORY, scope=Scope.BOT), "What happened to the bot itself"),
    ],
)
def test_the_header_says_what_the_history_is_of(reply: HistoryReply, title: str) -> None:
    message = render(reply, FRAME)
    assert cast("Any", message.blocks[0])["text"]["text"] == title
    assert title in message.text


def test_a_history_from_the_beginning_says_so() -> None:
    message = render(replace(HISTORY, ref="web-1", since=None), FRAME)
    assert paragraphs(message)[0] == "2 entries, from the beginning."


def test_an_empty_history_says_so_with_its_range() -> None:
    message = render(replace(HISTORY, entries=()), FRAME)
    assert paragraphs(message) == [
        "No change of the account is on record, since <{date_short} {time} 2026-03-01 12:00 UTC>."
    ]
    assert "No change of the account is on record, since 2026-03-01 12:00 UTC." in message.text
    assert buttons(message) == {}


def test_an_empty_history_of_what_looks_like_an_option_proposes_it() -> None:
    message = render(replace(HISTORY, ref="24h", entries=()), FRAME)
    assert buttons(message) == {"history since=24h": "history since=24h"}


def test_a_public_history_says_who_asked_what() -> None:
    public = replace(HISTORY, public=True)
    assert is_public(public)
    assert not is_public(HISTORY)
    assert name_of_command(public, "histroy") == "history"
    message = render(public, replace(FRAME, asked_by="U0ASKER", command="history --public"))
    assert message.text.startswith("<@U0ASKER> asked: /cnx history")


def test_a_name_in_a_history_is_shown_and_never_acted_upon() -> None:
    message = render(replace(HISTORY, entries=(replace(STATUS, name="<!channel> *x*"),)), FRAME)
    assert "<!channel> *x*: status" in shown(message)
    assert "<!channel>" not in message.text


def test_a_detail_tells_what_became_of_it_lately_and_where_there_is_more() -> None:
    message = render(Detail(server(7), FACTS, recent=(STATUS, GONE)), FRAME)
    (lately,) = paragraphs(message)
    lines = lately.split("\n")
    assert lines[0] == "Lately"
    assert lines[1].startswith("🔺 status running → error, between <")
    assert lines[2].startswith("➖ gone (it was stopped), between <")
    assert lines[2].endswith("(inferred)")
    assert buttons(message) == {"History": "history srv_7"}
    assert "Lately:" in message.text
    plain = render(Detail(server(7), FACTS), FRAME)
    assert "Lately" not in shown(plain)
    assert buttons(plain) == {}


def test_nothing_tells_of_one_that_went() -> None:
    message = render(Nothing(Kind.SERVER, "web-7", (), FACTS, GONE), FRAME)
    (told,) = paragraphs(message)
    assert "“web-7” (srv_7) is gone: it went between <{date_short} {time_secs}" in told
    assert buttons(message) == {"History": "history srv_7"}
    assert "is gone: it went between 2026-03-02 11:58:50 UTC" in message.text
