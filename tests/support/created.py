"""What was created, held to what was approved: the store, CloudNexus's log and Slack against each other.

Whether a vote counts, and what a POST may lead to, is decided here anew, in a few words, and not by
`bot.approvals`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

from bot.approvals import contents
from bot.model.requests import AuditRow, Deed, Request, RequestState, Source
from bot.store import Delivery, State
from tests.support.told import wire_id

Row = Mapping[str, Any]

CAME = {RequestState.PROVISIONING, RequestState.RUNNING}
PERHAPS = {RequestState.ATTEMPTING, RequestState.UNKNOWN, RequestState.FAILED}

UNDER_WAY = timedelta(seconds=13)
"""How long after its intent a POST can arrive (architecture: an effect lasts at most 10 s)."""

MOST_POSTS = 3

LAST_DEEDS: Mapping[RequestState, Deed] = {
    RequestState.RUNNING: Deed.RUNNING,
    RequestState.DENIED: Deed.DENIED,
    RequestState.EXPIRED: Deed.EXPIRED,
    RequestState.CANCELLED: Deed.CANCELLED,
    RequestState.FAILED: Deed.FAILED,
}


@dataclass(frozen=True, slots=True)
class Ways:
    """Who may approve (people, those of groups too, whoever they were), and how many have to."""

    approvers: frozenset[str]
    needed: int = 1
    self_approval: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A POST that CloudNexus received. `status` is 0 where no answer was sent; `made`: what came of it."""

    at: datetime
    body: str
    status: int
    made: Row | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said to the bot: a command, a button or a reply in a thread, which is at `ts`."""

    user: str
    at: datetime
    by: Source
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """All that stands in the store, in CloudNexus and in Slack about requests."""

    ways: Ways
    requests: Sequence[Request]
    audits: Mapping[int, Sequence[AuditRow]]
    posts: Sequence[Post]
    strangers: frozenset[str]  # ids of servers that other hands made
    deliveries: Sequence[Delivery]  # of requests
    messages: Mapping[str, Sequence[Row]]  # by channel, those that stand there
    words: Sequence[Word] = field(default=())

    def posts_of(self, request: Request) -> list[Post]:
        """Those that were sent for it: of those who asked for the very same, for the latest."""
        return [it for it in self.posts if (asked := self.asked(it)) and asked.id == request.id]

    def asked(self, post: Post) -> Request | None:
        """The request for which it was sent."""
        those = [it for it in self.requests if it.body == post.body and it.asked_at <= post.at]
        return max(those, key=lambda it: it.id, default=None)


def unjust(it: Created) -> list[str]:
    """What is wrong; in words."""
    wrong = [f"nobody asked for this: {post}" for post in it.posts if it.asked(post) is None]
    for request in it.requests:
        wrong += [f"#{request.id}: {why}" for why in _unjust(it, request)]
    return [*wrong, *_messages(it), *_unheard(it)]


def _unjust(it: Created, request: Request) -> Iterator[str]:
    posts, audit = it.posts_of(request), it.audits[request.id]
    yield from _servers(it, request, posts)
    yield from _sent(it, request, posts)
    yield from _trail(request, audit)
    for post in posts:
        if (why := _unapproved(it.ways, request, audit, post)) is not None:
            yield f"{why}: {post}"
    yield from _untold(posts, audit)


def _servers(it: Created, request: Request, posts: Sequence[Post]) -> Iterator[str]:
    """As many as there may be, and the one that it says."""
    made = [post.made for post in posts if post.made is not None]
    least, most = int(request.state in CAME), int(request.state in CAME | PERHAPS)
    if not least <= len(made) <= most:
        yield f"{request.state}, and {len(made)} servers were made: {made}"
    for row in made:
        if (row["name"], row["region"]) != (request.spec.name, request.spec.region):
            yield f"made otherwise than approved: {row}"
    if request.made is not None and [request.made.id] != [row["id"] for row in made]:
        yield f"takes {request.made} for its own; made were {made}"
    if request.made is not None and request.made.id in it.strangers:
        yield f"a stranger's server was adopted: {request.made}"


def _sent(it: Created, request: Request, posts: Sequence[Post]) -> Iterator[str]:
    """What was approved, byte for byte, and not too often."""
    spec = request.spec
    keys = {"ssh_keys": list(spec.ssh_keys)} if spec.ssh_keys else {}
    says = {"name": spec.name, "region": spec.region, "image": spec.image, "plan": spec.plan}
    if json.loads(request.body) != says | keys:
        yield f"asks for {request.body} instead of {spec}"
    if sha256(request.body.encode()).hexdigest() != request.digest:
        yield f"its digest is that of something else: {request.digest}"
    if len([post for post in posts if post.status != 429]) > MOST_POSTS:
        yield f"sent {len(posts)} times"
    if request.state is not RequestState.ATTEMPTING and len(request.attempts) > MOST_POSTS:
        yield f"counts {len(request.attempts)} attempts"


def _trail(request: Request, audit: Sequence[AuditRow]) -> Iterator[str]:
    """The audit trail begins with who asked, ends with the end, and tells each vote."""
    if not audit or audit[0].what is not Deed.ASKED or audit[0].by != request.asked_by:
        yield f"its trail does not begin with who asked: {audit[:1]}"
    if any(later.at < earlier.at for earlier, later in pairwise(audit)):
        yield "its trail goes back in time"
    last = LAST_DEEDS.get(request.state)
    if last is not None and audit[-1].what is not last:
        yield f"{request.state}, and its trail ends with {audit[-1]}"
    if request.state.ended and any(row.what in LAST_DEEDS.values() for row in audit[:-1]):
        yield "its trail goes on after its end"
    for vote in request.votes:
        told = [row for row in audit if row.what is Deed.VOTED and row.by == vote.user]
        if not told or told[-1].details["word"] != vote.word.value or told[-1].at != vote.at:
            yield f"its trail does not tell of {vote}"


def _unapproved(ways: Ways, request: Request, audit: Sequence[AuditRow], post: Post) -> str | None:
    """Why this POST must not have been sent."""
    words: dict[str, object] = {}
    for row in audit:
        if row.at > post.at:
            break
        if row.what in LAST_DEEDS.values() and row.at < post.at:
            return "sent after the end"
        if row.what is Deed.VOTED:
            bound = row.details["digest"] == request.digest
            words[str(row.by)] = row.details["word"] if bound else None
        elif row.what is Deed.VOIDED:
            words.pop(str(row.details["user"]), None)
    yes = {user for user, word in words.items() if word == "approve"}
    counted = yes if ways.self_approval else yes - {request.asked_by}
    if strange := counted - ways.approvers:
        return f"{strange} may not approve"
    return None if len(counted) >= ways.needed else f"approved by {counted or 'nobody'} only"


def _untold(posts: Sequence[Post], audit: Sequence[AuditRow]) -> Iterator[str]:
    """POSTs without an intent of their own that was recorded before."""
    intents = [row.at for row in audit if row.what is Deed.INTENDED]
    for post in posts:
        mine = next((at for at in intents if at <= post.at <= at + UNDER_WAY), None)
        if mine is None:
            yield f"no intent is recorded before {post}"
        else:
            intents.remove(mine)


def _messages(it: Created) -> Iterator[str]:
    """Each stands there once, as it is now; where a request has ended, it has no buttons."""
    standing: Counter[str] = Counter()
    rows: dict[str, Row] = {}
    for row in (row for rows_ in it.messages.values() for row in rows_):
        if (ref := wire_id(row)) is not None:
            standing[ref] += 1
            rows[ref] = row
    ended = {one.id: one for one in it.requests if one.state.ended}
    for one in it.deliveries:
        content = contents.from_json(one.content)
        if one.state is not State.SENT:
            yield f"{one.state}: {one}"
        elif standing[one.wire_id] != 1:
            yield f"stands there {standing[one.wire_id]} times: {one}"
        elif one.shown != one.version:
            yield f"shows {one.shown} of {one.version}: {one}"
        elif content.request.id in ended and _buttons(rows[one.wire_id]):
            yield f"has buttons after the end: {rows[one.wire_id]['text']!r}"
    yield from _lacking(it)


def _lacking(it: Created) -> Iterator[str]:
    """Messages that there have to be."""
    there = {str(one.id) for one in it.deliveries}
    for request in it.requests:
        needed = {request.card, request.ballot}
        if it.posts_of(request):
            needed.add(request.progress)
        if request.state.ended and request.state is not RequestState.CANCELLED:
            needed.add(f"{request.card}-o")
        if lacks := needed - there:
            yield f"#{request.id} has no messages {lacks}"
        if request.state.ended and not request.told:
            yield f"#{request.id} has ended, and is not told"


def _buttons(message: Row) -> bool:
    return any(block["type"] == "actions" for block in message["blocks"])


def _unheard(it: Created) -> Iterator[str]:
    """People whose words were neither recorded where all can see it, nor answered in private."""
    whispers: Counter[str] = Counter()
    for row in (row for rows in it.messages.values() for row in rows):
        if reader := row.get("ephemeral_to"):
            whispers[str(reader)] += 1
    recorded = {
        (row.by, row.origin.ts)
        for rows in it.audits.values()
        for row in rows
        if row.origin.source is Source.THREAD
    }
    awaited = Counter(
        word.user
        for word in it.words
        if word.by is not Source.THREAD or (word.user, word.ts) not in recorded
    )
    for user, number in awaited.items():
        if whispers[user] < number:
            yield f"{user} was answered {whispers[user]} times, and had {number} words to be answered"
