"""The stand-in's own log as the oracle: is each recorded change true, and is every lasting one there?

It knows neither watchers nor store: it compares what CloudNexus says happened with a list of changes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.changes import Change, What
from bot.model.kinds import Kind
from bot.sandbox.cloudnexus import CloudNexusSandbox, Env, Line
from bot.sandbox.cloudnexus import Kind as RowKind

FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.SERVER: ("name", "status", "region", "spec", "created_at"),
    Kind.CLUSTER: ("version", "nodes", "network_policy", "status"),
    Kind.DOMAIN: ("name", "origin", "ssl", "cache_rules", "status"),
}
"""What the reference documents of each kind, beside the id."""

Ref = tuple[Kind, str]
State = Mapping[str, object]
Course = list[tuple[datetime, State | None]]
"""What one resource was, and from when on; None: not there."""

_UNTOLD = object()

_KINDS = frozenset(kind.value for kind in Kind)

_TEST_STAGE = "test-"
"""How the stand-in names the servers of its sandbox environment, and no others: both share a log, and
its lines do not tell them apart."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What each resource of one environment was, and from when on."""

    began: datetime
    courses: dict[Ref, Course]

    def states(self, ref: Ref, after: datetime | None, before: datetime) -> list[State | None]:
        """All that it was between the two, in order, both ends included.

        Several things may happen at the very instant at which an answer is made, before it and after
        it: what was so at any time of an instant counts.
        """
        course = self.courses.get(ref, [])
        first = -1 if after is None else bisect_left(course, after, key=_since) - 1
        last = bisect_right(course, before, key=_since)
        states = [state for _, state in course[max(first, 0) : last]]
        born_later = not course or course[0][0] > self.began
        return [None, *states] if first < 0 and born_later else states

    def fields(self, ref: Ref, name: str | None) -> list[tuple[datetime, object]]:
        """The values of a field, or with None whether it was there, each from when on."""
        values: list[tuple[datetime, object]] = []
        for since, state in self.courses[ref]:
            value = _value(state, name)
            if not values or values[-1][1] != value:
                values.append((since, value))
        return values

    def present(self, kind: Kind) -> dict[str, State]:
        """What there is of a kind, by id."""
        last = {ref: course[-1][1] for ref, course in self.courses.items() if ref[0] is kind}
        return {id_: state for (_, id_), state in last.items() if state is not None}


@dataclass(frozen=True, slots=True)
class Blind:
    """A time without sight: of everything, of a kind, or of one resource."""

    start: datetime
    stop: datetime
    kind: Kind | None = None
    id: str | None = None

    def hides(self, ref: Ref) -> bool:
        """Whether that resource could not be seen."""
        return self.kind in (None, ref[0]) and self.id in (None, ref[1])


def start_of(account: CloudNexusSandbox, env: Env = Env.LIVE) -> Truth:
    """What there is at present; take it before anything happens."""
    began, fleet = account.world.clock(), account.world.accounts[env].fleet
    courses: dict[Ref, Course] = {}
    for kind in Kind:
        for record in fleet.records(RowKind(kind.value)):
            assert kind is not Kind.SERVER or _is_test(record.row) is (env is Env.TEST)
            courses[kind, record.id] = [(began, _documented(kind, record.row))]
    return Truth(began, courses)


def follow(start: Truth, lines: Iterable[Line], env: Env = Env.LIVE) -> Truth:
    """The truth with what the log says of that environment since."""
    courses = {ref: list(course) for ref, course in start.courses.items()}
    for line in lines:
        if line.kind.value not in _KINDS:
            continue
        kind = Kind(line.kind.value)
        ref = (kind, line.id)
        if line.what == "appeared":
            assert isinstance(line.new, Mapping)
            if _is_test(line.new) is (env is Env.TEST):
                courses.setdefault(ref, []).append((line.at, _documented(kind, line.new)))
        elif ref in courses:  # else it is of the other environment
            course = courses[ref]
            state = course[-1][1]
            assert state is not None
            gone = line.what == "gone"
            course.append((line.at, None if gone else {**state, line.what: line.new}))
    return Truth(start.began, courses)


def invented(truth: Truth, changes: Sequence[Change]) -> list[str]:
    """Recorded changes that are not true, or that do not follow from those before; in words."""
    wrong: list[str] = []
    views: dict[Ref, State | None] = {}
    for change in changes:
        ref = (change.kind, change.id)
        if change.after is not None and change.after > change.before:
            wrong.append(f"ends before it begins: {change}")
        states = truth.states(ref, change.after, change.before)
        if not _is_true(states, change):
            wrong.append(f"not so: {change}; in truth: {states}")
        if (why := _contradiction(views, change)) is not None:
            wrong.append(f"{why}: {change}")
        views[ref] = _after(views.get(ref), change)
    return wrong


