"""What the bot says of itself: refusals, progress, mistakes, buttons of another time.

Each is one plain sentence or two, with a way on where there is one. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from bot.approvals.answers import Draft
from bot.slack.payloads import ASK
from bot.slack.reading import Ended, Reading
from bot.slack.render.blocks import actions, button, fits_button, section
from bot.slack.render.message import ACTION_ELEMENTS, TEXT, Block, SlackMessage, size
from bot.slack.render.request_buttons import form
from bot.slack.render.text import NOTHING, clip, harmless

_ROW = 4_500
"""Of a message's budget: one button with the longest value that Slack takes, all quotes, fits."""

_CAME_TO: dict[Ended, str] = {
    Ended.ANSWERED: "Done: {rows} with {requests}; the answer stands where you asked.",
    Ended.FAILED: "I stopped after {rows} and {requests}; the answer, where you asked, says why.",
    Ended.UNCONFIRMED: "I read {rows} with {requests}, but Slack did not confirm that my answer got "
    "through. If you do not see it, ask again.",
    Ended.BROKE: "I stopped after {rows} and {requests}: something broke on my side.",
    Ended.STOPPED: "I was stopped after {rows} and {requests}. Please ask again in a moment.",
}


def progress(told: Reading) -> SlackMessage:
    """It takes a while; and where CloudNexus itself is being read, at what price."""
    doing = _read_at_a_price(told) if told.kinds else "I am at it…"
    return _said(f"{doing} The answer follows.")


def reading_much(told: Reading, *, below: bool) -> SlackMessage:
    """The same where it takes many requests, and there is a message by which it can be followed:
    `below`, or in the asker's direct messages."""
    where = "in the message below" if below else "in your direct messages with me"
    return _said(
        f"{_read_at_a_price(told)} You can follow it {where}; the answer follows here, where you asked."
    )


def followed(told: Reading, end: Ended | None) -> SlackMessage:
    """What that message says: how far it has come, or how it ended."""
    if end is Ended.ANSWERED:
        rows = _rows(told.rows)
    else:
        rows = _rows(told.rows) if told.total is None else f"{told.rows:,} of {_rows(told.total)}"
    if end is not None:
        return _said(_CAME_TO[end].format(rows=rows, requests=_requests(told.requests)))
    requests = _requests(told.requests)
    if told.cost is not None:
        requests = f"{told.requests:,} of about {_requests(told.cost)}"
    return _said(f"Reading {_kinds(told)} from CloudNexus: {rows}, {requests}.")


def refused(reason: str) -> SlackMessage:
    """No, and why. `reason` is foreign text."""
    return _said(reason)


def broke(incident: str) -> SlackMessage:
    """We made a mistake; `incident` is what the log calls it."""
    return _said(
        f"Something broke on my side, and I could not answer. It is logged as {incident}. "
        "Please try again, and name that number to whoever runs me if it stays so."
    )


def gone(command: str) -> SlackMessage:
    """A page of a listing that is no longer held."""
    return _said(
        "I no longer hold this list: it is more than half an hour old, or I was restarted "
        "meanwhile. It stays as it is; ask again for a fresh one.",
        command,
    )


def unconfirmed(command: str) -> SlackMessage:
    """Slack did not confirm the answer, and sending it again could double it."""
    return _said(
        "Slack did not confirm that my answer got through. If you do not see it, ask again.",
        command,
    )


def recorded(slash: str) -> SlackMessage:
    """A change is made, but Slack did not confirm the answer that says so."""
    return _said(
        "It is recorded, but Slack did not confirm that my answer got through. "
        f"{slash} watches shows what holds."
    )


def interrupted(command: str) -> SlackMessage:
    """The bot stops before it has an answer."""
    return _said(
        "I was stopped before your answer was ready. Please ask again in a moment.", command
    )


def not_recorded(why: str) -> SlackMessage:
    """A click that should have changed something. `why` is a clause of ours."""
    return _said(
        f"That is not recorded: {why}. Look at the message in a moment, and click again if it still "
        "stands there as before."
    )


def vote_not_recorded(why: str) -> SlackMessage:
    """A vote that was said in a thread. `why` is a clause of ours."""
    return _said(
        f"Your vote is not recorded: {why}. Look at the votes in this thread in a moment, and say it "
        "again if yours is not among them."
    )


def no_form(draft: Draft, slash: str) -> SlackMessage:
    """Slack did not let us open the form for that draft; another click may."""
    said = _said(
        "Slack did not let me open the form in time. Try again with the button, or type all of it at "
        f"once: {slash} create name=web-7 region=us-east-1 image=ubuntu-24.04 plan=c-4"
    )
    return replace(said, blocks=(*said.blocks, actions("form", form(draft))))


def no_deny_form() -> SlackMessage:
    """Slack did not let us open the form that asks why a request is denied."""
    return _said(
        "Slack did not let me open the form, and nothing is recorded. Click again, or reply in this "
        "thread with deny and your reason."
    )


def unreadable_store() -> SlackMessage:
    """A click whose answer can't be looked up."""
    return _said(
        "I can't look that up: what I keep my records in does not work at present. "
        "Please try again in a moment."
    )


def other_button(slash: str) -> SlackMessage:
    """A click on something that we do not know."""
    return _said(f"I do not know this button any more. {_another_time(slash)}")


def other_command(typed: str, slash: str) -> SlackMessage:
    """A slash command that Slack sends here, and that is not ours. `typed` is foreign text."""
    return _said(f"{typed} is not a command of mine. {_another_time(slash)}")


def other_shortcut(slash: str) -> SlackMessage:
    """A shortcut that we do not know."""
    return _said(f"I do not know this shortcut. {_another_time(slash)}")


def other_form(slash: str) -> SlackMessage:
    """A form that we do not know."""
    return _said(f"I do not know this form. {_another_time(slash)}")


def modal(message: SlackMessage) -> Block:
    """A notice as a modal of its own, where there is no message to put it into."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "cnx"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": list(message.blocks),
    }


def ask_buttons(block_id: str, *asks: tuple[str, str]) -> tuple[Block, ...]:
    """A row of buttons that ask a command each: (label, command). Commands too long for a button
    are left out, and those with which the row would take too much of the message; the row is left
    out if none is left."""
    buttons: list[Block] = []
    for number, (label, command) in enumerate(asks[:ACTION_ELEMENTS]):
        if fits_button(command):
            made = button(label, f"{ASK}:{number}", command)
            if size([*buttons, made]) <= _ROW:
                buttons.append(made)
    return (actions(block_id, *buttons),) if buttons else ()


def _said(sentence: str, command: str | None = None) -> SlackMessage:
    ask = ask_buttons("ask", ("Ask again", command)) if command else ()
    return SlackMessage(
        clip(harmless(sentence).strip() or NOTHING, TEXT), (section([sentence]), *ask)
    )


def _read_at_a_price(told: Reading) -> str:
    if told.cost is None:
        return f"Reading {_kinds(told)} from CloudNexus itself; what it costs is not known yet."
    left = "" if told.left is None else f" of {told.left:,} left"
    return f"Reading {_kinds(told)} from CloudNexus itself: about {_requests(told.cost)}{left}."


def _kinds(told: Reading) -> str:
    """Servers; servers and clusters; servers, clusters and CDN domains."""
    names = [kind.plural for kind in told.kinds]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _requests(count: int) -> str:
    return f"{count:,} request" if count == 1 else f"{count:,} requests"


def _another_time(slash: str) -> str:
    return f"It is from another version of me; {slash} help tells what I can do."
