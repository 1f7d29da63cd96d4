"""What the scenarios of telling share."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.delivery.sender import Sender
from bot.notify import notifier

SELDOM = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _looks_seldom(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let the bot look by itself whether there is something to do every 30 s instead of every 2: that
    is most of what a story costs, and who has something to tell wakes it.
    """
    if request.node.get_closest_marker("real_time"):
        return
    monkeypatch.setattr(notifier, "EVERY", SELDOM)
    assert Sender.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(Sender.__init__.__kwdefaults__, "poll", SELDOM)
