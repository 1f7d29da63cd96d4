"""What all scenarios share."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.approvals import creator
from bot.delivery.sender import Sender
from bot.notify import notifier

RARELY = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _looks_seldom(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let the bot look by itself whether there is something to do every 5 minutes instead of every 2 s: in
    virtual time that is most of what a scenario costs, and who has recorded or read something wakes it.
    """
    if request.node.get_closest_marker("real_time"):
        return
    monkeypatch.setattr(creator, "EVERY", RARELY)
    monkeypatch.setattr(notifier, "EVERY", RARELY)
    assert Sender.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(Sender.__init__.__kwdefaults__, "poll", RARELY)
