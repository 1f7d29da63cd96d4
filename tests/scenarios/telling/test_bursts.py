"""Very many servers change at once: a channel is neither flooded, nor does anything drop."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.model.changes import Change
from bot.notify.letters import Course, Sort
from tests.scenarios.telling.test_channels import wants
from tests.support.house import Json
from tests.support.telling_house import TellingHouse, telling_house
from tests.support.told import Told, content


async def burst(house: TellingHouse, number: int, *, patience: timedelta) -> None:
    """Of a fleet that is well so many fail at once, and recover at once."""
    house.fleet("recover")
    async with house.bot():
        await house.quiet()
        before = len(await house.calls("chat.postMessage"))
        rows = {row["id"] for row in house.rows() if row["status"] == "running"}
        since = house.site.clock()
        assert house.fleet("burst", count=number, status="error")["changed"] == number
        bad = {row["id"] for row in house.rows() if row["status"] == "error"} & rows
        await house.quiet()
        posts = (await house.calls("chat.postMessage"))[before:]
        assert 1 <= len(posts) <= 3, [it["args"]["text"] for it in posts]
        evidence = first_evidence(house, since)
        assert moment(posts[0]) - evidence <= timedelta(seconds=5)
        it = await house.judged(since=since, patience=patience)
        await check_members(house, it, bad, number)
        text = next(one for one in it.texts() if "turned bad" in one or "error" in one)
        assert f"{number:,}" in text, text

        house.fleet("recover")
        await house.quiet()
        after = (await house.calls("chat.postMessage"))[before + len(posts) :]
        assert len(after) <= 1, [it["args"]["text"] for it in after]
        assert all(it["args"].get("thread_ts") for it in after)
        it = await house.judged(since=since, patience=patience)
        (letter,) = it.letters(Sort.BAD)
        assert letter.lasted is not None
        assert (letter.number, letter.over) == (number, number)
        text = next(one for one in it.texts() if f"{number:,}" in one)
        assert " over after " in text, text


def moment(call: Json) -> datetime:
    """When it was received."""
    return datetime.fromisoformat(call["at"])


def first_evidence(house: TellingHouse, since: datetime) -> datetime:
    """When the first page was answered that shows what is asked for."""
    log = house.site.account.log.after(0)
    asked = [it for it in log if it.kind == "request" and it.at >= since]
    return next(it.at for it in asked if it.what.startswith("GET /v1/servers"))


async def check_members(house: TellingHouse, it: Told, bad: set[str], number: int) -> None:
    """All that turned bad is in one message, and can be paged through from there, each once."""
    (letter,) = it.letters(Sort.BAD)
    assert (letter.number, letter.over) == (number, 0)
    found: list[str] = []
    while True:
        page, of = await house.store.tellings.entries(letter.id, offset=len(found), limit=500)
        assert of == number
        if not page:
            break
        found += [one.change.id for one in page if isinstance(one.change, Change)]
    assert len(found) == len(set(found)) == number
    assert set(found) == bad
    courses = [one for one in it.deliveries if isinstance(content(one), Course)]
    assert len(courses) <= 2


@pytest.mark.long
async def test_six_hundred_at_once() -> None:
    """Over a sweep of seven pages."""
    account = {"plan": "enterprise"}
    async with telling_house(servers=700, account=account) as house:
        await burst(house, 600, patience=timedelta(seconds=30))


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_five_thousand_at_once() -> None:
    """Over a sweep of more than fifty pages."""
    account = {"plan": "enterprise"}
    async with telling_house(servers=5_200, account=account) as house:
        await burst(house, 5_000, patience=timedelta(minutes=4))


@pytest.mark.long
async def test_a_burst_in_ten_channels() -> None:
    """All channels together keep to what Slack takes in a minute, and each shows everything in the end."""
    account = {"plan": "enterprise", "max_limit": 20}
    channels = [f"C0TEAM{number}" for number in range(10)]
    async with telling_house(servers=400, account=account, channel=None) as house, house.bot():
        house.fleet("recover")
        await house.quiet()
        for channel in channels:
            await house.slack("channels", id=channel, name=channel.lower())
            await wants(house, channel)
        assert house.fleet("burst", count=380, status="error")["changed"] == 380
        await house.quiet()
        house.fleet("recover")
        await house.quiet()
        for channel in channels:
            (letter,) = (await house.judged(channel)).letters(Sort.BAD)
            assert (letter.number, letter.over) == (380, 380)
