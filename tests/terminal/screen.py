"""What a person at a terminal sees of a reply."""

from __future__ import annotations

import io
from datetime import timedelta, timezone

from rich.console import Console

from bot.commands.replies import Reply
from bot.terminal.text import render
from tests.model.rows import server
from tests.support.virtual_time import EPOCH

BERLIN = timezone(timedelta(hours=1))


def shown(reply: Reply, *, width: int = 120, terminal: bool = False, colour: bool = False) -> str:
    """The text, seen in Berlin."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=terminal,
        no_color=not colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
    )
    render(reply, console=console, now=EPOCH, zone=BERLIN)
    return out.getvalue()


API = server("prod-api-01", id="srv_8x92k3", created_at=EPOCH - timedelta(days=312))
WEB = server("web", id="srv_2", status="error", region="eu-west-2", ram_gb=0.5, created_at=EPOCH)
