"""What is made of a view of the store: how old it is, how good, and why there is nothing newer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.cloudnexus import KeyKind, UnreadableRow
from bot.commands.knowledge import course_source, facts_of, failing_of, reading_first
from bot.commands.replies import Source, Unread, Watched
from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.store import Failing, Freshness, Snapshots, parse_address
from bot.store.engine import Database
from bot.watch.blindness import Health
from bot.watch.known import Aside, Fault, Known
from bot.watch.memory import Failing as Stretch
from bot.watch.memory import Memory
from bot.watch.order import Direction, Order
from bot.watch.parking import Parking
from bot.watch.snapshot import Snapshot
from bot.watch.stamps import Stamp
from bot.watch.sweep import Sweep
from bot.watch.view import View
from tests.watch.house import server
from tests.watch.world import START, at

ELSEWHERE = Snapshots(Database(parse_address(SecretStr("sqlite:///never-opened.db"))))
NOW = at(1_000)
PATIENCE = timedelta(minutes=2)
USUAL = timedelta(seconds=20)
FRESH = Stamp(at(989), at(990))


def view(
    memory: Memory | None = None,
    freshness: Freshness | None = None,
    rows: Sequence[Known] = (),
) -> View:
    """A view that knows this."""
    made = View(ELSEWHERE, AccountId(1), Kind.SERVER)
    made.memory = memory or Memory(latest=FRESH, settled=True)
    made.freshness = freshness or Freshness()
    made.snapshot = Snapshot(rows)
    return made


def failing(retry_at: datetime | None, reason: str = "server_error") -> Freshness:
    """Reading fails since 900 s."""
    return Freshness(failing=Failing(reason, "Boom", at(900), retry_at))


def seen(seconds: float) -> Memory:
    """The last answer came then."""
    return Memory(latest=Stamp(at(seconds - 1), at(seconds)), settled=True)


def trouble(reason: Reason, since: float, retry_at: float | None, said: str = "Boom") -> Trouble:
    return Trouble(reason, said, at(since), None if retry_at is None else at(retry_at))


def facts(of: View, **values: timedelta | Trouble) -> Source:
    """Their source."""
    return facts_of(of, KeyKind.LIVE, NOW, **({"usual": USUAL} | values)).source  # type: ignore[arg-type]  # of the caller's choice


# -- why there is nothing newer ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("it", "patience", "told"),
    [
        # All is well, or nobody has looked yet.
        (view(), PATIENCE, None),
        (view(Memory()), PATIENCE, None),
        (view(seen(880)), PATIENCE, None),
        # Reading fails, and somebody goes on trying.
        (view(None, failing(at(1_030))), PATIENCE, trouble(Reason.SERVER_ERROR, 900, 1_030)),
        (view(None, failing(at(990))), PATIENCE, trouble(Reason.SERVER_ERROR, 900, 1_000)),
        (view(None, failing(at(880))), PATIENCE, trouble(Reason.SERVER_ERROR, 900, 1_000)),
        # Nobody will, before somebody acts.
        (view(None, failing(None, "forbidden")), PATIENCE, trouble(Reason.FORBIDDEN, 900, None)),
        # A newer version has other words.
        (view(None, failing(None, "eclipse")), PATIENCE, trouble(Reason.REFUSED, 900, None)),
        # It should have been tried again long ago: whoever failed is dead.
        (view(None, failing(at(879))), PATIENCE, trouble(Reason.UNWATCHED, 900, None, "")),
        # Nothing came for longer than reading may take.
        (view(seen(879)), PATIENCE, trouble(Reason.UNWATCHED, 879, None, "")),
        # Without patience only a failure counts: nothing has been seen yet, and somebody waits.
        (view(seen(0)), timedelta(0), None),
        (view(None, failing(at(10))), timedelta(0), trouble(Reason.SERVER_ERROR, 900, 1_000)),
    ],
)
def test_why_there_is_nothing_newer(it: View, patience: timedelta, told: Trouble | None) -> None:
    assert failing_of(it, NOW, patience) == told


@pytest.mark.parametrize(
    ("usual", "period", "last", "unwatched"),
    [
        (timedelta(seconds=20), None, 870, True),  # two minutes at least
        (timedelta(seconds=20), None, 880, False),
        (timedelta(seconds=100), None, 700, False),  # three rounds
        (timedelta(seconds=100), None, 699, True),
        (timedelta(seconds=20), timedelta(seconds=100), 700, False),  # of the slower kind
        (timedelta(seconds=20), timedelta(seconds=100), 699, True),
    ],
)
def test_patience_lasts_three_rounds_and_two_minutes_at_least(
    usual: timedelta, period: timedelta | None, last: float, unwatched: bool
) -> None:
    it = view(seen(last), Freshness(period=period))
    told = facts(it, usual=usual).trouble
    assert (told is not None and told.reason is Reason.UNWATCHED) is unwatched


def test_a_trouble_that_is_handed_in_is_told_instead() -> None:
    it = view(None, failing(at(1_030)))
    assert facts(it).trouble == trouble(Reason.SERVER_ERROR, 900, 1_030)
    worse = trouble(Reason.TOO_COSTLY, 990, None)
    assert facts(it, trouble=worse).trouble == worse


# -- how good it is ------------------------------------------------------------------------------


def test_rows_and_their_age_are_those_of_the_view() -> None:
    stamp = Stamp(at(970), at(971))
    rows = [Known(server(number), stamp, START) for number in (2, 1)]
    told = facts_of(view(rows=rows), KeyKind.TEST, NOW, usual=USUAL)
    assert {row.id for row in told.rows} == {"srv_001", "srv_002"}
    assert told.kind is Kind.SERVER
    assert told.source == Source(KeyKind.TEST, at(971))


def test_before_the_first_answer_nothing_is_older_than_now() -> None:
    assert facts(view(Memory())).read_at == NOW


def test_what_broke_the_contract_is_named() -> None:
    stamp = Stamp(at(970), at(971))
    faulty = Known(server(1), stamp, START, Aside(Fault(stamp, "spec.vcpus", "is a string")))
    told = facts(view(rows=[faulty])).unreadable
    assert told == (UnreadableRow("srv_001", "spec.vcpus", "is a string"),)


ORDER = Order(Direction.RISING, FRESH)


@pytest.mark.parametrize(
    ("memory", "proves"),
    [
        (Memory(), True),  # it is too early to say that it can't
        (Memory(unproven=3), True),
        (Memory(unproven=4), False),
        (Memory(unproven=4, order=ORDER), True),
        (Memory(unproven=3, complete=FRESH), True),
        (Memory(unproven=4, complete=FRESH), False),
    ],
)
def test_after_three_rounds_without_a_proof_none_can_be_had(memory: Memory, proves: bool) -> None:
    assert facts(view(memory)).proves_gone is proves


@pytest.mark.parametrize(
    ("memory", "steady"),
    [
        (Memory(), True),
        (Memory(contradiction="2 rows of 3"), False),
        (Memory(failing=(Stretch(0, 10, START, told=False),)), True),
        (Memory(failing=(Stretch(0, 10, START, told=True),)), False),
    ],
)
def test_a_list_that_was_not_whole_may_lack_rows(memory: Memory, steady: bool) -> None:
    assert facts(view(memory)).steady is steady


def test_how_well_it_is_watched() -> None:
    memory = Memory(
        settled=True,
        total=142,
        limit=100,
        parking=Parking(parked=7, asked_since=at(5)),
        health=Health(succeeded=at(50), failing_since=at(60), failures=9, blind=True),
        failing=(
            Stretch(0, 10, at(1), told=False),
            Stretch(20, 30, at(2), told=True),
            Stretch(50, 60, at(3), told=True),
        ),
    )
    it = view(memory, Freshness(period=timedelta(seconds=34)))
    assert facts_of(it, KeyKind.LIVE, NOW, usual=USUAL).watched == Watched(
        period=timedelta(seconds=34),
        requests=2,
        settled=True,
        blind_since=at(50),
        parked=7,
        unread=(Unread(20, 30, at(2)), Unread(50, 60, at(3))),
    )


def test_of_what_was_never_read_little_is_told() -> None:
    told = facts_of(view(Memory()), KeyKind.LIVE, NOW, usual=USUAL).watched
    assert told == Watched(period=None, requests=1, settled=False)


# -- the first reading ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("memory", "said", "since"),
    [
        (None, "", 7),
        (Memory(), "", 7),
        (Memory(began=at(3)), "", 3),
        (Memory(began=at(3), total=0), "", 3),
        (Memory(began=at(3), total=2_000), "0 of 2,000 rows are read", 3),
        (
            Memory(began=at(3), total=2_000, sweep=Sweep(covered=1_300)),
            "1,300 of 2,000 rows are read",
            3,
        ),
        # The list has shrunk since; or it was whole, and is not yet proven to be.
        (Memory(began=at(3), total=90, sweep=Sweep(covered=100)), "90 of 90 rows are read", 3),
    ],
)
def test_how_far_the_first_reading_is(memory: Memory | None, said: str, since: float) -> None:
    it = None if memory is None else view(memory)
    assert reading_first(it, at(7)) == Trouble(Reason.NOT_YET, said, at(since), None)


# -- several kinds -------------------------------------------------------------------------------

WELL = Source(KeyKind.LIVE, at(900))
OLDER = Source(KeyKind.LIVE, at(800))
DOWN = Source(KeyKind.LIVE, at(850), trouble=trouble(Reason.SERVER_ERROR, 860, None))
UNSEEN = trouble(Reason.FORBIDDEN, 1, None)


BEHIND = "CDN domains are not read at present: CloudNexus does not let this key do that (403)."


@pytest.mark.parametrize(
    ("sources", "unseen", "told"),
    [
        ([WELL], [], WELL),
        ([WELL, OLDER], [], OLDER),
        ([DOWN], [], DOWN),
        ([WELL], [UNSEEN], replace(WELL, note=BEHIND)),
        ([DOWN], [UNSEEN], replace(DOWN, trouble=UNSEEN)),
        ([WELL, replace(OLDER, steady=False)], [], replace(OLDER, steady=False)),
        ([replace(WELL, steady=False), OLDER], [], replace(OLDER, steady=False)),
        ([replace(WELL, proves_gone=False), OLDER], [], replace(OLDER, proves_gone=False)),
        ([replace(WELL, unreadable=(UnreadableRow("x", "y", "z"),), unseen=3, parked=3)], [], WELL),
    ],
)
def test_several_kinds_are_known_as_well_as_the_worst_of_them(
    sources: Sequence[Source], unseen: Sequence[Trouble], told: Source
) -> None:
    """What is wrong with one kind is named, and says nothing of the others."""
    kinds = dict(zip((Kind.SERVER, Kind.CLUSTER), sources, strict=False))
    assert course_source(kinds, {} if not unseen else {Kind.DOMAIN: unseen[0]}) == told


def test_a_kind_that_is_behind_is_named_beside_one_that_is_not() -> None:
    told = course_source({Kind.SERVER: WELL, Kind.CLUSTER: DOWN})
    assert told.trouble is None
    assert told.read_at == at(850)
    assert told.note.startswith("Clusters are not read at present: ")
