"""What people type after watch, unwatch, watches, mute and unmute."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.definition_telling import IN_SLACK, TELLING
from bot.commands.grammar import parse
from bot.commands.mute_words import LONGEST_MUTE, SHORTEST
from bot.commands.replies import UsageReply
from bot.commands.telling_refusals import KIND_WORDS, typed
from bot.commands.values import (
    Changing,
    Command,
    Mute,
    Unmute,
    Unwatch,
    Watch,
    Watches,
    changes_something,
)
from bot.model.durations import format_duration
from bot.model.filters import Filter, parse_filter
from bot.model.kinds import Kind
from bot.model.subscriptions import Level, SubscriptionId
from tests.model.rows import ANY_TEXT, LIKELY_TEXT

HOUR = timedelta(hours=1)


def watch(
    filters: str = "",
    kind: Kind | None = None,
    level: Level = Level.NEWS,
    mention: str | None = None,
) -> Watch:
    return Watch(kind, parse_filter(filters, kind or Kind.SERVER), level, mention)


def mute(minutes: int, filters: str = "", kind: Kind | None = None) -> Mute:
    wanted = parse_filter(filters, kind or Kind.SERVER)
    return Mute(timedelta(minutes=minutes), kind, wanted)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("watch", watch()),
        ("WATCH", watch()),
        ("watch --public", watch()),
        ("watch servers", watch(kind=Kind.SERVER)),
        ("watch Clusters", watch(kind=Kind.CLUSTER)),
        ("watch domains", watch(kind=Kind.DOMAIN)),
        ("watch cdn cdn", watch(kind=Kind.DOMAIN)),
        ("watch servers region=us-east-1", watch("region=us-east-1", Kind.SERVER)),
        ("watch region=us-east-1 servers", watch("region=us-east-1", Kind.SERVER)),
        ("watch region=us-east-1", watch("region=us-east-1", Kind.SERVER)),  # only servers have one
        ("watch nodes>3", watch("nodes>3", Kind.CLUSTER)),
        ("watch --ssl full", watch("ssl=full", Kind.DOMAIN)),
        ("watch status!=running", watch("status!=running")),
        ("watch --status !=running", watch("status!=running")),
        ("watch status != running", watch("status!=running")),
        ("watch tell=bad", watch(level=Level.BAD)),
        ("watch TELL=Bad", watch(level=Level.BAD)),
        ("watch tell = all", watch(level=Level.ALL)),
        ("watch —tell all", watch(level=Level.ALL)),
        ("watch --tell=all servers", watch(kind=Kind.SERVER, level=Level.ALL)),
        ("watch tell=bad tell=bad", watch(level=Level.BAD)),
        ("watch mention=@OnCall", watch(mention="oncall")),
        ("watch mention=oncall", watch(mention="oncall")),
        ("watch --mention @oncall", watch(mention="oncall")),
        ("watch mention = @oncall", watch(mention="oncall")),
        ("watch mention=“@oncall”", watch(mention="oncall")),
        ("watch mention=<!subteam^S0123ABC|@oncall>", watch(mention="S0123ABC")),
        ("watch mention=<!subteam^S0123ABC>", watch(mention="S0123ABC")),
        ("watch mention=@here", watch(mention="here")),
        ("watch mention=<!here>", watch(mention="here")),
        ("watch mention=<!channel|@channel>", watch(mention="channel")),
        ("watch name=“prod 1”", watch("name='prod 1'")),
        ("unwatch 7", Unwatch(SubscriptionId(7))),
        ("unwatch #7", Unwatch(SubscriptionId(7))),
        ("unwatch “7”", Unwatch(SubscriptionId(7))),
        ("unwatch *", Unwatch(None)),
        ("unwatch 999999999999999999", Unwatch(SubscriptionId(999_999_999_999_999_999))),
        ("watches", Watches()),
        ("watches --all", Watches(everywhere=True)),
        ("watches —all", Watches(everywhere=True)),
        ("watches --public", Watches()),
        ("watches page=2", Watches(page=2)),
        ("watches page = 2 --all", Watches(everywhere=True, page=2)),
        ("watches --page 3", Watches(page=3)),
        ("mute 1h", mute(60)),
        ("mute 1 h", mute(60)),
        ("mute 1H30M", mute(90)),
        ("mute 1 h 30 m", mute(90)),
        ("mute 7d", mute(7 * 24 * 60)),
        ("mute 60s", mute(1)),
        ("mute 1h servers", mute(60, kind=Kind.SERVER)),
        ("mute servers 1h", mute(60, kind=Kind.SERVER)),
        ("mute region=us 1 h servers", mute(60, "region=us", Kind.SERVER)),
        ("mute 30m --name staging-*", mute(30, "name=staging-*")),
        ("unmute", Unmute()),
        ("unmute --public", Unmute()),
    ],
)
def test_what_people_mean(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "says", "instead"),
    [
        ("wathc servers", "Did you mean watch?", "watch servers"),
        ("unwath 3", "Did you mean unwatch?", "unwatch 3"),
        ("watch server", "Did you mean servers?", "watch servers"),
        ("watch domain", "Did you mean cdn?", "watch cdn"),
        ("watch clutsers", "Did you mean clusters?", "watch clusters"),
        ("watch kind=server", "Did you mean servers?", "watch servers"),
        ("watch kind=", "watch takes the kind as a word of its own.", "watch"),
        ("watch servers region-us", "Did you mean region=us?", "watch servers region=us"),
        ("watch servers status:error", "Did you mean status=error?", "watch servers status=error"),
        ("watch servers prod", "Did you mean name=*prod*?", "watch servers name=*prod*"),
        ("watch servers clusters", "one kind, or none for every kind", "watch servers"),
        ("watch everything", "For every kind, leave the kind out.", "watch"),
        ("watch regoin=x", "Did you mean region?", "watch region=x"),
        ("watch --regoin x", "Did you mean --region?", "watch --region x"),
        ("watch —regoin=x", "Did you mean --region?", "watch --region=x"),
        ("watch nodez>3", "Did you mean nodes?", "watch nodes>3"),
        ("watch colour=red", "Nothing has a field “colour”. There are status, region", None),
        ("watch colour=red status=up", "Nothing has a field “colour”", None),
        ("watch servers colour=red", "Servers have no field “colour”", None),
        ("watch vcpus>=many", "vcpus is a number", None),
        (
            "watch region=x nodes>3",
            "region=x is of servers, nodes>3 is of clusters",
            "watch region=x",
        ),
        ("watch name=" + "x" * 1_100, "The filter is too long", None),
        ("watch tell=everything", "Did you mean all?", "watch tell=all"),
        ("watch tell=bda", "Did you mean bad?", "watch tell=bad"),
        ("watch --tell quietly", "one of bad, news or all", None),
        ("watch tell=", "tell= lacks a value", None),
        ("watch tell=bad tell=all", "one tell= only", "watch tell=bad"),
        ("watch tell bad", "Did you mean tell=bad?", "watch tell=bad"),
        ("watch tell:bad", "Did you mean tell=bad?", "watch tell=bad"),
        ("watch bad", "Did you mean tell=bad?", "watch tell=bad"),
        ("watch telll=bad", "Did you mean tell?", "watch tell=bad"),
        ("watch @oncall", "Did you mean mention=@oncall?", "watch mention=@oncall"),
        ("watch mention=", "mention= lacks a value", None),
        ("watch mention=@", "mention= lacks a value", None),
        ("watch mention=@everyone", "Did you mean mention=@channel?", "watch mention=@channel"),
        ("watch mention=<@U0ASKER>", "no single person", "watch"),
        ("watch mention=@U012345678", "no single person", "watch"),
        ("watch mention=@a,@b", "is no user group", None),
        ("watch mention=@a mention=@b", "one mention= only", "watch mention=@a"),
        ("watch public", "Did you mean --public?", "watch --public"),
        ("unwatch", "unwatch needs a number", "watches"),
        ("unwatch abc", "“abc” is no number of a subscription", "watches"),
        ("unwatch -1", "“-1” is no number of a subscription", "watches"),
        ("unwatch 0", "“0” is no number of a subscription", "watches"),
        ("unwatch 1.5", "“1.5” is no number", "watches"),
        ("unwatch " + "9" * 3_000, "is no number of a subscription", None),
        ("unwatch all", "Did you mean *?", "unwatch *"),
        ("unwatch 3 4", "one number at a time", "unwatch 3"),
        ("unwatch --al", "unwatch has no option “--al”", None),
        ("unwatch servers region=x", "one number at a time", "watches"),
        ("watches all", "Did you mean --all?", "watches --all"),
        ("watches servers", "watches takes no further words", "watches"),
        ("watches page=0", "Pages count from 1", "watches page=1"),
        ("watches page=x", "Pages count from 1", "watches page=1"),
        ("watches page=1 page=2", "one page= only", "watches page=1"),
        ("mute", "mute needs a duration, such as mute 1h", None),
        ("mute servers", "mute needs a duration", None),
        ("mute 3 fortnights", "“3 fortnights” is no duration. Write 1m to 7d", None),
        ("mute -1h", "“-1h” is no duration. Did you mean 1h?", "mute 1h"),
        ("mute —1h", "Did you mean 1h?", "mute 1h"),
        ("mute 0", "“0” is no duration", None),
        ("mute 0m", "a mute lasts 1 minute at least", "mute 1m"),
        ("mute 30s", "a mute lasts 1 minute at least", "mute 1m"),
        ("mute 10y", "“10y” is no duration", None),
        ("mute 8d", "a mute lasts 7 days at most", "mute 7d"),
        ("mute 999999999d999999999d", "is no duration", None),
        ("mute 999999999d", "a mute lasts 7 days at most", "mute 7d"),
        ("mute soon", "“soon” is no duration", None),
        ("mute for 1h", "Did you mean 1h?", "mute 1h"),
        ("mute 2 hours servers", "Did you mean 2h?", "mute 2h servers"),
        ("mute 20mins", "Did you mean 20m?", "mute 20m"),
        ("mute 2weeks", "Did you mean 7d?", "mute 7d"),
        ("mute 1h prod", "Did you mean name=*prod*?", "mute 1h name=*prod*"),
        ("mute 1h server", "Did you mean servers?", "mute 1h servers"),
        ("mute 1h --regoin x", "Did you mean --region?", "mute 1h --region x"),
        ("mute 1h tell=bad", "Nothing has a field “tell”", None),
        ("unmute servers", "unmute takes no further words", "unmute"),
    ],
)
def test_what_is_no_command_says_what_would_be_right(
    text: str, says: str, instead: str | None
) -> None:
    reply = parse(text)
    assert isinstance(reply, UsageReply)
    assert says in reply.problem
    assert reply.try_instead == instead


WORDS = {
    "kind": ["servers"],
    "filter": ["region=us-east-1", "--region us-east-1", "region = us-east-1"],
    "tell": ["tell=bad", "--tell bad", "—tell=bad"],
    "mention": ["mention=@ops", "--mention @ops", "mention=<!subteam^S1|@ops>"],
}


@given(st.data())
def test_the_words_may_stand_in_any_order_and_form(data: st.DataObject) -> None:
    kinds = data.draw(st.sets(st.sampled_from(["filter", "tell", "mention"])))
    words = ["servers", *(data.draw(st.sampled_from(WORDS[it])) for it in sorted(kinds))]
    meant = watch(
        "region=us-east-1" if "filter" in kinds else "",
        Kind.SERVER,
        Level.BAD if "tell" in kinds else Level.NEWS,
        None if "mention" not in kinds else "S1" if "S1" in " ".join(words) else "ops",
    )
    order = data.draw(st.permutations(words))
    assert parse(" ".join(["watch", *order])) == meant


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from("smhdwy"), st.booleans())
def test_a_mute_is_never_shorter_or_longer_than_it_may_be(
    number: int, unit: str, torn: bool
) -> None:
    outcome = parse(f"mute {number}{' ' if torn else ''}{unit}")
    if isinstance(outcome, Mute):
        assert SHORTEST <= outcome.duration <= LONGEST_MUTE
    else:
        assert isinstance(outcome, UsageReply)
        assert str(number)[:40] in outcome.problem


FILTERS = st.sampled_from(
    [
        Filter(),
        parse_filter("status!=running"),
        parse_filter("name='prod 1',\"o'brien\" status=error"),
        parse_filter("status=*"),
    ]
)


@given(
    st.sampled_from([None, *Kind]),
    FILTERS,
    st.sampled_from(list(Level)),
    st.sampled_from([None, "here", "on-call", "S0123ABC"]),
)
def test_what_is_proposed_to_be_typed_means_the_same(
    kind: Kind | None, wanted: Filter, level: Level, mention: str | None
) -> None:
    for command in (
        Watch(kind, wanted, level, mention),
        Mute(timedelta(hours=26, minutes=3), kind, wanted),
        Unwatch(SubscriptionId(7)),
        Unwatch(None),
        Unmute(),
    ):
        assert parse(typed(command)) == command


@given(st.sampled_from([it.name for it in TELLING]), ANY_TEXT | LIKELY_TEXT)
def test_any_words_are_a_command_or_a_kind_answer(name: str | None, text: str) -> None:
    outcome = parse(f"{name} {text}")
    if isinstance(outcome, UsageReply):
        assert outcome.problem
        assert outcome.try_instead is None or isinstance(parse(outcome.try_instead), Command)
    else:
        assert isinstance(outcome, Command)


def test_which_commands_change_something() -> None:
    for command in TELLING:
        made = [parse(example) for example in command.examples]
        assert made
        for it in made:
            assert changes_something(it) is (command.name in IN_SLACK) is isinstance(it, Changing)
    for text in ("servers", "help watch", "watches --all", "watch --help", "wathc"):
        assert not changes_something(parse(text))


def test_help_says_what_is_never_muted_and_what_each_level_tells() -> None:
    told = {it.name: it.details for it in TELLING}
    assert "suspicious" in told["mute"]
    assert "never muted" in told["mute"]
    assert all(f"tell={level.value}" in told["watch"] for level in Level)
    assert "names a status with =" in told["watch"]


def test_every_kind_has_its_word() -> None:
    assert {kind: parse(f"watch {word}") for kind, word in KIND_WORDS.items()} == {
        kind: watch(kind=kind) for kind in Kind
    }
    assert format_duration(HOUR) == "1h"
