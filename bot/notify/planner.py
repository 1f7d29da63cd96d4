"""One decision about one channel in the making: which change comes into which message. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model.changes import Change, What
from bot.model.events import Event
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId, Mute, Subscription
from bot.notify import flapping, own, sight
from bot.notify.drafts import Draft
from bot.notify.incident import Body, Incident, Member, key_of, member_key
from bot.notify.letters import Sort
from bot.notify.rows import around
from bot.notify.significance import Weight, covers, hears, muting, wants, weight
from bot.store.messages import DeliveryId, Record, Role
from bot.store.values import Entry, Seq


def _all(_kind: Kind, _ref: str) -> bool:
    """Nothing is known to be gone."""
    return True


@dataclass(frozen=True, slots=True)
class Given:
    """What a decision about a channel looks at.

    `slot_open`: a message may be posted at once. `rows` gives a resource as it is known now, or was
    last; `there` whether it is known to be there now. `catching_up` are kinds whose changes since then
    and until then are being found. `refused` are messages that Slack takes in no form: nobody will see
    what comes into them. `unposted` are those that still wait: they are posted with what comes into them.
    """

    channel: ChannelId
    now: datetime
    entries: Sequence[Entry]
    subscriptions: Sequence[Subscription]
    mutes: Sequence[Mute]
    incidents: Sequence[Incident]
    slot_open: bool
    rows: Callable[[Kind, str], Row | None]
    classes: StatusClasses
    new_id: Callable[[], DeliveryId]
    catching_up: Mapping[Kind, tuple[datetime, datetime]]
    whole: bool = True  # the entries are all there are
    account: int | None = None
    refused: frozenset[DeliveryId] = frozenset()
    unposted: frozenset[DeliveryId] = frozenset()
    there: Callable[[Kind, str], bool] = _all


class Planner:
    """One decision in the making. `plainly`: entries that are only shown."""

    def __init__(self, given: Given, plainly: Collection[Seq] = ()) -> None:
        self.given = given
        self.drafts = [Draft(it) for it in given.incidents]
        self.records: list[Record] = []
        self.posts: dict[str, Draft] = {}  # the new messages, by what keeps them apart
        self.catching_up = sight.catching_up(given.entries, given.catching_up)
        self._plainly = plainly

    def take(self, entry: Entry) -> bool:
        """Decide about one entry; False if it has to wait for the slot."""
        if entry.seq in self._plainly:
            return self._show(entry)
        if isinstance(entry.change, Event):
            return own.decide(self, entry.seq, entry.change)
        return self._change(entry.seq, entry.change)

    def _change(self, seq: Seq, change: Change) -> bool:
        given = self.given
        present = given.rows(change.kind, change.id)
        rows = around(change, present)
        about = [it for it in given.subscriptions if covers(it, change, seq, rows)]
        weighs = weight(change, given.classes)
        wanted = [it for it in about if wants(it, weighs)]
        first = next(iter(wanted or about), None)
        if (followed := self._follow(change)) is not None:
            self.record(seq, followed, first)
            return True
        if first is None:
            return True  # nobody here asked for it: it needs no record
        if not wanted:
            self.records.append(Record(seq, Role.QUIET, subscription=first.id))
            return True
        if (mute := muting(given.mutes, change, rows)) is not None:
            self.records.append(Record(seq, Role.MUTED, subscription=first.id, mute=mute.id))
            return True
        bad = weighs is Weight.BAD
        draft = self._place(change, bad=bad)
        if draft is None:
            return False
        self.call(draft, wanted)
        draft.join(change, change.before, rows[-1] if rows else present, bad=bad)
        self.record(seq, draft, first)
        return True

    def _show(self, entry: Entry) -> bool:
        """Tell it without a look at what it means, to all who may be concerned."""
        told = entry.change
        first = next(
            (
                it
                for it in self.given.subscriptions
                if entry.seq > it.after and (told.kind is None or it.kind in (None, told.kind))
            ),
            None,
        )
        if first is None:
            return True
        draft = self.post("main", Sort.NEWS, told.before)
        if draft is None:
            return False
        if isinstance(told, Event):
            draft.tell(told, told.before, f"bot:{told.what}")
        else:
            aside = draft.incident.body.sort is Sort.BAD
            draft.put((f"{told.kind}:{entry.seq}", told.id), Member(told, bad=False, aside=aside))
        self.record(entry.seq, draft, first)
        return True

    def _follow(self, change: Change) -> Draft | None:
        """The message that has this resource as a member, after it has seen the change."""
        key = member_key(change, bad=True)
        cards = flapping.cards(self, key)
        if change.what is What.FIELD:
            for card in cards:
                card.count(key)
            return next(iter(cards), None)
        having = [
            (draft, member)
            for draft in reversed(self.drafts)
            if (member := draft.member(key)) is not None
        ]
        living = [draft for draft, member in having if member.over is None]
        for draft in living:
            draft.follow(change, self.given.classes)
        if living:  # a flapping one is told there and nowhere else; others show it all the same
            return next(iter(cards), living[0])
        # It had ended. That it begins anew is news, except where others in there go on.
        for draft, _ in having:
            body = draft.incident.body
            going_on = not draft.over and change.what is not What.APPEARED
            if body.sort is not Sort.FLAPPING and self.seen(draft) and (draft.new or going_on):
                draft.follow(change, self.given.classes)
                return draft
        return None

    def _place(self, change: Change, *, bad: bool) -> Draft | None:
        """The message into which a change comes; None: it needs a new one, and the slot is closed."""
        at, key = change.before, key_of(change)
        span = sight.unseen(change, self.catching_up.get(change.kind, ()))
        if span is not None:
            return sight.away(self, change, span[0])
        for draft in reversed(self.drafts):
            body = draft.incident.body
            if not self.takes(draft, at) or (bad and body.sort is Sort.NEWS):
                continue  # an edit of mere news would call nobody
            if key in body.keys or (bad and draft.burst(change.kind)):
                return draft
        made = self.post("main", Sort.BAD if bad else Sort.NEWS, at)
        if made is not None and bad:
            made.as_bad()
        return made

    def takes(self, draft: Draft, at: datetime) -> bool:
        """Whether what changes then may come into it, if it is of its kind."""
        body = draft.incident.body
        if body.sort not in (Sort.BAD, Sort.NEWS) or not self.seen(draft):
            return False
        return draft.incident.joinable(at) and not draft.over

    def seen(self, draft: Draft) -> bool:
        """Whether people see what comes into it."""
        return draft.incident.id not in self.given.refused

    def find(self, sort: Sort) -> Draft | None:
        """The newest message of that sort that is not closed, and seen."""
        for draft in reversed(self.drafts):
            body = draft.incident.body
            if body.sort is sort and body.closed_at is None and self.seen(draft):
                return draft
        return None

    def post(self, name: str, sort: Sort, at: datetime) -> Draft | None:
        """The new message of that name; None while the slot is closed."""
        if name in self.posts:
            return self.posts[name]
        if not self.given.slot_open:
            return None
        body = Body(sort, self.given.now, account=self.given.account)
        draft = Draft(Incident(self.given.new_id(), self.given.channel, body, at), new=True)
        self.posts[name] = draft
        self.drafts.append(draft)
        return draft

    def call(self, draft: Draft, wanted: Sequence[Subscription]) -> None:
        """Let a message that is not sent yet call whom these subscriptions call."""
        mentions = draft.incident.body.mentions
        called = dict.fromkeys((*mentions, *(it.mention for it in wanted if it.mention)))
        if self._posts(draft) and len(called) > len(mentions):
            draft.body(mentions=tuple(called))

    def record(self, seq: Seq, draft: Draft, first: Subscription | None) -> None:
        """Note that this message tells it."""
        role = Role.POSTED if self._posts(draft) else Role.JOINED
        wish = None if first is None else first.id
        self.records.append(Record(seq, role, draft.incident.id, wish))

    def _posts(self, draft: Draft) -> bool:
        """Whether what comes into it stands there when it is posted."""
        return draft.new or draft.incident.id in self.given.unposted

    def known_again(self, draft: Draft) -> None:
        """Wait no longer for what is over without a word, such as an account's first sight."""
        awaited = draft.incident.body.awaited
        if awaited:
            under_way = {*self.given.catching_up, *sight.recovering(self.given.entries)}
            left = awaited & {it.value for it in under_way}
            if left != awaited:
                draft.body(awaited=left)

    def listens(self, kind: Kind) -> bool:
        """Whether anybody here asked for that kind."""
        return any(it.kind in (None, kind) for it in self.given.subscriptions)

    def listeners(self, seq: Seq, event: Event) -> list[Subscription]:
        """Those that are told what happened to the bot."""
        return [it for it in self.given.subscriptions if hears(it, event, seq)]
