"""The account as a whole: its counts, and its quota.

Prints on the screen that is handed in, and nowhere else.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from bot.commands import quality, wording
from bot.commands.replies import QuotaReply, StatusReply
from bot.terminal.columns import Cell, Column
from bot.terminal.screen import Screen


def status(screen: Screen, reply: StatusReply) -> None:
    """Counts by kind, status and region; how well each kind is watched; the quota in short."""
    for counted in reply.kinds:
        head = Text(wording.quantity(counted.kind, counted.total), style="bold")
        if counted.by_status:
            head.append(" · ").append(screen.counts(counted.by_status))
        screen.print(head)
        width = max((cell_len(screen.foreign(region)) for region in counted.by_region), default=0)
        for region, by_status in counted.by_region.items():
            name = set_cell_size(screen.foreign(region), width)
            screen.print(Text(f"  {name}  ").append(screen.counts(by_status)))
        screen.note(quality.as_of(counted.source, screen.when, now=screen.now))
        if counted.watched is not None:
            screen.note(quality.pace(counted.watched))
        screen.doubts(counted.source)
        if counted.watched is not None:
            screen.say(*quality.worries(counted.watched, screen.when), style="yellow")
        screen.say("")
    for kind, trouble in reply.failed.items():
        said = quality.trouble(trouble, screen.when, foreign=screen.foreign)
        screen.say(quality.failed(kind), *said, "", style="red")
    if reply.quota is not None:
        screen.say(" ".join(wording.quota_line(reply.quota, screen.when)))
    screen.note(wording.key_words(reply.key))


def quota(screen: Screen, reply: QuotaReply) -> None:
    """What is left, until when, and who spent what."""
    screen.say(*wording.quota(reply, screen.when))
    spent = sorted(reply.spent.items(), key=lambda item: (-item[1], item[0]))
    rows = [(Cell(screen.foreign(who)), Cell(f"{count:,}")) for who, count in spent]
    if reply.elsewhere:
        rows.append((Cell("elsewhere, with the same account"), Cell(f"{reply.elsewhere:,}")))
    if rows:
        screen.say("")
        screen.table((Column("SPENT BY"), Column("REQUESTS", right=True)), rows)
    screen.note("", wording.key_words(reply.key))
