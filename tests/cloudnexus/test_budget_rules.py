"""What holds for the quota under any course of events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.cloudnexus import Caller
from bot.cloudnexus import budget as rules
from bot.cloudnexus.quota import Go, Ticket, Wait
from bot.cloudnexus.ratelimit import RateLimit
from tests.cloudnexus.book import CREATOR, PERSON, WATCHER, Book
from tests.support.virtual_time import EPOCH

HEADERS = st.builds(
    RateLimit,
    limit=st.none() | st.sampled_from([10, 100, 1_000, 5_000]),
    remaining=st.none() | st.integers(0, 5_000) | st.integers(0, 120),
    resets_at=st.none()
    | st.sampled_from([-3_600, -1, 0, 5, 600, 3_600, 10**7]).map(
        lambda n: EPOCH + timedelta(seconds=n)
    ),
)


CALLERS = st.sampled_from([WATCHER, PERSON, CREATOR])


@given(st.lists(st.tuples(HEADERS, CALLERS, st.booleans(), st.integers(0, 900)), max_size=30))
def test_no_sequence_of_headers_gives_the_reserve_away(
    events: list[tuple[RateLimit, Caller, bool, int]],
) -> None:
    """Right after a header with a reset ahead, it alone says who may go; and nobody ever crashes."""
    book = Book()
    for headers, caller, refused, later in events:
        book.spend(headers, caller, refused=refused)
        view = rules.view(book.budget, book.now)
        assert view.elsewhere >= 0
        believed = (
            headers.remaining is not None
            and headers.resets_at is not None
            and timedelta(0) < headers.resets_at - book.now < timedelta(days=1)
        )
        if believed and not refused:
            remaining, limit = headers.remaining or 0, view.limit or 1_000
            if remaining <= rules.reserve_of(limit):
                assert isinstance(book.asks(WATCHER), Wait)
            if remaining <= 10:
                assert isinstance(book.asks(PERSON), Wait)
            if remaining == 0:
                assert isinstance(book.asks(CREATOR), Wait)
        book.now += timedelta(seconds=later)


@dataclass
class Meter:
    """CloudNexus's side: fixed windows, one off for each request."""

    limit: int
    remaining: int
    length: timedelta
    resets_at: datetime

    def take(self, now: datetime) -> tuple[RateLimit, bool, int]:
        """The headers, whether it was refused, and how many had been left before."""
        while now >= self.resets_at:
            self.remaining, self.resets_at = self.limit, self.resets_at + self.length
        before = self.remaining
        self.remaining = max(0, before - 1)
        told_now = RateLimit(self.limit, self.remaining, self.resets_at)
        return told_now, before == 0, before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "count", "count", "hear", "hear", "lose", "wait"]),
        CALLERS,
        st.integers(0, 100),
    ),
    max_size=150,
)


@given(
    steps=STEPS,
    limit=st.sampled_from([60, 120, 1_000]),
    spent=st.integers(0, 120),
    length=st.sampled_from([20, 600, 3_600]),
)
def test_alone_on_the_account_nobody_takes_what_is_not_theirs_and_there_is_no_429(
    steps: list[tuple[str, Caller, int]], limit: int, spent: int, length: int
) -> None:
    """Requests are counted and answered in any order, answers get lost, windows pass.

    Only a probe, which goes out because nothing is known, may meet a spent quota.
    """
    every = timedelta(seconds=length)
    meter = Meter(limit, max(0, limit - spent), every, EPOCH + every)
    book = Book()
    sent: list[tuple[Ticket, Caller]] = []
    counted: list[tuple[Ticket, RateLimit, bool]] = []
    for what, caller, number in steps:
        if what == "wait":
            book.now += timedelta(seconds=number / 10)
        elif what == "ask" and isinstance(book.asks(caller), Go):
            sent.append((book.send(caller), caller))
        elif what == "count" and sent:
            ticket, who = sent.pop(number % len(sent))
            headers, refused, before = meter.take(book.now)
            counted.append((ticket, headers, refused))
            if not ticket.probe:
                assert not refused
                assert who is not WATCHER or before > rules.reserve_of(limit)
                assert who is not PERSON or before > 10
        elif what == "hear" and counted:
            ticket, headers, refused = counted.pop(number % len(counted))
            book.hear(ticket, headers, refused=refused)
        elif what == "lose" and counted:
            book.lose(counted.pop(number % len(counted))[0])
