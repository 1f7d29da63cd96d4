"""What channels are told of, as a list; and, in plain sentences, what became of a wish.

Prints on the screen that is handed in, and nowhere else.
"""

from __future__ import annotations

from typing import assert_never

from rich.text import Text

from bot.commands import telling_words
from bot.commands.telling_replies import (
    MuteReply,
    NotRecorded,
    NotWatchedReply,
    TellingReply,
    UnmuteReply,
    UnwatchReply,
    WatchesReply,
    WatchReply,
)
from bot.commands.telling_words import Say
from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Mute, Subscription
from bot.notify.wishes import Held
from bot.terminal.columns import Cell, Column
from bot.terminal.json_rows import Json, utc
from bot.terminal.screen import Screen


def telling(screen: Screen, reply: TellingReply) -> None:
    """The list, or the sentences."""
    say = Say(screen.when, screen.foreign, screen.foreign, screen.foreign)
    match reply:
        case WatchesReply():
            _watches(screen, reply, say)
        case WatchReply():
            _told(screen, telling_words.watch_title(reply), telling_words.watch(reply, say))
        case UnwatchReply():
            _told(screen, telling_words.unwatch_title(reply), telling_words.unwatch(reply, say))
        case MuteReply():
            _told(screen, telling_words.mute_title(reply), telling_words.mute(reply, say))
        case UnmuteReply():
            _told(screen, telling_words.unmute_title(reply), telling_words.unmute(reply, say))
        case NotWatchedReply():
            screen.say(*telling_words.not_watched(reply, say))
        case NotRecorded():
            screen.say(*telling_words.not_recorded(reply, say), style="red")
        case _:
            assert_never(reply)


def telling_json(reply: TellingReply) -> Json:  # noqa: PLR0911 -- one for each reply
    """The same for scripts; what went wrong is an `error`."""
    match reply:
        case WatchesReply():
            held = reply.standing
            return {
                "subscriptions": [
                    {**_subscription(it), "said": held.said.get(it.id, 0)}
                    for it in held.subscriptions
                ],
                "mutes": [_mute(it) for it in held.mutes],
                "held": {name: _held(it) for name, it in held.held.items()},
            }
        case WatchReply():
            return {"subscription": _subscription(reply.subscription)}
        case UnwatchReply():
            return {"ended": [_subscription(it) for it in reply.ended]}
        case MuteReply():
            return {"mute": _mute(reply.mute)}
        case UnmuteReply():
            return {"ended": [_mute(it) for it in reply.ended], "held_back": reply.held_back}
        case NotWatchedReply():
            message = " ".join(telling_words.not_watched(reply, Say(utc)))
            return {"error": {"reason": "not_found", "message": message}}
        case NotRecorded():
            message = " ".join(telling_words.not_recorded(reply, Say(utc)))
            return {"error": {"reason": "store", "message": message}}
        case _:
            assert_never(reply)


def _told(screen: Screen, title: str, lines: tuple[str, ...]) -> None:
    screen.print(Text(title, style="bold"))
    screen.say(*lines)


def _watches(screen: Screen, reply: WatchesReply, say: Say) -> None:
    screen.print(Text(telling_words.listing_title(reply), style="bold"))
    items = telling_words.items(reply)
    if not items:
        screen.note("Typed in a channel in Slack, /cnx watch makes one.")
        return
    screen.say("")
    screen.table(
        (
            Column("CHANNEL"),
            Column("NO", right=True),
            Column("WHAT"),
            Column("TELLS", spare=1),
            Column("CALLS", spare=3),
            Column("BY", spare=2),
            Column("SINCE", spare=4),
            Column("SAID IN 7 D", right=True, spare=1),
        ),
        [_row(screen, reply, say, name, it) for name, it in items if isinstance(it, Subscription)],
    )
    for name, it in items:
        if not isinstance(it, Subscription):
            told = telling_words.item(it, reply, say)
            screen.say(f"{screen.foreign(name)}: {told}", style="yellow")


def _row(
    screen: Screen, reply: WatchesReply, say: Say, channel: ChannelId, it: Subscription
) -> tuple[Cell, ...]:
    call = reply.mentions.get(it.mention, f"@{it.mention}") if it.mention else ""
    return (
        Cell(screen.foreign(channel)),
        Cell(str(it.id)),
        Cell(telling_words.covers(it.kind, it.filter, say)),
        Cell(it.level.value),
        Cell(screen.foreign(call)),
        Cell(telling_words.owner(it, say)),
        Cell(screen.when(it.created_at)),
        Cell(f"{reply.standing.said.get(it.id, 0):,}"),
    )


def _subscription(it: Subscription) -> Json:
    return {
        "number": it.id,
        **_what(it.channel, it.kind, it.filter),
        "tell": it.level.value,
        "mention": it.mention,
        "owner": it.owner,
        "created_at": utc(it.created_at),
    }


def _mute(it: Mute) -> Json:
    return {
        **_what(it.channel, it.kind, it.filter),
        "until": utc(it.until),
        "by": it.by,
        "created_at": utc(it.created_at),
    }


def _what(channel: ChannelId, kind: Kind | None, wanted: Filter) -> Json:
    return {
        "channel": channel,
        "kind": None if kind is None else kind.value,
        "filter": str(wanted),
    }


def _held(it: Held) -> Json:
    since = None if it.since is None else utc(it.since)
    return {"problem": it.problem, "since": since, "messages": it.messages}
