"""Help, what is wrong with a command, and why CloudNexus could not be read. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands import quality, wording
from bot.commands.grammar import parse
from bot.commands.replies import CommandHelp, HelpReply, TroubleReply, UsageReply
from bot.commands.values import changes_something
from bot.slack.render.blocks import (
    Column,
    header,
    rich,
    rich_text,
    section,
    table,
)
from bot.slack.render.frame import Frame, key_footer, marked, message, sentences
from bot.slack.render.message import Block, SlackMessage, first_that_fits
from bot.slack.render.notices import ask_buttons
from bot.slack.render.text import clean, clip, harmless, utc

_WIDTHS = (200, 100, 50, 25)
_COMMANDS_SHOWN = 30
_EXAMPLES = 5


def help_(reply: HelpReply, frame: Frame) -> SlackMessage:
    """All commands, or one with its examples to try."""
    if reply.topic is not None:
        return _topic(reply.topic, frame)
    shown = reply.commands[:_COMMANDS_SHOWN]
    rest = len(reply.commands) - len(shown)
    more = [f"and {rest:,} more"] if rest else []

    def build(width: int) -> Sequence[Block]:
        rows = [(f"{frame.slash} {known.usage}", known.summary) for known in shown]
        return (
            header("What you can ask"),
            table((Column("Command"), Column("What it tells")), rows, width),
            section([*more, _more_help(frame)]),
            *(ask_buttons("help", *map(_topic_of, shown)) if width > 25 else ()),
        )

    lines = [
        "What you can ask",
        *(harmless(f"{frame.slash} {known.usage}: {known.summary}") for known in shown),
        *more,
        harmless(_more_help(frame)),
    ]
    return message(lines, first_that_fits(_WIDTHS, build))


def usage(reply: UsageReply, frame: Frame) -> SlackMessage:
    """What is wrong, and what would be right."""
    prefix = f"{frame.slash} "
    topic = f"help {reply.command}" if reply.command else "help"
    asks = [("Help", topic)]
    if reply.try_instead is not None:
        asks.insert(0, (clip(f"{prefix}{reply.try_instead}", 60), reply.try_instead))
    told = [clip(line, 1_000) for line in wording.usage(reply, prefix=prefix, foreign=clean)]
    return message(
        [clip(line, 1_500) for line in wording.usage(reply, prefix=prefix, foreign=harmless)],
        (*sentences(told), *ask_buttons("usage", *asks)),
    )


def trouble(reply: TroubleReply, frame: Frame) -> SlackMessage:
    """What happened, since when, when it is worth trying again, and what to look at."""
    title = quality.title(reply.trouble)
    told = quality.trouble(reply.trouble, marked, foreign=clean)
    again = ask_buttons("again", ("Try again", frame.command)) if frame.command else ()
    return message(
        [title, *quality.trouble(reply.trouble, utc, foreign=harmless)],
        (header(title), *sentences(told), *again, key_footer(reply.key)),
    )


def _topic(topic: CommandHelp, frame: Frame) -> SlackMessage:
    examples = topic.examples[:_EXAMPLES]
    typed = f"{frame.slash} {topic.usage}"
    blocks: list[Block] = [
        rich(
            rich_text(clip(typed, 500), code=True),
            rich_text(clip(f"\n{topic.summary}", 500)),
            *([rich_text(clip(f"\n{topic.details}", 2_000))] if topic.details else []),
        ),
    ]
    if examples:
        lines = [f"{frame.slash} {example}" for example in examples]
        blocks.append(section(["For example:", *(clip(line, 300) for line in lines)]))
        # Who reads how to mute does not mean to: what changes something has to be typed.
        safe = [it for it in examples if len(it) <= 300 and not changes_something(parse(it))]
        asks = [(clip(example, 60), example) for example in safe]
        blocks += ask_buttons("examples", *asks)
    text = [typed, topic.summary, topic.details, *(f"{frame.slash} {e}" for e in examples)]
    return message([harmless(clip(line, 900)) for line in text if line], blocks)


def _topic_of(known: CommandHelp) -> tuple[str, str]:
    """A button that says what it asks."""
    return (f"help {known.name}", f"help {known.name}")


def _more_help(frame: Frame) -> str:
    return f"{frame.slash} help <command> tells more about one, with examples."
