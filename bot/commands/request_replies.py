"""What the bot answers to `create`, `requests` and `request`: facts, as in `replies`.

Lists, single requests and 'no such request' are told as `bot.approvals` answers them. Drafts,
specifications and reasons are foreign text.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.approvals.answers import AskAnswer, Draft, NoSuchRequest, RequestList, RequestShown


@dataclass(frozen=True, slots=True)
class AskReply:
    """What became of asking for that server. `draft` is what was typed, so that it can be mended."""

    answer: AskAnswer
    draft: Draft


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form is to ask for the rest, filled in with what was typed. Where none can be opened, it is said
    how: by a button, or by typing all of it."""

    draft: Draft


RequestReply = AskReply | OpenForm | RequestList | RequestShown | NoSuchRequest
