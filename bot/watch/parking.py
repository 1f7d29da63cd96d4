"""Many absences at once are not believed: they wait for a person's word. Pure counting and deciding.

Absences are counted over one trailing cycle. A response whose absences go beyond the limit has all of
them parked, as have the ones after it in that cycle; what is parked is asked about once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FEW = 5
SHARE = 0.15

REST = timedelta(minutes=15)
"""After Discard, the same absences are left alone for so long, and for two cycles: the next sweep would
only repeat what was just not believed."""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many absences in one response, all believed or all parked."""

    at: datetime
    number: int
    believed: bool


@dataclass(frozen=True, slots=True)
class Parking:
    """The absences of late, and those that wait."""

    counted: tuple[Counted, ...] = ()
    parked: int = 0  # rows whose absence was seen and is not believed
    asked_since: datetime | None = None  # a suspicious snapshot is open
    held_until: datetime | None = None  # Discard: not asked again before that

    def ignores_parked(self, at: datetime) -> bool:
        """Whether further evidence against parked rows changes nothing at present."""
        held = self.held_until is not None and at < self.held_until
        return self.asked_since is not None or held


def judged(
    parking: Parking, absences: int, *, known: int, cycle: timedelta, at: datetime
) -> tuple[Parking, bool]:
    """Count absences that were not parked yet, out of `known` rows; whether to park them all."""
    recent = tuple(it for it in parking.counted if at - it.at < cycle)
    before = known + sum(it.number for it in recent if it.believed)
    park = absences + sum(it.number for it in recent) > max(FEW, SHARE * before)
    counted = (*recent, Counted(at, absences, believed=not park))
    return replace(parking, counted=counted), park


def parked(parking: Parking, number: int, at: datetime) -> Parking:
    """So many more rows wait; the question is open from now on, if it was not."""
    return replace(
        parking,
        parked=parking.parked + number,
        asked_since=parking.asked_since or at,
        held_until=None,
    )


def returned(parking: Parking, number: int) -> Parking:
    """So many parked rows were seen again or are gone; with the last one, the question closes."""
    left = max(0, parking.parked - number)
    if left:
        return replace(parking, parked=left)
    return Parking(parking.counted)


def discarded(parking: Parking, at: datetime, cycle: timedelta) -> Parking:
    """The rows are kept until evidence that is newer than a rest from now."""
    rest = max(REST, 2 * cycle)
    return replace(parking, asked_since=None, held_until=at + rest)
