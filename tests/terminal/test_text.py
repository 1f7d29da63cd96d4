"""Replies as a person at a terminal sees them."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from bot.cloudnexus import KeyKind
from bot.commands.grammar import help_reply
from bot.commands.replies import Candidates, Detail, Nothing, TroubleReply, UsageReply
from bot.model.filters import parse_filter
from bot.model.kinds import Kind
from bot.model.sorting import parse_sort
from bot.terminal.text import render
from tests.model.rows import cluster, domain, server
from tests.support.virtual_time import EPOCH
from tests.terminal.replies import LATER, QUOTA, SOURCE, STATUS, TROUBLE, TROUBLED, WORN, listing
from tests.terminal.screen import API, WEB, shown


def test_a_listing() -> None:
    assert shown(listing(API, WEB)) == (
        "2 servers · ● 1 running · ▲ 1 error\n"
        "\n"
        "STATUS     NAME         REGION     SIZE                        AGE  ID\n"
        "● running  prod-api-01  us-east-1  4 vCPU · 16 GB · 128 GB   312 d  srv_8x92k3\n"
        "▲ error    web          eu-west-2  4 vCPU · 0.5 GB · 128 GB    0 s  srv_2\n"
        "\n"
        "As of 12:59:48 +01:00, 12 s ago · live key\n"
    )


@pytest.mark.parametrize(
    ("status", "sign"),
    [("running", "●"), ("provisioning", "◐"), ("stopped", "○"), ("error", "▲"), ("odd", "▲")],
)
def test_a_status_has_its_sign_and_its_word_also_without_colours(status: str, sign: str) -> None:
    assert f"\n{sign} {status} " in shown(listing(replace(API, status=status)))


def test_what_was_asked_for_is_repeated() -> None:
    reply = listing(
        API, total=142, wanted=parse_filter("vcpus>=4 name=prod-*"), sort=parse_sort("-age")
    )
    lines = shown(reply).splitlines()
    assert lines[0] == "1 of 142 servers · ● 1 running"
    assert lines[1] == "vcpus>=4 name=prod-* sort=-age"


def test_nothing_matches() -> None:
    assert shown(listing(total=142, wanted=parse_filter("status=odd"))).splitlines()[:2] == [
        "0 of 142 servers",
        "status=odd",
    ]


def test_clusters_and_domains() -> None:
    clusters = shown(listing(cluster(), kind=Kind.CLUSTER)).splitlines()
    assert clusters[2:4] == [
        "STATUS   ID           VERSION  NODES  NETWORK",
        "● ready  k8s_prod_01  1.29.2       5  calico",
    ]
    domains = shown(listing(domain(id="cdn_x7k29m"), kind=Kind.DOMAIN)).splitlines()
    assert domains[2:4] == [
        "STATUS    NAME                ORIGIN         SSL   RULES  ID",
        "● active  assets.example.com  198.51.100.10  full     12  cdn_x7k29m",
    ]


def test_a_narrow_terminal_loses_columns_but_never_a_name() -> None:
    wide, narrow, tiny = (
        shown(listing(API), width=width, terminal=True) for width in (100, 75, 20)
    )
    assert "srv_8x92k3" in wide
    assert "srv_8x92k3" not in narrow
    assert "312 d" in narrow
    assert "312 d" not in tiny
    assert "prod-api-01" in tiny


def test_a_file_gets_every_column_on_one_line_whatever_the_width() -> None:
    long = server("x" * 200)
    assert f"● running  {'x' * 200}  us-east-1" in shown(listing(long), width=40)


def test_one_endless_name_does_not_blow_up_all_other_rows() -> None:
    long = replace(API, name="x" * 10_000)
    lines = shown(listing(long, WEB), width=120).splitlines()
    assert [len(line) > 10_000 for line in lines].count(True) == 1
    assert all(len(line) < 200 for line in lines if "x" * 10_000 not in line)
    assert any("x" * 10_000 + "  us-east-1" in line for line in lines)


def test_wide_characters_stay_aligned() -> None:
    lines = shown(listing(server("日本", id="a"), server("web", id="b"))).splitlines()
    assert lines[3].startswith("● running  日本  us-east-1")
    assert lines[4].startswith("● running  web   us-east-1")


def test_worn_facts_say_what_is_wrong_with_them() -> None:
    assert shown(listing(API, source=WORN)).splitlines()[-11:] == [
        "As of 12:55:00 +01:00, 5 min ago · test key (sandbox)",
        "Out of the store, because the quota is low.",
        "Read from CloudNexus for this answer: 2 requests.",
        "The list could not be read as a whole: a row may be missing.",
        (
            "What has gone from the list can't be told at present: it is in no order, and shifts "
            "while it is read."
        ),
        "1 row could not be read: srv_bad (spec.vcpus should be a whole number, is a string).",
        "These are the last known facts: newer ones can't be had.",
        "CloudNexus has an internal failure.",
        "The details: “oops”.",
        "It has been so since 12:59:55 +01:00.",
        "It is worth trying again at 13:00:30 +01:00.",
    ]


def test_everything_about_one_server() -> None:
    row = replace(
        API,
        created_at=datetime(2025, 1, 15, 8, 30, tzinfo=UTC),
        extra={"tags": ["a"], "note": "x\ny"},
    )
    assert shown(Detail(row, SOURCE)) == (
        "prod-api-01\n"
        "id       srv_8x92k3\n"
        "status   ● running\n"
        "region   us-east-1\n"
        "size     4 vCPU · 16 GB · 128 GB\n"
        "created  2025-01-15 09:30:00 +01:00, 411 d ago\n"
        'tags     ["a"]\n'
        "note     x y\n"
        "\n"
        "As of 12:59:48 +01:00, 12 s ago · live key\n"
    )


def test_everything_about_a_cluster_and_a_domain() -> None:
    assert "network policy  calico\n" in shown(Detail(cluster(), SOURCE))
    assert "cache rules  12\n" in shown(Detail(domain(), SOURCE))


def test_candidates_are_listed_with_their_ids_at_any_width() -> None:
    out = shown(Candidates(Kind.SERVER, "*", (API, WEB), SOURCE), width=40, terminal=True)
    assert out.startswith("“*” means any of 2 servers. Ask for one by its id.\n")
    assert "srv_8x92k3" in out
    assert "srv_2" in out


def test_nothing_of_that_name() -> None:
    out = shown(Nothing(Kind.SERVER, "wbe", ("web", "web-2"), SOURCE))
    assert out.splitlines()[:2] == [
        "No server has the name or id “wbe”.",
        "Did you mean web or web-2?",
    ]


def test_the_account_at_a_glance() -> None:
    assert shown(STATUS) == (
        "3 servers · ▲ 1 error · ● 2 running\n"
        "  eu-west-2  ● 1 running\n"
        "  us-east-1  ▲ 1 error · ● 1 running\n"
        "As of 12:59:48 +01:00, 12 s ago\n"
        "A round of reading takes 60 s and 2 requests.\n"
        "\n"
        "1 cluster · ● 1 ready\n"
        "As of 12:59:48 +01:00, 12 s ago\n"
        "\n"
        "CDN domains could not be read.\n"
        "CloudNexus has an internal failure.\n"
        "The details: “oops”.\n"
        "It has been so since 12:59:55 +01:00.\n"
        "It is worth trying again at 13:00:30 +01:00.\n"
        "\n"
        "Quota: 873 of 1,000 requests are left, 127 are spent. It is renewed at 13:00:30 +01:00.\n"
        "live key\n"
    )


def test_how_badly_a_kind_is_watched_is_told() -> None:
    reply = replace(STATUS, kinds=(replace(STATUS.kinds[0], watched=TROUBLED),), quota=None)
    out = shown(reply)
    assert out.splitlines()[3:9] == [
        "As of 12:59:48 +01:00, 12 s ago",
        "A round of reading takes 3 requests; how long is not known yet.",
        "Nothing can be read since 12:56:00 +01:00.",
        "12 absences are not believed, and wait for a word.",
        "Rows 201 to 300 of the list can't be read since 12:57:00 +01:00.",
        "The first round is not over: what appears meanwhile is not told.",
    ]
    assert "Quota" not in out


def test_the_quota_and_who_spent_it() -> None:
    assert shown(QUOTA) == (
        "873 of 1,000 requests are left.\n"
        "The quota is renewed at 13:00:30 +01:00.\n"
        "100 are kept for people, the last 10 for approved creations.\n"
        "CloudNexus told so at 13:00:00 +01:00.\n"
        "\n"
        "SPENT BY                          REQUESTS\n"
        "U0ASKER                                 12\n"
        "terminal                                 3\n"
        "elsewhere, with the same account       112\n"
        "\n"
        "live key\n"
    )


def test_trouble_where_nothing_is_known() -> None:
    out = shown(TroubleReply(TROUBLE, KeyKind.TEST))
    assert out.splitlines()[0] == "CloudNexus has an internal failure."
    assert out.splitlines()[-1] == "test key (sandbox)"


def test_usage_proposes_what_a_shell_takes() -> None:
    out = shown(UsageReply("No.", 'servers vcpus>=4 "name=a b"', "servers"))
    assert out == "No.\nTry: cnx servers 'vcpus>=4' 'name=a b'\n"


def test_help_lists_the_commands_without_what_a_terminal_lacks() -> None:
    out = shown(help_reply())
    assert "cnx servers [filter …] [sort=field,…]" in out
    assert "The account at a glance" in out
    assert "--public" not in out


def test_help_on_one_command_has_examples_that_a_shell_takes() -> None:
    out = shown(help_reply("servers"))
    assert "  cnx servers 'vcpus>=4'\n" in out
    assert "--public" not in out


def test_colours_are_only_added() -> None:
    out = shown(listing(API, WEB), colour=True, terminal=True)
    assert "\x1b[32m● running\x1b[0m" in out
    assert "\x1b[1;31m▲ error\x1b[0m" in out


def test_without_a_zone_times_are_the_systems_with_their_offset() -> None:
    out = io.StringIO()
    render(QUOTA, console=Console(file=out, width=120), now=EPOCH)
    assert re.search(r"renewed at \d\d:\d\d:30 [+-]\d\d:\d\d\.", out.getvalue())


def test_times_of_another_day_bear_their_date() -> None:
    reply = replace(QUOTA, resets_at=LATER + timedelta(days=1))
    assert "renewed at 2026-03-03 13:00:30 +01:00." in shown(reply)
