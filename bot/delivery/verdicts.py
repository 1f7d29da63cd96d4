"""What a failed call means for what comes next. Pure.

A message is never given up because Slack can't be reached, is slow, or says that it is too much.
"""

from __future__ import annotations

from enum import Enum

from bot.delivery.messenger import Failure

STRANGE_TRIES = 12
"""How often a message is tried that Slack refuses with a word nobody here knows: for some five minutes,
for it may be a word for what passes."""

STRANGE_LOOKS = 5
"""How often it is looked for where a history is refused so."""

LONGEST_PAUSE = 60.0
FIRST_REST, LONGEST_REST = 60.0, 3_600.0
DENIED_PAUSE = 60.0
"""All in seconds."""


class Verdict(Enum):
    """What to do next."""

    PAUSE = "this method pauses"
    RETRY = "the same again, after a growing pause"
    RECONCILE = "look whether it is there"
    REPEAT = "send it again, and say so"
    REST = "the channel rests"
    REFUSE = "it ends here"
    ANEW = "post it again"
    DENIED = "everything rests"


_AFTER_POST = {
    Failure.LIMITED: Verdict.PAUSE,
    Failure.UNSENT: Verdict.RETRY,
    Failure.DOUBTFUL: Verdict.RECONCILE,
    Failure.CLOSED: Verdict.REST,
    Failure.REFUSED: Verdict.REFUSE,
    Failure.DENIED: Verdict.DENIED,
}


def after_post(failure: Failure, strange: int) -> Verdict:
    """`strange`: how often this one has failed for unknown reasons, this time included."""
    known = _AFTER_POST.get(failure)
    if known is not None:
        return known
    tries_left = strange < STRANGE_TRIES
    if failure is Failure.BROKEN and tries_left:
        return Verdict.RECONCILE
    # GONE: its thread was deleted. If the message above has more to tell it is about to be posted
    # again, and the thread goes on there.
    return Verdict.RETRY if tries_left else Verdict.REFUSE


def after_edit(failure: Failure, strange: int) -> Verdict:
    """`generation`: of the message, counted from 0. To repeat an edit does no harm."""
    match failure:
        case Failure.GONE:
            # However often: what joined it since stands nowhere else.
            return Verdict.ANEW
        case Failure.DOUBTFUL:
            return Verdict.RETRY
        case Failure.BROKEN:
            return Verdict.RETRY if strange < STRANGE_TRIES else Verdict.REFUSE
        case _:
            return after_post(failure, strange)


def after_find(failure: Failure, strange: int) -> Verdict:
    """Nothing is sent before it is known whether it must be, or that this can't be known."""
    match failure:
        case Failure.LIMITED:
            return Verdict.PAUSE
        case Failure.UNSENT | Failure.DOUBTFUL:
            return Verdict.RETRY
        case Failure.DENIED:
            return Verdict.DENIED
        case Failure.UNREADABLE | Failure.CLOSED | Failure.GONE:
            return Verdict.REPEAT
        case Failure.STRANGE | Failure.REFUSED | Failure.BROKEN:
            return Verdict.RETRY if strange < STRANGE_LOOKS else Verdict.REPEAT


def growing(failures: int, jitter: float) -> float:
    """The pause after so many failures in a row; `jitter` is from [0, 1)."""
    return min(2.0 ** min(failures - 1, 10), LONGEST_PAUSE) * (0.5 + jitter / 2)


def resting(probes: int) -> float:
    """How long a channel rests after so many failures in a row."""
    return min(FIRST_REST * 2.0 ** min(probes - 1, 10), LONGEST_REST)
