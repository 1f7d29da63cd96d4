"""Facts where there is no store to look into: CloudNexus itself is asked, and the reply says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.cloudnexus import KeyKind, QuotaView
from bot.commands.facts import Ask, Course, Facts, Wanted
from bot.commands.live import LiveFacts
from bot.commands.troubles import Unavailable
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble


class UnstoredFacts:
    """A `FactSource` for a terminal before any bot has watched. `why` is a sentence for the reply."""

    def __init__(
        self,
        live: LiveFacts,
        quota: Callable[[], QuotaView],
        why: str,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._live = live
        self._quota = quota
        self._why = why
        self._clock = clock

    @property
    def key(self) -> KeyKind:
        """Which environment the facts are of."""
        return self._live.key

    async def rows(self, kind: Kind, ask: Ask) -> Facts:
        """All rows of a kind, at their price. Raises Unavailable."""
        facts = await self._live.read(kind, ask, expected=None)
        note = "" if ask.live else f"{self._why} CloudNexus itself was asked."
        return replace(facts, source=replace(facts.source, note=note))

    async def quota(self, asker: str) -> QuotaView:
        """One request asks: nobody else could know; a refusal may tell, too. Raises Unavailable."""
        if not self._quota_told():
            try:
                await self._live.read(Kind.CLUSTER, Ask(asker), expected=1)
            except Unavailable:
                if not self._quota_told():
                    raise
        return self._quota()

    async def course(self, wanted: Wanted) -> Course:
        """Nobody was there to see: raises Unavailable."""
        del wanted
        raise Unavailable(Trouble(Reason.UNRECORDED, self._why, self._clock(), None))

    def _quota_told(self) -> bool:
        view = self._quota()
        return view.remaining is not None or view.gate_until is not None
