"""Whatever happens, in whatever order: what a channel is told stays true.

The fleet and the bot's sight are played as a watcher would record them; what should be shown is kept in
a few plain facts beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.cloudnexus import Cluster
from bot.cloudnexus.models import ClusterId, ServerId
from bot.model.changes import Change, Value, What
from bot.model.events import Event, Own
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClass
from bot.model.subscriptions import Level, Mute
from bot.notify.compose import letter
from bot.notify.drafts import Draft
from bot.notify.incident import Incident, MemberKey, from_rows, to_rows
from bot.notify.letters import LISTED, Sort, from_json, to_json
from bot.notify.plan import plan
from bot.notify.planner import Given
from bot.notify.rows import around
from bot.notify.significance import covers, hears
from bot.store import DeliveryId, IncidentRow, Record, Role, Seq
from bot.store.values import Entry
from tests.notify.story import CLASSES, NOW, OPS, Told, mute, wish
from tests.store.values import server

Key = tuple[Kind, str]

FLEET: list[Key] = [(Kind.SERVER, it) for it in "abcd"] + [(Kind.CLUSTER, "k")]
STATUSES = ["running", "restarting", "stopped", "error", "unreachable"]
WISHES = ["", "region=eu-west-1", "status=error", "status=restarting,running"]

kinds = st.sampled_from([Kind.SERVER, Kind.CLUSTER])
keys = st.sampled_from(FLEET)
slots = st.sampled_from([None, False, True, True])  # None: not decided about yet
steps = st.tuples(keys, st.sampled_from([*STATUSES, *STATUSES, "gone", "renamed"]))


def row_of(key: Key, status: str) -> Row:
    kind, ref = key
    if kind is Kind.CLUSTER:
        return Cluster(ClusterId(ref), "1.29.2", 5, "calico", status)
    region = "us-east-1" if ref in "ab" else "eu-west-1"
    return server(1, id=ServerId(ref), name=f"name-{ref}", status=status, region=region)


class Course(RuleBasedStateMachine):
    """One channel, a small fleet, and a bot that sees it more or less."""

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.seq = 0
        self.made = 0
        # What is so, and what was seen of it.
        self.status: dict[Key, str | None] = dict.fromkeys(FLEET, "running")
        self.rows: dict[Key, Row] = {key: row_of(key, "running") for key in FLEET}
        self.seen: dict[Key, datetime] = dict.fromkeys(FLEET, NOW)
        self.read_at: dict[Kind, datetime] = dict.fromkeys(Kind, NOW)
        self.blind: set[Kind] = set()
        self.catching_up: dict[Kind, tuple[datetime, datetime]] = {}
        self.parked: dict[Kind, datetime] = {}
        self.flapping: set[Key] = set()
        # What the channel wants.
        self.wishes = [wish()]
        self.mutes: list[Mute] = []
        # What it was told.
        self.waiting: list[Entry] = []
        self.cursor = 0
        self.records: dict[int, Record] = {}
        self.living: dict[DeliveryId, Incident] = {}
        self.forgotten: dict[DeliveryId, Incident] = {}
        self.stored: dict[DeliveryId, tuple[IncidentRow, dict[MemberKey, str]]] = {}
        # What should be shown as going on; None: not said.
        self.going_on: dict[Key, bool | None] = dict.fromkeys(FLEET, False)
        self.carded: set[Key] = set()
        self.asked: set[Kind] = set()

    # -- what happens ------------------------------------------------------------------------------

    def commit(self, *told: Told) -> None:
        for it in told:
            self.seq += 1
            self.waiting.append(Entry(Seq(self.seq), it))

    def change(self, key: Key, what: str) -> Change | None:
        kind, ref = key
        old, after = self.status[key], self.seen[key]
        self.seen[key] = self.now
        made = Change(
            kind, ref, f"name-{ref}", What.STATUS, "status", old, what, after, self.now, False
        )
        if what == "gone" and old is not None:
            self.status[key] = None
            self.flapping.discard(key)
            return replace(made, what=What.GONE, field=None, old=None, new=None)
        if what in ("gone", old):
            return None
        if what == "renamed":
            renamed = replace(made, what=What.FIELD, field="name", old="x", new="y")
            return None if old is None else renamed
        self.status[key] = what
        self.rows[key] = row_of(key, what)
        if old is None:
            row: dict[str, Value] = {"id": ref, "name": f"name-{ref}", "status": what}
            return replace(made, what=What.APPEARED, field=None, old=None, new=row)
        return made

    @rule(these=st.lists(steps, min_size=1, max_size=6), recovers=st.booleans(), slot=slots)
    def happens(
        self, these: list[tuple[Key, str]], recovers: bool, slot: bool | None = None
    ) -> None:
        self.tick(5)
        for kind in Kind:
            if kind in self.blind:
                if not recovers:
                    continue
                self.catching_up[kind] = (self.read_at[kind], self.now)
            made = [self.change(key, what) for key, what in these if key[0] is kind]
            found = [it for it in made if it is not None]
            if kind in self.blind:
                self.blind.remove(kind)
                found_event = Event(Own.RECOVERED, kind, self.read_at[kind], self.now)
                self.commit(*found, found_event)
            else:
                self.commit(*found)
            self.read_at[kind] = self.now
            if kind not in self.catching_up:
                self.seen |= {key: self.now for key in FLEET if key[0] is kind}

    @rule(
        these=st.lists(keys, min_size=1, max_size=5), status=st.sampled_from(["error", "running"])
    )
    def together(self, these: list[Key], status: str) -> None:
        self.happens([(key, status) for key in these], recovers=False)

    @rule(kind=kinds)
    def goes_blind(self, kind: Kind) -> None:
        self.tick(180)
        if kind not in self.blind:
            self.blind.add(kind)
            self.catching_up.pop(kind, None)
            self.commit(Event(Own.BLIND, kind, self.read_at[kind], self.now, {"reason": "x"}))

    @rule()
    def was_down(self) -> None:
        self.tick(600)
        for kind in (Kind.SERVER, Kind.CLUSTER):
            if kind not in self.blind:
                self.catching_up[kind] = (self.read_at[kind], self.now)

    @precondition(lambda self: self.catching_up)
    @rule(data=st.data())
    def caught_up(self, data: st.DataObject) -> None:
        self.tick(1)
        kind = data.draw(st.sampled_from(sorted(self.catching_up)))
        since, until = self.catching_up.pop(kind)
        self.seen |= {key: self.now for key in FLEET if key[0] is kind}
        self.read_at[kind] = self.now
        self.commit(Event(Own.CAUGHT_UP, kind, since, until, {"changes": 0}))

    @rule(kind=kinds, answer=st.sampled_from([Own.RETURNED, Own.RELEASED, Own.DISCARDED]))
    def doubts(self, kind: Kind, answer: Own) -> None:
        self.tick(1)
        if self.parked.pop(kind, None) is not None:
            self.commit(Event(answer, kind, None, self.now, {"number": 3, "by": "U1"}))
        else:
            self.parked[kind] = self.now
            asked: dict[str, Value] = {"number": 3, "asked_since": self.now.isoformat()}
            self.commit(Event(Own.PARKED, kind, None, self.now, asked))

    @rule(key=keys, slot=slots)
    def flaps(self, key: Key, slot: bool | None) -> None:
        self.tick(1)
        kind, ref = key
        details: dict[str, Value] = {"id": ref, "name": f"name-{ref}"}
        if key in self.flapping:
            self.flapping.remove(key)
            self.commit(Event(Own.STEADY, kind, None, self.now, details))
        elif self.status[key] is not None:
            self.flapping.add(key)
            self.commit(Event(Own.FLAPPING, kind, None, self.now, details))
        if slot is not None:
            self.decides(slot)

    @rule(seconds=st.sampled_from([1, 60, 299, 301, 1000]))
    def tick(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    # -- what people want --------------------------------------------------------------------------

    @rule(
        text=st.sampled_from(WISHES),
        kind=st.sampled_from([None, Kind.SERVER, Kind.CLUSTER]),
        level=st.sampled_from(Level),
        mention=st.sampled_from([None, "here"]),
    )
    def subscribes(self, text: str, kind: Kind | None, level: Level, mention: str | None) -> None:
        if text.startswith("region"):
            kind = Kind.SERVER
        made = wish(text, ref=len(self.wishes) + 1, kind=kind, level=level, mention=mention)
        self.wishes = [*self.wishes, replace(made, after=self.seq)]

    @precondition(lambda self: self.wishes)
    @rule(data=st.data())
    def unsubscribes(self, data: st.DataObject) -> None:
        self.wishes = [*self.wishes]
        self.wishes.pop(data.draw(st.integers(0, len(self.wishes) - 1)))

    @rule(text=st.sampled_from(WISHES[:3]), on=st.booleans())
    def mutes_or_not(self, text: str, on: bool) -> None:
        self.mutes = [mute(text, ref=3, kind=Kind.SERVER)] if on else []

    # -- what is decided ---------------------------------------------------------------------------

    @rule(slot=st.booleans())
    def decides(self, slot: bool) -> None:
        before = dict(self.living)
        planned = plan(
            Given(
                channel=OPS,
                now=self.now,
                entries=tuple(self.waiting),
                subscriptions=tuple(self.wishes),
                mutes=tuple(self.mutes),
                incidents=tuple(before.values()),
                slot_open=slot,
                rows=lambda kind, ref: self.rows.get((kind, ref)),
                classes=CLASSES,
                new_id=self.new_id,
                catching_up=dict(self.catching_up),
            )
        )
        assert planned.strange == {}
        cursor = self.cursor if planned.cursor is None else planned.cursor
        assert cursor >= self.cursor
        decided = [it for it in self.waiting if it.seq <= cursor]
        self.waiting = [it for it in self.waiting if it.seq > cursor]
        assert planned.waiting == bool(self.waiting)
        assert not (planned.waiting and slot)
        new = {it.incident.id for it in planned.drafts if it.new}
        assert slot or not new
        recorded = Counter(it.seq for it in planned.records)
        assert set(recorded.values()) <= {1}
        assert recorded.keys() <= {it.seq for it in decided}
        assert not recorded.keys() & self.records.keys()
        self.records |= {it.seq: it for it in planned.records}
        self.cursor = cursor
        for entry in decided:
            self.concerns(entry, before, new)
        for draft in planned.drafts:
            if not draft.new:
                had = before[draft.incident.id].body
                assert had.closed_at in (None, draft.incident.body.closed_at)
                assert draft.incident.body.mentions == had.mentions
            self.keep(draft)
        for entry in decided:
            self.expects(entry)
        if not self.waiting and not self.catching_up and not self.blind:
            self.all_is_known(slot)

    def new_id(self) -> DeliveryId:
        self.made += 1
        return DeliveryId(f"d{self.made}")

    def concerns(self, entry: Entry, before: Collection[DeliveryId], new: set[DeliveryId]) -> None:
        """Who asked for it has a record, and who is told by edit is told where there was something."""
        told, record = entry.change, self.records.get(entry.seq)
        if isinstance(told, Change):
            rows = around(told, self.rows.get((told.kind, told.id)))
            asked = any(covers(it, told, entry.seq, rows) for it in self.wishes)
        else:
            asked = any(hears(it, told, entry.seq) for it in self.wishes)
        if record is None:
            assert not asked
            return
        assert asked or record.delivery is not None  # what lives is told to its end
        match record.role:
            case Role.POSTED:
                assert record.delivery in new
            case Role.JOINED:
                assert record.delivery in before
            case Role.MUTED:
                assert record.delivery is None
                assert record.mute in [it.id for it in self.mutes]
            case Role.QUIET:
                assert record.delivery is None

    def keep(self, draft: Draft) -> None:
        """Write it as the store would."""
        incident = draft.finished()
        row, members = to_rows(incident, draft.touched)
        _, kept = self.stored.get(incident.id, (row, {}))
        self.stored[incident.id] = (row, kept | {(it.kind, it.ref): it.body for it in members})
        self.living[incident.id] = incident

    def expects(self, entry: Entry) -> None:
        """What should be shown of it from now on."""
        told, record = entry.change, self.records.get(entry.seq)
        loud = record is not None and record.delivery is not None
        if isinstance(told, Event):
            self.expects_of(told, loud=loud)
            return
        key = (told.kind, told.id)
        if told.what is What.GONE:
            self.going_on[key] = False
            self.carded.discard(key)
            return
        if told.what is What.FIELD:
            return
        status = told.new["status"] if isinstance(told.new, dict) else told.new
        became = CLASSES.of(str(status))
        if became in (StatusClass.WELL, StatusClass.QUIET):
            self.going_on[key] = False
        elif became is StatusClass.BAD and loud and key not in self.carded:
            self.going_on[key] = True

    def expects_of(self, event: Event, *, loud: bool) -> None:
        if event.kind is None:
            return
        key = (event.kind, str(event.details.get("id")))
        match event.what:
            case Own.PARKED if loud:
                self.asked.add(event.kind)
            case Own.RETURNED | Own.RELEASED | Own.DISCARDED:
                self.asked.discard(event.kind)
            case Own.FLAPPING if loud:
                self.carded.add(key)
            case Own.STEADY if key in self.carded:
                self.carded.discard(key)
                self.going_on[key] = None if self.going_on[key] is not True else True
            case _:
                pass

    def all_is_known(self, slot: bool) -> None:
        """Nothing waits for what is over."""
        again = plan(
            Given(
                OPS, self.now, (), self.wishes, self.mutes, tuple(self.living.values()), slot,
                lambda kind, ref: self.rows.get((kind, ref)), CLASSES, self.new_id, {},
            )
        )  # fmt: skip
        for draft in again.drafts:
            self.keep(draft)
        assert all(it.body.closed_at for it in self.living.values() if it.body.sort is Sort.AWAY)

    @rule()
    def forgets(self) -> None:
        """What nothing can happen to any more is not kept in memory; a restart reads what is kept."""
        self.forgotten |= self.living
        self.living = {
            ref: from_rows(*self.stored[ref])
            for ref, it in self.living.items()
            if it.unsolved or it.joinable(self.now)
        }

    # -- what is true at any time ------------------------------------------------------------------

    @invariant()
    def what_is_bad_is_shown_once(self) -> None:
        for key in FLEET:
            shown = self.shown(key, lambda sort: sort is not Sort.FLAPPING)
            cards = self.shown(key, lambda sort: sort is Sort.FLAPPING)
            assert cards == (key in self.carded), key
            expected = self.going_on[key]
            if expected is None or key in self.carded:
                assert shown <= 1, key
            else:
                assert shown == expected, key

    def shown(self, key: Key, those: Callable[[Sort], bool]) -> int:
        """How many messages show it as going on."""
        every = (self.forgotten | self.living).values()
        found = [it.members.get((key[0].value, key[1])) for it in every if those(it.body.sort)]
        return sum(it is not None and it.over is None for it in found)

    @invariant()
    def what_is_over_is_closed_and_nothing_else(self) -> None:
        for incident in (self.forgotten | self.living).values():
            body = incident.body
            going_on = any(it.bad and it.over is None for it in incident.members.values())
            match body.sort:
                case Sort.BAD | Sort.FLAPPING:
                    assert (body.closed_at is None) == going_on
                case Sort.NEWS:
                    assert not going_on
                    assert body.closed_at is None
                case Sort.AWAY:
                    assert (body.closed_at is None) == bool(body.blind or body.awaited)
                case Sort.SUSPICIOUS:
                    assert body.parked is not None
                case _:
                    raise AssertionError(body.sort)
        every = [it.body for it in (self.forgotten | self.living).values() if it.unsolved]
        open_questions = [it.parked[0] for it in every if it.parked is not None]
        assert Counter(open_questions) == Counter(self.asked)

    @invariant()
    def numbers_add_up_and_nothing_is_lost_in_the_store(self) -> None:
        for ref, incident in self.living.items():
            told = letter(incident)
            assert from_json(to_json(told)) == told
            assert told.number + told.also_number == len(incident.members)
            assert len(told.items) == min(told.number, LISTED)
            assert len(told.also) == min(told.also_number, LISTED)
            assert len(told.events) <= LISTED
            assert sum(it.number for it in told.groups) == told.number
            assert sum(it.over for it in told.groups) == told.over
            assert sum(it.number for it in told.also_groups) == told.also_number
            assert told.also_number == 0 or told.sort is Sort.BAD
            kept = from_rows(*self.stored[ref])
            assert kept == incident
            assert list(kept.members) == list(incident.members)
            assert self.stored[ref][0].open == incident.unsolved


def test_any_course_of_events() -> None:
    few = settings(max_examples=40, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(Course, settings=few)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_very_many_courses_of_events() -> None:
    many = settings(max_examples=1_500, stateful_step_count=60, deadline=None)
    run_state_machine_as_test(Course, settings=many)
