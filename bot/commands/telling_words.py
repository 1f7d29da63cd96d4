"""Sentences about what a channel is told, said alike by both renderers. Pure; no blocks, no markup.

Words that people typed, handles of groups and Slack's own words are foreign, and are shortened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.telling_replies import (
    Fits,
    MuteReply,
    NotRecorded,
    NotWatchedReply,
    UnmuteReply,
    UnwatchReply,
    WatchesReply,
    WatchReply,
)
from bot.commands.wording import Foreign, When, noun, one_of, quantity, same
from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Level, Mute, Subscription
from bot.model.words import shortened
from bot.notify.wishes import Held, Preview

COVERS = 200
"""Characters of a filter, where it stands by itself."""

LISTED = 10
"""Subscriptions that are named one by one, where they are not paged."""

LEVELS = {
    Level.BAD: "only what turns bad, and its end",
    Level.NEWS: "what turns bad, its end, and what appears, goes or changes otherwise",
    Level.ALL: "every transition, ordinary ones too",
}
"""What each level tells, after 'it tells'."""


@dataclass(frozen=True, slots=True)
class Say:
    """How a medium writes times, people, channels, and foreign text."""

    when: When
    who: Foreign = same
    room: Foreign = same
    foreign: Foreign = same


def covers(kind: Kind | None, wanted: Filter, say: Say, limit: int = COVERS) -> str:
    """What passes: servers with region=us-east-1."""
    if kind is not None:
        everything = kind.plural
    elif wanted:
        everything = "servers, clusters and CDN domains"
    else:
        return "everything"
    if not wanted:
        return f"all {everything}"
    return f"{everything} with {say.foreign(shortened(str(wanted), limit))}"


def messages(number: int) -> str:
    """1 message; 14 messages."""
    return "1 message" if number == 1 else f"{number:,} messages"


def changes(number: int) -> str:
    """1 change; 14 changes."""
    return "1 change" if number == 1 else f"{number:,} changes"


def subscriptions(number: int) -> str:
    """1 subscription; 14 subscriptions."""
    return "1 subscription" if number == 1 else f"{number:,} subscriptions"


def preview(told: Preview | None, did: str, say: Say) -> str:
    """What it would have done so far; `did` is `posted` or `held back`."""
    if told is None:
        return f"How much it would have {did} so far is not known at present."
    if not told.recorded:
        return f"Nothing is on record yet, so how much it would have {did} can't be told."
    if told.since is None:
        return f"In the last 7 days this would have {did} {messages(told.messages)}."
    return (
        f"In the last 7 days this would have {did} at least {messages(told.messages)}: "
        f"what is looked at begins at {say.when(told.since)}."
    )


def fitting(it: Fits | None, say: Say) -> tuple[str, ...]:
    """How much fits at present, and what was perhaps meant where nothing does."""
    if it is None:
        return ()
    found = [quantity(kind, number) for kind, number in it.counts.items() if number]
    if found:
        total = sum(it.counts.values())
        return (f"{all_of(found)} {'matches' if total == 1 else 'match'} at present.",)
    kinds = [noun(kind, 1) for kind in it.counts]
    lines = [f"No {one_of(kinds)} matches at present."]
    for unknown in it.unknown:
        near = one_of([say.foreign(shortened(value, 60)) for value in unknown.near])
        value = say.foreign(shortened(unknown.value, 60))
        lines.append(f"None has the {unknown.field} “{value}”. Did you mean {near}?")
    return tuple(lines)


def watch_title(reply: WatchReply) -> str:
    """What became of the wish."""
    number = reply.subscription.id
    if reply.before is None:
        return f"Subscription {number}"
    if reply.public:
        return f"Subscription {number} is changed"
    return f"Subscription {number} tells that already"


def watch(reply: WatchReply, say: Say, limit: int = COVERS) -> tuple[str, ...]:
    """What is told from now on, and how much that may be."""
    held = reply.subscription
    told = covers(held.kind, held.filter, say, limit)
    now = "now" if reply.public else "already"
    call = (
        f" Each new message calls {say.foreign(shortened(reply.mention, 60))}."
        if reply.mention
        else ""
    )
    lines = [f"This channel is {now} told of {told}: {LEVELS[held.level]}.{call}"]
    if reply.before is not None:
        since = say.when(held.created_at)
        by_default = f"It has been there by default since {since}."
        asked = "" if held.owner is None else f"{say.who(held.owner)} asked for it at {since}."
        lines.append(asked or by_default)
    lines.append(preview(reply.preview, "posted", say))
    lines += fitting(reply.fits, say)
    if reply.member is False:
        lines.append("I am not in this channel yet: type /invite @cnx; until then messages wait.")
    return tuple(lines)


def owner(it: Subscription, say: Say) -> str:
    """Who asked for it."""
    return "default" if it.owner is None else say.who(it.owner)


def unwatch_title(reply: UnwatchReply) -> str:
    """What ended."""
    if not reply.ended:
        return "Nothing is watched here"
    if len(reply.ended) == 1:
        return f"Subscription {reply.ended[0].id} has ended"
    return f"{subscriptions(len(reply.ended))} have ended"


def unwatch(reply: UnwatchReply, say: Say, limit: int = COVERS) -> tuple[str, ...]:
    """Which ones ended."""
    if not reply.ended:
        return ("This channel is told of nothing, so nothing has changed.",)
    told = [
        f"This channel is no longer told of {covers(it.kind, it.filter, say, limit)}."
        if len(reply.ended) == 1
        else f"{it.id}: {covers(it.kind, it.filter, say, limit)}"
        for it in reply.ended
    ]
    rest = len(told) - LISTED
    numbers = ", ".join(str(it.id) for it in reply.ended[LISTED:])
    more = [f"and {subscriptions(rest)} more: {numbers}"] if rest > 0 else []
    head = ["This channel is told of nothing any more."] if reply.everything else []
    return (*head, *told[:LISTED], *more)


def not_watched(reply: NotWatchedReply, say: Say) -> tuple[str, ...]:
    """Why that number could not be ended here."""
    if reply.elsewhere:
        where = "another channel" if reply.channel is None else say.room(reply.channel)
        told = f"Subscription {reply.ref} belongs to {where}, and is ended only from there:"
        return (f"{told} type unwatch {reply.ref} in that channel.",)
    if reply.ended:
        return (f"Subscription {reply.ref} of this channel has ended before.",)
    return (f"There is no subscription {reply.ref}. watches lists those of this channel.",)


def mute_title(reply: MuteReply) -> str:
    """What is quiet."""
    return "Muted" if reply.watched else "Muted, though nothing is watched here"


def mute(reply: MuteReply, say: Say, limit: int = COVERS) -> tuple[str, ...]:
    """What is not told until when, and how much that may be."""
    it = reply.mute
    told = covers(it.kind, it.filter, say, limit)
    lines = [
        f"Until {say.when(it.until)} this channel is not told of {told}.",
        "What is held back is counted, and told then as one message.",
    ]
    if reply.watched:
        lines.append(preview(reply.preview, "held back", say))
    lines += fitting(reply.fits, say)
    return tuple(lines)


def unmute_title(reply: UnmuteReply) -> str:
    """What ended."""
    if not reply.ended:
        return "Nothing is muted here"
    return "The mute has ended" if len(reply.ended) == 1 else f"{len(reply.ended)} mutes have ended"


def unmute(reply: UnmuteReply, say: Say, limit: int = 60) -> tuple[str, ...]:
    """What is told again, and what was held back."""
    if not reply.ended:
        return ("This channel is told of all that it watches already; nothing has changed.",)
    told = all_of([covers(it.kind, it.filter, say, limit) for it in reply.ended[:LISTED]])
    held = (
        "Nothing was held back."
        if not reply.held_back
        else f"{changes(reply.held_back)} "
        f"{'was' if reply.held_back == 1 else 'were'} held back, and "
        f"{'is' if reply.held_back == 1 else 'are'} told now as one message."
    )
    return (f"This channel is told of {told} again.", held)


def not_recorded(reply: NotRecorded, say: Say) -> tuple[str, ...]:
    """That nothing was changed, and why."""
    return (f"Not recorded: {say.foreign(shortened(reply.why, 400))}",)


def listing_title(reply: WatchesReply) -> str:
    """How much is watched."""
    held = reply.standing
    number = len(held.subscriptions)
    where = "in this channel" if reply.channel is not None else "in all channels"
    told = subscriptions(number) if number else "No subscriptions"
    muted = "" if not held.mutes else f", {len(held.mutes)} muted"
    return f"{told} {where}{muted}"


Item = Held | Mute | Subscription
"""A line of the list: what is wrong with a channel, what is muted in it, what it watches."""


def items(reply: WatchesReply) -> tuple[tuple[ChannelId, Item], ...]:
    """All lines, channel by channel; first what is wrong, then what is muted."""
    held = reply.standing
    lines: list[tuple[ChannelId, int, Item]] = [
        *((name, 0, it) for name, it in held.held.items()),
        *((it.channel, 1, it) for it in held.mutes),
        *((it.channel, 2, it) for it in held.subscriptions),
    ]
    lines.sort(key=lambda line: (line[0], line[1]))
    return tuple((name, it) for name, _, it in lines)


def item(it: Item, reply: WatchesReply, say: Say, limit: int = COVERS) -> str:
    """One line of the list."""
    if isinstance(it, Held):
        since = "" if it.since is None else f" since {say.when(it.since)}"
        word = say.foreign(shortened(problem(it.problem), 80))
        return f"⚠️ {word}{since}: {messages(it.messages)} {'waits' if it.messages == 1 else 'wait'}"
    told = covers(it.kind, it.filter, say, limit)
    if isinstance(it, Mute):
        return f"🔕 {told}: muted until {say.when(it.until)} by {say.who(it.by)}"
    said = messages(reply.standing.said.get(it.id, 0))
    parts = [f"{it.id}: {told}"]
    if it.level is not Level.NEWS:
        parts.append(f"tell={it.level.value}")
    if it.mention:
        shown = reply.mentions.get(it.mention, f"@{it.mention}")
        parts.append(f"calls {say.foreign(shortened(shown, 40))}")
    parts.append(f"by {owner(it, say)} since {say.when(it.created_at)}")
    parts.append(f"{said} in the last 7 days")
    return " · ".join(parts)


_PROBLEMS = {
    "is_archived": "archived",
    "channel_is_archived": "archived",
    "channel_not_found": "deleted, or I am not in it: type /invite @cnx there",
    "not_in_channel": "I am not in it: type /invite @cnx there",
    "restricted_action": "I may not post there",
}


def problem(word: str) -> str:
    """Slack's word on why nothing can be posted there, in ours."""
    return _PROBLEMS.get(word, word)


def all_of(words: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
