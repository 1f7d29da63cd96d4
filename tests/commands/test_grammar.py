"""Text → command, or a kind answer. Universal: any text gives one of the two, within the limits."""

from __future__ import annotations

import itertools
from datetime import timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.grammar import (
    COMMANDS,
    MAX_INSTEAD,
    MAX_PROBLEM,
    help_reply,
    parse,
    parse_words,
    usage_reply,
)
from bot.commands.history import LONGEST, SCOPES
from bot.commands.replies import UsageReply
from bot.commands.values import Command, Help, History, List, Quota, Scope, Show, Status
from bot.model.durations import format_duration
from bot.model.filters import parse_filter
from bot.model.kinds import Kind
from bot.model.sorting import parse_sort
from bot.model.words import split_words
from tests.model.rows import ANY_TEXT, LIKELY_TEXT

DAY = timedelta(hours=24)


def servers(filters: str = "", sort: str = "", *, public: bool = False) -> List:
    order = parse_sort(sort) if sort else None
    return List(Kind.SERVER, parse_filter(filters), order, public)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Help()),
        ("  ", Help()),
        ("help", Help()),
        ("help servers", Help("servers")),
        ("help Domains", Help("cdn")),
        ("help --public", Help()),
        ("--help", Help()),
        ("-h", Help()),
        ("servers --help", Help("servers")),
        ("domains -h", Help("cdn")),
        ("—help", Help()),
        ("servers", servers()),
        ("SERVERS", servers()),
        ("/cnx servers", servers()),
        ("servers region=us-east-1", servers("region=us-east-1")),
        ("servers --region us-east-1", servers("region=us-east-1")),
        ("servers --region=us-east-1", servers("region=us-east-1")),
        ("servers --Region us-east-1", servers("region=us-east-1")),
        ("servers --status !=running", servers("status!=running")),
        ("servers --status '!=running'", servers("status!=running")),
        ("servers --status=!=running", servers("status!=running")),
        ("servers --vcpus >=4 --vcpus <16", servers("vcpus>=4 vcpus<16")),
        ("servers --ram-gb 16", servers("ram_gb=16")),
        ("servers --ram_gb >=16", servers("ram_gb>=16")),
        ("servers vcpus >= 4", servers("vcpus>=4")),
        ("servers sort=-age", servers(sort="-age")),
        ("servers sort = name", servers(sort="name")),
        ("servers SORT=−age", servers(sort="-age")),
        ("servers --sort -age", servers(sort="-age")),
        ("servers --sort=region,name", servers(sort="region,name")),
        ("servers sort=region sort=-age", servers(sort="region,-age")),
        ("servers --public", servers(public=True)),
        ("servers —public", servers(public=True)),
        ("servers –public", servers(public=True)),
        ("servers ―public ‒region us", servers("region=us", public=True)),
        ("servers – region=us", servers("region=us")),
        ("servers region=us‑east‑1", servers("region=us-east-1")),
        ("servers\u00a0region=us\u202fsort=name", servers("region=us", "name")),
        ("servers\u200b region=us", servers("region=us")),
        ("servers name=“web 1”", servers('"name=web 1"')),
        ("servers «name=web 1»", servers('"name=web 1"')),
        ("clusters nodes>3", List(Kind.CLUSTER, parse_filter("nodes>3", Kind.CLUSTER))),
        ("cdn", List(Kind.DOMAIN)),
        ("domains", List(Kind.DOMAIN)),
        ("domains ssl=full", List(Kind.DOMAIN, parse_filter("ssl=full", Kind.DOMAIN))),
        ("server prod-api-01", Show(Kind.SERVER, "prod-api-01")),
        ("server “web 1” --public", Show(Kind.SERVER, "web 1", public=True)),
        ('server "—x"', Show(Kind.SERVER, "—x")),  # quoted: it is meant
        ("server -- -x", Show(Kind.SERVER, "-x")),
        ("server @channel", Show(Kind.SERVER, "@channel")),
        ("server 🦄", Show(Kind.SERVER, "🦄")),
        ("cluster k8s_prod_01", Show(Kind.CLUSTER, "k8s_prod_01")),
        ("domain assets.example.com", Show(Kind.DOMAIN, "assets.example.com")),
        ("domain HTTPS://assets.example.com/a?b", Show(Kind.DOMAIN, "assets.example.com")),
        ("status", Status()),
        ("status --public", Status(public=True)),
        ("quota", Quota()),
        ("servers --live", List(Kind.SERVER, live=True)),
        ("servers —live --public", List(Kind.SERVER, public=True, live=True)),
        ("clusters --live", List(Kind.CLUSTER, live=True)),
        ("cdn --LIVE", List(Kind.DOMAIN, live=True)),
        ("domains --live", List(Kind.DOMAIN, live=True)),
        ("server web-1 --live", Show(Kind.SERVER, "web-1", live=True)),
        ("server live", Show(Kind.SERVER, "live")),
        ("cluster k8s_1 --live", Show(Kind.CLUSTER, "k8s_1", live=True)),
        ("domain a.example.com --live", Show(Kind.DOMAIN, "a.example.com", live=True)),
        ("status --live", Status(live=True)),
        ("history", History()),
        ("HISTORY", History()),
        ("history --public", History(public=True)),
        ("history web-1", History("web-1")),
        ("history “web 1”", History("web 1")),
        ("history live", History("live")),
        ("history foo=bar", History("foo=bar")),
        ("history https://a.example.com/x", History("a.example.com")),
        ("history -- -x", History("-x")),
        ("history since=24h", History(since=DAY)),
        ("history since=“24 h”", History(since=DAY)),
        ("history since=24 h", History(since=DAY)),
        ("history since = 24h", History(since=DAY)),
        ("history Since=24H", History(since=DAY)),
        ("history --since 24h", History(since=DAY)),
        ("history --since=1d", History(since=DAY)),
        ("history —since 1d", History(since=DAY)),
        ("history since=24h since=1d", History(since=DAY)),
        ("history kind=bot", History(scope=Scope.BOT)),
        ("history KIND=Servers", History(scope=Scope.SERVER)),
        ("history --kind clusters", History(scope=Scope.CLUSTER)),
        ("history –kind=cdn", History(scope=Scope.DOMAIN)),
    ],
)
def test_what_people_mean(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "says", "instead", "command"),
    [
        ("servesr", "Did you mean servers?", "servers", None),
        ("serverz region=x", "Did you mean servers?", "servers region=x", None),
        ("serverz web-1", "Did you mean server?", "server web-1", None),
        ("stauts", "Did you mean status?", "status", None),
        ("frobnicate", "There is no command “frobnicate”. There are help, servers", "help", None),
        ("🦄 🌈", "There is no command “🦄”", "help", None),
        ("region=us", "Did you mean servers region=us?", "servers region=us", None),
        ("servers regoin=x", "Did you mean region?", "servers region=x", "servers"),
        ("servers --regoin x", "Did you mean --region?", "servers --region x", "servers"),
        ("servers --regoin=x", "Did you mean --region?", "servers --region=x", "servers"),
        ("servers -region x", "Did you mean --region?", "servers --region x", "servers"),
        ("servers --colour x", "no option “--colour”. Its options: --sort", None, "servers"),
        ("servers colour=red", "Servers have no field “colour”", None, "servers"),
        ("servers prod", "Did you mean name=*prod*?", "servers name=*prod*", "servers"),
        ("servers public", "Did you mean --public?", "servers --public", "servers"),
        ("servers --public=yes", "--public takes no value", "servers --public", "servers"),
        ("servers --region", "--region lacks a value", None, "servers"),
        ("servers vcpus>=many", "vcpus is a number", None, "servers"),
        ("servers sort=nmae", "Did you mean name?", "servers sort=name", "servers"),
        ("servers sort=", "sort= lacks a field", None, "servers"),
        ("servers srot=name", "Did you mean sort?", "servers sort=name", "servers"),
        ("servers nmae=x regoin=y", "Did you mean name?", "servers name=x region=y", "servers"),
        ("domains regoin=x", "CDN domains have no field “regoin”", None, "cdn"),
        ("server", "server needs a name or id", "servers", "server"),
        ('server ""', "server needs a name or id", None, "server"),
        ("SERVER", "server needs a name or id", "servers", "server"),
        ("cluster", "cluster needs an id", "clusters", "cluster"),
        ("domain", "For the whole list there is cdn", "cdn", "domain"),
        ("server web 1", 'put quotes around it: server "web 1"', 'server "web 1"', "server"),
        ("server region=x", "servers takes filters", "servers region=x", "server"),
        ("server " + "x" * 256, "is too long", None, "server"),
        ("status now", "status takes no further words, and “now” is one", "status", "status"),
        ("quota public", "Did you mean --public?", "quota --public", "quota"),
        ("help srevers", "Did you mean servers?", "help servers", "help"),
        ("help frobnicate", "There are help, servers", "help", "help"),
        ('servers name="prod', "A quote is opened and not closed", "servers name=prod", "servers"),
        ("'", "A quote is opened and not closed", None, None),
        ("servers live", "Did you mean --live?", "servers --live", "servers"),
        ("cdn Live", "Did you mean --live?", "cdn --live", "cdn"),
        ("status live", "Did you mean --live?", "status --live", "status"),
        ("server web-1 live", "Did you mean --live?", "server web-1 --live", "server"),
        ("server web-1 public", "Did you mean --public?", "server web-1 --public", "server"),
        ("servers --live=now", "--live takes no value", "servers --live", "servers"),
        ("servers --liev", "Did you mean --live?", "servers --live", "servers"),
        ("quota --live", "quota has no option “--live”", None, "quota"),
        ("quota live", "quota takes no further words", "quota", "quota"),
        ("history --live", "history has no option “--live”", None, "history"),
        ("help --live", "help has no option “--live”", None, "help"),
        ("histroy web-1", "Did you mean history?", "history web-1", None),
        ("history since=3 fortnights", "“3 fortnights” is no duration.", None, "history"),
        ("history --since '3 fortnights'", "“3 fortnights” is no duration.", None, "history"),
        ("history since=soon", "such as 30s, 15m, 8h or 90d", None, "history"),
        ("history since=0s", "“0s” is no time at all", None, "history"),
        ("history since=36501d", "more than a hundred years", None, "history"),
        ("history since=999999999d", "more than a hundred years", None, "history"),
        ("history since=999999999d999999999h", "longer than time is kept here", None, "history"),
        ("history since=", "since= lacks a value", "history since=24h", "history"),
        ("history --since", "--since lacks a value", None, "history"),
        ("history since=1h since=2h", "takes one since, and these are 2: 1h, 2h", None, "history"),
        ("history since 24h", "Did you mean since=24h?", "history since=24h", "history"),
        ("history since:24h", "Did you mean since=24h?", "history since=24h", "history"),
        ("history web-1 24h", "Did you mean since=24h?", "history web-1 since=24h", "history"),
        ("history sinec=3h", "Did you mean since?", "history since=3h", "history"),
        ("history --sinec 3h", "Did you mean --since?", "history --since 3h", "history"),
        ("history kind=srevers", "Did you mean servers?", "history kind=servers", "history"),
        ("history --kind clutsers", "mean clusters?", "history --kind clusters", "history"),
        ("history --kind=srevers", "mean servers?", "history --kind=servers", "history"),
        ("history kind=x", "one of servers, clusters, cdn or bot", None, "history"),
        ("history kind=", "kind= lacks a value", None, "history"),
        ("history kind=bot kind=cdn", "takes one kind, and these are 2: bot, cdn", None, "history"),
        ("history web-1 servers", "mean kind=servers?", "history web-1 kind=servers", "history"),
        ("history web-1 kind=bot", "belongs to no name or id", "history kind=bot", "history"),
        ("history web-1 --kind=bot", "Leave out “web-1”", "history --kind=bot", "history"),
        ("history web 1", 'quotes around it: history "web 1"', 'history "web 1"', "history"),
        ("history web-1 public", "Did you mean --public?", "history web-1 --public", "history"),
        ("history name=web", "history takes no filters", "history web", "history"),
        ("history status!=up", "history takes no filters", None, "history"),
        ('history ""', "An empty text is no name or id", None, "history"),
        ("history " + "x" * 256, "is too long", None, "history"),
    ],
)
def test_what_is_no_command_says_what_would_be_right(
    text: str, says: str, instead: str | None, command: str | None
) -> None:
    reply = parse(text)
    assert isinstance(reply, UsageReply)
    assert says in reply.problem
    assert reply.try_instead == instead
    assert reply.command == command


