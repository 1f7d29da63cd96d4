"""The commands about creating servers, as click knows them. Reads and prints nothing."""

from __future__ import annotations

from bot.commands.command import CnxCommand
from bot.commands.options import page_option, public_flag, server_options, words
from bot.commands.request_callbacks import (
    EXAMPLE,
    FIELDS,
    create_callback,
)
from bot.commands.requests_callbacks import request_callback, requests_callback

_MINUS_IS_TEXT = {"ignore_unknown_options": True}
"""`--all` is no option, and the callback knows what it was meant as."""

REQUESTS = (
    CnxCommand(
        "create",
        callback=create_callback,
        params=[words("words", "[FIELD=VALUE]..."), *server_options(FIELDS), public_flag()],
        usage="create [name=… region=… image=… plan=… ssh_keys=…,… reason=…]",
        summary="Ask for a new server, which approvers have to allow",
        details="With name, region, image and plan it is asked for at once; with less a form opens, "
        "filled in with what was typed. SSH keys, by their ids, and a reason may be left out, unless "
        "whoever runs the bot wants a reason. Values with spaces go in quotes. A card then stands in the "
        "channel for approvals, and its thread carries the votes, the progress and the outcome: approvers "
        "approve or deny with the buttons, or by a reply that begins with approve, lgtm or deny; whoever "
        "asked can cancel until the creation begins. What is asked for can't be changed: cancel, and ask "
        "again. Only members of the workspace may ask.",
        examples=(
            "create",
            "create name=web-7 region=us-east-1",
            "create name=web-7 region=us-east-1 image=ubuntu-24.04 plan=c-4",
            EXAMPLE,
        ),
    ),
    CnxCommand(
        "requests",
        callback=requests_callback,
        params=[words("words", "[mine|pending|all]"), page_option(), public_flag()],
        usage="requests [mine|pending|all] [page=number]",
        summary="Requests for servers, and how they stand",
        details="Without a word it lists the pending ones: those of which something can still become. "
        "mine lists those that you asked for, all every one, the newest first.",
        examples=("requests", "requests mine", "requests all page=2"),
        context_settings=_MINUS_IS_TEXT,
    ),
    CnxCommand(
        "request",
        callback=request_callback,
        params=[words("words", "NUMBER"), public_flag()],
        usage="request <number>",
        summary="Everything about one request",
        details="What was asked for and why, how it stands, who voted, and its audit trail: who did what, "
        "when and from where, what was sent to CloudNexus, and what it answered.",
        examples=("request 12",),
    ),
)
"""In the order in which help lists them."""

IN_SLACK = frozenset({"create"})
"""Those that can be done in Slack only."""
