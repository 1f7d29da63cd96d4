"""Watching: responses in, changes out. Pure decisions; the coroutines around them live beside these.

`weigh` is the heart: snapshot + memory + answer → findings. `next_read` says what to ask next.
"""

from bot.watch.accounts import Verdict, verdict
from bot.watch.blindness import Blind, Health, Recovered
from bot.watch.evidence import weigh
from bot.watch.findings import Findings
from bot.watch.flapping import Flap, course
from bot.watch.known import Aside, Fault, Known, Tombstone, aside_from_json, aside_to_json
from bot.watch.memory import Memory, from_json, to_json
from bot.watch.pace import Allowance, Pace, Plan, next_read, pace, pages_of, usual_period
from bot.watch.progress import failed, refused, resumed
from bot.watch.snapshot import Snapshot
from bot.watch.stamps import Stamp
from bot.watch.suspicion import discarded, released, unreadable
from bot.watch.sweep import Purpose, Request

__all__ = [
    "Allowance",
    "Aside",
    "Blind",
    "Fault",
    "Findings",
    "Flap",
    "Health",
    "Known",
    "Memory",
    "Pace",
    "Plan",
    "Purpose",
    "Recovered",
    "Request",
    "Snapshot",
    "Stamp",
    "Tombstone",
    "Verdict",
    "aside_from_json",
    "aside_to_json",
    "course",
    "discarded",
    "failed",
    "from_json",
    "next_read",
    "pace",
    "pages_of",
    "refused",
    "released",
    "resumed",
    "to_json",
    "unreadable",
    "usual_period",
    "verdict",
    "weigh",
]
