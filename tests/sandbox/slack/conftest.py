"""A stand-in on virtual time, and thin clients for it: the app's, the visitor's, and the SDK's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import BOT_TOKEN, SlackSandbox
from tests.sandbox.slack.support import Api, Desk, RawApp, manifest
from tests.support.virtual_time import virtual_now


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    """A running stand-in with every scope and event."""
    sandbox = SlackSandbox(manifest=manifest(), clock=virtual_now)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """A client session without a cookie jar's surprises."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
def desk(slack: SlackSandbox, http: ClientSession) -> Desk:
    """What visitors and tests do, through the control routes."""
    return Desk(slack, http)


@pytest.fixture
def api(slack: SlackSandbox, http: ClientSession) -> Api:
    """The Web API as raw HTTP with the bot token."""
    return Api(slack.api_url, http)


@pytest.fixture
async def sdk(slack: SlackSandbox, http: ClientSession) -> AsyncWebClient:
    """The real client of Slack's SDK."""
    return AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, session=http, retry_handlers=[])


@pytest.fixture
async def app(slack: SlackSandbox, http: ClientSession) -> AsyncIterator[RawApp]:
    """An app with one socket, which acknowledges whatever it is told to."""
    raw = RawApp(slack, http)
    await raw.connect()
    yield raw
    await raw.close()