def test_a_complaint_that_only_click_knows_is_handed_on() -> None:
    reply = usage_reply(click.UsageError("Odd."), ["servers"])
    assert reply == UsageReply("Odd.", None, "servers")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 4_000,
        "servers " + "x" * 4_000,
        "servers " + "x " * 2_000,
        "servers name=" + "x" * 4_000,
        "server " + "x " * 2_000,
        "help " + "x" * 4_000,
        "status " + "x " * 2_000,
        "servers --" + "x" * 4_000,
        "servers sort=" + "x" * 4_000,
        "servers " + "region=x," * 400,
        '"' + "x" * 4_000,
        "servers \ud800 \x00 \x1b[31m",
    ],
)
def test_a_long_or_odd_text_gets_a_short_answer(text: str) -> None:
    reply = parse(text)
    assert isinstance(reply, UsageReply)
    assert len(reply.problem) <= MAX_PROBLEM
    assert "x" * 100 not in reply.problem


LINES = st.builds(
    " ".join,
    st.lists(
        st.sampled_from(
            [
                *(*COMMANDS.commands, "--public", "--live", "--region", "sort=-age", "status!=up"),
                *("history", "since=24h", "--since", "kind=bot", "--kind", "24h", "kind", "live"),
                *(
                    "watch",
                    "mute",
                    "unwatch",
                    "watches",
                    "1h",
                    "1",
                    "h",
                    "-1h",
                    "tell=bad",
                    "--tell",
                ),
                *(
                    "mention=@ops",
                    "*",
                    "7",
                    "page=2",
                    "--all",
                    "region-us",
                    "everything",
                    "nodes>3",
                ),
            ]
        )
        | LIKELY_TEXT,
        max_size=6,
    ),
)


