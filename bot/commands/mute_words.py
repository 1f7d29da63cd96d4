"""How long a mute lasts, out of the words in which people say that. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.commands.callbacks import WrongWordError
from bot.model.durations import DurationError, format_duration, parse_duration
from bot.model.words import shortened

SHORTEST = timedelta(minutes=1)
LONGEST_MUTE = timedelta(days=7)
"""What is quiet for longer is not watched: there is `unwatch`."""

_RIGHT = "Write 1m to 7d, such as 30m, 8h or 1d12h."
_UNITS = {"mi": 60, "ho": 3_600, "hr": 3_600, "da": 86_400, "we": 7 * 86_400, "w": 7 * 86_400}
_LONG = re.compile(r"([0-9]{1,6}) ?(mins?|minutes?|hrs?|hours?|days?|weeks?|w)", re.IGNORECASE)
_SIGNED = re.compile(r"-+(?=[0-9])")
_MOST = 4  # words that one duration may be torn into: 1 d 12 h


def duration(bare: Sequence[str]) -> tuple[timedelta, Sequence[str]]:
    """The duration with which these words begin, and the words that are left."""
    if not bare:
        raise WrongWordError(f"mute needs a duration, such as mute 1h. {_RIGHT}", word="mute")
    for number in range(min(_MOST, len(bare)), 0, -1):
        typed = " ".join(bare[:number])
        try:
            lasts = parse_duration(typed)
        except DurationError:
            continue
        return _in_bounds(typed, lasts), bare[number:]
    raise _none(bare)


def _in_bounds(typed: str, lasts: timedelta) -> timedelta:
    if lasts < SHORTEST:
        raise WrongWordError(
            f"“{shortened(typed)}” is too short: a mute lasts 1 minute at least. {_RIGHT}",
            word=typed,
            instead="1m",
        )
    if lasts > LONGEST_MUTE:
        raise WrongWordError(
            f"“{shortened(typed)}” is too long: a mute lasts 7 days at most. {_RIGHT} "
            "What shall be quiet for longer can be unwatched.",
            word=typed,
            instead="7d",
        )
    return lasts


def _none(bare: Sequence[str]) -> WrongWordError:
    """None of the words begins a duration: what was probably meant."""
    for number in (1, 2):
        typed = " ".join(bare[:number])
        meant = _meant(typed)
        if meant is not None:
            return _proposed(typed, meant)
    if len(bare) > 1 and (meant := _meant(bare[1])) is not None:  # such as: for 1h
        return _proposed(" ".join(bare[:2]), meant)
    typed = " ".join(bare[:2])
    return WrongWordError(
        f"“{shortened(typed)}” is no duration. {_RIGHT}", word=typed, instead=None
    )


def _proposed(typed: str, meant: str) -> WrongWordError:
    return WrongWordError(
        f"“{shortened(typed)}” is no duration. Did you mean {meant}? {_RIGHT}",
        word=typed,
        instead=meant,
    )


def _meant(typed: str) -> str | None:
    """`2 hours` is 2h, and `-1h` perhaps 1h."""
    unsigned = _SIGNED.sub("", typed)
    long = _LONG.fullmatch(unsigned)
    try:
        lasts = (
            parse_duration(unsigned)
            if long is None
            else int(long[1]) * timedelta(seconds=_seconds(long[2]))
        )
    except DurationError:
        return None
    return format_duration(min(max(lasts, SHORTEST), LONGEST_MUTE))


def _seconds(unit: str) -> int:
    lowered = unit.lower()
    return _UNITS[lowered[:2] if lowered != "w" else "w"]
