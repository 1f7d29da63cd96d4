"""One line for each change of a resource."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import happenings
from bot.commands.replies import HistoryReply, Nothing
from bot.commands.values import Scope
from bot.model.changes import Change, Value, What
from bot.model.kinds import Kind
from tests.commands.sources import SOURCE
from tests.support.virtual_time import EPOCH

LATER = EPOCH + timedelta(seconds=60)
STATUS = Change(
    Kind.SERVER, "srv_1", "prod-api-01", What.STATUS, "status", "running", "error", EPOCH, LATER,
    inferred=False,
)  # fmt: skip
SMALL: dict[str, Value] = {"vcpus": 4, "ram_gb": 16, "disk_gb": 128.0}
ROW: Value = {"id": "srv_1", "name": "prod-api-01", "status": "provisioning"}


def when(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def braced(text: str) -> str:
    """Marks what was treated as foreign."""
    return f"{{{text}}}"


def field(name: str, old: Value, new: Value) -> Change:
    return replace(STATUS, what=What.FIELD, field=name, old=old, new=new)


def test_a_change_with_its_interval() -> None:
    assert happenings.change(STATUS, when) == (
        "prod-api-01: status running → error, between 12:00:00 and 12:01:00"
    )
    assert happenings.change(STATUS, when, named=False) == (
        "status running → error, between 12:00:00 and 12:01:00"
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "between 12:00:00 and 12:01:00"),
        ({"inferred": True}, "between 12:00:00 and 12:01:00 (inferred)"),
        ({"after": None}, "by 12:01:00, since when is not known"),
        ({"after": None, "inferred": True}, "by 12:01:00, since when is not known (inferred)"),
        ({"after": LATER}, "at 12:01:00"),
        ({"after": LATER, "before": LATER + timedelta(milliseconds=900)}, "at 12:01:00"),
    ],
)
def test_intervals(changes: dict[str, object], says: str) -> None:
    assert happenings.interval(replace(STATUS, **changes), when) == says  # type: ignore[arg-type] # the cases hold fields of several types


@pytest.mark.parametrize(
    ("lasted", "says"),
    [
        (timedelta(hours=11), "between 12:00:00 and (23:00:00)"),
        (timedelta(hours=12), "between 12:00:00 and 00:00:00"),
        (timedelta(days=30), "between 12:00:00 and 12:00:00"),
    ],
)
def test_only_the_end_of_a_short_interval_needs_no_day(lasted: timedelta, says: str) -> None:
    told = replace(STATUS, before=EPOCH + lasted)
    assert happenings.interval(told, when, until=lambda it: f"({when(it)})") == says


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (STATUS, "{status} {running} → {error}"),
        (replace(STATUS, what=What.APPEARED, field=None, new=ROW), "appeared ({provisioning})"),
        (replace(STATUS, what=What.APPEARED, field=None, new={"id": "x"}), "appeared"),
        (replace(STATUS, what=What.APPEARED, field=None, new=None), "appeared, but can't be read"),
        (replace(STATUS, what=What.GONE, old=ROW, new=None), "gone (it was {provisioning})"),
        (replace(STATUS, what=What.GONE, old=None, new=None), "gone"),
        (field("version", "1.28.9", "1.29.2"), "{version} {1.28.9} → {1.29.2}"),
        (field("nodes", 3, 12_000), "{nodes} 3 → 12,000"),
        (field("ssl", "full", "none"), "SSL {full} → {none}"),
        (field("origin", "198.51.100.1", ""), "{origin} {198.51.100.1} → {}"),
        (field("cache_rules", 1, 2), "cache rules 1 → 2"),
        (field("network_policy", "calico", None), "network policy {calico} → nothing"),
        (
            field("spec", SMALL, {**SMALL, "vcpus": 8, "ram_gb": 0.5}),
            "size 4 vCPU · 16 GB · 128 GB → 8 vCPU · 0.5 GB · 128 GB",
        ),
        (field("spec", {"vcpus": "many"}, 7), 'size {{"vcpus": "many"}} → 7'),
        (field("name", "a\nb", "c"), "{name} {a b} → {c}"),
        (field("region", "us-east-1", "eu"), "{region} {us-east-1} → {eu}"),
        (
            field("created_at", "2026-03-02T12:00:00Z", "0001-01-01T00:00:00Z"),
            "time of creation 12:00:00 → {0001-01-01T00:00:00Z}",
        ),
        (field("x" * 200, True, (1, "a")), "{" + "x" * 79 + '…} yes → {[1, "a"]}'),
        (replace(STATUS, field=None, old=1.0, new=float("inf")), "{status} 1 → inf"),
        (field("nodes", 10**300, 0), "{nodes} 1" + ",000" * 19 + ",0… → 0"),
    ],
)
def test_what_happened(change: Change, says: str) -> None:
    assert happenings.what(change, when, foreign=braced) == says


@pytest.mark.parametrize("huge", [10**4_000, 1e300, {**SMALL, "ram_gb": 1e300}])
def test_a_huge_number_does_not_fill_the_screen(huge: Value) -> None:
    assert len(happenings.what(field("spec", huge, huge), when)) < 200


def test_an_empty_value_is_seen_to_be_empty() -> None:
    assert happenings.what(field("origin", "a", ""), when) == "origin a → “”"


@pytest.mark.parametrize(
    ("name", "ref", "says"),
    [("web", "srv_1", "web"), ("", "srv_1", "srv_1"), ("", "", "one without a name")],
)
def test_who_it_happened_to(name: str, ref: str, says: str) -> None:
    assert happenings.who(replace(STATUS, name=name, id=ref)) == says


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from(["vcpus", "ram_gb", "disk_gb", "status"]), inner)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(What),
    st.sampled_from([None, "spec", "created_at", "status", "name"]) | st.text(max_size=100),
    json_values,
    json_values,
    st.text(max_size=300),
)
def test_any_change_is_one_short_line(
    what: What, name: str | None, old: Value, new: Value, text: str
) -> None:
    told = replace(STATUS, what=what, field=name, old=old, new=new, name=text, id=text)
    line = happenings.change(told, when)
    assert 0 < len(line) < 800
    assert "\n" not in line


GONE = replace(STATUS, what=What.GONE, field=None, new=None, inferred=True)


@pytest.mark.parametrize(
    ("gone", "ref", "says"),
    [
        (GONE, "prod-api-01", "“{prod-api-01}” ({srv_1}) is gone: it went"),
        (GONE, "srv_1", "“{prod-api-01}” is gone: it went"),
        (replace(GONE, name="srv_1"), "srv_1", "“{srv_1}” is gone: it went"),
        (replace(GONE, name=""), "x", "“{srv_1}”, which once had that name, is gone: it went"),
        (GONE, "web-7", "“{prod-api-01}” ({srv_1}), which once had that name, is gone: it went"),
    ],
)
def test_what_was_there_and_went(gone: Change, ref: str, says: str) -> None:
    reply = Nothing(Kind.SERVER, ref, (), SOURCE, gone)
    (told,) = happenings.went(reply, when, foreign=braced)
    assert told == f"{says} between 12:00:00 and 12:01:00 (inferred)."
    assert happenings.went(replace(reply, gone=None), when) == ()


EMPTY = HistoryReply(None, None, EPOCH, (), SOURCE)


@pytest.mark.parametrize(
    ("reply", "title", "empty"),
    [
        (EMPTY, "the account", "No change of the account is on record, since 12:00:00."),
        (
            replace(EMPTY, ref="web", since=None),
            "“{web}”",
            "No change of “{web}” is on record, from the beginning.",
        ),
        (
            replace(EMPTY, ref="web", scope=Scope.SERVER),
            "the server “{web}”",
            "No change of the server “{web}” is on record, since 12:00:00.",
        ),
        (
            replace(EMPTY, scope=Scope.DOMAIN),
            "CDN domains",
            "No change of CDN domains is on record, since 12:00:00.",
        ),
        (
            replace(EMPTY, scope=Scope.BOT),
            "the bot itself",
            "Nothing of the bot itself is on record, since 12:00:00.",
        ),
    ],
)
def test_an_empty_history_says_so_with_its_range(
    reply: HistoryReply, title: str, empty: str
) -> None:
    assert happenings.title(reply, foreign=braced) == f"What happened to {title}"
    assert happenings.none_found(reply, when, foreign=braced) == (empty,)


@pytest.mark.parametrize(
    ("ref", "meant"),
    [
        ("servers", "history kind=servers"),
        ("BOT", "history kind=bot"),
        ("24h", "history since=24h"),
        ("web-1", None),
        (None, None),
    ],
)
def test_a_name_that_looks_like_an_option_is_asked_about(
    ref: str | None, meant: str | None
) -> None:
    reply = replace(EMPTY, ref=ref)
    assert happenings.meant(reply) == meant
    asked = happenings.none_found(reply, when, foreign=braced)[1:]
    assert asked == (() if meant is None else (f"Did you mean {{{meant}}}?",))
    assert happenings.meant(replace(reply, entries=(STATUS,))) is None


def test_how_much_was_found() -> None:
    assert happenings.found(replace(EMPTY, entries=(STATUS,)), when) == "1 entry, since 12:00:00."
    many = replace(EMPTY, entries=(STATUS,) * 1_200, since=None)
    assert happenings.found(many, when) == "1,200 entries, from the beginning."
