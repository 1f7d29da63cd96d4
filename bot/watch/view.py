"""What is known of one account's kind, in memory: it follows the store by version, and never reloads.

The holder of the lease commits through it; everybody else only follows. It decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.store import Epoch, Freshness, Snapshots, Stored, Version
from bot.store import Known as Row
from bot.watch.known import Known, Tombstone, aside_from_json, aside_to_json
from bot.watch.memory import Memory, from_json, to_json
from bot.watch.outcome import Outcome
from bot.watch.snapshot import Snapshot
from bot.watch.stamps import Stamp


class View:
    """One kind of one account. Reading its attributes costs nothing; they change between awaits."""

    def __init__(self, store: Snapshots, account: AccountId, kind: Kind) -> None:
        self.account = account
        self.kind = kind
        self.snapshot = Snapshot()
        self.memory = Memory()
        self.freshness = Freshness()
        self.settled = asyncio.Event()
        """Set as soon as the first round of reading is over."""
        self._store = store
        self._version = Version(0)
        self._doubtful = False  # a commit's end is not known: what the store holds may be newer
        self._epoch: Epoch | None = None  # under which it was committed last
        self._turn = asyncio.Lock()

    async def follow(self) -> None:
        """Take in what was committed since. Raises StoreError, and then keeps what it knew."""
        async with self._turn:
            await self._follow()

    async def settle(self, epoch: Epoch, decide: Callable[[], Outcome]) -> Outcome:
        """Let `decide` look at this view, commit what it says, and take that in.

        Nobody else changes the view meanwhile. Raises LeaseLost unless the epoch holds the lease, or
        another StoreError; then nothing is taken in.
        """
        async with self._turn:
            if self._doubtful or epoch != self._epoch:
                await self._follow()  # under another epoch others may have committed
                self._epoch = epoch
            outcome = decide()
            self._doubtful = True
            version = await self._commit(epoch, outcome)
            if version == self._version + 1:
                self._doubtful = False
                self._version = version
                self._take_in(outcome)
            else:  # nobody else can have committed under this epoch; but to be sure
                await self._follow()
            return outcome

    async def _commit(self, epoch: Epoch, outcome: Outcome) -> Version:
        findings = outcome.findings
        return await self._store.commit(
            epoch,
            self.account,
            self.kind,
            upserts=[_row(known) for known in findings.upserts],
            gone=[_row(tomb) for tomb in findings.gone],
            forgotten=findings.forgotten,
            changes=(*findings.changes, *outcome.events),
            memory=to_json(findings.memory),
            freshness=outcome.freshness,
        )

    async def _follow(self) -> None:
        stored = await self._store.since(self.account, self.kind, self._version)
        if stored.state.version == self._version:
            self._doubtful = False
            return
        stamps: dict[Stamp, Stamp] = {}
        rows = [_known(row, stamps) for row in stored.rows]
        gone = [_tombstone(row, stamps) for row in stored.gone]
        if stored.whole:
            self.snapshot = Snapshot(rows, gone)
        else:
            self.snapshot.apply(rows, gone)
        self._know(stored)

    def _know(self, stored: Stored) -> None:
        state = stored.state
        self.memory = Memory() if state.memory is None else from_json(state.memory)
        self.freshness = state.freshness
        self._version = state.version
        self._doubtful = False
        if self.memory.settled:
            self.settled.set()

    def _take_in(self, outcome: Outcome) -> None:
        findings = outcome.findings
        self.snapshot.apply(findings.upserts, findings.gone, findings.forgotten)
        self.memory = findings.memory
        self.freshness = outcome.freshness
        if self.memory.settled:
            self.settled.set()


def _row(known: Known | Tombstone) -> Row:
    stamp, aside = known.stamp, aside_to_json(known.aside)
    return Row(known.row, stamp.sent_at, stamp.seen_at, known.first_seen, aside)


def _known(row: Row, stamps: dict[Stamp, Stamp]) -> Known:
    return Known(row.row, _stamp(row, stamps), row.first_seen, aside_from_json(row.aside))


def _tombstone(row: Row, stamps: dict[Stamp, Stamp]) -> Tombstone:
    return Tombstone(row.row, _stamp(row, stamps), row.first_seen, aside_from_json(row.aside))


def _stamp(row: Row, stamps: dict[Stamp, Stamp]) -> Stamp:
    """One object for all rows of a page: a stamp for each of 100,000 rows would take 6 MB."""
    made = Stamp(row.sent_at, row.seen_at)
    return stamps.setdefault(made, made)
