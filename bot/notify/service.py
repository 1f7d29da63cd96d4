"""What people click on messages: why here, all of it, 'I have it', 'Mute 1 h', an approver's word.

Each gathers, decides and then writes in one transaction, which comes last: whoever gives up waiting
before it has changed nothing. Who may click is no concern of this module. All raise StoreError.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from bot.model.changes import What
from bot.model.filters import Condition, Filter
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClass, StatusClasses
from bot.model.subscriptions import ChannelId, Mute, Subscription, UserId
from bot.notify.answers import (
    EVIDENCE,
    AlreadyTaken,
    Muted,
    Ruled,
    Taken,
    Told,
    TooOld,
    Why,
)
from bot.notify.compose import COMMANDS
from bot.notify.letters import Letter, from_json
from bot.notify.subscribing import Subscribing
from bot.store import Freshness, Outbox, Subscriptions, Tellings
from bot.store.messages import Delivery, DeliveryId, IncidentRow, Record, Role, Ruling, Word
from bot.store.values import Entry, Seq
from bot.watch.views import Views

MUTE = timedelta(hours=1)
"""How long the button mutes."""

TWICE = timedelta(minutes=1)
"""Within so long, the same click again means nothing new."""

BEFORE = timedelta(days=7)
"""How far back the message before one is looked for."""

PER_PAGE = 15
"""Changes on a page of all that a message stands for."""

_PAGE = 50


class Notifications:
    """`changed` is told that a message is to be shown anew, `ruled` that an approver gave a word."""

    def __init__(
        self,
        tellings: Tellings,
        outbox: Outbox,
        subscriptions: Subscriptions,
        subscribing: Subscribing,
        views: Views,
        *,
        classes: StatusClasses,
        clock: Callable[[], datetime],
        changed: Callable[[], None],
        ruled: Callable[[], None],
    ) -> None:
        self._tellings = tellings
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._subscribing = subscribing
        self._views = views
        self._classes = classes
        self._clock = clock
        self._changed = changed
        self._ruled = ruled
        self._muting = asyncio.Lock()  # of two who click at once, the second finds it muted

    async def why(self, delivery: DeliveryId) -> Why | TooOld:
        """The rule by which it stands there, the evidence, and what was held back before it."""
        found = await self._outbox.find(delivery)
        if found is None:
            return TooOld()
        records = await self._tellings.records(delivery)
        entries, number = await self._tellings.entries(delivery, limit=EVIDENCE)
        if not records:
            return TooOld()
        wish = wish_of(records, await self._subscriptions.of(found.channel))
        first = records[0].seq
        after = await self._before(found, first)
        if after is None:  # the first message there: what came since somebody asked for any
            after = Seq(0 if wish is None else wish.after)
        fresh = await self._freshness(entries)
        return Why(
            delivery,
            found.channel,
            wish,
            tuple(entry.change for entry in entries),
            number,
            await self._tellings.held_back(found.channel, after, first),
            None if fresh is None else fresh.read_at,
            None if fresh is None else fresh.period,
        )

    async def told(self, delivery: DeliveryId, offset: int) -> Told | TooOld:
        """A page of all that it stands for."""
        entries, number = await self._tellings.entries(delivery, offset=offset, limit=PER_PAGE)
        if not number:
            return TooOld()
        changes = tuple(entry.change for entry in entries)
        return Told(delivery, changes, offset, number, PER_PAGE)

    async def take(self, delivery: DeliveryId, user: UserId) -> Taken | AlreadyTaken | TooOld:
        """Somebody has it, if nobody had it before."""
        if await self._open(delivery) is None:
            return TooOld()
        before, now = await self._tellings.incident(delivery), self._clock()
        if before is not None and before.taken_by is not None:
            return taken(before, user, None)
        row = await self._tellings.take(delivery, user, now)
        self._changed()
        return TooOld() if row is None else taken(row, user, now)

    async def mute(self, delivery: DeliveryId, user: UserId) -> Muted | TooOld:
        """Nothing that turns bad in the same way is told in that channel for an hour."""
        letter = await self._open(delivery)
        found = await self._outbox.find(delivery)
        if letter is None or found is None:
            return TooOld()
        kind, wanted = like(letter, self._classes)
        typed = f"{'' if kind is None else COMMANDS[kind]} {wanted}".strip()
        async with self._muting:
            mutes, now = await self._subscriptions.mutes(), self._clock()
            twice = clicked_already(mutes, found.channel, kind, wanted, now)
            if twice is not None:
                return Muted(twice.until, typed)
            made = await self._subscribing.mute(
                found.channel,
                MUTE,
                user,
                kind=kind,
                wanted=wanted,
                rows=self._row,
                shown_on=delivery,
            )
        self._changed()
        preview = made.preview
        known = preview is not None and preview.recorded
        return Muted(made.mute.until, typed, preview.messages if preview and known else None)

    async def rule(
        self, kind: Kind, asked_since: datetime, word: Word, user: UserId
    ) -> Ruled | TooOld:
        """An approver's word on absences that are not believed; the first word stands."""
        account, now = self._views.account, self._clock()
        if account is None:
            return TooOld()
        view = self._views.of(kind)
        await view.follow()
        closed = view.memory.parking.asked_since != asked_since
        # On a closed question nothing is to be obeyed; but perhaps there was a word that closed it.
        done_at = now if closed else None
        ruling = Ruling(account, kind, asked_since, word, user, now, done_at)
        stands = await self._tellings.rule(ruling)
        self._ruled()
        return ruled(ruling, stands)

    async def _open(self, delivery: DeliveryId) -> Letter | None:
        """What it says, if that is a letter that may still change."""
        found = await self._outbox.find(delivery)
        if found is None:
            return None
        try:
            content = from_json(found.content)
        except ValueError:  # no letter: a request's message, or one of another version
            return None
        if not isinstance(content, Letter) or content.closed_at or content.left_at:
            return None
        return content

    async def _before(self, this: Delivery, first: Seq) -> Seq | None:
        """The last change that the message before this one tells, of those before its first."""
        rows = await self._tellings.incidents(this.created_at - BEFORE)
        refs = [row.delivery for row in rows if row.channel == this.channel]
        others = [it for it in await self._outbox.many(refs) if it.number < this.number]
        if not others:
            return None
        ref = others[-1].id
        _, number = await self._tellings.entries(ref, limit=0)
        offset = max(0, number - _PAGE)
        latest, _ = await self._tellings.entries(ref, offset=offset, limit=_PAGE)
        if (last := last_before(first, [entry.seq for entry in latest])) is not None:
            return last
        return last_before(first, [it.seq for it in await self._tellings.records(ref)])

    async def _freshness(self, entries: Sequence[Entry]) -> Freshness | None:
        """How good the facts are about the kind that the first of these is about."""
        kind = entries[0].change.kind if entries else None
        if kind is None or self._views.account is None:
            return None
        view = self._views.of(kind)
        await view.follow()  # where another process watches
        return view.freshness

    def _row(self, kind: Kind, ref: str) -> Row | None:
        """A resource as it is known now, or was when it went."""
        if self._views.account is None:
            return None
        snapshot = self._views.of(kind).snapshot
        known = snapshot.get(ref) or snapshot.tombstone(ref)
        return None if known is None else known.row


