"""Who may read, and how people are remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.slack.failures import SlackCallError, refusal
from bot.slack.people import (
    KEPT,
    MOST,
    Guests,
    People,
    Person,
    UnreadablePersonError,
    may_change,
    may_read,
    person_from,
)
from tests.support.virtual_time import virtual_now

HOME = "T0HOME"
ADA = Person("U1", HOME)

VERDICTS: list[tuple[Person, Guests, bool, str]] = [
    (ADA, "refuse", True, ""),
    (ADA, "read", True, ""),
    (replace(ADA, is_restricted=True), "refuse", False, "guest"),
    (replace(ADA, is_restricted=True), "read", True, ""),
    (replace(ADA, is_ultra_restricted=True), "refuse", False, "guest"),
    (replace(ADA, is_restricted=True, is_ultra_restricted=True), "read", True, ""),
    (replace(ADA, is_stranger=True), "refuse", False, "another workspace"),
    (replace(ADA, is_stranger=True), "read", True, ""),
    (replace(ADA, team_id="T0OTHER"), "refuse", False, "another workspace"),
    (replace(ADA, team_id="T0OTHER"), "read", True, ""),
    (replace(ADA, is_bot=True), "read", False, "bot"),
    (replace(ADA, id="USLACKBOT"), "read", False, "bot"),
    (replace(ADA, deleted=True), "read", False, "deactivated"),
    (replace(ADA, deleted=True, is_restricted=True), "read", False, "deactivated"),
]


@pytest.mark.parametrize(("person", "guests", "allowed", "why"), VERDICTS)
def test_who_may_read(person: Person, guests: Guests, allowed: bool, why: str) -> None:
    verdict = may_read(person, HOME, guests)
    assert verdict.allowed is allowed
    assert why in verdict.reason
    assert bool(verdict.reason) is not allowed


@pytest.mark.parametrize(("person", "guests", "allowed", "why"), VERDICTS)
def test_only_members_may_change_anything_whatever_guests_may_read(
    person: Person, guests: Guests, allowed: bool, why: str
) -> None:
    verdict = may_change(person, HOME)
    assert verdict.allowed is (person == ADA)
    if not verdict.allowed and guests == "refuse":
        assert why in verdict.reason
        assert "CNX_GUESTS" not in verdict.reason, "that would not help"


def test_flags_that_slack_leaves_out_are_false() -> None:
    assert person_from({"id": "U1", "team_id": HOME, "tz": "Europe/Rome"}) == Person(
        "U1", HOME, tz="Europe/Rome"
    )


@pytest.mark.parametrize(
    ("user", "field"),
    [
        ({"team_id": HOME}, "id"),
        ({"id": "U1"}, "team_id"),
        ({"id": "U1", "team_id": ""}, "team_id"),
        ({"id": "U1", "team_id": HOME, "is_restricted": "no"}, "is_restricted"),
        ({"id": "U1", "team_id": HOME, "deleted": 0}, "deleted"),
    ],
)
def test_what_can_not_be_read_is_not_assumed(user: dict[str, Any], field: str) -> None:
    with pytest.raises(UnreadablePersonError, match=field):
        person_from(user)


class Directory:
    """Answers after a second, and counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False
        self.restricted = False
        self.lacks_team = False
        self.takes = 1.0

    async def user(self, user_id: str) -> Mapping[str, Any]:
        self.asked.append(user_id)
        await asyncio.sleep(self.takes)
        if self.fails:
            raise refusal("users.info", 429, {}, {"error": "ratelimited"})
        team = {} if self.lacks_team else {"team_id": HOME}
        return {"id": user_id, "is_restricted": self.restricted} | team


def people(directory: Directory) -> People:
    return People(directory, home_team=HOME, guests="refuse", clock=virtual_now)


async def test_one_question_serves_all_who_ask_at_once() -> None:
    directory = Directory()
    known = people(directory)
    verdicts = await asyncio.gather(*(known.may_read("U1") for _ in range(50)))
    assert all(verdict.allowed for verdict in verdicts)
    assert directory.asked == ["U1"]


async def test_who_gives_up_waiting_takes_nothing_from_the_others() -> None:
    directory = Directory()
    known = people(directory)
    hasty = asyncio.ensure_future(known.may_read("U1"))
    patient = asyncio.ensure_future(known.may_read("U1"))
    await asyncio.sleep(0.5)
    hasty.cancel()
    assert (await patient).allowed
    assert directory.asked == ["U1"]


async def test_rights_are_remembered_for_five_minutes() -> None:
    directory = Directory()
    known = people(directory)
    assert (await known.may_read("U1")).allowed
    directory.restricted = True
    assert (await known.may_read("U1")).allowed
    await asyncio.sleep((KEPT + timedelta(seconds=1)).total_seconds())
    assert not (await known.may_read("U1")).allowed
    assert len(directory.asked) == 2


async def test_a_failure_refuses_with_slacks_word_and_is_not_remembered() -> None:
    directory = Directory()
    known = people(directory)
    directory.fails = True
    refused = await known.may_read("U1")
    assert not refused.allowed
    assert "ratelimited" in refused.reason
    directory.fails = False
    assert (await known.may_read("U1")).allowed


async def test_slack_is_asked_again_where_it_was_only_busy() -> None:
    """A person who has to ask again because of one 429 has been asked to wait for nothing."""
    directory = Directory()
    directory.fails = True
    asking = asyncio.ensure_future(people(directory).may_read("U1"))
    await asyncio.sleep(directory.takes + 0.5)
    directory.fails = False
    assert (await asking).allowed
    assert directory.asked == ["U1", "U1"]


async def test_slack_is_not_asked_again_where_it_knows() -> None:
    class Stranger(Directory):
        async def user(self, user_id: str) -> Mapping[str, Any]:
            self.asked.append(user_id)
            raise SlackCallError("users.info", "user_not_found")

    directory = Stranger()
    assert not (await people(directory).may_read("U1")).allowed
    assert directory.asked == ["U1"]


async def test_an_old_verdict_is_no_substitute_for_a_new_one() -> None:
    directory = Directory()
    known = people(directory)
    await known.may_read("U1")
    await asyncio.sleep(KEPT.total_seconds() + 1)
    directory.fails = True
    assert not (await known.may_read("U1")).allowed


async def test_an_answer_without_a_team_is_a_refusal() -> None:
    directory = Directory()
    directory.lacks_team = True
    refused = await people(directory).may_read("U1")
    assert not refused.allowed
    assert "team_id" in refused.reason


async def test_only_so_many_people_are_remembered() -> None:
    directory = Directory()
    directory.takes = 0
    known = people(directory)
    for number in range(MOST + 10):
        await known.may_read(f"U{number}")
    await known.may_read(f"U{MOST + 9}")
    assert len(directory.asked) == MOST + 10
    await known.may_read("U0")
    assert len(directory.asked) == MOST + 11
    assert len(known._known) == MOST


async def test_closing_ends_what_is_being_asked() -> None:
    known = people(Directory())
    asking = asyncio.ensure_future(known.may_read("U1"))
    await asyncio.sleep(0.1)
    await known.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking
