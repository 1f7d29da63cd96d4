"""The message that is edited while CloudNexus is read: what is sent when, and what becomes of failures."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.commands.facts import LiveProgress
from bot.model.kinds import Kind
from bot.slack.api import Posted
from bot.slack.failures import NO_ANSWER, SlackCallError
from bot.slack.jobs import Jobs
from bot.slack.places import Spot
from bot.slack.progress import (
    LAST_WORD,
    LONGEST_WAIT,
    PACE,
    TRIES,
    Edit,
    Following,
    Told,
    next_edit,
    pause_after,
)
from bot.slack.reading import Ended, Reading
from bot.slack.render import notices
from bot.slack.render.message import SlackMessage

SPOT = Spot("U0ASKER")
STANDS = Posted("D0ASKER", "1.1")


def page(number: int, of: int = 50) -> LiveProgress:
    """The progress after so many pages of 100 rows."""
    return LiveProgress(Kind.SERVER, number * 100, of * 100, number, of, 899 - number)


def says(number: int, end: Ended | None = None) -> SlackMessage:
    return notices.followed(Reading((page(number),)), end)


# ── what to say, and when ──

READING = Reading((page(13),))
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("end", "told", "expected"),
    [
        (None, Told(), Edit(says(13), 0 * SECOND)),
        (None, Told(says(12), 100.0), Edit(says(13), 3 * SECOND)),
        (None, Told(says(12), 99.0), Edit(says(13), 2 * SECOND)),
        (None, Told(says(12), 50.0), Edit(says(13), 0 * SECOND)),
        (None, Told(says(12), 99.0, 30 * SECOND), Edit(says(13), 29 * SECOND)),
        (None, Told(None, 99.0, 30 * SECOND), Edit(says(13), 29 * SECOND)),
        (None, Told(says(13), 50.0), None),
        (
            Ended.ANSWERED,
            Told(says(13), 99.0),
            Edit(says(13, Ended.ANSWERED), 2 * SECOND),
        ),
        (Ended.ANSWERED, Told(says(13, Ended.ANSWERED), 99.0), None),
        (Ended.ANSWERED, Told(), None),
        (Ended.FAILED, Told(None, 99.0, 30 * SECOND), None),
    ],
)
def test_the_next_edit(end: Ended | None, told: Told, expected: Edit | None) -> None:
    assert next_edit(READING, end, told, 100.0) == expected


@given(st.floats(0, 1e6), st.floats(0, 1e3))
def test_no_edit_is_due_before_its_pause_is_over(asked_at: float, passed: float) -> None:
    edit = next_edit(READING, None, Told(says(12), asked_at), asked_at + passed)
    assert edit is not None
    assert edit.after >= timedelta(0)
    assert edit.after + timedelta(seconds=passed) >= PACE - timedelta(milliseconds=1)


def failed(error: str, *, maybe_done: bool = False, wait: float | None = None) -> SlackCallError:
    after = None if wait is None else timedelta(seconds=wait)
    return SlackCallError("chat.update", error, maybe_done=maybe_done, retry_after=after)


@pytest.mark.parametrize(
    ("failure", "failures", "stands", "expected"),
    [
        (failed("ratelimited", wait=30), 1, True, 30 * SECOND),
        (failed("ratelimited", wait=30), 1, False, 30 * SECOND),
        (failed("ratelimited", wait=1), 1, True, PACE),
        (failed("ratelimited", wait=3_600), 1, True, None),
        (failed("ratelimited", wait=30), TRIES, True, None),
        (failed("http_503", maybe_done=True), 1, True, PACE),
        (failed("http_503", maybe_done=True), 1, False, None),
        (failed(NO_ANSWER), 1, False, PACE),
        (failed("internal_error", maybe_done=True), 1, True, PACE),
        (failed("message_not_found"), 1, True, None),
        (failed("cant_update_message"), 1, True, None),
        (failed("channel_not_found"), 1, False, None),
    ],
)
def test_the_pause_after_a_failure(
    failure: SlackCallError, failures: int, stands: bool, expected: timedelta | None
) -> None:
    assert pause_after(failure, failures, stands=stands) == expected


def test_a_pause_that_is_asked_for_is_never_undercut() -> None:
    assert pause_after(failed("ratelimited", wait=300), 1, stands=True) == LONGEST_WAIT


# ── the coroutine around it ──


@dataclass
class Board:
    """Notes what it is sent and when; fails as it is told, call by call, and takes `slow` s for each."""

    failures: list[SlackCallError | None] = field(default_factory=list)
    slow: float = 0
    sent: list[tuple[float, str, str]] = field(default_factory=list)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    async def post(
        self,
        message: SlackMessage,
        *,
        channel: str,
        thread_ts: str | None,
        metadata: Mapping[str, object],
    ) -> Posted:
        assert (channel, thread_ts) == ("U0ASKER", None)
        self.metadata = metadata
        await self._take("post", message)
        return STANDS

    async def update(self, message: SlackMessage, where: Posted) -> None:
        assert where == STANDS
        await self._take("edit", message)

    async def _take(self, what: str, message: SlackMessage) -> None:
        self.sent.append((round(now(), 6), what, message.text))
        await asyncio.sleep(self.slow)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure

    def texts(self) -> list[str]:
        return [text for _, _, text in self.sent]


def now() -> float:
    return asyncio.get_running_loop().time()


class Reader:
    """A read that is followed, from the time of its creation on."""

    def __init__(self, board: Board) -> None:
        self.following = Following(board, SPOT)
        self.following.heard(page(0))
        self.job = asyncio.ensure_future(self.following.run())

    async def reads(self, pages: range, every: float) -> None:
        for number in pages:
            await asyncio.sleep(every)
            self.following.heard(page(number))

    async def ends(self, end: Ended = Ended.ANSWERED) -> None:
        self.following.end(end)
        await self.job


async def test_it_is_posted_at_once_and_bears_metadata() -> None:
    board = Board()
    reader = Reader(board)
    await asyncio.sleep(1)
    assert board.sent == [(0.0, "post", says(0).text)]
    assert board.metadata["event_type"] == "cnx_reply"
    assert board.metadata["event_payload"]["command"] == "progress"
    await reader.ends()


async def test_edits_keep_their_pace_and_say_the_newest() -> None:
    """Fifty pages, one each 0.65 s: posted, then edited every three seconds."""
    board = Board()
    reader = Reader(board)
    await reader.reads(range(1, 51), every=0.65)
    await reader.ends()
    assert [at for at, _, _ in board.sent] == list(range(0, 34, 3))
    read_by_then = [int(at / 0.65) for at in range(0, 33, 3)]
    assert board.texts()[:-1] == [says(number).text for number in read_by_then]
    assert board.texts()[-1] == says(50, Ended.ANSWERED).text


async def test_nothing_is_edited_while_there_is_nothing_new() -> None:
    board = Board()
    reader = Reader(board)
    await asyncio.sleep(600)
    assert len(board.sent) == 1
    await reader.reads(range(1, 2), every=1)
    assert board.sent[1:] == []
    await asyncio.sleep(0)
    assert board.sent[1] == (601.0, "edit", says(1).text)
    await reader.ends()
    assert board.sent[2] == (604.0, "edit", says(1, Ended.ANSWERED).text)


@pytest.mark.parametrize("end", list(Ended))
async def test_the_last_edit_tells_how_it_ended(end: Ended) -> None:
    board = Board()
    reader = Reader(board)
    await reader.reads(range(1, 3), every=2)
    await reader.ends(end)
    assert board.texts()[-1] == says(2, end).text
    assert len(board.sent) == 3


async def test_what_was_told_first_of_the_end_holds() -> None:
    board = Board()
    reader = Reader(board)
    await asyncio.sleep(1)
    with reader.following:
        reader.following.end(Ended.FAILED)
        await reader.ends(Ended.ANSWERED)
    assert board.texts()[-1] == says(0, Ended.FAILED).text


async def test_a_slow_slack_gets_the_newest_state_next_and_one_call_at_a_time() -> None:
    board = Board(slow=8)
    reader = Reader(board)
    await reader.reads(range(1, 21), every=0.9)
    await reader.ends()
    assert [(at, text) for at, _, text in board.sent] == [
        (0, says(0).text),
        (11, says(12).text),
        (22, says(20, Ended.ANSWERED).text),
    ]


async def test_a_429_on_an_edit_waits_and_then_sends_only_the_newest() -> None:
    board = Board(failures=[None, failed("ratelimited", wait=20)])
    reader = Reader(board)
    await reader.reads(range(1, 31), every=1)
    await reader.ends()
    edits = [(at, text) for at, what, text in board.sent if what == "edit"]
    assert [at for at, _ in edits] == [3, 23, 26, 29, 32]
    assert edits[1][1] in (says(22).text, says(23).text)
    assert edits[-1][1] == says(30, Ended.ANSWERED).text


async def test_a_429_on_the_post_waits_and_then_posts_the_newest() -> None:
    board = Board(failures=[failed("ratelimited", wait=10)])
    reader = Reader(board)
    await reader.reads(range(1, 16), every=1)
    await reader.ends()
    assert [(at, what) for at, what, _ in board.sent] == [
        (0, "post"),
        (10, "post"),
        (13, "edit"),
        (16, "edit"),
    ]
    assert board.texts()[1] in (says(9).text, says(10).text)


async def test_what_was_not_posted_before_the_end_is_posted_no_more() -> None:
    board = Board(failures=[failed("ratelimited", wait=10)])
    reader = Reader(board)
    await asyncio.sleep(5)
    await reader.ends()
    assert now() == 5.0
    assert [what for _, what, _ in board.sent] == ["post"]


@pytest.mark.parametrize(
    "failure", [failed("http_500", maybe_done=True), failed("channel_not_found")], ids=str
)
async def test_a_post_that_failed_or_may_have_is_not_repeated(failure: SlackCallError) -> None:
    board = Board(failures=[failure])
    with capture_logs() as logs:
        reader = Reader(board)
        await reader.reads(range(1, 10), every=5)
        await reader.ends()
    assert len(board.sent) == 1
    assert [entry["event"] for entry in logs] == ["slack did not take a word of progress"]


async def test_an_edit_that_may_have_got_through_is_followed_by_the_next() -> None:
    board = Board(failures=[None, failed("http_503", maybe_done=True)])
    reader = Reader(board)
    await reader.reads(range(1, 9), every=1)
    await reader.ends()
    assert [at for at, _, _ in board.sent] == [0, 3, 6, 9]
    assert board.texts()[-1] == says(8, Ended.ANSWERED).text


async def test_a_message_that_is_gone_is_left_alone() -> None:
    board = Board(failures=[None, failed("message_not_found")])
    reader = Reader(board)
    await reader.reads(range(1, 30), every=1)
    await reader.ends()
    assert len(board.sent) == 2


async def test_an_edit_that_fails_again_and_again_is_given_up() -> None:
    board = Board(failures=[None, *[failed("http_500", maybe_done=True)] * 99])
    reader = Reader(board)
    await reader.reads(range(1, 100), every=1)
    await reader.ends()
    assert len(board.sent) == 1 + TRIES


# ── the bot stops ──


async def stopped(reader: Reader) -> float:
    """Stop as `Desk.close` does; how long that took."""
    began = now()
    reader.job.cancel()
    await asyncio.gather(reader.job, return_exceptions=True)
    assert reader.job.cancelled()
    return now() - began


async def test_when_the_bot_stops_the_message_says_so_at_once() -> None:
    board = Board()
    reader = Reader(board)
    await reader.reads(range(1, 4), every=0.5)
    assert await stopped(reader) == 0
    assert board.sent[1:] == [(1.5, "edit", says(3, Ended.STOPPED).text)]


async def test_when_the_bot_stops_what_is_done_is_said_to_be_done() -> None:
    board = Board()
    reader = Reader(board)
    await reader.reads(range(1, 4), every=0.5)
    reader.following.end(Ended.ANSWERED)
    await asyncio.sleep(0.1)
    assert await stopped(reader) == 0
    assert board.texts()[1:] == [says(3, Ended.ANSWERED).text]


async def test_a_slack_that_hangs_does_not_hold_up_the_end() -> None:
    board = Board()
    reader = Reader(board)
    await reader.reads(range(1, 2), every=0.5)
    board.slow = 3_600
    assert await stopped(reader) == pytest.approx(LAST_WORD.total_seconds())


async def test_nothing_is_posted_by_a_bot_that_stops() -> None:
    board = Board(failures=[failed("ratelimited", wait=10)])
    reader = Reader(board)
    await asyncio.sleep(1)
    assert await stopped(reader) == 0
    assert len(board.sent) == 1


async def test_a_question_that_is_cancelled_is_told_to_have_been_stopped() -> None:
    board = Board()
    jobs = Jobs()

    async def question() -> None:
        with Following(board, SPOT) as following:
            following.heard(page(1))
            jobs.start(following.run(), "progress")
            await asyncio.sleep(3_600)

    asking = asyncio.ensure_future(question())
    await asyncio.sleep(5)
    asking.cancel()
    assert await jobs.drain(timedelta(minutes=1)) == 0
    assert asking.cancelled()
    assert board.texts() == [says(1).text, says(1, Ended.STOPPED).text]


async def test_a_question_that_breaks_is_told_in_the_message() -> None:
    board = Board()
    jobs = Jobs()

    async def question() -> None:
        with Following(board, SPOT) as following:
            following.heard(page(1))
            jobs.start(following.run(), "progress")
            await asyncio.sleep(1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await question()
    assert await jobs.drain(timedelta(minutes=1)) == 0
    assert board.texts() == [says(1).text, says(1, Ended.BROKE).text]
