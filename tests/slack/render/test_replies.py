"""What each reply shows: the parts that a person looks for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.cloudnexus import (
    Cluster,
    ClusterId,
    Domain,
    DomainId,
    KeyKind,
    Server,
    ServerId,
    Spec,
    UnreadableRow,
)
from bot.commands import quality, wording
from bot.commands.grammar import help_reply
from bot.commands.replies import (
    Candidates,
    Detail,
    HistoryReply,
    KindCounts,
    Listing,
    Nothing,
    QuotaReply,
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
from bot.model.filters import Filter, parse_filter
from bot.model.kinds import Kind
from bot.model.sorting import parse_sort
from bot.model.status import StatusClasses
from bot.model.troubles import Reason, Trouble
from bot.slack.payloads import PageRef
from bot.slack.render import Frame, SlackMessage, home, is_public, name_of_command, render
from bot.slack.render.message import plain_form
from bot.slack.render.text import utc
from tests.slack.render.replies import NOW

FACTS = Source(KeyKind.LIVE, NOW - timedelta(seconds=12))
FRAME = Frame(NOW, command="servers", held_id="held-1")


def server(number: int, **changes: Any) -> Server:
    made = Server(
        ServerId(f"srv_{number}"),
        f"prod-api-{number:02d}",
        "running",
        "us-east-1",
        Spec(4, 16, 128),
        NOW - timedelta(days=312),
    )
    return replace(made, **changes)


def listing(count: int = 142, **changes: Any) -> Listing:
    made = Listing(
        Kind.SERVER,
        tuple(server(n) for n in range(count)),
        142,
        {"running": count} if count else {},
        Filter(),
        None,
        FACTS,
    )
    return replace(made, **changes)


def words(node: object) -> str:
    if isinstance(node, Mapping):
        return " ".join(words(value) for key, value in node.items() if key != "type")
    if isinstance(node, Sequence) and not isinstance(node, str):
        return " ".join(words(inner) for inner in node)
    return node if isinstance(node, str) else ""


def shown(message: SlackMessage) -> str:
    return words(message.blocks)


def rows(message: SlackMessage) -> list[list[str]]:
    (found,) = [block for block in message.blocks if block["type"] == "table"]
    return [[words(one.get("text", one)) for one in row] for row in cast("Any", found["rows"])]


def buttons(message: SlackMessage) -> dict[str, str]:
    return {
        element["text"]["text"]: element["value"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in cast("Any", block["elements"])
    }


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


def test_a_detail_shows_every_field_also_unknown_ones() -> None:
    extra = {"tags": ["a", "b"], "owner": "team <x>", "backup": None, "": ""}
    message = render(Detail(server(7, extra=extra), FACTS), FRAME)
    fields = dict(row for row in rows(message) if len(row) == 2)
    assert fields["Id"] == "srv_7"
    assert fields["Region"] == "us-east-1"
    assert "312 d ago" in fields["Created"]
    assert fields["tags"] == '["a", "b"]'
    assert fields["owner"] == "team <x>"
    assert fields["backup"] == "null"
    assert fields["–"] == "–"


def test_a_detail_with_too_many_fields_counts_the_rest() -> None:
    extra = {f"field_{number}": "x" * 300 for number in range(500)}
    message = render(Detail(server(7, extra=extra), FACTS), FRAME)
    assert f"and {505 - (len(rows(message)) - 1)} more fields" in shown(message)


def test_candidates_have_a_button_each() -> None:
    found = tuple(server(number, name="twin") for number in range(30))
    message = render(Candidates(Kind.SERVER, "twin", found, FACTS), FRAME)
    assert buttons(message)["srv_3"] == "server srv_3"
    assert len(buttons(message)) == 10
    assert len(rows(message)) == 1 + 20
    assert "and 10 more" in shown(message)


def test_nothing_proposes_what_looks_like_it() -> None:
    message = render(Nothing(Kind.SERVER, "prdo", ("prod", "two words"), FACTS), FRAME)
    assert "Did you mean prod or two words?" in shown(message)
    assert buttons(message) == {"prod": "server prod", "two words": 'server "two words"'}


def test_status_counts_by_kind_status_and_region() -> None:
    servers = KindCounts(
        Kind.SERVER,
        142,
        {"error": 3, "running": 139},
        {"eu-west-2": {"running": 42}, "us-east-1": {"error": 3, "running": 97}},
        FACTS,
    )
    trouble = Trouble(Reason.FORBIDDEN, "no", NOW, None)
    message = render(StatusReply((servers,), {Kind.CLUSTER: trouble}), FRAME)
    assert "🔺 3 error · 🟢 139 running" in shown(message)
    assert rows(message)[2] == ["us-east-1", "100", "🔺 3 error · 🟢 97 running"]
    assert quality.failed(Kind.CLUSTER) in shown(message)
    assert "CNX_API_KEY" in shown(message)


def test_regions_beyond_what_fits_are_counted() -> None:
    regions = {f"region-{number}": {"running": 1} for number in range(60)}
    message = render(
        StatusReply((KindCounts(Kind.SERVER, 60, {"running": 60}, regions, FACTS),)), FRAME
    )
    assert f"and {60 - (len(rows(message)) - 1)} more regions" in shown(message)


QUOTA = QuotaReply(
    KeyKind.LIVE,
    limit=1_000,
    remaining=874,
    resets_at=NOW + timedelta(minutes=20),
    told_at=NOW,
    spent={"U0ASKER": 20, "terminal": 6, "watch <servers>": 90},
    elsewhere=10,
    reserve=100,
    kept_for_creations=10,
    gate_until=None,
)


def test_quota_tells_who_spent_what_and_mentions_people_only() -> None:
    message = render(QUOTA, FRAME)
    assert "874 of 1,000" in shown(message)
    spenders = [row[0] for row in rows(message)[1:]]
    assert [one.strip() for one in spenders] == [
        "watch <servers>",
        "U0ASKER",
        "terminal",
        "elsewhere",
    ]
    assert json.dumps(message.blocks).count('"type": "user"') == 1
    assert "<@U0ASKER>: 20" in message.text
    assert "watch &lt;servers&gt;: 90" in message.text


def test_quota_before_the_first_answer_says_so() -> None:
    untold = replace(QUOTA, limit=None, remaining=None, resets_at=None, told_at=None, spent={})
    assert wording.quota(untold, utc)[0] in shown(render(untold, FRAME))


def test_help_lists_all_commands_and_shows_one_with_examples() -> None:
    everything = shown(render(help_reply(), FRAME))
    for name in ("servers", "server", "clusters", "cdn", "status", "quota"):
        assert f"/cnx {name}" in everything
    one = render(help_reply("servers"), FRAME)
    assert buttons(one)["servers status!=running"] == "servers status!=running"
    assert "vcpus>=4" in shown(one)


def test_a_wrong_command_offers_what_would_work() -> None:
    message = render(UsageReply("There is no “srvers”.", "servers", None), FRAME)
    assert "no “srvers”" in shown(message)
    assert buttons(message) == {"/cnx servers": "servers", "Help": "help"}


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (Reason.UNAUTHORIZED, "CNX_API_KEY"),
        (Reason.FORBIDDEN, "CNX_API_KEY"),
        (Reason.RATE_LIMITED, "quota"),
        (Reason.SERVER_ERROR, "CloudNexus"),
        (Reason.UNREACHABLE, "CloudNexus"),
    ],
)
def test_trouble_tells_what_since_when_and_when_to_try_again(reason: Reason, remedy: str) -> None:
    told = TroubleReply(
        Trouble(reason, "its own words", NOW - timedelta(hours=1), NOW + timedelta(minutes=5)),
        KeyKind.LIVE,
    )
    message = render(told, FRAME)
    for part in (remedy, "its own words", "2026-03-02 11:00 UTC", "2026-03-02 12:05 UTC"):
        assert part in shown(message)
    assert "<!date" not in shown(message), "times among foreign text are elements, not mrkdwn"
    assert buttons(message) == {"Try again": "servers"}


# ── what happened ──


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


WATCHED = Watched(
    timedelta(seconds=60), 2, False, NOW, 12, (Unread(200, 300, NOW - timedelta(hours=1)),)
)


def test_status_tells_how_each_kind_is_watched_and_the_quota() -> None:
    servers = KindCounts(Kind.SERVER, 1, {"running": 1}, {}, FACTS, WATCHED)
    reply = StatusReply((servers,), quota=QUOTA)
    for told in (shown(render(reply, FRAME)), words(home.glance(reply, FRAME))):
        for part in (
            "A round of reading takes 60 s and 2 requests.",
            "⚠️ Nothing can be read since",
            "⚠️ 12 absences are not believed, and wait for a word.",
            "⚠️ Rows 201 to 300 of the list can't be read since",
            "⚠️ The first round is not over",
            "Quota: 874 of 1,000 requests are left, 126 are spent. It is renewed at",
        ):
            assert part in told
    text = render(reply, FRAME).text
    assert "Rows 201 to 300 of the list can't be read since 2026-03-02 11:00 UTC." in text
    assert "Quota: 874 of 1,000" in text
    assert "Quota" not in shown(render(replace(reply, quota=None), FRAME))


def test_the_footer_tells_cost_note_and_what_cannot_be_proved() -> None:
    source = replace(FACTS, cost=2, note="Out of the store after all.", proves_gone=False)
    message = render(listing(1, source=source), FRAME)
    for part in ("this answer: 2 requests.", "Out of the store after all.", "can't be told"):
        assert part in shown(message)
        assert part in message.text


@pytest.mark.parametrize("reason", Reason)
def test_a_trouble_has_the_title_that_fits_it(reason: Reason) -> None:
    told = TroubleReply(Trouble(reason, "", NOW, None), KeyKind.LIVE)
    title = quality.title(told.trouble)
    assert cast("Any", render(told, FRAME).blocks[0])["text"]["text"] == title
    assert f"⚠️ {title}." in words(home.glance(told, FRAME))


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


def test_only_answers_can_be_public_and_have_a_name() -> None:
    public = listing(1, public=True)
    assert is_public(public)
    assert name_of_command(public, "servers") == "servers"
    assert not is_public(Nothing(Kind.DOMAIN, "x", (), FACTS))
    assert name_of_command(Nothing(Kind.DOMAIN, "x", (), FACTS), "domain x") == "domain"
    trouble = TroubleReply(Trouble(Reason.REFUSED, "", NOW, None), KeyKind.LIVE)
    assert name_of_command(trouble, "Servers --public") == "servers"