@given(ANY_TEXT | LIKELY_TEXT | LINES)
def test_any_text_is_a_command_or_a_usage_answer_within_its_limits(text: str) -> None:
    outcome = parse(text)
    if isinstance(outcome, UsageReply):
        assert 0 < len(outcome.problem) <= MAX_PROBLEM
        assert outcome.try_instead is None or 0 < len(outcome.try_instead) <= MAX_INSTEAD
    else:
        assert isinstance(outcome, Command)


@given(ANY_TEXT | LIKELY_TEXT | LINES)
def test_what_is_proposed_works(text: str) -> None:
    """A proposal that needs another proposal is none."""
    outcome = parse(text)
    if isinstance(outcome, UsageReply) and outcome.try_instead is not None:
        assert isinstance(parse(outcome.try_instead), Command)


@given(LIKELY_TEXT)
def test_words_mean_the_same_in_slack_and_in_a_terminal(name: str) -> None:
    assert parse_words(["server", "--", f"x{name}x"]) == Show(
        Kind.SERVER, f"x{name}x".replace("\u200b", "")
    )


WAYS = {
    "since": ["since={}", "--since {}", "--since={}", "—since {}"],
    "kind": ["kind={}", "--kind {}"],
}


@given(
    st.none() | st.sampled_from(["web-1", "srv_8x92k3", '"web 1"']),
    st.none() | st.integers(min_value=1, max_value=int(LONGEST.total_seconds())),
    st.none() | st.sampled_from([word for word, scope in SCOPES.items() if scope is not Scope.BOT]),
    st.booleans(),
    st.data(),
)
def test_the_words_of_a_history_may_stand_in_any_order_and_form(
    ref: str | None, seconds: int | None, kind: str | None, public: bool, data: st.DataObject
) -> None:
    span = None if seconds is None else timedelta(seconds=seconds)
    words = [] if ref is None else [ref]
    if span is not None:
        words.append(data.draw(st.sampled_from(WAYS["since"])).format(format_duration(span)))
    if kind is not None:
        words.append(data.draw(st.sampled_from(WAYS["kind"])).format(kind))
    words += ["--public"] if public else []
    meant = History(ref and ref.strip('"'), span, SCOPES[kind] if kind else None, public)
    for order in itertools.permutations(words):
        assert parse(" ".join(["history", *order])) == meant


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from("smhd"))
def test_any_time_is_taken_or_refused_kindly(number: int, unit: str) -> None:
    """No number makes it fail, and nothing is taken that a calendar does not reach."""
    outcome = parse(f"history since={number}{unit}")
    if isinstance(outcome, History):
        assert outcome.since is not None
        assert timedelta(0) < outcome.since <= LONGEST
    else:
        assert isinstance(outcome, UsageReply)
        assert f"{number}{unit}" in outcome.problem


