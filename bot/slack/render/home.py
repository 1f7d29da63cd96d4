"""The Home: the fleet at a glance, what goes on, one's own subscriptions, and what can be asked. Pure.

Home views take no tables; each function gives the blocks of a whole view (at most 100).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.commands import letter_words, quality, request_words
from bot.commands.grammar import help_reply
from bot.commands.replies import Reply, Source, StatusReply, TroubleReply
from bot.model.requests import Request
from bot.model.subscriptions import ChannelId, Subscription
from bot.notify.letters import Letter, Sort
from bot.slack.render.account import footers
from bot.slack.render.account import glance as counts
from bot.slack.render.blocks import header, rich, rich_text, section
from bot.slack.render.frame import Frame, key_footer, marked, sentences
from bot.slack.render.letter_parts import EYE, paragraph
from bot.slack.render.letters import render_content
from bot.slack.render.listing import LIST_COMMANDS
from bot.slack.render.message import BLOCKS, Block, SlackMessage
from bot.slack.render.request_parts import say_of
from bot.slack.render.text import clean

_TITLE = "cnx: a CloudNexus account in Slack"

INCIDENTS = 10
"""Open incidents that are listed; the others are counted."""

SUBSCRIPTIONS = 20
"""One's own subscriptions that are listed; the others are counted."""


REQUESTS = 5
"""Pending requests that are listed; the others are counted."""


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """A message that still goes on, and the channel that it stands in."""

    letter: Letter
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class HomeExtras:
    """What is told, and what of it one has asked for: `number` incidents are open, the first of them are
    listed, the latest first. So it is with requests for servers, of which `pending` have not ended; None:
    nobody keeps any. `failed`: it can't be looked up at present."""

    incidents: tuple[OpenIncident, ...] = ()
    number: int = 0
    subscriptions: tuple[Subscription, ...] = ()
    failed: bool = False
    requests: tuple[Request, ...] = ()
    pending: int | None = None


def glance(reply: Reply, frame: Frame, extras: HomeExtras | None = None) -> tuple[Block, ...]:
    """The account, or why it can't be read, what goes on, and the commands."""
    told: tuple[Block, ...] = ()
    if isinstance(reply, StatusReply):
        told = (*counts(reply, frame), *footers(reply, frame))
    elif isinstance(reply, TroubleReply):
        why = quality.trouble(reply.trouble, marked, foreign=clean)
        title = f"⚠️ {quality.title(reply.trouble)}."
        told = (*sentences([title, *why]), key_footer(reply.key))
    more = () if extras is None else _extras(extras, frame)
    return (header(_TITLE), *told, *more, *commands(frame.slash))[:BLOCKS]


def facts(reply: Reply, extras: HomeExtras | None) -> Hashable:
    """Equal where a Home would show the same, but for ages and for what is left of the quota."""
    told: Hashable = None
    if isinstance(reply, StatusReply):
        kinds = tuple(
            (it.kind, it.total, tuple(sorted(it.by_status.items())), _how_good(it.source))
            for it in reply.kinds
        )
        told = (kinds, tuple((kind, it.reason, it.said) for kind, it in reply.failed.items()))
    elif isinstance(reply, TroubleReply):
        told = (reply.trouble.reason, reply.trouble.said)
    return (type(reply).__name__, told, extras)


def _how_good(source: Source) -> Hashable:
    why = None if source.trouble is None else source.trouble.reason
    return (why, source.steady, source.proves_gone, source.parked, len(source.unreadable))


def _extras(extras: HomeExtras, frame: Frame) -> tuple[Block, ...]:
    if extras.failed:
        return (
            section(["⚠️ What goes on, and your subscriptions, can't be looked up at present."]),
        )
    return (
        *_incidents(extras, frame),
        *_requests(extras, frame.slash),
        *_subscriptions(extras.subscriptions, frame.slash),
    )


def _incidents(extras: HomeExtras, frame: Frame) -> tuple[Block, ...]:
    if not extras.number:
        return (section(["🟢 Nothing is open: all that was told has ended."]),)
    lines = [EYE.bold("Open at present")]
    for it in extras.incidents[:INCIDENTS]:
        letter = it.letter
        lines.append(_headline(letter, frame))
        since = f"since {EYE.minute(letter.since or letter.opened_at)}"
        has_it = f"{EYE.person(letter.taken_by)} has it" if letter.taken_by else "nobody has it yet"
        who = has_it if letter.sort is Sort.BAD else ""
        lines.append("    " + " · ".join(filter(None, (since, EYE.channel(it.channel), who))))
    if (rest := extras.number - len(extras.incidents[:INCIDENTS])) > 0:
        lines.append(f"and {rest:,} more")
    return paragraph(lines)


def _requests(extras: HomeExtras, slash: str) -> tuple[Block, ...]:
    if extras.pending is None:
        return ()
    if not extras.pending:
        return paragraph(
            [f"No request for a server is pending. {EYE.code(f'{slash} create')} asks for one."]
        )
    say = say_of(EYE)
    shown = extras.requests[:REQUESTS]
    lines = [EYE.bold("Requests for servers"), *(request_words.line(it, say) for it in shown)]
    if (rest := extras.pending - len(shown)) > 0:
        lines.append(f"and {rest:,} more: {EYE.code(f'{slash} requests pending')} lists them")
    return paragraph(lines)


def _headline(letter: Letter, frame: Frame) -> str:
    """What the message has for one, in words; clean."""
    quiet = replace(letter, mentions=())
    shown = render_content(quiet, now=frame.now, slash=frame.slash, classes=frame.classes)
    return clean(_first_text(shown.blocks[0]) if shown.blocks else shown.text)


def _first_text(node: object) -> str:
    """The first text in a block."""
    if isinstance(node, Mapping):
        text = node.get("text")
        return text if isinstance(text, str) else _first_text(text or node.get("elements"))
    if isinstance(node, Sequence) and not isinstance(node, str):
        return next(filter(None, map(_first_text, node)), "")
    return ""


def _subscriptions(own: Sequence[Subscription], slash: str) -> tuple[Block, ...]:
    ask = EYE.code(f"{slash} watch")
    if not own:
        return paragraph([f"You have no subscriptions. {ask} in a channel makes one for it."])
    lines = [EYE.bold("Your subscriptions")]
    for it in own[:SUBSCRIPTIONS]:
        kind = "" if it.kind is None else LIST_COMMANDS[it.kind]
        wanted = letter_words.wanted(f"{kind} {it.filter}".strip(), foreign=EYE.foreign)
        lines.append(f"{it.id:,} in {EYE.channel(it.channel)}: {EYE.code(wanted)}")
    if (rest := len(own) - SUBSCRIPTIONS) > 0:
        lines.append(f"and {rest:,} more: {EYE.code(f'{slash} watches --all')} lists them")
    return paragraph(lines)


def reading(slash: str) -> tuple[Block, ...]:
    """While CloudNexus takes its time."""
    return (header(_TITLE), section(["Reading from CloudNexus…"]), *commands(slash))


def said(message: SlackMessage) -> tuple[Block, ...]:
    """A notice in the place of everything else."""
    return (header(_TITLE), *message.blocks)


def commands(slash: str) -> tuple[Block, ...]:
    """What can be asked."""
    elements: list[Block] = [rich_text("What you can ask, here or in any channel", bold=True)]
    for known in help_reply().commands:
        elements += [
            rich_text("\n"),
            rich_text(f"{slash} {known.usage}", code=True),
            rich_text(f"  {known.summary}"),
        ]
    return (rich(*elements),)
