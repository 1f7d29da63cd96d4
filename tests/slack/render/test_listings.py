"""What a listing shows: rows, pages, filters, and how good the facts are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.cloudnexus import Cluster, ClusterId, Domain, DomainId, KeyKind, UnreadableRow
from bot.commands import quality, wording
from bot.commands.replies import Listing, Source
from bot.model.filters import Filter, parse_filter
from bot.model.kinds import Kind
from bot.model.sorting import parse_sort
from bot.model.troubles import Reason, Trouble
from bot.slack.payloads import PageRef
from bot.slack.render import render
from bot.slack.render.message import plain_form
from bot.slack.render.text import utc
from tests.slack.render.replies import NOW
from tests.slack.render.shown import FACTS, FRAME, buttons, listing, rows, server, shown


def test_a_row_shows_sign_and_word_name_region_size_and_age() -> None:
    message = render(listing(1), FRAME)
    assert rows(message)[1] == [
        "🟢 running",
        "prod-api-00",
        "us-east-1",
        "4 vCPU · 16 GB · 128 GB",
        "312 d",
    ]


@pytest.mark.parametrize(
    ("status", "sign"),
    [("running", "🟢"), ("provisioning", "🔄"), ("stopped", "⚪"), ("error", "🔺"), ("new", "🔺")],
)
def test_every_class_of_status_has_its_sign(status: str, sign: str) -> None:
    message = render(listing(1, rows=(server(1, status=status),)), FRAME)
    assert rows(message)[1][0] == f"{sign} {status}"


@pytest.mark.parametrize(
    ("page", "place", "turns"),
    [
        (1, "Page 1 of 10 · 1–15 of 142", {"Next ›": 2}),
        (2, "Page 2 of 10 · 16–30 of 142", {"‹ Prev": 1, "Next ›": 3}),
        (10, "Page 10 of 10 · 136–142 of 142", {"‹ Prev": 9}),
        (99, "Page 10 of 10 · 136–142 of 142", {"‹ Prev": 9}),
        (0, "Page 1 of 10 · 1–15 of 142", {"Next ›": 2}),
    ],
)
def test_pages_are_turned_by_buttons(page: int, place: str, turns: dict[str, int]) -> None:
    message = render(listing(), replace(FRAME, page=page))
    assert place in shown(message)
    assert buttons(message) == {
        label: PageRef("held-1", to, "servers").to_value() for label, to in turns.items()
    }


def test_one_page_needs_no_buttons() -> None:
    message = render(listing(15), FRAME)
    assert buttons(message) == {}
    assert "Page" not in shown(message)


def test_filter_and_sort_are_shown() -> None:
    message = render(
        listing(3, filter=parse_filter("name=prod-* vcpus>=4"), sort=parse_sort("-age")), FRAME
    )
    for text in (shown(message), message.text):
        assert "vcpus&gt;=4" in text or "vcpus>=4" in text
        assert "sort=-age" in text
    assert "3 of 142 servers" in shown(message)


def test_an_empty_listing_offers_all() -> None:
    empty = listing(0, filter=parse_filter("status=on-holiday"))
    message = render(empty, FRAME)
    assert wording.found(empty) in shown(message)
    assert buttons(message) == {"All servers": "servers"}


def test_the_footer_tells_age_key_and_doubts() -> None:
    doubted = Source(
        KeyKind.TEST,
        NOW - timedelta(seconds=12),
        steady=False,
        unreadable=(UnreadableRow("srv_9", "spec.vcpus", "should be a whole number"),),
    )
    message = render(listing(1, source=doubted), FRAME)
    for part in ("12 s ago", "test key", "may be missing", "srv_9", "spec.vcpus"):
        assert part in shown(message)
    assert "<!date^" in shown(message)


def test_a_banner_stands_above_stale_facts() -> None:
    stale = replace(
        FACTS,
        trouble=Trouble(Reason.SERVER_ERROR, "boom", NOW, NOW + timedelta(seconds=30)),
    )
    message = render(listing(1, source=stale), FRAME)
    kinds = [block["type"] for block in message.blocks]
    assert kinds.index("rich_text") < kinds.index("table")
    assert quality.stale(stale, utc)[0] in shown(message)
    assert "boom" in shown(message)


def test_a_public_answer_says_who_asked_what() -> None:
    message = render(listing(1, public=True), replace(FRAME, asked_by="U0ASKER"))
    assert message.text.startswith("<@U0ASKER> asked: /cnx servers")
    assert {"type": "user", "user_id": "U0ASKER"} in cast("Any", message.blocks[1])["elements"][0][
        "elements"
    ]


def test_only_what_has_the_form_of_a_user_id_is_mentioned() -> None:
    message = render(listing(1, public=True), replace(FRAME, asked_by="!channel"))
    assert "<" not in message.text
    assert '"user"' not in json.dumps(message.blocks)


def test_the_text_holds_every_row_of_the_page() -> None:
    message = render(listing(), FRAME)
    for number in range(15):
        assert f"prod-api-{number:02d}" in message.text
    assert "142 servers" in message.text


def test_clusters_and_domains_have_their_own_columns() -> None:
    cluster = Cluster(ClusterId("k8s_prod_01"), "1.29.2", 5, "calico", "ready")
    domain = Domain(DomainId("cdn_1"), "assets.example.com", "198.51.100.10", "full", 12, "active")
    clusters = Listing(Kind.CLUSTER, (cluster,), 1, {"ready": 1}, Filter(), None, FACTS)
    domains = Listing(Kind.DOMAIN, (domain,), 1, {"active": 1}, Filter(), None, FACTS)
    assert rows(render(clusters, FRAME))[1] == ["🟢 ready", "k8s_prod_01", "1.29.2", "5", "calico"]
    assert rows(render(domains, FRAME))[1] == [
        "🟢 active",
        "assets.example.com",
        "198.51.100.10",
        "full",
        "12",
    ]


def test_empty_cells_are_dashes() -> None:
    message = render(listing(1, rows=(server(1, name="", region=" "),)), FRAME)
    assert rows(message)[1][1:3] == ["–", "–"]


def test_the_plain_form_holds_the_same_words_without_young_blocks() -> None:
    message = render(listing(), FRAME)
    plain = plain_form(message)
    assert {block["type"] for block in plain.blocks} == {"header", "section", "context", "actions"}
    for number in range(15):
        assert f"prod-api-{number:02d} · us-east-1" in shown(plain)
    assert buttons(plain) == buttons(message)


def test_a_command_too_long_for_a_button_is_left_out_of_it() -> None:
    message = render(listing(), replace(FRAME, command="servers name=" + "x" * 3_000))
    assert buttons(message)["Next ›"] == PageRef("held-1", 2, "").to_value()
