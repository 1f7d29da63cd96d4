"""What a channel is told of, as Slack shows it: accepted whatever it holds, and nobody called by it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.telling_replies import (
    Fits,
    MuteReply,
    NotRecorded,
    TellingReply,
    UnknownValue,
    UnmuteReply,
    UnwatchReply,
    WatchesReply,
    WatchReply,
)
from bot.model.filters import Condition, Filter
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Level, Mute, Subscription, SubscriptionId, UserId
from bot.notify.wishes import Held, Preview, Standing
from bot.sandbox.slack.blocks import block_problems, blocks_length
from bot.slack.render import Frame, is_public, name_of_command, render
from bot.slack.render.message import BLOCKS_SIZE, TEXT, plain_form, size
from bot.slack.render.telling import PAGE_ITEMS, pages
from bot.slack.render.text import units
from tests.commands.telling import ALL, EAST, MUTED, NEW, OPS, REPLIES
from tests.slack.render.shown import shown
from tests.slack.render.test_limits import jsonable
from tests.support.virtual_time import EPOCH

FRAME = Frame(EPOCH, command="watch servers", asked_by="U0ANN")
_OURS = re.compile(r"<@U0ANN>|<#C0[A-Z]+>")


@pytest.mark.parametrize("reply", REPLIES)
def test_slack_takes_each_reply_in_every_form(reply: TellingReply) -> None:
    message = render(reply, FRAME)
    for blocks in (message.blocks, plain_form(message).blocks):
        assert block_problems(jsonable(blocks), "message") == []
    assert message.text
    assert name_of_command(reply, "watch") in ("watch", "unwatch", "watches", "mute", "unmute")


@pytest.mark.parametrize(
    ("reply", "public"),
    list(zip(REPLIES, [True] * 2 + [False] + [True] * 2 + [False] * 5, strict=False)),
)
def test_only_what_became_otherwise_is_told_to_all(reply: TellingReply, public: bool) -> None:
    assert is_public(reply) is public
    assert ("asked:" in shown(render(reply, FRAME))) is public


def test_a_wish_is_told_in_words() -> None:
    said = shown(render(NEW, FRAME))
    for part in (
        "Subscription 7",
        "now told of servers with region=us-east-1 status!=stopped",
        "only what turns bad, and its end. Each new message calls @oncall.",
        "In the last 7 days this would have posted 14 messages.",
        "No server matches at present.",
        "None has the region “us-east-1”. Did you mean eu-east-1?",
        "I am not in this channel yet: type /invite @cnx; until then messages wait.",
        "/cnx unwatch 7 ends it",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("preview", "says"),
    [
        (None, "not known at present"),
        (Preview(0, recorded=False), "Nothing is on record yet"),
        (Preview(1), "would have posted 1 message."),
        (Preview(1_400), "would have posted 1,400 messages."),
        (Preview(14, since=EPOCH), "at least 14 messages: what is looked at begins at"),
    ],
)
def test_a_preview_says_what_its_number_is_worth(preview: Preview | None, says: str) -> None:
    assert says in shown(render(replace(NEW, preview=preview), FRAME))


def test_every_channel_and_person_is_an_element_of_slacks_own() -> None:
    message = render(ALL, FRAME)
    (told,) = [block for block in message.blocks if block["type"] == "rich_text"]
    text = str(told)
    assert "'type': 'channel', 'channel_id': 'C0OPS'" in text
    assert "'type': 'user', 'user_id': 'U0ANN'" in text
    assert "'type': 'date'" in text
    assert "archived since" in shown(message)
    assert "3 messages wait" in shown(message)
    assert "1 message in the last 7 days" in shown(message)


FOREIGN = st.sampled_from(
    [
        "<!channel>",
        "@here",
        "<@U0ANN>",
        "<#C0OPS>",
        "\x02@U0ANN\x03",
        "\x02#C1\x03",
        "\x0217m\x03",
        "*x*",
        '"' * 900,
    ]
) | st.text(max_size=40)
FILTERS = st.builds(
    lambda values: Filter((Condition("name", "=", tuple(values)),)),
    st.lists(FOREIGN, min_size=1, max_size=3),
)
SUBSCRIPTIONS = st.builds(
    Subscription,
    id=st.integers(1, 2**62).map(SubscriptionId),
    channel=st.sampled_from([*map(ChannelId, ("C0OPS", "D0ANN", "U0ANN", "<!here>"))]),
    kind=st.sampled_from([None, *Kind]),
    filter=FILTERS,
    level=st.sampled_from(Level),
    mention=st.none() | FOREIGN,
    owner=st.none() | FOREIGN.map(UserId),
    created_at=st.just(EPOCH),
)
MUTES = st.builds(
    lambda it, by: Mute(
        MUTED.id, it.channel, it.kind, it.filter, EPOCH + timedelta(days=1), by, EPOCH
    ),
    SUBSCRIPTIONS,
    FOREIGN.map(UserId),
)
HELD = st.dictionaries(
    st.sampled_from([OPS, ChannelId("D0ANN")]),
    st.builds(Held, FOREIGN, st.none(), st.integers(0, 9)),
)
STANDINGS = st.builds(
    lambda these, mutes, held: Standing(tuple(these), tuple(mutes), {}, held),
    st.lists(SUBSCRIPTIONS, max_size=40),
    st.lists(MUTES, max_size=3),
    HELD,
)
FITS = st.builds(
    lambda value, near: Fits({Kind.SERVER: 0}, (UnknownValue("name", value, tuple(near)),)),
    FOREIGN,
    st.lists(FOREIGN, min_size=1, max_size=3),
)
ANY: st.SearchStrategy[TellingReply] = st.one_of(
    st.builds(
        WatchReply,
        SUBSCRIPTIONS,
        before=st.none() | SUBSCRIPTIONS,
        mention=st.none() | FOREIGN,
        fits=FITS,
    ),
    st.builds(UnwatchReply, st.lists(SUBSCRIPTIONS, max_size=40).map(tuple), st.booleans()),
    st.builds(WatchesReply, STANDINGS, st.sampled_from([None, OPS]), st.integers(1, 5)),
    st.builds(MuteReply, MUTES, fits=FITS),
    st.builds(UnmuteReply, st.lists(MUTES, max_size=15).map(tuple), st.integers(0, 10**6)),
    st.builds(NotRecorded, FOREIGN, st.just("watch")),
)


@settings(max_examples=40)
@given(ANY)
def test_whatever_it_holds_slack_takes_it_and_nobody_is_called(reply: TellingReply) -> None:
    message = render(reply, FRAME)
    blocks = jsonable(message.blocks)
    assert block_problems(blocks, "message") == []
    assert isinstance(blocks, list)
    assert blocks_length(blocks) <= size(message.blocks) <= BLOCKS_SIZE
    assert units(message.text) <= TEXT
    assert "<" not in _OURS.sub("", message.text)
    assert "'usergroup'" not in str(blocks)
    assert "'broadcast'" not in str(blocks)


def test_each_line_stands_on_exactly_one_page() -> None:
    these = tuple(replace(EAST, id=SubscriptionId(number)) for number in range(1, 201))
    reply = WatchesReply(Standing(these, (MUTED,)), OPS)
    assert pages(reply) == -(-201 // PAGE_ITEMS)
    seen: list[str] = []
    for page in range(1, pages(reply) + 1):
        seen += _numbers(shown(render(replace(reply, page=page), FRAME)))
    assert seen == [str(it.id) for it in these]


def _numbers(text: str) -> Sequence[str]:
    return re.findall(r"(\d+): servers with", text)
