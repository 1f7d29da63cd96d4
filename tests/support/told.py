"""What was told, held to what happened: the store, its history and Slack against each other.

What has to be loud is decided here anew, in a few words, and not by `bot.notify`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from bot.approvals import contents as requests
from bot.model.changes import Change, What
from bot.model.status import StatusClasses
from bot.notify.incident import Incident
from bot.notify.letters import LISTED, Content, Letter, MuteOver, Sort, from_json
from bot.slack.render.letters import render_content
from bot.store import Delivery, Record, Role, Seq, State
from bot.store.values import Entry
from tests.support.house import flat

Row = Mapping[str, Any]

WELL = {"running", "active", "ready", "stopped"}
PASSING = {
    *("provisioning", "pending", "creating", "starting", "stopping", "restarting", "updating"),
}

PER_MINUTE = 40


@dataclass(frozen=True, slots=True)
class Told:
    """All that stands in the store and in Slack about one channel."""

    channel: str
    entries: Mapping[Seq, Entry]  # the history from the subscription on
    records: Mapping[Seq, Record]
    deliveries: Sequence[Delivery]
    incidents: Sequence[Incident]
    pages: Mapping[str, Sequence[Seq]]  # what can be paged through from each message
    messages: Sequence[Row]  # that stand in the channel, oldest first
    present: Mapping[tuple[str, str], str]  # statuses of the fleet by kind and id

    def letters(self, sort: Sort | None = None) -> list[Letter]:
        """Those outside threads, oldest first."""
        found = [content(it) for it in self.deliveries]
        return [it for it in found if isinstance(it, Letter) and sort in (None, it.sort)]

    def texts(self, *, threads: bool = False) -> list[str]:
        """What the messages of the outbox say that stand in the channel, oldest first."""
        return [
            str(it["text"])
            for it in self.messages
            if wire_id(it) and (threads or "thread_ts" not in it or it["thread_ts"] == it["ts"])
        ]


def content(delivery: Delivery) -> Content | None:
    """What it says of changes; None where it is about a request, which is judged elsewhere."""
    try:
        return from_json(delivery.content)
    except ValueError:
        requests.from_json(delivery.content)
        return None


def wire_id(message: Row) -> str | None:
    """The id that a message of the outbox bears."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != "cnx_delivery":
        return None
    return str(metadata["event_payload"]["id"])


def everything(message: Row) -> str:
    """Every text of it, fallback included."""
    return "\n".join([str(message["text"]), *(flat(it) for it in message.get("blocks") or [])])


def untrue(it: Told, *, rendered: bool = True) -> list[str]:
    """What is wrong with what was told in a channel that wants everything; in words."""
    wrong = _records(it) + _deliveries(it) + _pages(it) + _states(it)
    if rendered:
        wrong += _rendered(it)
    return wrong


def _records(it: Told) -> list[str]:
    """Each change has its record, in a message unless it is an ordinary one."""
    wrong = [f"no record: {it.entries[seq]}" for seq in it.entries.keys() - it.records.keys()]
    refs = {one.id for one in it.deliveries}
    for seq, record in it.records.items():
        change = it.entries[seq].change
        if record.role is Role.MUTED:
            continue
        if record.delivery is None:
            if isinstance(change, Change) and is_loud(change):
                wrong.append(f"kept quiet: {change}")
        elif record.delivery not in refs:
            wrong.append(f"told by no message: {change}")
    return wrong


def is_loud(change: Change) -> bool:
    """Whether it must be told: everything but what is on its way, and the good end of that."""
    if change.what is not What.STATUS:
        return True
    old, new = str(change.old), str(change.new)
    if is_bad(old) or is_bad(new):
        return True
    return new not in PASSING and not (old in PASSING and new != "stopped")


def is_bad(status: str) -> bool:
    """Whether somebody has to look after it."""
    return status not in WELL and status not in PASSING


def _deliveries(it: Told) -> list[str]:
    """Each message stands there once, as it is now."""
    wrong = []
    standing = Counter(ref for row in it.messages if (ref := wire_id(row)) is not None)
    twice = {ref: number for ref, number in standing.items() if number > 1}
    if twice:
        wrong.append(f"stand there more than once: {twice}")
    known = {one.wire_id for one in it.deliveries}
    if strange := standing.keys() - known:
        wrong.append(f"of unknown origin: {strange}")
    for one in it.deliveries:
        if one.state is not State.SENT:
            wrong.append(f"{one.state}: {one}")
        elif not standing[one.wire_id]:
            wrong.append(f"stands nowhere: {one}")
        elif one.shown != one.version:
            wrong.append(f"shows {one.shown} of {one.version}: {one}")
    return wrong


