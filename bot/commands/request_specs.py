"""What a request asks for, and what was checked before anybody was asked, in words.

Pure; no blocks, no markup, no colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.commands.telling_words import Say
from bot.commands.wording import Foreign, same
from bot.model.requests import Checks, Specification
from bot.model.words import shortened

KEYS_SHOWN = 10
"""SSH keys that are named; the others are counted."""

SHORT = 63
"""Characters of a value beside others."""

FIELD_NAMES: Final[Mapping[str, str]] = {
    "name": "name",
    "region": "region",
    "image": "image",
    "plan": "plan",
    "ssh_keys": "SSH keys",
    "reason": "reason",
}
"""The fields of a draft, as people read them."""


def specification(
    spec: Specification, *, most: int = KEYS_SHOWN, foreign: Foreign = same
) -> tuple[tuple[str, str], ...]:
    """What is asked for: the fields' names with their values, in the order of the reference. Values are
    whole, as what is approved has to be seen as it is; of the SSH keys at `most` so many."""
    fields = [
        (FIELD_NAMES[field], foreign(getattr(spec, field)))
        for field in ("name", "region", "image", "plan")
    ]
    return (*fields, (FIELD_NAMES["ssh_keys"], ssh_keys(spec.ssh_keys, most, foreign=foreign)))


def ssh_keys(keys: Sequence[str], most: int = KEYS_SHOWN, *, foreign: Foreign = same) -> str:
    """a, b and 40 more; none. Each id is whole."""
    if not keys:
        return "none"
    shown = [foreign(key) for key in keys[:most]]
    rest = len(keys) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")


def brief(spec: Specification, *, foreign: Foreign = same) -> str:
    """The same on one line, without the name: us-east-1 · ubuntu-24.04 · c-4."""
    values = (spec.region, spec.image, spec.plan)
    return " · ".join(foreign(shortened(value, SHORT)) for value in values)


def checks(made: Checks, say: Say) -> tuple[str, ...]:
    """What was checked before anybody was asked, a sentence each."""
    free = (
        "Whether the name is free could not be checked yet."
        if made.read_at is None
        else f"No server has the name, as of {say.when(made.read_at)}."
    )
    left = (
        "How much of the quota is left is not known."
        if made.remaining is None
        else f"{made.remaining:,} requests of the quota are left."
        if made.limit is None
        else f"{made.remaining:,} of {made.limit:,} requests of the quota are left."
    )
    key = (
        "The key is live: it is made in production."
        if made.key == "live"
        else "The key is a test key: it is made in the sandbox."
    )
    unknown = [
        f"Nothing in the fleet or the settings has this {FIELD_NAMES.get(it, say.foreign(it))}: "
        "CloudNexus may refuse it."
        for it in made.unknown
    ]
    return (free, left, key, *unknown)
