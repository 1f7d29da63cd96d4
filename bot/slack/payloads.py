"""What Slack sends, as typed values: the edge behind which there are no bare dicts.

Pure. A payload that lacks what its answer needs raises `MalformedPayloadError`; what only other
payloads of its kind have is not asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.approvals.answers import Ballot
from bot.commands.unslack import unslack

Payload = Mapping[str, Any]

ASK = "cnx:ask"
"""Buttons that ask a command; the value is its text. A suffix keeps several in one block apart."""

PAGE = "cnx:page"
"""Buttons that turn a page; the value is a `PageRef`. A suffix, as above."""

# People speak to the bot; joins, edits and what bots write are no commands.
_SPOKEN = (None, "file_share", "thread_broadcast", "me_message")


_VOTES = {
    "approve": Ballot.APPROVE,
    "lgtm": Ballot.APPROVE,
    "deny": Ballot.DENY,
    "cancel": Ballot.CANCEL,
}
"""The words that count in a request's thread, case folded."""

# `<@U01>`, `<#C01|ops>`, `<!here>`, `<https://…|…>`: an angle bracket that Slack put there.
_SLACK_MADE = re.compile(r"<(?:[@#!]|[a-z][a-z0-9+.\-]*:)", re.IGNORECASE)


class MalformedPayloadError(ValueError):
    """A payload without what its answer needs; the text names the field."""


@dataclass(frozen=True, slots=True)
class Slash:
    """A slash command."""

    user: str
    channel: str | None
    command: str  # with its slash
    text: str
    response_url: str = field(repr=False)  # whoever holds it can speak in our name
    trigger_id: str = field(repr=False, default="")  # opens a modal, once, within 3 s


@dataclass(frozen=True, slots=True)
class Click:
    """A button or another element was used. In a view there is no response URL."""

    user: str
    channel: str | None
    action_id: str
    value: str
    response_url: str | None = field(repr=False)
    ephemeral: bool
    thread_ts: str | None
    view_id: str | None
    view_type: str | None
    message_ts: str | None = None
    trigger_id: str = field(repr=False, default="")  # as a command's


@dataclass(frozen=True, slots=True)
class Submission:
    """A modal was submitted. `view`: what was entered, and what the modal carried, as Slack gives it; its
    form reads that."""

    user: str
    view_id: str
    callback_id: str
    view: Payload = field(repr=False)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message that a person wrote to the bot: a mention, or a direct message."""

    user: str
    channel: str
    ts: str
    thread_ts: str | None
    text: str
    direct: bool


@dataclass(frozen=True, slots=True)
class ThreadReply:
    """A reply in a thread that begins with a vote, whatever thread that is. `parent`: who wrote what heads
    it, where Slack tells. `reason`: what stands behind the word."""

    user: str
    channel: str
    ts: str
    thread_ts: str
    ballot: Ballot
    reason: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class PageRef:
    """What a page button carries: which listing, which page, and how to ask for it anew."""

    held_id: str
    page: int
    command: str  # empty where it was too long to be carried

    def to_value(self) -> str:
        """As a button's value."""
        return json.dumps([self.held_id, self.page, self.command], ensure_ascii=False)

    @classmethod
    def from_value(cls, value: str) -> PageRef | None:
        """Out of a button's value; None for one of another time."""
        try:
            held_id, page, command = json.loads(value)
        except (ValueError, TypeError, RecursionError):
            return None
        # Not isinstance: true is an int to Python, and no page.
        if not (isinstance(held_id, str) and type(page) is int and isinstance(command, str)):
            return None
        return cls(held_id, page, command)


def named(action: str) -> re.Pattern[str]:
    """The ids of the buttons of that name; a suffix keeps several in one block apart."""
    return re.compile(rf"^{re.escape(action)}(:|$)")


def slash(body: Payload) -> Slash:
    """A slash command's payload."""
    return Slash(
        user=_needed(body, "user_id"),
        channel=_text(body, "channel_id") or None,
        command=_needed(body, "command"),
        text=typed(_text(body, "text")),
        response_url=_needed(body, "response_url"),
        trigger_id=_text(body, "trigger_id"),
    )


