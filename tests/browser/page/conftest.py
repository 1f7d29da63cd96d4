"""The Slack stand-in on the real clock, and its page as one of its people sees it.

Each test has a stand-in of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Page

from bot.sandbox.slack import SlackSandbox
from tests.browser.conftest import OpenPage
from tests.sandbox.slack.support import ASKER, OPS, Api, Desk, Json, RawApp, manifest

Visit = Callable[..., Awaitable[Page]]


@pytest.fixture
def given_manifest() -> Json:
    """The app's manifest; a module may have another."""
    return manifest()


@pytest_asyncio.fixture(loop_scope="session")
async def slack(given_manifest: Json) -> AsyncIterator[SlackSandbox]:
    """A running stand-in."""
    sandbox = SlackSandbox(manifest=given_manifest)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[ClientSession]:
    """A client session."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
def desk(slack: SlackSandbox, http: ClientSession) -> Desk:
    """What visitors and tests do, through the control routes."""
    return Desk(slack, http)


@pytest.fixture
def api(slack: SlackSandbox, http: ClientSession) -> Api:
    """The Web API with the bot token."""
    return Api(slack.api_url, http)


@pytest_asyncio.fixture(loop_scope="session")
async def app(slack: SlackSandbox, http: ClientSession) -> AsyncIterator[RawApp]:
    """An app with one socket, which acknowledges whatever it is told to."""
    raw = RawApp(slack, http)
    await raw.connect()
    yield raw
    await raw.close()


@pytest.fixture
def visit(slack: SlackSandbox, new_page: OpenPage) -> Visit:
    """Opens the workspace as a person, at a place, and waits until it is live."""

    async def open_workspace(user: str = ASKER, place: str = OPS, **options: object) -> Page:
        page = await new_page(**options)
        await page.goto(f"{slack.url}#/{user}/{place}")
        await page.wait_for_selector("body[data-ready] .live.is-live")
        return page

    return open_workspace
