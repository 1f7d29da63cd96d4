"""What the outbox keeps as JSON, whoever sealed it, as Slack messages: letters, and what requests say.

`form` tells which it is. Knows both families, which do not know each other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from bot.approvals import contents
from bot.approvals.contents import RequestContent
from bot.model.status import StatusClasses
from bot.notify import letters
from bot.notify.letters import Content
from bot.slack.render.letters import render_content
from bot.slack.render.message import SlackMessage
from bot.slack.render.request_cards import render_request

AnyContent = Content | RequestContent

_OF_REQUESTS: Final = "request_"
"""Forms that begin so are those of `bot.approvals.contents`."""


@dataclass(frozen=True, slots=True)
class _Tagged:
    form: str


_TAGGED: Final = TypeAdapter(_Tagged)


def from_json(text: str) -> AnyContent:
    """What the outbox keeps; raises ValueError where it is nothing of ours."""
    # Not pydantic's own JSON: it takes no half characters, which CloudNexus's words may hold.
    if _TAGGED.validate_python(json.loads(text)).form.startswith(_OF_REQUESTS):
        return contents.from_json(text)
    return letters.from_json(text)


def render_any(
    content: AnyContent,
    *,
    now: datetime,
    slash: str,
    classes: StatusClasses,
    repeated: bool = False,
) -> SlackMessage:
    """The message; within Slack's limits whatever the content holds. `repeated`: it may stand there
    already, and says so."""
    if isinstance(content, RequestContent):
        return render_request(content, now=now, slash=slash, repeated=repeated)
    return render_content(content, now=now, slash=slash, classes=classes, repeated=repeated)
