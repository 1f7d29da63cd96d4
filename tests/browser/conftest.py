"""A real Chromium for tests that look at the workspace page; skipped with a reason where there is none.

A module that uses it sets `pytestmark = BROWSER` (marks.py). All such tests share one event loop and one
browser, whose start takes longer than most of them; each has sessions of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGS = [
    "--no-sandbox",  # containers have no user namespaces for it, and only our own page is opened
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
_PATIENCE = 12_000
"""Milliseconds until an element must be there: far more than the page needs, for busy machines."""

expect.set_options(timeout=_PATIENCE)

_WATCH = """
addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@dataclass
class Complaints:
    """What pages reported: errors and warnings on the console, exceptions, breaches of the CSP.

    A test that provokes some names a part of them in `expected`; any other fails it at its end.
    """

    said: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def unexpected(self) -> list[str]:
        """Those that no expectation covers."""
        return [text for text in self.said if not any(part in text for part in self.expected)]


OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no Chromium on the PATH (looked for {', '.join(_NAMES)})")
    return found


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def shared_browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for the tests of this package."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(shared_browser: Browser) -> AsyncIterator[Browser]:
    """The shared browser; what the test opened in it is closed."""
    yield shared_browser
    for context in shared_browser.contexts:
        await context.close()


@pytest.fixture
def complaints() -> Complaints:
    """What the test's pages complained about."""
    return Complaints()


@pytest.fixture
def new_page(browser: Browser, complaints: Complaints) -> Iterator[OpenPage]:
    """Opens pages, each with a session of its own; fails the test if one of them complained."""

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.said.append(f"{message.type}: {message.text}")

    async def open_one(**options: Any) -> Page:
        given = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US", **options}
        context = await browser.new_context(**given)
        context.set_default_timeout(_PATIENCE)
        await context.add_init_script(_WATCH)
        page = await context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.said.append(f"exception: {error}"))
        return page

    yield open_one
    assert complaints.unexpected() == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(new_page: OpenPage) -> Page:
    """One page at the width of a desk."""
    return await new_page()
