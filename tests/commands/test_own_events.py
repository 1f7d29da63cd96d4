"""One line for each thing that happened to the bot itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import own_events
from bot.model.changes import Value
from bot.model.events import Event, Own
from bot.model.kinds import Kind
from tests.support.virtual_time import EPOCH

LATER = EPOCH + timedelta(minutes=12)
NAMES = tuple(f"web-{n}" for n in range(20))


def when(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def braced(text: str) -> str:
    """Marks what was treated as foreign."""
    return f"{{{text}}}"


def event(
    what: str,
    details: Mapping[str, Value] | None = None,
    kind: Kind | None = Kind.SERVER,
    after: datetime | None = EPOCH,
) -> Event:
    return Event(what, kind, after, LATER, details or {})


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (
            event(Own.BASELINE, {"rows": 1_142, "bad": 0, "names": ()}),
            "Servers were read for the first time: 1,142 servers, none in a bad state",
        ),
        (
            event(Own.BASELINE, {"rows": 1, "bad": 1, "names": ("web\n1",)}, Kind.DOMAIN),
            "CDN domains were read for the first time: 1 CDN domain, 1 in a bad state ({web 1})",
        ),
        (
            event(Own.BASELINE, {"rows": 142, "bad": 30, "names": NAMES}),
            (
                "Servers were read for the first time: 142 servers, 30 in a bad state "
                "({web-0}, {web-1}, {web-2}, {web-3}, {web-4}, 25 more)"
            ),
        ),
        (
            event(Own.BASELINE, {"rows": 142, "bad": 3}),
            "Servers were read for the first time: 142 servers, 3 in a bad state",
        ),
        (
            event(Own.BASELINE, {"rows": 3}, None),
            "The account was read for the first time: 3",
        ),
        (event(Own.BASELINE), "Servers were read for the first time"),
        (event(Own.BASELINE, {"rows": "x", "bad": True}), "Servers were read for the first time"),
        (event(Own.CAUGHT_UP), "Servers: all is known again that happened without being seen"),
        (
            event(Own.CAUGHT_UP, {"changes": 1}),
            "Servers: all is known again that happened without being seen, 1 change",
        ),
        (
            event(Own.CAUGHT_UP, {"changes": 1_200}),
            "Servers: all is known again that happened without being seen, 1,200 changes",
        ),
        (
            event(Own.BLIND, {"reason": "unreachable"}),
            "Servers can't be read any more (CloudNexus can't be reached: there is no answer)",
        ),
        (event(Own.BLIND, {"reason": "moon"}), "Servers can't be read any more ({moon})"),
        (event(Own.BLIND, {"reason": ""}), "Servers can't be read any more"),
        (event(Own.BLIND, {}, None), "Resources can't be read any more"),
        (event(Own.RECOVERED, {}, Kind.CLUSTER), "Clusters can be read again after 12 min"),
        (event(Own.RECOVERED, after=None), "Servers can be read again"),
        (
            event(Own.PARKED, {"number": 12}),
            "12 servers seem to be gone at once: that is not believed, and waits for a word",
        ),
        (
            event(Own.PARKED, {"number": 1}, None),
            "1 resource seems to be gone at once: that is not believed, and waits for a word",
        ),
        (
            event(Own.PARKED),
            "Servers seem to be gone at once: that is not believed, and waits for a word",
        ),
        (event(Own.RETURNED), "Servers that seemed to be gone were all seen again"),
        (
            event(Own.RELEASED, {"number": 1_200, "by": "U0ANN"}),
            "1,200 servers that seemed to be gone count as gone: somebody said so",
        ),
        (
            event(Own.DISCARDED, {"number": 1}),
            "1 server that seemed to be gone counts as there: somebody said so",
        ),
        (event(Own.RELEASED), "Servers that seemed to be gone count as gone: somebody said so"),
        (event(Own.DISCARDED), "Servers that seemed to be gone count as there: somebody said so"),
        (
            event(Own.FLAPPING, {"id": "srv_1", "name": "web-1"}),
            "{web-1} changes so often that it is no news any more: it flaps",
        ),
        (
            event(Own.STEADY, {"id": "srv_1", "name": ""}),
            "{srv_1} has been quiet for a while: it flaps no more",
        ),
        (
            event(Own.FLAPPING),
            "One without a name changes so often that it is no news any more: it flaps",
        ),
        (
            event(Own.UNREAD, {"start": 200, "stop": 300}),
            "Servers: rows 201 to 300 of the list can't be read",
        ),
        (
            event(Own.READ_AGAIN, {"start": 0, "stop": 1}),
            "Servers: row 1 of the list can be read again",
        ),
        (event(Own.UNREAD, {"start": 3}), "Servers: a part of the list can't be read"),
        (event("moonrise"), "Servers: {moonrise}"),
        (event("x\n" * 200, {}, None), "Resources: {" + "x " * 39 + "x…}"),
    ],
)
def test_what_happened(told: Event, says: str) -> None:
    assert own_events.own(told, foreign=braced) == says


@pytest.mark.parametrize("own", Own)
def test_every_word_of_the_bots_own_has_a_sentence(own: Own) -> None:
    assert own_events.own(event(own)) != f"Servers: {own.value}"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (event(Own.PARKED, after=None), "at 12:12:00"),
        (event(Own.PARKED, after=LATER), "at 12:12:00"),
        (event(Own.BLIND), "between 12:00:00 and 12:12:00"),
        (event(Own.UNREAD), "between 12:00:00 and 12:12:00"),
        (event(Own.RECOVERED), "from 12:00:00 to 12:12:00"),
        (event(Own.CAUGHT_UP), "from 12:00:00 to 12:12:00"),
        (event(Own.READ_AGAIN), "from 12:00:00 to 12:12:00"),
    ],
)
def test_when_it_happened(told: Event, says: str) -> None:
    assert own_events.time_of(told, when) == says
    assert own_events.event(told, when).endswith(f", {says}")


@given(
    st.sampled_from(Own) | st.text(max_size=200),
    st.none() | st.sampled_from(Kind),
    st.dictionaries(
        st.sampled_from(
            ["rows", "bad", "names", "reason", "number", "id", "name", "start", "stop"]
        ),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=300)
        | st.lists(st.text(max_size=300) | st.integers(), max_size=9).map(tuple),
    ),
)
def test_any_event_is_one_short_line(
    what: str, kind: Kind | None, details: dict[str, Value]
) -> None:
    line = own_events.event(event(what, details, kind), when)
    assert 0 < len(line) < 900
    assert "\n" not in line
