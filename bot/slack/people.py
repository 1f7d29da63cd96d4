"""Who somebody is, and whether they may read, or change anything.

Rights are never assumed: what Slack does not tell is a refusal that says so.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from bot.slack.failures import Form, SlackCallError, Stop, next_step

Guests = Literal["refuse", "read"]
"""What `CNX_GUESTS` says about guests, and about people from other workspaces."""

KEPT = timedelta(minutes=5)
"""How long a person's rights are remembered: a removal takes hold after that at the latest."""

MOST = 1_000
"""How many people are remembered."""

_SLACKBOT = "USLACKBOT"  # Slack's own bot, of which users.info says that it is none

_NOBODY = ("user_not_found", "user_not_visible")
"""What Slack says where it knows for certain that it is nobody of this workspace."""


@dataclass(frozen=True, slots=True)
class Person:
    """What users.info tells of somebody."""

    id: str
    team_id: str
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    tz: str | None = None

    @property
    def is_guest(self) -> bool:
        """Whether they are a guest, of many channels or of one."""
        return self.is_restricted or self.is_ultra_restricted


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may; `reason` is a sentence for them where they may not. Foreign text.

    `certain`: False where it could not be found out, which is a refusal too.
    """

    allowed: bool
    reason: str = ""
    certain: bool = True


class UnreadablePersonError(ValueError):
    """Slack's answer about a person lacks what a decision needs; the text names the field."""


def person_from(user: Mapping[str, Any]) -> Person:
    """A person out of users.info's `user`; raises `UnreadablePersonError`.

    Slack leaves out flags that are false (`is_stranger` nearly always), never id and team.
    """
    for field in ("id", "team_id"):
        if not isinstance(user.get(field), str) or not user[field]:
            raise UnreadablePersonError(field)
    flags: dict[str, bool] = {}
    for field in ("is_bot", "deleted", "is_restricted", "is_ultra_restricted", "is_stranger"):
        value = user.get(field)
        if not isinstance(value, bool | None):
            raise UnreadablePersonError(field)
        flags[field] = bool(value)
    tz = user.get("tz")
    return Person(
        id=user["id"], team_id=user["team_id"], tz=tz if isinstance(tz, str) else None, **flags
    )


def may_read(person: Person, home_team: str, guests: Guests) -> Verdict:
    """Whether this person may read what the bot knows."""
    if person.is_bot or person.id == _SLACKBOT:
        return Verdict(False, "I answer people, and you are a bot.")
    if person.deleted:
        return Verdict(False, "Your account in this workspace is deactivated.")
    if guests == "read":
        return Verdict(True)
    if person.is_stranger or person.team_id != home_team:
        return Verdict(
            False,
            "You belong to another workspace, and I answer only members of this one. "
            "Whoever runs me can allow it with CNX_GUESTS=read.",
        )
    if person.is_guest:
        return Verdict(
            False,
            "You are a guest in this workspace, and guests may not read here. "
            "Whoever runs me can allow it with CNX_GUESTS=read.",
        )
    return Verdict(True)


def may_change(person: Person, home_team: str) -> Verdict:
    """Whether this person may change what the bot does: members may, whatever guests may read."""
    reading = may_read(person, home_team, "read")
    if not reading.allowed:
        return reading
    if person.is_stranger or person.team_id != home_team:
        return Verdict(
            False,
            "You belong to another workspace, and only members of this one may change anything here. "
            "Nothing is recorded.",
        )
    if person.is_guest:
        return Verdict(
            False,
            "You are a guest in this workspace, and only its members may change anything here. "
            "Nothing is recorded.",
        )
    return Verdict(True)


class Directory(Protocol):
    """What is needed of Slack's Web API."""

    async def user(self, user_id: str) -> Mapping[str, Any]:
        """users.info's `user`; raises `SlackCallError`."""
        ...


class People:
    """Verdicts about people. Each person is asked for once at a time, and remembered for a while."""

    def __init__(
        self,
        directory: Directory,
        *,
        home_team: str,
        guests: Guests,
        clock: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._home_team = home_team
        self._guests = guests
        self._clock = clock
        self._known: OrderedDict[str, tuple[datetime, Person]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Person]] = {}

    async def may_read(self, user_id: str) -> Verdict:
        """Whether they may read; a refusal with the reason where it can't be found out."""
        person = await self._known_person(user_id)
        if isinstance(person, Verdict):
            return person
        return may_read(person, self._home_team, self._guests)

    async def may_change(self, user_id: str, *, fresh: bool = False) -> Verdict:
        """Whether they may change anything; a refusal, as above. `fresh`: what is remembered of them
        does not count."""
        person = await self._known_person(user_id, fresh=fresh)
        if isinstance(person, Verdict):
            return person
        return may_change(person, self._home_team)

    async def _known_person(self, user_id: str, *, fresh: bool = False) -> Person | Verdict:
        """Who they are, or why that is not known."""
        try:
            return await (self._ask(user_id) if fresh else self._person(user_id))
        except SlackCallError as failure:
            return Verdict(
                False,
                f"I could not check who you are: Slack answered {failure.error}. "
                "Please try again in a moment.",
                certain=failure.error in _NOBODY,
            )
        except UnreadablePersonError as unreadable:
            return Verdict(
                False,
                f"I could not check who you are: Slack's answer lacks a readable {unreadable}.",
                certain=False,
            )

    async def aclose(self) -> None:
        """Stop asking."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _person(self, user_id: str) -> Person:
        known = self._known.get(user_id)
        if known is not None and self._clock() - known[0] < KEPT:
            self._known.move_to_end(user_id)
            return known[1]
        task = self._asking.get(user_id)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._ask(user_id))
            self._asking[user_id] = task
            task.add_done_callback(lambda done: self._asked(user_id, done))
        # Shielded: one who gives up waiting must not take the answer from the others.
        return await asyncio.shield(task)

    def _asked(self, user_id: str, task: asyncio.Task[Person]) -> None:
        self._asking.pop(user_id, None)
        if not task.cancelled():
            task.exception()  # looked at: those who waited have it, or have gone

    async def _ask(self, user_id: str) -> Person:
        asked_at = self._clock()
        person = person_from(await self._told(user_id))
        self._known[user_id] = (asked_at, person)
        self._known.move_to_end(user_id)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return person

    async def _told(self, user_id: str) -> Mapping[str, Any]:
        """What Slack says of them; asked once more where that is worth while, for it changes nothing."""
        tries = 0
        while True:
            tries += 1
            try:
                return await self._directory.user(user_id)
            except SlackCallError as failure:
                step = next_step(failure, Form.TEXT, tries, most=2, repeatable=True)
                if isinstance(step, Stop):
                    raise
            await asyncio.sleep(step.after.total_seconds())