def test_parsing_prints_nothing_and_reads_no_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Click would complete shell words, read defaults and print help by itself."""
    monkeypatch.setenv("_CNX_COMPLETE", "bash_source")
    monkeypatch.setenv("CNX_PUBLIC", "1")
    assert parse("servers --help") == Help("servers")
    assert parse("servers") == servers()
    assert capsys.readouterr() == ("", "")


def test_help_lists_every_command_once_and_aliases_never() -> None:
    reply = help_reply()
    assert [it.name for it in reply.commands] == [
        "help", "servers", "server", "clusters", "cluster", "cdn", "domain", "status", "quota",
        "history", "watch", "unwatch", "watches", "mute", "unmute",
        "create", "requests", "request",
    ]  # fmt: skip
    assert reply.topic is None
    assert all(it.usage.startswith(it.name) and it.summary for it in reply.commands)


def test_help_on_one_command_is_that_commands() -> None:
    topic = help_reply("servers").topic
    assert topic is not None
    assert topic.name == "servers"
    for word in ("status", "ram_gb", ">=", "comma", "age"):
        assert word in topic.details


@pytest.mark.parametrize(
    "example", [example for it in help_reply().commands for example in it.examples]
)
def test_every_example_works_as_it_stands(example: str) -> None:
    command = parse(example)
    assert isinstance(command, Command)
    assert parse_words([word.text for word in split_words(example)]) == command


def test_every_alias_has_the_words_of_its_command() -> None:
    assert COMMANDS.commands["domains"].hidden
    assert [param.name for param in COMMANDS.commands["domains"].params] == [
        param.name for param in COMMANDS.commands["cdn"].params
    ]