def _rendered(it: Told) -> list[str]:
    """Slack shows what the store says, with the names."""
    wrong = []
    rows = {wire_id(row): row for row in it.messages}
    for one in it.deliveries:
        row = rows.get(one.wire_id)
        if row is None:
            continue
        said = content(one)
        if said is None:
            continue
        as_now = render_content(
            said,
            now=one.created_at,
            slash="/cnx",
            classes=StatusClasses(),
            repeated=one.repeated,
        )
        if row["text"] != as_now.text:
            wrong.append(f"shows {row['text']!r} instead of {as_now.text!r}")
        if not isinstance(said, Letter) or said.number + said.also_number > 5:
            continue  # the others can be paged through
        names = {item.change.name for item in (*said.items, *said.also)}
        lacks = {name for name in names if name not in everything(row)}
        if lacks:
            wrong.append(f"{lacks} missing in {everything(row)!r}")
    return wrong


def _pages(it: Told) -> list[str]:
    """From each message its changes can be paged through, each once."""
    wrong = []
    here: dict[str, set[Seq]] = {one.id: set() for one in it.deliveries}
    for seq, record in it.records.items():
        for ref in {record.delivery, record.course} - {None}:
            here.setdefault(str(ref), set()).add(seq)
    for one in it.deliveries:
        pages = it.pages[one.id]
        if len(set(pages)) != len(pages) or set(pages) != here[one.id]:
            wrong.append(f"pages of {one.id}: {pages} instead of {sorted(here[one.id])}")
        said = content(one)
        if not pages and said is not None and not isinstance(said, MuteOver):
            wrong.append(f"tells nothing: {one}")
    return wrong


def _states(it: Told) -> list[str]:
    """What is bad stands in an open message as it is; in none does anything that is well."""
    wrong = []
    open_members: dict[tuple[str, str], list[str]] = {}
    for incident in it.incidents:
        body = incident.body
        ongoing = 0
        for key, member in incident.members.items():
            if not member.bad or member.over is not None:
                continue
            ongoing += 1
            status = str(member.now or _status(member.change))
            open_members.setdefault(key, []).append(status)
            if it.present.get(key) != status:
                wrong.append(f"{key} is {it.present.get(key)}, and told to be {status}: {body}")
        if body.sort is Sort.BAD and (body.closed_at is None) != bool(ongoing):
            wrong.append(f"closed at {body.closed_at} with {ongoing} that go on: {body}")
    loud = {
        (entry.change.kind.value, entry.change.id)
        for seq, entry in it.entries.items()
        if isinstance(entry.change, Change)
        and it.records.get(seq) is not None
        and it.records[seq].role is not Role.MUTED
        and entry.change.what in (What.STATUS, What.APPEARED)
        and is_bad(_status(entry.change) or "running")
    }
    for key, status in it.present.items():
        if is_bad(status) and key in loud and key not in open_members:
            wrong.append(f"{key} is {status}, and no message says so")
    wrong += [_disagrees(it, incident) for incident in it.incidents]
    return [one for one in wrong if one]


def _status(change: Change) -> str | None:
    if change.what is What.STATUS:
        return str(change.new)
    return str(change.new["status"]) if isinstance(change.new, dict) else None


def _disagrees(it: Told, incident: Incident) -> str:
    """Whether the letter counts what the incident holds."""
    (one,) = [one for one in it.deliveries if one.id == incident.id]
    said = content(one)
    assert isinstance(said, Letter)
    main = [member for member in incident.members.values() if not member.aside]
    also = len(incident.members) - len(main)
    over = sum(1 for member in main if member.bad and member.over is not None)
    if (said.number, said.over, said.also_number) != (len(main), over, also):
        return f"counts {said.number} {said.over} {said.also_number}: {len(main)} {over} {also}"
    if len(said.items) != min(len(main), LISTED) or said.closed_at != incident.body.closed_at:
        return f"does not say what is: {said}"
    return ""


def impolite(
    calls: Sequence[Row], faults: Sequence[Row], per_minute: int = PER_MINUTE
) -> list[str]:
    """Where the bot asked too much of Slack; in words.

    `per_minute`: posts and edits together. `faults`: lines of the stand-in's log about faults that struck.
    """
    posts: dict[str, list[datetime]] = {}
    told: list[datetime] = []
    for call in calls:
        at = datetime.fromisoformat(call["at"])
        if call["method"] == "chat.postMessage":
            posts.setdefault(call["args"]["channel"], []).append(at)
        if call["method"] in ("chat.postMessage", "chat.update"):
            told.append(at)
    wrong = [
        f"two posts within {second - first} in {channel} at {first}"
        for channel, at in posts.items()
        for first, second in pairwise(at)
        if second - first < timedelta(seconds=1)
    ]
    for start in told:
        number = sum(1 for at in told if timedelta(0) <= at - start < timedelta(minutes=1))
        if number > per_minute:
            wrong.append(f"{number} posts and edits in the minute from {start}")
            break
    refused = sum(1 for call in calls if call["status"] == 429)
    asked = sum(1 for it in faults if it["what"] == "used" and it["new"]["kind"] == "ratelimited")
    if refused != asked:
        wrong.append(f"{refused} answers of 429, of which {asked} were asked for")
    return wrong
