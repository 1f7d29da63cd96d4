"""Sentences that Slack and terminal say alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.cloudnexus import KeyKind, Spec
from bot.commands import wording
from bot.commands.replies import (
    Candidates,
    Listing,
    Nothing,
    QuotaReply,
    UsageReply,
)
from bot.model import sizes
from bot.model.filters import parse_filter
from bot.model.kinds import Kind
from bot.model.sorting import parse_sort
from tests.commands.sources import SOURCE
from tests.model.rows import server
from tests.support.virtual_time import EPOCH

LATER = EPOCH + timedelta(seconds=30)


def when(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def braced(text: str) -> str:
    """Marks what was treated as foreign."""
    return f"{{{text}}}"


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (Spec(4, 16, 128), "4 vCPU · 16 GB · 128 GB"),
        (Spec(1, 0.5, 1024.0), "1 vCPU · 0.5 GB · 1024 GB"),
    ],
)
def test_a_size(spec: Spec, text: str) -> None:
    assert sizes.size(spec) == text


def test_an_age() -> None:
    assert wording.age(server(created_at=EPOCH - timedelta(days=312)), EPOCH) == "312 d"


@pytest.mark.parametrize(
    ("kind", "count", "text"),
    [
        (Kind.SERVER, 1, "1 server"),
        (Kind.SERVER, 0, "0 servers"),
        (Kind.CLUSTER, 3, "3 clusters"),
        (Kind.DOMAIN, 1, "1 CDN domain"),
        (Kind.DOMAIN, 12_345, "12,345 CDN domains"),
    ],
)
def test_quantities(kind: Kind, count: int, text: str) -> None:
    assert wording.quantity(kind, count) == text


def listing(matching: int, total: int, filters: str = "", sort: str = "") -> Listing:
    rows = tuple(server(f"web-{n}") for n in range(matching))
    order = parse_sort(sort) if sort else None
    return Listing(Kind.SERVER, rows, total, {}, parse_filter(filters), order, SOURCE)


@pytest.mark.parametrize(
    ("reply", "found", "asked"),
    [
        (listing(3, 3), "3 servers", ""),
        (listing(0, 0), "No servers", ""),
        (listing(1, 3, "status=error"), "1 of 3 servers", "status=error"),
        (listing(0, 142, "status=on-holiday"), "0 of 142 servers", "status=on-holiday"),
        (listing(2, 2, "vcpus>1", "-age"), "2 of 2 servers", "vcpus>1 sort=-age"),
    ],
)
def test_what_was_found_and_what_was_asked_for(reply: Listing, found: str, asked: str) -> None:
    assert wording.found(reply) == found
    assert wording.asked_for(reply) == asked


def test_a_long_filter_is_shortened_and_foreign() -> None:
    asked = wording.asked_for(listing(0, 1, f"name={'x' * 900}"), foreign=braced)
    assert len(asked) <= 162
    assert asked.startswith("{name=xxx")
    assert asked.endswith("…}")


def test_counts_in_the_order_given() -> None:
    assert wording.counts({"error": 3, "running": 1_139}) == "3 error · 1,139 running"
    assert wording.counts({"<x>": 1}, foreign=braced) == "1 {<x>}"


def test_which_key() -> None:
    assert wording.key_words(KeyKind.LIVE) == "live key"
    assert wording.key_words(KeyKind.TEST).startswith("test key")


@pytest.mark.parametrize(
    ("near", "says"),
    [
        ((), ("No server has the name or id “{x}”.",)),
        (("a",), ("No server has the name or id “{x}”.", "Did you mean {a}?")),
        (("a", "b", "c"), ("No server has the name or id “{x}”.", "Did you mean {a}, {b} or {c}?")),
    ],
)
def test_nothing_of_that_name(near: tuple[str, ...], says: tuple[str, ...]) -> None:
    assert wording.nothing(Nothing(Kind.SERVER, "x", near, SOURCE), foreign=braced) == says


def test_what_people_typed_is_repeated_short() -> None:
    (said,) = wording.nothing(Nothing(Kind.CLUSTER, "x" * 4_000, (), SOURCE))
    assert len(said) < 120
    assert said.startswith("No cluster has the id “xxx")
    assert len(wording.candidates(Candidates(Kind.SERVER, "x" * 4_000, (), SOURCE))) < 160


def test_candidates() -> None:
    reply = Candidates(Kind.SERVER, "web", (server("a"), server("b")), SOURCE)
    assert wording.candidates(reply, foreign=braced) == (
        "“{web}” means any of 2 servers. Ask for one by its id."
    )


def test_usage() -> None:
    reply = UsageReply("No.", "servers", None)
    assert wording.usage(reply, prefix="/cnx ") == ("No.", "Try: /cnx servers")
    assert wording.usage(replace(reply, try_instead=None), prefix="/cnx ") == ("No.",)


QUOTA = QuotaReply(KeyKind.LIVE, 1_000, 873, LATER, EPOCH, {}, 0, 100, 10, None)


def test_quota() -> None:
    assert wording.quota(QUOTA, when) == (
        "873 of 1,000 requests are left.",
        "The quota is renewed at 12:00:30.",
        "100 are kept for people, the last 10 for approved creations.",
        "CloudNexus told so at 12:00:00.",
    )
    assert "CloudNexus takes no requests until 12:00:30 (429)." in wording.quota(
        replace(QUOTA, gate_until=LATER), when
    )


def test_a_quota_that_is_not_known_yet() -> None:
    unknown = QuotaReply(KeyKind.LIVE, None, None, None, None, {}, 0, 100, 10, None)
    assert wording.quota(unknown, when)[0].startswith("CloudNexus has not told its quota yet")
    renewed = replace(unknown, limit=1_000)
    assert wording.quota(renewed, when)[0] == (
        "The limit is 1,000 requests; how many are left is not known."
    )


def test_the_quota_in_short() -> None:
    assert wording.quota_line(replace(QUOTA, gate_until=LATER), when) == (
        "Quota: 873 of 1,000 requests are left, 127 are spent.",
        "It is renewed at 12:00:30.",
        "CloudNexus takes no requests until 12:00:30 (429).",
    )
    unknown = replace(QUOTA, remaining=None, resets_at=None)
    assert wording.quota_line(unknown, when) == ("Quota: how many requests are left is not known.",)


@pytest.mark.parametrize("digits", [1, 400])
def test_a_number_of_any_length_is_shown(digits: int) -> None:
    assert sizes.number(10**digits) == str(10**digits)
