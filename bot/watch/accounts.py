"""Whether a new key or address leads to the account whose rows are known. Pure.

Decided over one whole sweep of every kind, of which nothing is stored before the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum

from bot.model.kinds import Kind

SHARED = 0.5


class Verdict(StrEnum):
    """What the ids say."""

    SAME = "same"
    OTHER = "other"  # stop, and ask for --new-baseline


def verdict(
    known: Mapping[Kind, AbstractSet[str]], seen: Mapping[Kind, AbstractSet[str]]
) -> Verdict:
    """Compare the ids that are known with those of the first sweep.

    Another account shares fewer than half of what it could share: of the smaller set, because a fleet may
    have grown or shrunk in the meantime. Where all is known of nothing, anything is the same account;
    where nothing at all is seen of what is known, it is another one.
    """
    could = sum(min(len(ids), len(seen.get(kind, ()))) for kind, ids in known.items())
    shared = sum(len(ids & seen.get(kind, frozenset())) for kind, ids in known.items())
    if not any(known.values()):
        return Verdict.SAME
    return Verdict.SAME if could and shared >= SHARED * could else Verdict.OTHER
