"""What is answered where a command about requests can't be done in this place. Pure."""

from __future__ import annotations

from bot.commands.replies import UsageReply


def not_in_a_terminal() -> UsageReply:
    """Who asks has to be known, and approvers have to see it."""
    return UsageReply(
        "create asks people for their approval, and is typed in Slack: /cnx create. A terminal only reads: "
        "requests lists what is asked for, request 12 shows one.",
        "requests",
        "create",
    )


def nobodys_in_a_terminal() -> UsageReply:
    """A terminal knows nobody."""
    return UsageReply(
        "mine lists what the one who types it asked for in Slack, and a terminal does not know who that "
        "is. all lists everybody's.",
        "requests all",
        "requests",
    )
