"""What the messages about a request are made of: its headline, what it asks for, whom it calls. Pure.

Sentences come from `bot.commands.request_words` and its neighbours; here they get a `Voice`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

from bot.commands import request_specs, request_words
from bot.commands.telling_words import Say
from bot.model.requests import UNNUMBERED, Request, RequestState, Vote, VoteWord
from bot.slack.render.blocks import known_user
from bot.slack.render.letter_parts import Room, Voice, capital, known_group
from bot.slack.render.text import clip, units

CALLED = 40
"""Approvers that are called by one message; the others are counted."""

AWAITED = (RequestState.REQUESTED,)
"""States in which votes are awaited."""

_NAME = 63  # a name's own limit (reference), in UTF-16 units
_REGION = 40
_VALUE = 2 * 255  # `asking.MOST_TEXT` characters of two units each: never less than all of it
_KEYS = 100  # characters of keys' ids for each item that there is room for
_VOTE_REASON = 600
_REASON = 2_400  # `asking.MOST_REASON`, and some more where characters take two units

PHRASES: Mapping[RequestState, str] = {
    RequestState.REQUESTED: "approval wanted",
    RequestState.APPROVED: "approved",
    RequestState.ATTEMPTING: "being created",
    RequestState.UNKNOWN: "not known yet whether it was made",
    RequestState.PROVISIONING: "provisioning",
    RequestState.RUNNING: "running",
    RequestState.DENIED: "denied",
    RequestState.EXPIRED: "expired",
    RequestState.CANCELLED: "cancelled",
    RequestState.FAILED: "failed",
}
"""How it stands, behind 'web-7 in us-east-1: '."""


def say_of(voice: Voice, *, exactly: bool = False) -> Say:
    """The voice for sentences that all renderers share; `exactly`: times to the second."""
    when = voice.when if exactly else voice.minute
    return Say(when, voice.person, voice.channel, voice.foreign)


def subject(request: Request, voice: Voice) -> str:
    """web-7 in us-east-1."""
    name = voice.foreign(clip(request.spec.name, _NAME))
    return f"{name} in {voice.foreign(clip(request.spec.region, _REGION))}"


def headline(request: Request, voice: Voice) -> str:
    """With the sign of how it stands."""
    return f"{request_words.sign(request.state)} {subject(request, voice)}: {phrase(request)}"


def phrase(request: Request) -> str:
    """How it stands, in two or three words."""
    told = PHRASES[request.state]
    if request.state is RequestState.APPROVED and request.problem is not None:
        return f"{told}, and waits"
    if request.state is RequestState.PROVISIONING and request.overdue_at is not None:
        return f"{told}, and overdue"
    return told


def specification(request: Request, voice: Voice, room: Room) -> tuple[str, ...]:
    """What is asked for, a line for each field; values whole, for what is approved has to be seen."""

    def value(text: str) -> str:
        return voice.foreign(clip(text, _VALUE if room.items else _VALUE // 2))

    most = _keys_in(request.spec.ssh_keys, room)
    told = request_specs.specification(request.spec, most=most, foreign=value)
    lines = [f"{voice.bold(capital(label))}: {held}" for label, held in told]
    if request.spec.ssh_keys and not most:
        lines[-1] = f"{voice.bold('SSH keys')}: {len(request.spec.ssh_keys):,}"
    return tuple(lines)


def _keys_in(keys: Sequence[str], room: Room) -> int:
    """How many ids of keys there is room for: as a rule all of them."""
    lengths = accumulate(len(key) + 2 for key in keys)
    return sum(1 for length in lengths if length <= _KEYS * room.items)


def why(request: Request, voice: Voice, room: Room) -> tuple[str, ...]:
    """Who asked, and why."""
    asked = f"{voice.person(request.asked_by)} asked for it at {voice.minute(request.asked_at)}"
    if not request.reason.strip():
        return (f"{asked}, and gave no reason.",)
    most = _REASON if room.items >= 5 else 600
    return (f"{asked}.", f"{voice.bold('Why')}: “{within(request.reason.strip(), voice, most)}”")


def votes(request: Request, voice: Voice, room: Room) -> tuple[str, ...]:
    """A line each, the latest; earlier ones are counted."""
    shown = request.votes[-room.events :]
    rest = len(request.votes) - len(shown)
    head = (f"and {rest:,} before these",) if rest else ()
    return (*head, *(_vote(it, request, voice, room) for it in shown))


def _vote(it: Vote, request: Request, voice: Voice, room: Room) -> str:
    mark, did = ("👍", "approved") if it.word is VoteWord.APPROVE else ("⛔", "denied it")
    most = _VOTE_REASON if room.items >= 5 else room.length
    why = f": “{within(it.reason.strip(), voice, most)}”" if it.reason.strip() else ""
    void = "" if it.digest == request.digest else " (does not count: it was for something else)"
    return f"{mark} {voice.person(it.user)} {did} at {voice.minute(it.at)}{why}{void}"


def within(text: str, voice: Voice, most: int) -> str:
    """Foreign text that takes at most `most` units in its medium: there, a character can become several."""
    limit = most
    while True:
        told = voice.foreign(clip(text, limit))
        if units(told) <= most or limit <= 1:
            return told
        limit = limit * 2 // 3


def is_approver(ref: str) -> bool:
    """Whether it has the form of an id of a person or a user group."""
    return known_user(ref) or known_group(ref)


def may_approve(approvers: Sequence[str]) -> str:
    """How many may, without a name: who is named is called, and that is the ballot's part."""
    people, groups = sum(map(known_user, approvers)), sum(map(known_group, approvers))
    parts = []
    if people:
        parts.append("1 person" if people == 1 else f"{people:,} people")
    if groups:
        parts.append("1 user group" if groups == 1 else f"{groups:,} user groups")
    if not parts:
        return "Nobody may approve it: whoever runs me names approvers with CNX_APPROVERS."
    return f"{' and '.join(parts)} may approve it, and {'is' if people + groups == 1 else 'are'} called in the thread."


def not_called(approvers: Sequence[str]) -> tuple[str, ...]:
    """How many more there are than are called."""
    rest = len({it for it in approvers if is_approver(it)}) - CALLED
    return (f"and {rest:,} more may approve it",) if rest > 0 else ()


def whole_story(request: Request, slash: str) -> tuple[str, ...]:
    """Which number it has, and how to see all of it."""
    if request.id == UNNUMBERED:
        return ()
    return (f"Request #{request.id}: {slash} request {request.id} tells all of it.",)
