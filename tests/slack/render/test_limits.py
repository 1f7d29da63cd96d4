"""Whatever a reply holds, its message is one that Slack takes, and nothing in it can act."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from bot.cloudnexus import KeyKind, Server, ServerId, Spec, UnreadableRow
from bot.commands.replies import (
    Candidates,
    CommandHelp,
    Detail,
    HelpReply,
    HistoryReply,
    KindCounts,
    Listing,
    Nothing,
    QuotaReply,
    Reply,
    Source,
    StatusReply,
    TroubleReply,
    Unread,
    UsageReply,
    Watched,
)
from bot.commands.values import Scope
from bot.model.changes import Change, What
from bot.model.events import Event, Own
from bot.model.filters import Condition, Filter
from bot.model.kinds import Kind
from bot.model.sorting import Sort, SortKey
from bot.model.troubles import Reason, Trouble
from bot.sandbox.slack.blocks import block_problems, blocks_length, table_problem, view_problems
from bot.slack.render import Frame, home, notices, render
from bot.slack.render.message import BLOCKS_SIZE, TEXT, SlackMessage, plain_form, size, text_form
from bot.slack.render.text import units
from tests.slack.render.replies import NOW, foreign, frames, replies

WORST = '"' * 5_000

_OWN_MARKS = re.compile(r"<!date\^\d+\^\{date_short\} \{time\}\|[0-9: -]+ UTC>|<@[UW][A-Z0-9]{2,}>")

generous = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def jsonable(value: object) -> object:
    """Blocks as the stand-in receives them."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [jsonable(inner) for inner in value]
    return value


