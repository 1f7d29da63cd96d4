"""Status classes: what a status means for the one who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StatusClass(StrEnum):
    """The four classes; every status that no set names is bad."""

    WELL = "well"
    TRANSIT = "transit"
    QUIET = "quiet"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class StatusClasses:
    """Which statuses belong to which class (lower case)."""

    well: frozenset[str] = frozenset({"running", "active", "ready"})
    transit: frozenset[str] = frozenset(
        {"provisioning", "pending", "creating", "starting", "stopping", "restarting", "updating"}
    )
    quiet: frozenset[str] = frozenset({"stopped"})

    def of(self, status: str) -> StatusClass:
        """The class of a status; upper and lower case are the same."""
        word = status.lower()
        if word in self.well:
            return StatusClass.WELL
        if word in self.transit:
            return StatusClass.TRANSIT
        return StatusClass.QUIET if word in self.quiet else StatusClass.BAD
