"""The commands about what a channel is told, as click knows them. Reads and prints nothing."""

from __future__ import annotations

from bot.commands.callbacks import plain_callback
from bot.commands.command import CnxCommand
from bot.commands.options import (
    all_flag,
    every_filter_option,
    mention_option,
    page_option,
    public_flag,
    tell_option,
    words,
)
from bot.commands.telling_callbacks import mute_callback, watch_callback
from bot.commands.values import Command, Unmute
from bot.commands.watches_callbacks import unwatch_callback, watches_callback

_MINUS_IS_TEXT = {"ignore_unknown_options": True}
"""`-1h` is a wrong duration and no option; the callbacks see to what is one."""


def _unmute(public: bool = False) -> Command:
    del public  # what changes something is always told in the channel
    return Unmute()


TELLING = (
    CnxCommand(
        "watch",
        callback=watch_callback,
        params=[
            words("words", "[KIND] [FILTER]..."),
            tell_option(),
            mention_option(),
            *every_filter_option(),
            public_flag(),
        ],
        usage="watch [servers|clusters|cdn] [filter …] [tell=bad|news|all] [mention=@group]",
        summary="Tell this channel of changes",
        details="Without a kind it means every kind; filters are those of the lists. "
        "tell=news, as it is without a word, tells what turns bad, its end, and what appears, goes or "
        "changes otherwise; ordinary transitions, such as provisioning → running or a restart, stay "
        "quiet. tell=bad tells only what turns bad, and its end; tell=all every transition. A filter "
        "that names a status with = also hears of ordinary transitions of that status. "
        "mention= calls a user group, @here or @channel with each new message. The same again changes "
        "tell= and mention=. Everyone in the channel sees the answer; only members of the workspace "
        "may ask for it.",
        examples=(
            "watch",
            "watch servers region=us-east-1 status!=stopped",
            "watch clusters tell=bad mention=@here",
            "watch servers name=prod-* tell=all",
        ),
        context_settings=_MINUS_IS_TEXT,
    ),
    CnxCommand(
        "unwatch",
        callback=unwatch_callback,
        params=[words("words", "NUMBER"), public_flag()],
        usage="unwatch <number or *>",
        summary="Tell this channel no longer",
        details="watches lists the numbers; * is all that this channel watches. "
        "Everyone in the channel sees the answer.",
        examples=("unwatch 7", "unwatch *"),
        context_settings=_MINUS_IS_TEXT,
    ),
    CnxCommand(
        "watches",
        callback=watches_callback,
        params=[words("words", ""), all_flag(), page_option(), public_flag()],
        usage="watches [--all] [page=number]",
        summary="What this channel is told of",
        details="Each with its number, who asked for it and when, and how many messages it caused in "
        "the last 7 days; what is muted, by whom and until when; and whether messages wait, because "
        "they can't be posted. --all lists every channel's.",
        examples=("watches", "watches --all"),
    ),
    CnxCommand(
        "mute",
        callback=mute_callback,
        params=[
            words("words", "DURATION [KIND] [FILTER]..."),
            *every_filter_option(),
            public_flag(),
        ],
        usage="mute <duration> [servers|clusters|cdn] [filter …]",
        summary="Tell this channel nothing for a while",
        details="A duration is 1m to 7d, such as 30m, 8h or 1d12h. What is held back is counted, and "
        "told as one message at the end. When the bot is blind to the account, or holds a snapshot for "
        "suspicious, that is told all the same: such news is never muted. "
        "Everyone in the channel sees the answer.",
        examples=("mute 1h", "mute 8h servers region=eu-west-2", "mute 30m name=staging-*"),
        context_settings=_MINUS_IS_TEXT,
    ),
    CnxCommand(
        "unmute",
        callback=plain_callback("unmute", _unmute),
        params=[words("words", ""), public_flag()],
        usage="unmute",
        summary="Tell this channel everything again",
        details="Ends all mutes of this channel. What they held back is told as one message. "
        "Everyone in the channel sees the answer.",
        examples=("unmute",),
    ),
)
"""In the order in which help lists them."""

IN_SLACK = frozenset(it.name for it in TELLING if it.name != "watches")
"""Those that are typed in the channel that they are about, and nowhere else."""