def wish_of(records: Sequence[Record], hold: Sequence[Subscription]) -> Subscription | None:
    """The subscription by which the message came to be, if it still holds."""
    posted = (it.subscription for it in records if it.role is Role.POSTED)
    wanted = next((ref for ref in posted if ref is not None), None)
    return next((it for it in hold if it.id == wanted), None)


def last_before(first: Seq, seqs: Sequence[Seq]) -> Seq | None:
    """The greatest that is less than `first`: some may have joined a message later."""
    return max((seq for seq in seqs if seq < first), default=None)


def taken(row: IncidentRow, user: UserId, at: datetime | None) -> Taken | AlreadyTaken:
    """Who has it, if somebody has; `at` is when this user wanted to have it, None where they came
    too late for that."""
    if row.taken_by is None or row.taken_at is None or (row.taken_by, row.taken_at) == (user, at):
        return Taken()
    return AlreadyTaken(row.taken_by, row.taken_at)


def like(letter: Letter, classes: StatusClasses) -> tuple[Kind | None, Filter]:
    """What is like that: resources of its kind, in the bad statuses that it tells of.

    Of several kinds: of any.
    """
    kinds = {it.kind for it in letter.groups}
    bad = dict.fromkeys(
        it.new
        for it in letter.groups
        if it.new is not None
        and it.what in (What.STATUS, What.APPEARED)
        and classes.of(it.new) is StatusClass.BAD
    )
    statuses = tuple(sorted(bad))
    wanted = Filter((Condition("status", "=", statuses),)) if statuses else Filter()
    return (kinds.pop() if len(kinds) == 1 else None), wanted


def clicked_already(
    mutes: Iterable[Mute], channel: ChannelId, kind: Kind | None, wanted: Filter, now: datetime
) -> Mute | None:
    """The same mute, where it was made just now: somebody clicks twice, or two people do."""
    return next(
        (
            it
            for it in mutes
            if (it.channel, it.kind, it.filter) == (channel, kind, wanted)
            and it.until > now
            and now - it.created_at < TWICE
        ),
        None,
    )


def ruled(given: Ruling, stands: Ruling) -> Ruled | TooOld:
    """What became of the word that was given; `stands` is the one that does."""
    first = (stands.by, stands.at, stands.word) == (given.by, given.at, given.word)
    if first and given.done_at is not None:
        return TooOld()  # nobody had said anything: the rows were seen again
    return Ruled(given.kind, stands.word, stands.by, first)
