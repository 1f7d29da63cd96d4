"""Every async test runs on virtual time unless it is marked `real_time`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.support.virtual_time import LOOPS

pytest_plugins = ["tests.support.stores"]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Choose the loop: jumping time, or the real one for tests that meet a browser or a subprocess."""
    if item.get_closest_marker("real_time"):
        return {"real": asyncio.new_event_loop}
    return LOOPS