def click(body: Payload) -> Click:
    """A block_actions payload; of several actions in one, the first."""
    actions = body.get("actions")
    action = _object(actions[0] if isinstance(actions, list) and actions else None)
    container = _object(body.get("container"))
    view = _object(body.get("view"))
    message = _object(body.get("message"))
    return Click(
        user=_needed(_object(body.get("user")), "id", shown="user.id"),
        channel=_text(_object(body.get("channel")), "id") or _text(container, "channel_id") or None,
        action_id=_text(action, "action_id"),
        value=_text(action, "value"),
        response_url=body.get("response_url"),
        ephemeral=bool(container.get("is_ephemeral")),
        thread_ts=_thread(container, message),
        view_id=view.get("id"),
        view_type=view.get("type"),
        message_ts=_text(container, "message_ts") or _text(message, "ts") or None,
        trigger_id=_text(body, "trigger_id"),
    )


def submission(body: Payload) -> Submission:
    """A view_submission payload."""
    view = _object(body.get("view"))
    return Submission(
        user=_needed(_object(body.get("user")), "id", shown="user.id"),
        view_id=_needed(view, "id", shown="view.id"),
        callback_id=_text(view, "callback_id"),
        view=view,
    )


def _thread(container: Payload, message: Payload) -> str | None:
    """The thread in which the clicked message is a reply. The head of a thread stands in the channel,
    and who clicks there would not see what is whispered in the thread."""
    thread = container.get("thread_ts") or message.get("thread_ts")
    ts = container.get("message_ts") or message.get("ts")
    return thread if isinstance(thread, str) and thread != ts else None


def spoken(event: Payload, bot_user: str) -> Spoken | None:
    """A mention or a direct message; None if no person says something to the bot in it."""
    if event.get("bot_id") or event.get("subtype") not in _SPOKEN or not event.get("user"):
        return None
    channel = _needed(event, "channel")
    direct = _is_direct(event)
    if event["type"] == "message" and not direct:
        return None
    return Spoken(
        user=_needed(event, "user"),
        channel=channel,
        ts=_needed(event, "ts"),
        thread_ts=event.get("thread_ts"),
        text=typed(after_mention(_text(event, "text"), bot_user)),
        direct=direct,
    )


def addressed(event: Payload) -> bool:
    """Whether an event can be meant for the bot: what else is said in channels is not."""
    return event.get("type") != "message" or _is_direct(event)


def reply(event: Payload, bot_user: str) -> ThreadReply | None:
    """A person's reply in a channel's thread whose first word is a vote, also behind a mention of the bot;
    None for everything else: edits, what bots write, and all that does not begin so."""
    channel, ts, thread_ts = (_text(event, name) for name in ("channel", "ts", "thread_ts"))
    if not thread_ts or thread_ts == ts or _is_direct(event):
        return None
    user = _text(event, "user")
    if event.get("bot_id") or event.get("edited") or event.get("subtype") not in _SPOKEN:
        return None
    text = _text(event, "text")
    mention = re.match(rf"\s*<@{re.escape(bot_user)}(?:\|[^>]*)?>", text)
    first, *rest = (text[mention.end() :] if mention else text).split(maxsplit=1) or [""]
    ballot = _VOTES.get(first.casefold())
    if ballot is None or not (user and channel and ts):
        return None
    return ThreadReply(
        user=user,
        channel=channel,
        ts=ts,
        thread_ts=thread_ts,
        ballot=ballot,
        reason=typed("".join(rest)).strip(),
        parent=_text(event, "parent_user_id") or None,
    )


def after_mention(text: str, bot_user: str) -> str:
    """What is said to the bot: all behind its mention; in a direct message there may be none."""
    mention = re.search(rf"<@{re.escape(bot_user)}(?:\|[^>]*)?>", text)
    return text[mention.end() :].strip() if mention else text.strip()


def typed(text: str) -> str:
    """What the person typed. Slack escapes `<` in it; where one stands that is not Slack's own, the
    text came as it was typed (`vcpus<8 ram_gb>4`), and there is nothing to undo."""
    if text.count("<") > len(_SLACK_MADE.findall(text)):
        return text
    return unslack(text)


def _is_direct(event: Payload) -> bool:
    return event.get("channel_type") == "im" or _text(event, "channel").startswith("D")


def opener(event: Payload) -> str:
    """Who opened the Home of an `app_home_opened`."""
    return _needed(event, "user")


def _needed(body: Payload, name: str, *, shown: str = "") -> str:
    text = _text(body, name)
    if not text:
        raise MalformedPayloadError(f"it has no {shown or name}")
    return text


def _text(body: Payload, name: str) -> str:
    """The text of that name; empty where there is none."""
    held = body.get(name)
    return held if isinstance(held, str) else ""


def _object(held: object) -> Payload:
    return held if isinstance(held, dict) else {}
