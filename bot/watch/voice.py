"""What one watcher says in the log: each failure once when it begins, and once when it ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog

from bot.model.kinds import Kind
from bot.model.troubles import Trouble
from bot.model.words import shortened
from bot.watch.blindness import Recovered
from bot.watch.complaint import Complaint, after_answer, after_failure
from bot.watch.findings import Findings
from bot.watch.notes import Note
from bot.watch.sweep import Request
from bot.watch.telling import logged

log = structlog.get_logger(__name__)


class Voice:
    """Speaks for the watcher of a kind; remembers what it has said."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind.value
        self._complaint: Complaint | None = None

    def failed(
        self,
        trouble: Trouble,
        at: datetime,
        *,
        asked: Request | None,
        sweep: int,
        status: int | None,
    ) -> None:
        """Reading failed; `asked` is None where it was no matter of the page."""
        new = self._complaint is None
        self._complaint = after_failure(self._complaint, at, asked=asked, sweep=sweep)
        if new:
            log.warning(
                "unreadable",
                kind=self._kind,
                reason=trouble.reason.value,
                status=status,
                said=shortened(trouble.said, 200),
            )

    def answered(self, asked: Request, at: datetime, found: Findings) -> None:
        """Something was answered, and led to that."""
        self.told(found.notes)
        if self._complaint is None:
            return
        recovered = any(isinstance(note, Recovered) for note in found.notes)
        self._complaint, over = after_answer(
            self._complaint, at, asked=asked, sweep=found.memory.sweep.number, recovered=recovered
        )
        if over:
            lasted = (self._complaint.answered or at) - self._complaint.since
            log.info("readable again", kind=self._kind, seconds=round(lasted.total_seconds(), 3))
            self._complaint = None

    def told(self, notes: Iterable[Note]) -> None:
        """Say what is worth a line in the log."""
        for troubling, what, facts in logged(notes):
            (log.warning if troubling else log.info)(what, kind=self._kind, **facts)
