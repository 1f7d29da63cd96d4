"""What can go wrong with a call to Slack, and what to do about a message that did not get through.

Pure: no I/O, no clock. An error here never carries a token, a response URL or a socket's address.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

import aiohttp

NO_ANSWER = "no_answer"
"""Our own word, beside Slack's, for a call that nobody answered."""

# slack-facts: the call may have succeeded although Slack says so.
_DOUBTFUL = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})

_BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})


class SlackCallError(Exception):
    """Slack refused a call, or did not answer it.

    `error` is Slack's own word (`channel_not_found`), `http_503` or `no_answer`; `needed` the scope
    that was missing; `maybe_done`: the call may have had its effect all the same.
    """

    def __init__(
        self,
        method: str,
        error: str,
        *,
        maybe_done: bool = False,
        retry_after: timedelta | None = None,
        needed: str | None = None,
    ) -> None:
        super().__init__(f"{method}: {error}")
        self.method = method
        self.error = error
        self.maybe_done = maybe_done
        self.retry_after = retry_after
        self.needed = needed


def refusal(method: str, status: int, headers: Mapping[str, str], body: object) -> SlackCallError:
    """The failure that an answer other than ok means. `body`: decoded JSON, or text."""
    told = body if isinstance(body, Mapping) else {}
    named = told.get("error")
    error = named if isinstance(named, str) else ""  # another API may hold an object there
    if not error and isinstance(body, str) and body and len(body) < 60 and body.isascii():
        error = body.strip()  # response URLs answer with a bare word
    if status == 429 or error in ("ratelimited", "rate_limited"):
        return SlackCallError(method, "ratelimited", retry_after=retry_after(headers))
    if status >= 500:
        # A response URL answers `ok` once it has taken a message: an error status says it has not.
        # The Web API is not that sure of itself.
        doubtful = method != "response_url"
        return SlackCallError(method, f"http_{status}", maybe_done=doubtful)
    needed = told.get("needed")
    return SlackCallError(
        method,
        error or f"http_{status}",
        maybe_done=error in _DOUBTFUL,
        needed=needed if isinstance(needed, str) else None,
    )


def silence(method: str, error: Exception) -> SlackCallError:
    """The failure that an exception of the transport means."""
    # Only where no connection came about is it certain that nothing was sent.
    unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return SlackCallError(method, NO_ANSWER, maybe_done=not unsent)


def is_silence(error: Exception) -> bool:
    """Whether this exception is one of the transport's, and no mistake of ours."""
    return isinstance(
        error,
        aiohttp.ClientError
        | asyncio.TimeoutError
        | OSError
        | json.JSONDecodeError
        | UnicodeDecodeError,
    )


def retry_after(headers: Mapping[str, str]) -> timedelta:
    """How long a 429 wants us to wait; where it does not say: 1 s."""
    for name, value in headers.items():
        whole, _, part = value.strip().partition(".")
        if name.lower() == "retry-after" and whole.isdecimal() and f"{part}0".isdecimal():
            # Part of a second counts as one. Bounded, for a number of a hundred digits fits into no
            # timedelta.
            seconds = int(whole[:9]) + bool(part.strip("0"))
            return timedelta(seconds=max(1, min(seconds, 86_400)))
    return timedelta(seconds=1)


class Form(Enum):
    """How much a message asks of Slack; each is the way out where the one before is refused."""

    BLOCKS = auto()
    PLAIN = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Again:
    """Send once more, in this form, after this pause."""

    form: Form
    after: timedelta = timedelta(0)


class Stop(Enum):
    """Why not to send again."""

    LOST = "lost"  # it did not get through, and will not
    IN_DOUBT = "in doubt"  # it may have got through: sending again could double it


LONGEST_WAIT = timedelta(seconds=30)
"""A person does not wait longer for a reply, and a response URL does not live for ever."""

TRIES = 4
"""How often a message is sent at most. Of the five uses of a response URL one is always left for a
word about what went wrong."""

UNREACHED_TRIES = 6
"""And how often where Slack could not even be reached: that uses nothing up, and a question that was
answered half a minute late is better than one that was not. The pauses add up to 31 s."""


def next_step(
    failure: SlackCallError, form: Form, tries: int, *, most: int = TRIES, repeatable: bool = False
) -> Again | Stop:
    """What to do after the `tries`th of at most `most` tries failed.

    `repeatable`: to have it twice is no worse than once, as where a message is replaced.
    """
    if failure.maybe_done and not repeatable:
        return Stop.IN_DOUBT
    unreached = failure.error == NO_ANSWER and not failure.maybe_done
    if tries >= (max(most, UNREACHED_TRIES) if unreached else most):
        return Stop.LOST
    if failure.error in _BAD_BLOCKS:
        simpler = {Form.BLOCKS: Form.PLAIN, Form.PLAIN: Form.TEXT}.get(form)
        return Again(simpler) if simpler else Stop.LOST
    if failure.retry_after is not None:
        worth_it = failure.retry_after <= LONGEST_WAIT
        return Again(form, failure.retry_after) if worth_it else Stop.LOST
    if failure.error == NO_ANSWER or failure.error.startswith("http_5") or failure.maybe_done:
        return Again(form, timedelta(seconds=2 ** (tries - 1)))
    return Stop.LOST
