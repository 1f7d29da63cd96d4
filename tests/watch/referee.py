"""The referee: replays what is told, and holds it to the truth and to what is stored."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model.changes import Change, What
from bot.watch import Findings
from tests.watch.world import START, Truth, World, at, truth_of


class Wrong(AssertionError):  # noqa: N818 -- it is what a referee says
    """A finding that is not true, or a truth that was not found."""


@dataclass
class Referee:
    """Replays what is told, and compares it with the truth and with the rows that are stored."""

    world: World
    view: dict[str, Truth | None] = field(default_factory=dict)
    told: list[Change] = field(default_factory=list)
    silent: dict[str, tuple[datetime, Truth]] = field(default_factory=dict)
    settled: datetime | None = None
    late: list[str] = field(default_factory=list)  # born after the baseline, and taken in silently

    def judge(self, findings: Findings) -> None:
        if self.settled is None and findings.memory.settled:
            self.settled = findings.memory.ended
        for change in findings.changes:
            self._is_true(change)
            self._follows(change)
            self.told.append(change)
        for known in findings.upserts:
            ref, held = known.id, truth_of(known.row)  # type: ignore[arg-type]
            if self.view.get(ref) is None:
                if ref not in self.view:
                    self.silent[ref] = (known.seen_at, held)
                    born = self.world.past[ref][0][0]
                    if self.settled is not None and born > self.settled:
                        self.late.append(ref)
                        began = findings.memory.began
                        if began is None or born > began + timedelta(minutes=5, seconds=1):
                            raise Wrong(f"not told as new: {ref} {self.world.past[ref]}")
                self.view[ref] = held
            if self.view[ref] != held:
                raise Wrong(f"stored and not told: {ref} {self.view[ref]} → {held}")

    def _follows(self, change: Change) -> None:
        ref = change.id
        if change.what is What.APPEARED:
            if ref in self.view:
                raise Wrong(f"appeared twice: {change}")
            self.view[ref] = dict(change.new) if isinstance(change.new, dict) else None
        elif ref not in self.view:
            raise Wrong(f"not known: {change}")
        elif change.what is What.GONE:
            del self.view[ref]
        else:
            held = self.view[ref]
            if held is None or change.field is None or held[change.field] != change.old:
                raise Wrong(f"not what was told before: {change}, {held}")
            self.view[ref] = held | {change.field: change.new}

    def _is_true(self, change: Change) -> None:
        if change.after is not None and change.after > change.before:
            raise Wrong(f"an interval that ends before it begins: {change}")
        states = list(self.world.states(change.id, change.after, change.before))
        if change.what is What.APPEARED:
            was = [n for n, (_, truth) in enumerate(states) if truth is None]
            now = [n for n, (_, truth) in enumerate(states) if truth is not None]
        elif change.what is What.GONE:
            was = [n for n, (_, truth) in enumerate(states) if truth is not None]
            now = [n for n, (_, truth) in enumerate(states) if truth is None]
        else:
            field_ = str(change.field)
            held = [(n, truth[field_]) for n, (_, truth) in enumerate(states) if truth is not None]
            was = [n for n, value in held if value == change.old]
            now = [n for n, value in held if value == change.new]
        if not was or not now or was[0] >= now[-1]:
            raise Wrong(f"false: {change}; true: {states}")

    def missed(
        self, sweeps: Sequence[tuple[datetime, datetime]], rounds: int, *, but: AbstractSet[str]
    ) -> list[str]:
        """What was true for that many whole sweeps, and was not told by then.

        That something went takes one more round in which it is not seen. Rows that could not be read at
        times are left out.
        """
        views = self._views()
        missed = []
        for ref, course in self.world.past.items():
            ends = [since for since, _ in course[1:]] + [at(self.world.now)]
            for (since, truth), until in zip(course, ends, strict=True):
                if ref in but or since <= START:
                    continue
                first = bisect_left(sweeps, since, key=lambda sweep: sweep[0])
                seen = sweeps[first + rounds - (truth is not None) : first + rounds + 1]
                if not seen or seen[0][1] > until:
                    continue
                view = views.get(ref, [])
                at_first = bisect_right(view, since, key=lambda it: it[0]) - 1
                known = [held for moment, held in view[max(0, at_first) :] if moment <= until]
                if at_first < 0:
                    known.append(None)
                if truth not in known:
                    missed.append(f"{ref} {since.time()}..{until.time()} {truth}")
        return missed

    def _views(self) -> dict[str, list[tuple[datetime, Truth | None]]]:
        """What could be known of each id by what was told, and from when on."""
        views: dict[str, list[tuple[datetime, Truth | None]]] = {
            ref: [(moment, held)] for ref, (moment, held) in self.silent.items()
        }
        for change in self.told:
            course = views.setdefault(change.id, [])
            held: Truth | None = None
            if change.what is What.APPEARED and isinstance(change.new, dict):
                held = dict(change.new)
            elif change.field is not None and course and course[-1][1] is not None:
                held = course[-1][1] | {change.field: change.new}
            course.append((change.before, held))
        return views
