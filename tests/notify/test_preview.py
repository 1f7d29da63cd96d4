"""What a wish would have caused is what it causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.events import Own
from bot.model.subscriptions import Level
from bot.notify.preview import would_post
from bot.store import Seq
from bot.store.values import Entry
from tests.notify.story import (
    CLASSES,
    Story,
    Told,
    at,
    came,
    fails,
    mends,
    mute,
    own,
    renamed,
    turned,
    wish,
)
from tests.store.values import server


def entries_of(batches: Sequence[Sequence[Told]]) -> list[Entry]:
    flat = [it for batch in batches for it in batch]
    return [Entry(Seq(place), it) for place, it in enumerate(flat, 1)]


def test_nothing_happened_nothing_is_posted() -> None:
    assert would_post([], [wish()], CLASSES) == 0
    assert would_post(entries_of([[fails(1)]]), [], CLASSES) == 0


def test_by_a_mute_only_what_it_matches_counts() -> None:
    rows = {"1": server(1, region="eu-west-1"), "2": server(2, region="us-east-1")}
    history = entries_of([[fails(1)], [fails(2, 400)], [own(Own.BLIND, 500, since=450)]])

    def count(text: str) -> int:
        return would_post(
            history, [wish()], CLASSES, only=mute(text), rows=lambda _, ref: rows.get(ref)
        )

    assert (count(""), count("region=eu-west-1"), count("region=ap-south-1")) == (2, 1, 0)


def test_a_catching_up_over_several_responses_is_one_message() -> None:
    history = entries_of(
        [
            [fails(0, -900)],
            [turned(1, "running", "error", 0, after=-800)],
            [turned(2, "running", "unreachable", 20, after=-780)],
            [turned(3, "running", "degraded", 30, after=-790)],
            [own(Own.CAUGHT_UP, 0, since=-700, changes=2)],
        ]
    )
    assert would_post(history, [wish()], CLASSES) == 2


def test_five_thousand_changes_are_counted_in_a_moment() -> None:
    batches = [[fails(f"{page}-{it}", 4 * page) for it in range(100)] for page in range(50)]
    assert would_post(entries_of(batches), [wish()], CLASSES) == 1


REFS = st.sampled_from("abc")
STEPS = st.one_of(
    st.builds(fails, REFS),
    st.builds(mends, REFS),
    st.builds(came, REFS, st.sampled_from(["running", "error", "provisioning"])),
    st.builds(turned, REFS, st.just("running"), st.sampled_from(["stopped", "unreachable"])),
    st.builds(renamed, REFS, st.just("a"), st.just("b")),
    st.builds(own, st.sampled_from([Own.BLIND, Own.RECOVERED, Own.PARKED, Own.RETURNED, "odd"])),
)
HISTORIES = st.lists(
    st.tuples(st.sampled_from([1, 30, 200, 301, 901]), st.lists(STEPS, min_size=1, max_size=4)),
    max_size=12,
)


def moved(told: Told, by: datetime) -> Told:
    """The same at that time."""
    after = None if told.after is None else by - (told.before - told.after)
    return replace(told, after=after, before=by)


@settings(max_examples=60, deadline=None)
@given(
    history=HISTORIES,
    text=st.sampled_from(["", "status=error,running"]),
    level=st.sampled_from(Level),
    twice=st.booleans(),
)
def test_a_preview_counts_the_messages_that_are_posted(
    history: list[tuple[int, list[Told]]], text: str, level: Level, twice: bool
) -> None:
    wishes = [wish(text, level=level), *([wish("status=stopped", ref=2)] if twice else [])]
    seconds, batches = 0, []
    for pause, batch in history:
        seconds += pause
        batches.append([moved(it, at(seconds)) for it in batch])
    story = Story(*wishes)
    for batch in batches:
        story.tell(*batch)
    assert would_post(entries_of(batches), wishes, CLASSES) == len(story.incidents)