def _is_true(states: Sequence[State | None], change: Change) -> bool:
    """Whether the old was so at some time of the interval, and the new after it."""
    if change.what is What.APPEARED:
        was = [state is None for state in states]
        is_ = [_agrees(state, change.new) for state in states]
    elif change.what is What.GONE:
        was = [_agrees(state, change.old) for state in states]
        is_ = [state is None for state in states]
    else:
        name = str(change.field)
        was = [state is not None and state[name] == change.old for state in states]
        is_ = [state is not None and state[name] == change.new for state in states]
    return True in was and True in is_[was.index(True) + 1 :]


def _agrees(state: State | None, told: object) -> bool:
    """Whether it was there, and so; what could not be read is told as None."""
    if state is None or told is None:
        return state is not None
    assert isinstance(told, dict)
    return all(told[name] == value for name, value in state.items())


def _contradiction(views: Mapping[Ref, State | None], change: Change) -> str | None:
    """What is wrong with it after those that were told before it."""
    ref = (change.kind, change.id)
    if ref not in views:
        return None
    view = views[ref]
    if change.what is What.APPEARED:
        return None if view is None else "appeared twice"
    if view is None:
        return "changed while it was gone"
    if change.what is What.GONE:
        return None
    said = view.get(str(change.field), change.old)
    return None if said == change.old else f"it was {said!r} before"


def _after(view: State | None, change: Change) -> State | None:
    """What is known of a resource by the changes alone, after one more."""
    if change.what is What.GONE:
        return None
    if change.what is What.APPEARED:
        return change.new if isinstance(change.new, dict) else {}
    return {**(view or {}), str(change.field): change.new}


def missed(
    truth: Truth,
    changes: Sequence[Change],
    *,
    since: datetime,
    until: datetime,
    patience: timedelta,
    gone: timedelta,
    blind: Sequence[Blind] = (),
) -> list[str]:
    """What began after `since`, lasted for `patience` of sight, and was not known by then; in words.

    `gone` is the patience for absences, which take more where a list is in no order.
    By `since` everything was known, as it was then or so long before. What is wrongly held for true for that long is missed as well.
    """
    views = _views(changes)
    wrong = []
    for ref in truth.courses:
        hidden = [(it.start, it.stop) for it in blind if it.hides(ref)]
        taken_in = truth.states(ref, since - patience, since)
        for name in (None, *FIELDS[ref[0]]):
            silent = [_value(state, name) for state in taken_in]
            for began, value, ended in _lasting(truth, ref, name, since, until):
                absent = name is None and not value
                due = _due(began, gone if absent else patience, hidden)
                if due > ended or (name is not None and value is None):
                    continue
                seen = _known(views.get(ref, []), due, name)
                # What no change speaks of is as it was when it was taken in.
                if seen != value and not (seen is _UNTOLD and value in silent):
                    wrong.append(
                        f"{ref} {name or 'there'}: {value!r} since {began}, due {due}: {seen!r}"
                    )
    return wrong


def _lasting(
    truth: Truth, ref: Ref, name: str | None, since: datetime, until: datetime
) -> Iterator[tuple[datetime, object, datetime]]:
    """What a field was, from when and until when, as far as it is asked for."""
    values = truth.fields(ref, name)
    ends = [began for began, _ in values[1:]] + [until]
    for (began, value), ended in zip(values, ends, strict=True):
        if began > since:
            yield began, value, min(ended, until)


def _due(
    began: datetime, patience: timedelta, hidden: Iterable[tuple[datetime, datetime]]
) -> datetime:
    """When so much time of sight has passed since then; what happened unseen is looked for anew."""
    due = began + patience
    for start, stop in sorted(hidden):
        if start < due and stop > began:
            due = stop + patience
    return due


def _views(changes: Iterable[Change]) -> dict[Ref, Course]:
    """What is known of each by the changes alone, and from when on."""
    views: dict[Ref, Course] = {}
    for change in changes:
        course = views.setdefault((change.kind, change.id), [])
        course.append((change.before, _after(course[-1][1] if course else None, change)))
    return views


def _known(course: Course, due: datetime, name: str | None) -> object:
    """The field as told by then."""
    told = [state for since, state in course if since <= due]
    if not told:
        return _UNTOLD
    state = told[-1]
    if name is None or state is None:
        return _value(state, name)
    return state.get(name, _UNTOLD)


def _value(state: State | None, name: str | None) -> object:
    if name is None:
        return state is not None
    return None if state is None else state[name]


def _documented(kind: Kind, row: Mapping[str, object]) -> State:
    return {name: row[name] for name in FIELDS[kind]}


def _is_test(row: Mapping[str, object]) -> bool:
    """Whether a row belongs to the sandbox environment, where its name tells."""
    return str(row.get("name", "")).startswith(_TEST_STAGE)


def _since(entry: tuple[datetime, State | None]) -> datetime:
    return entry[0]
