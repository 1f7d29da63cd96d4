"""The spine, told as a user would: a command typed in Slack, answered out of CloudNexus and back.

Both stand-ins are real servers, the bot between them is the one of production.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.house import APPROVER, GENERAL, GUEST, OPS, RANDOM, House, opened
from tests.support.watch_house import SLOW_LEASE


def names(table: list[list[str]]) -> list[str]:
    column = next(i for i, head in enumerate(table[0]) if head.lower() == "name")
    return [row[column] for row in table[1:]]


async def expected(house: House, **wanted: str) -> set[str]:
    """The names that the fleet itself says match."""
    rows = [line["new"] for line in await fleet_rows(house)]
    return {r["name"] for r in rows if all(r[field] == value for field, value in wanted.items())}


async def fleet_rows(house: House) -> list[dict[str, dict[str, str]]]:
    url = f"{house.account.control_url}rows"
    async with house._session.get(url, params={"kind": "server"}) as response:
        return [{"new": row} for row in (await response.json())["rows"]]


async def test_filtered_servers_page_by_page_without_asking_again() -> None:
    async with opened(servers=400) as house:
        wanted = await expected(house, status="running", region="us-east-1")
        assert len(wanted) > 15, "the story needs more than one page"

        (reply,) = await house.command("/cnx servers status=running region=us-east-1")
        assert reply.only_visible_to == "U0ASKER"
        assert str(len(wanted)) in reply.everything
        first = names(reply.table)
        asked = await house.spent_by_people()

        seen = set(first)
        pages = 1
        while "Next" in reply.everything:
            await house.click(reply, "Next")
            (reply,) = [m for m in await house.settled() if m.ts == reply.ts]
            seen |= set(names(reply.table))
            pages += 1
        assert seen == wanted
        assert pages > 1
        assert await house.spent_by_people() == asked == 0, "a page out of the store costs nothing"


async def test_a_reply_says_how_old_it_is_and_which_key_it_used() -> None:
    async with opened() as house:
        (reply,) = await house.command("/cnx servers")
        assert re.search(r"\blive\b", reply.everything)
        assert re.search(r"<!date\^\d+\^|\bdate\b|ago|now", str(reply.raw["blocks"]))
    async with opened(key="cn_test_sk_standin") as house:
        (reply,) = await house.command("/cnx servers")
        assert re.search(r"\btest\b", reply.everything)


async def test_public_answers_are_seen_by_all_and_others_by_nobody_else() -> None:
    async with opened() as house:
        await house.command("/cnx status")
        assert await house.messages(OPS, user=APPROVER) == []
        (reply,) = await house.command("/cnx status --public")
        assert reply.only_visible_to is None
        assert [m.ts for m in await house.messages(OPS, user=APPROVER)] == [reply.ts]


async def test_it_answers_in_channels_where_the_bot_is_not() -> None:
    async with opened() as house:
        (reply,) = await house.command("/cnx servers name=prod-*", channel=RANDOM)
        assert reply.only_visible_to == "U0ASKER"


async def test_a_guest_is_refused_kindly_and_costs_no_request() -> None:
    async with opened() as house:
        (reply,) = await house.command("/cnx servers", user=GUEST)
        assert "guest" in reply.everything.lower()
        assert await house.spent_by_people() == 0


async def test_a_guest_may_read_where_settings_say_so() -> None:
    async with opened(settings={"cnx_guests": "read"}) as house:
        (reply,) = await house.command("/cnx servers", user=GUEST)
        assert len(reply.table) > 1


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"is_stranger": True}, "workspace"),
        ({"team_id": "T0OTHER"}, "workspace"),
    ],
)
async def test_outsiders_are_refused_and_told_why(fields: dict[str, object], word: str) -> None:
    async with opened() as house:
        await house.slack("users", id="U0ODD", name="odd", **fields)
        await house.slack("channels", id=OPS, members=["U0ODD", "U0CNX", "U0ASKER"])
        (reply,) = await house.command("/cnx servers", user="U0ODD")
        assert word in reply.everything.lower()
        assert await house.spent_by_people() == 0


BAD_INPUT = [
    ("/cnx", "servers"),
    ("/cnx frobnicate", "frobnicate"),
    ("/cnx servesr", "servers"),
    ("/cnx servers colour=red", "colour"),
    ("/cnx servers regoin=us-east-1", "region"),
    ('/cnx servers name="prod', "quote"),
    ("/cnx servers name=“prod-*”", "prod-"),
    ("/cnx servers —public", ""),
    ("/cnx servers " + "x" * 4_000, ""),
    ("/cnx 🦄 🌈", "🦄"),
    ("/cnx server <!channel>", ""),
    ("/cnx servers name=<!channel>", ""),
    ("/cnx servers status=on-holiday", "0"),
    ("/cnx server no-such-server", "no-such-server"),
    ("/cnx servers vcpus>=many", "vcpus"),
    ("/cnx servers sort=colour", "colour"),
    ("/cnx help frobnicate", "frobnicate"),
    ("/cnx server", "name"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def still_house() -> AsyncIterator[House]:
    """One for all tests that only ask, and change nothing for the next one; nothing is read again."""
    async with opened(
        settings={"cnx_min_poll_interval": "1h"}, terms={"lease": SLOW_LEASE}
    ) as house:
        yield house


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("line", "word"), BAD_INPUT, ids=[line[:40] for line, _ in BAD_INPUT])
async def test_odd_input_is_answered_kindly_and_within_the_limits(
    still_house: House, line: str, word: str
) -> None:
    """The stand-in refuses what Slack refuses, so an answer that is seen was within the limits."""
    (reply,) = await still_house.command(line, channel=GENERAL)
    assert word in reply.everything
    for part in [*mrkdwn_texts(reply.blocks), reply.text]:
        assert "<!channel>" not in part
    refused = [c for c in await still_house.calls() if not c["ok"]]
    assert refused == []


async def test_a_hostile_name_is_shown_and_not_interpreted() -> None:
    hostile = "<!channel> *bold* <http://evil.example|click> @here `x`"
    async with opened(servers=3) as house:
        rows = await fleet_rows(house)
        victim = rows[0]["new"]["id"]
        await house.fleet("set", id=victim, field="name", value=hostile)
        await house.watched()
        (reply,) = await house.command("/cnx servers")
        assert hostile in names(reply.table)
        for part in [*mrkdwn_texts(reply.blocks), reply.text]:
            assert "<!channel>" not in part
            assert "<http://evil" not in part
        (detail,) = await house.command(f"/cnx server {victim}")
        for part in [*mrkdwn_texts(detail.blocks), detail.text]:
            assert "<!channel>" not in part
            assert "<http://evil" not in part


def mrkdwn_texts(node: object) -> list[str]:
    """Every text that Slack would interpret."""
    if isinstance(node, dict):
        own = [node["text"]] if node.get("type") == "mrkdwn" else []
        return own + [text for value in node.values() for text in mrkdwn_texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in mrkdwn_texts(value)]
    return []


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("/cnx clusters", ["k8s_prod_01", "calico"]),
        ("/cnx cluster k8s_prod_01", ["k8s_prod_01", "calico"]),
        ("/cnx cdn", ["example"]),
        ("/cnx domains", ["example"]),
        ("/cnx status", ["us-east-1", "running"]),
        ("/cnx quota", ["1,000"]),
        ("/cnx help", ["servers", "quota"]),
        ("/cnx help servers", ["sort", "--public"]),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_each_command_answers(still_house: House, line: str, parts: list[str]) -> None:
    (reply,) = await still_house.command(line)
    for part in parts:
        assert part in reply.everything


async def test_one_server_by_name_by_id_and_by_an_ambiguous_name() -> None:
    async with opened() as house:
        rows = [line["new"] for line in await fleet_rows(house)]
        one = rows[7]
        for ref in (one["id"], one["name"]):
            (reply,) = await house.command(f"/cnx server {ref}")
            assert one["id"] in reply.everything
            assert one["region"] in reply.everything
        await house.fleet("set", id=rows[8]["id"], field="name", value="twin")
        await house.fleet("set", id=rows[9]["id"], field="name", value="twin")
        await house.watched()
        (reply,) = await house.command("/cnx server twin")
        assert rows[8]["id"] in reply.everything
        assert rows[9]["id"] in reply.everything


async def test_quota_says_who_spent_what() -> None:
    async with opened() as house:
        await house.command("/cnx servers --live")
        (reply,) = await house.command("/cnx quota")
        assert "U0ASKER" in str(reply.raw["blocks"])
        assert "watch servers" in reply.everything
        assert await house.spent_by_people() == 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 500, "times": None}, ["internal failure", "worth trying"]),
        ({"kind": "rate_limited", "seconds": 900, "times": None}, ["quota", "worth trying"]),
        ({"kind": "malformed", "times": None}, ["answer", "worth trying"]),
        ({"kind": "lost", "times": None}, ["reach", "worth trying"]),
        ({"kind": "status", "status": 401, "times": None}, ["CNX_API_KEY"]),
        ({"kind": "status", "status": 403, "times": None}, ["CNX_API_KEY"]),
    ],
    ids=["500", "429", "malformed", "lost", "401", "403"],
)
async def test_while_cloudnexus_fails_the_reply_says_so(
    fault: dict[str, object], words: list[str]
) -> None:
    async with opened() as house:
        await house.fleet("faults", **fault)
        await house.watched()
        (reply,) = await house.command("/cnx servers")
        assert "142 servers" in reply.everything, "what was known before is shown"
        for word in words:
            assert word.lower() in reply.everything.lower()
        assert "since" in reply.everything
        assert "cn_live_sk" not in str(reply.raw)


async def test_who_asks_live_sees_what_has_changed_a_moment_ago() -> None:
    async with opened(settings={"cnx_min_poll_interval": "1h"}) as house:
        victim = (await fleet_rows(house))[0]["new"]
        for status in ("error", "stopped"):
            await house.fleet("set", id=victim["id"], field="status", value=status)
            (reply,) = await house.command(f"/cnx server {victim['id']} --live")
            assert f"Status: {status}" in reply.everything.replace("🔺 ", "").replace("⚪ ", "")
            assert "2 requests" in reply.everything
            (known,) = await house.command(f"/cnx server {victim['id']}")
            assert status in known.everything, "what a person had read, the store knows"


async def test_a_server_whose_row_cannot_be_read_is_not_denied() -> None:
    async with opened() as house:
        victim = (await fleet_rows(house))[3]["new"]
        await house.fleet("corrupt", id=victim["id"], field="spec.vcpus", value="four")
        await house.watched()
        (reply,) = await house.command(f"/cnx server {victim['id']}")
        assert victim["region"] in reply.everything, "as it was last read"
        assert "spec.vcpus" in reply.everything
        (reply,) = await house.command("/cnx servers")
        assert "142 servers" in reply.everything
        assert victim["id"] in reply.everything
        new = (await house.fleet("add", kind="server", row={"name": "odd-one"}))["id"]
        await house.fleet("corrupt", id=new, field="status", value=7)
        await house.watched()
        (reply,) = await house.command(f"/cnx server {new}")
        assert "is there" in reply.everything, "never legible, and yet not denied"
