"""What each reply shows: the parts that a person looks for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.cloudnexus import KeyKind
from bot.commands import quality, wording
from bot.commands.grammar import help_reply
from bot.commands.replies import (
    Candidates,
    Detail,
    KindCounts,
    Nothing,
    QuotaReply,
    StatusReply,
    TroubleReply,
    Unread,
    UsageReply,
    Watched,
)
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.slack.render import home, is_public, name_of_command, render
from bot.slack.render.text import utc
from tests.slack.render.replies import NOW
from tests.slack.render.shown import FACTS, FRAME, buttons, listing, rows, server, shown, words


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


def test_only_answers_can_be_public_and_have_a_name() -> None:
    public = listing(1, public=True)
    assert is_public(public)
    assert name_of_command(public, "servers") == "servers"
    assert not is_public(Nothing(Kind.DOMAIN, "x", (), FACTS))
    assert name_of_command(Nothing(Kind.DOMAIN, "x", (), FACTS), "domain x") == "domain"
    trouble = TroubleReply(Trouble(Reason.REFUSED, "", NOW, None), KeyKind.LIVE)
    assert name_of_command(trouble, "Servers --public") == "servers"
