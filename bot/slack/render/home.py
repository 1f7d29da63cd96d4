"""The Home: the fleet at a glance, and what can be asked. Pure.

Home views take no tables; each function gives the blocks of a whole view (at most 100).
"""

from __future__ import annotations

from bot.commands import quality
from bot.commands.grammar import help_reply
from bot.commands.replies import Reply, StatusReply, TroubleReply
from bot.slack.render.account import footers
from bot.slack.render.account import glance as counts
from bot.slack.render.blocks import header, rich, rich_text, section
from bot.slack.render.frame import Frame, key_footer, marked, sentences
from bot.slack.render.message import BLOCKS, Block, SlackMessage
from bot.slack.render.text import clean

_TITLE = "cnx: a CloudNexus account in Slack"


def glance(reply: Reply, frame: Frame) -> tuple[Block, ...]:
    """The account, or why it can't be read, and the commands."""
    told: tuple[Block, ...] = ()
    if isinstance(reply, StatusReply):
        told = (*counts(reply, frame), *footers(reply, frame))
    elif isinstance(reply, TroubleReply):
        why = quality.trouble(reply.trouble, marked, foreign=clean)
        title = f"⚠️ {quality.title(reply.trouble)}."
        told = (*sentences([title, *why]), key_footer(reply.key))
    return (header(_TITLE), *told, *commands(frame.slash))[:BLOCKS]


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