def interpreted(node: object) -> Iterator[str]:
    """Every text in the blocks that Slack interprets."""
    if isinstance(node, Mapping):
        if node.get("type") == "mrkdwn":
            assert node["verbatim"] is True
            yield str(node["text"])
        for value in node.values():
            yield from interpreted(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            yield from interpreted(value)


def everything(node: object) -> Iterator[str]:
    """Every text in the blocks."""
    if isinstance(node, Mapping):
        for value in node.values():
            yield from everything(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            yield from everything(value)
    elif isinstance(node, str):
        yield node


def check(message: SlackMessage) -> None:
    blocks = jsonable(message.blocks)
    assert isinstance(blocks, list)
    assert block_problems(blocks, "message") == []
    assert table_problem(blocks) is None
    assert blocks_length(blocks) <= BLOCKS_SIZE
    assert size(message.blocks) <= BLOCKS_SIZE
    assert 0 < units(message.text) <= TEXT
    assert message.text.strip()
    for text in [message.text, *interpreted(message.blocks)]:
        bare = _OWN_MARKS.sub("", text)
        assert "<" not in bare
        assert ">" not in bare
        assert not re.search(r"@(here|channel|everyone)", bare)
        assert "://" not in bare
    for text in [message.text, *everything(message.blocks)]:
        text.encode()  # no lone surrogates
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


@generous
@given(reply=replies, frame=frames)
def test_every_reply_keeps_the_limits_and_is_harmless(reply: Reply, frame: Frame) -> None:
    message = render(reply, frame)
    check(message)
    check(plain_form(message))
    assert {block["type"] for block in plain_form(message).blocks}.isdisjoint(
        {"table", "rich_text"}
    )
    assert text_form(message).blocks == ()


@generous
@given(reply=replies, frame=frames)
def test_every_home_keeps_the_limits_and_is_harmless(reply: Reply, frame: Frame) -> None:
    blocks = jsonable(home.glance(reply, frame))
    assert view_problems({"type": "home", "blocks": blocks}, "home") == []
    for text in interpreted(blocks):
        assert "<" not in _OWN_MARKS.sub("", text)


@settings(max_examples=100, deadline=None)
@given(said=foreign)
def test_every_notice_keeps_the_limits_and_is_harmless(said: str) -> None:
    for message in (
        notices.refused(said),
        notices.gone(said),
        notices.unconfirmed(said),
        notices.interrupted(said),
        notices.other_command(said, "/cnx"),
    ):
        check(message)
        check(plain_form(message))
        assert view_problems(jsonable(notices.modal(message)), "modal") == []


BAD = Trouble(Reason.REFUSED, WORST, NOW, NOW)
DOUBTED = Source(
    KeyKind.TEST,
    NOW,
    False,
    tuple(UnreadableRow(WORST, WORST, WORST) for _ in range(50)),
    BAD,
    proves_gone=False,
    cost=10**9,
    note=WORST,
)
CHANGE = Change(
    Kind.SERVER, WORST, WORST, What.STATUS, WORST, WORST, WORST, NOW - timedelta(9), NOW,
    inferred=True,
)  # fmt: skip
MOVED = replace(CHANGE, what=What.FIELD, after=NOW - timedelta(seconds=9))
EVENT = Event(
    Own.BASELINE,
    Kind.DOMAIN,
    NOW - timedelta(9),
    NOW,
    {"rows": 10**9, "bad": 10**9, "names": (WORST,) * 20},
)
WATCHED = Watched(
    timedelta(days=9_999), 10**9, False, NOW, 10**9, (Unread(10**9, 10**10, NOW),) * 500
)
COUNTS = {f"{n}{WORST}": 10**9 for n in range(50)}
EXTRA = {f"{n}{WORST}": WORST for n in range(500)}
SERVER = Server(
    ServerId(WORST), WORST, WORST, WORST, Spec(10**9, 1e9, 1e9), NOW - timedelta(days=9_999), EXTRA
)
FRAME = Frame(NOW, "/cnx", WORST[:500], WORST, "p" * 16, 2)
HELP = CommandHelp(WORST, WORST, WORST, WORST, (WORST[:1_900],) * 20)
QUOTA = QuotaReply(
    KeyKind.TEST,
    10**9,
    10**9,
    NOW,
    NOW,
    {f"{n}{WORST}": 10**9 for n in range(500)},
    10**9,
    10**9,
    10**9,
    NOW,
    True,
)

WORST_OF_ALL: list[Reply] = [
    Listing(
        Kind.SERVER,
        (SERVER,) * 10_000,
        10**9,
        COUNTS,
        Filter((Condition("name", "=", (WORST,)),)),
        Sort(Kind.SERVER, (SortKey("name"),)),
        DOUBTED,
        True,
    ),
    Detail(SERVER, DOUBTED, True, (CHANGE, MOVED) * 3),
    Detail(replace(SERVER, id=ServerId(WORST[:100])), DOUBTED, True, (MOVED,) * 5),
    Candidates(Kind.SERVER, WORST, (replace(SERVER, id=ServerId(WORST[:1_900])),) * 500, DOUBTED),
    Nothing(Kind.SERVER, WORST, (WORST[:1_900],) * 50, DOUBTED, replace(CHANGE, id=WORST[:100])),
    StatusReply(
        tuple(
            KindCounts(
                kind, 10**9, COUNTS, {f"{n}{WORST}": COUNTS for n in range(99)}, DOUBTED, WATCHED
            )
            for kind in Kind
        ),
        {},
        KeyKind.TEST,
        True,
        QUOTA,
    ),
    StatusReply((), dict.fromkeys(Kind, BAD), KeyKind.TEST, True),
    QUOTA,
    HistoryReply(WORST, Scope.SERVER, NOW, (CHANGE,) * 5_000, DOUBTED, True),
    HistoryReply(None, None, NOW, (CHANGE, MOVED, EVENT) * 5_000, DOUBTED, True),
    HistoryReply(None, Scope.BOT, NOW, (EVENT,) * 5_000, DOUBTED, True),
    HistoryReply(WORST, None, NOW, (), DOUBTED, True),
    HelpReply((HELP,) * 99),
    HelpReply((HELP,), HELP),
    UsageReply(WORST, WORST[:1_900], WORST),
    TroubleReply(BAD, KeyKind.TEST),
]


@pytest.mark.parametrize("reply", WORST_OF_ALL, ids=lambda reply: type(reply).__name__)
def test_the_worst_of_all_keeps_the_limits(reply: Reply) -> None:
    """Everything at its longest, and of a character that takes two in JSON."""
    message = render(reply, FRAME)
    check(message)
    check(plain_form(message))
    assert (
        view_problems({"type": "home", "blocks": jsonable(home.glance(reply, FRAME))}, "home") == []
    )
