"""A small, still stand-in for the tests that need nothing special."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.sandbox.cloudnexus.visitor import Visitor, visiting


@pytest_asyncio.fixture
async def visitor() -> AsyncIterator[Visitor]:
    """A visitor of a still fleet with 142 servers."""
    async with visiting() as arrived:
        yield arrived
