"""The stand-in's address is one that a browser and a bot can use, whatever it was bound to."""

from __future__ import annotations

import pytest

from bot.sandbox.slack import SlackSandbox
from tests.sandbox.slack.support import manifest


@pytest.mark.parametrize(
    ("bound", "reached"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104  # bound to nothing here
        ("::1", "[::1]"),
        ("::", "[::1]"),
        ("localhost", "localhost"),
    ],
)
def test_the_address_is_usable(bound: str, reached: str) -> None:
    sandbox = SlackSandbox(manifest=manifest(), host=bound, port=8_002)
    assert sandbox.url.startswith(f"http://{reached}:")
