"""What is on record about servers that messages tell of: looked up in the store, once in a round."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.model.changes import AccountId
from bot.model.requests import Request
from bot.notify.incident import Incident
from bot.notify.judging import Rows, Sighting, appeared, awaited, judged, with_approvals
from bot.notify.letters import Approval, Judgement
from bot.notify.plan import Planned
from bot.store.problems import StoreFailed
from bot.store.requests import Requests
from bot.store.values import Entry
from bot.watch.supervision import StoreAlarm

_NOT_KNOWN = Approval(Judgement.AWAITED)


class OnRecord:
    """Judges what messages tell; in each round it asks about each server once.

    It asks only after the change was read: of a server that a request made, the POST was on record before.
    """

    def __init__(self, requests: Requests, row: Rows, *, new: bool) -> None:
        """`new`: servers that appear are judged; those that wait for it are in any case."""
        self._requests = requests
        self._row = row
        self._new = new
        self._found: dict[Sighting, Approval] = {}
        self._alarm = StoreAlarm(doing="looking up approvals")

    def begin(self) -> None:
        """A round begins: what was found in the last one may hold no more."""
        self._found = {}

    async def judge(
        self,
        account: AccountId,
        planned: Planned,
        entries: Sequence[Entry],
        living: Collection[Incident],
    ) -> Planned:
        """The same with what is on record; `living` are the channel's messages as they were.

        Raises StoreError.
        """
        spots = dict(awaited(planned, living, self._row))
        if self._new:
            spots |= appeared(planned, entries, self._row)
        unknown = {it for it in spots.values() if it not in self._found}
        if unknown:
            self._found |= await self._look_up(account, unknown)
        return with_approvals(planned, living, {at: self._found[it] for at, it in spots.items()})

    async def _look_up(
        self, account: AccountId, these: Collection[Sighting]
    ) -> dict[Sighting, Approval]:
        try:
            found = judged(these, await self._concerning(account, these))
        except StoreFailed as error:
            # What can't be read may be the approval: the change is told now, and judged when it can be.
            self._alarm.failed(error)
            return dict.fromkeys(these, _NOT_KNOWN)
        self._alarm.well()
        return dict(found)

    async def _concerning(
        self, account: AccountId, these: Collection[Sighting]
    ) -> Sequence[Request]:
        """The requests that concern them; first those that may have made one of which no name is known,
        so that what has made it since is found by its id."""
        nameless = any(it.name is None for it in these)
        every = await self._requests.working(account) if nameless else ()
        names = {it.name for it in these if it.name is not None}
        concerning = await self._requests.concerning(account, names, {it.id for it in these})
        latest = {it.id: it for it in (*every, *concerning)}
        return [latest[ref] for ref in sorted(latest)]
