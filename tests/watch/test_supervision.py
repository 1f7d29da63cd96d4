"""What dies is started again with growing pauses; a store beyond help ends all, and says so once."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.store import (
    LeaseLost,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreNewer,
    StoreReadOnly,
    StoreUnreachable,
)
from bot.watch.supervision import HEALTHY, LONGEST_PAUSE, PATIENCE, StoreAlarm, pause, supervised


class Work:
    """Dies of these in turn, each after so many seconds; then it works until it is cancelled."""

    def __init__(self, *deaths: tuple[float, Exception | None]) -> None:
        self._deaths = list(deaths)
        self.starts: list[float] = []

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self.starts.append(loop.time())
        if not self._deaths:
            await asyncio.Event().wait()
        after, error = self._deaths.pop(0)
        await asyncio.sleep(after)
        if error is not None:
            raise error


async def lived(work: Work, seconds: float = 10_000) -> None:
    """Supervise it for so long."""
    task = asyncio.create_task(supervised("work", work.run, alarm=StoreAlarm()))
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if done:
        await task
    task.cancel()
    await asyncio.wait({task})


async def test_it_is_started_again_with_pauses_that_double() -> None:
    work = Work(*[(0, ValueError("a bug"))] * 4)
    with capture_logs() as logs:
        await lived(work)
    assert work.starts == pytest.approx([0, 1, 3, 7, 15])
    assert [entry["event"] for entry in logs] == ["died, and is started again"] * 4


async def test_also_if_it_just_ends() -> None:
    work = Work((0, None))
    await lived(work)
    assert len(work.starts) == 2


async def test_who_was_well_for_long_starts_with_the_first_pause() -> None:
    well = HEALTHY.total_seconds()
    work = Work((0, ValueError()), (0, ValueError()), (well, ValueError()), (0, ValueError()))
    await lived(work)
    gaps = [b - a for a, b in zip(work.starts, work.starts[1:], strict=False)]
    assert gaps == pytest.approx([1, 2, well + 1, 2])


def test_no_pause_is_longer_than_a_minute() -> None:
    assert pause(1_000) == LONGEST_PAUSE


async def test_what_is_final_ends_it_at_once() -> None:
    work = Work((5, ZeroDivisionError("no use")))
    with pytest.raises(ZeroDivisionError):
        await supervised("work", work.run, alarm=StoreAlarm(), final=(ZeroDivisionError,))
    assert len(work.starts) == 1


async def test_a_lost_lease_ends_it_at_once() -> None:
    with pytest.raises(LeaseLost):
        await lived(Work((5, LeaseLost("gone"))))


@pytest.mark.parametrize("kind", [StoreFull, StoreReadOnly, StoreLocked, StoreCorrupt])
async def test_a_store_beyond_help_ends_it_with_its_sentence_after_a_minute(
    kind: type[StoreError],
) -> None:
    work = Work(*[(0, kind("The sentence that says what to do."))] * 100)
    with capture_logs() as logs, pytest.raises(kind, match="The sentence that says what to do"):
        await lived(work)
    assert work.starts[-1] == pytest.approx(PATIENCE.total_seconds()), "no pause outlasts patience"
    assert [entry["event"] for entry in logs] == ["the store fails"], "said once"


async def test_a_store_that_a_newer_version_migrated_ends_it_at_once() -> None:
    work = Work((3, StoreNewer("Install that one.")))
    with pytest.raises(StoreNewer):
        await lived(work)
    assert len(work.starts) == 1


async def test_a_store_that_does_not_answer_is_waited_for() -> None:
    work = Work(*[(0, StoreUnreachable("no answer"))] * 50)
    with capture_logs() as logs:
        await lived(work)
    assert len(work.starts) == 51
    assert work.starts[-1] - work.starts[-2] == LONGEST_PAUSE.total_seconds()
    assert [entry["event"] for entry in logs] == ["the store fails"]


def test_the_alarm_is_raised_once_and_called_off_once() -> None:
    now = 0.0
    alarm = StoreAlarm(lambda: now)
    with capture_logs() as logs:
        alarm.well()
        assert not alarm.failed(StoreFull("full"))
        assert not alarm.failed(StoreFull("full"))
        now = 30.0
        alarm.well()
        alarm.well()
        assert not alarm.failed(StoreFull("full")), "patience begins anew"
    assert [(entry["event"], entry.get("seconds")) for entry in logs] == [
        ("the store fails", None),
        ("the store works again", 30.0),
        ("the store fails", None),
    ]
