"""What is answered where a wish about what is told can't be fulfilled, and how it would be typed. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.replies import UsageReply
from bot.commands.values import (
    Changing,
    Mute,
    TellingCommand,
    Unwatch,
    Watch,
    Watches,
)
from bot.commands.wording import one_of
from bot.commands.workspace import GroupUnknown
from bot.model.durations import format_duration
from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.model.subscriptions import Level
from bot.model.words import shortened

KIND_WORDS = {Kind.SERVER: "servers", Kind.CLUSTER: "clusters", Kind.DOMAIN: "cdn"}
"""The word for each kind, as it is typed."""

_SHOWN = 60
_LONGEST = 300  # of a proposed command; a longer one is no help to read


def name(command: Changing | Watches) -> str:
    """The command's own name."""
    return type(command).__name__.lower()


def typed(command: TellingCommand) -> str:
    """The text that means this command."""
    match command:
        case Watch():
            level = [] if command.level is Level.NEWS else [f"tell={command.level.value}"]
            mention = [] if command.mention is None else [f"mention=@{command.mention}"]
            words = [*_what(command.kind, command.filter), *level, *mention]
        case Mute():
            words = [format_duration(command.duration), *_what(command.kind, command.filter)]
        case Unwatch():
            words = ["*" if command.ref is None else str(command.ref)]
        case _:
            words = []
    return " ".join([name(command), *words])


def _what(kind: Kind | None, wanted: Filter) -> list[str]:
    return [*([] if kind is None else [KIND_WORDS[kind]]), *map(str, wanted.conditions)]


def group_unknown(command: Watch, group: GroupUnknown) -> UsageReply:
    """There is no such group; the same wish with the nearest one."""
    handle = command.mention or ""
    near = [f"@{shortened(it, _SHOWN)}" for it in group.near]
    meant = (
        f" Did you mean {one_of(near)}?" if near else " Leave mention= out, or name another one."
    )
    instead = typed(replace(command, mention=group.near[0] if near else None))
    return UsageReply(
        f"There is no user group @{shortened(handle, _SHOWN)} in this workspace, so nothing is recorded "
        f"yet.{meant}",
        instead if len(instead) <= _LONGEST else None,
        "watch",
    )


def group_unreadable(handle: str, reason: str) -> str:
    """Why it is not known whether there is such a group."""
    return (
        f"I could not look up the user group @{shortened(handle, _SHOWN)}: "
        f"{shortened(reason, 200)}. Try again, or leave mention= out."
    )


def full(most: int) -> UsageReply:
    """The channel has as many as it can have."""
    return UsageReply(
        f"This channel has {most:,} subscriptions already, and that is the most. One without a filter "
        "can take the place of many; unwatch ends those that are not needed.",
        "watches",
        "watch",
    )


def not_in_a_terminal(called: str) -> UsageReply:
    """Such a command is typed in the channel that it is about."""
    return UsageReply(
        f"{called} is about a channel, and is typed in that channel, in Slack: /cnx {called}. "
        "Here, watches lists what every channel watches.",
        "watches",
        called,
    )


def not_postable() -> UsageReply:
    """Typed among people whose direct messages the bot can't see."""
    return UsageReply(
        "I can't post into this conversation. watch works in channels, and in direct messages with me.",
        None,
        "watch",
    )
