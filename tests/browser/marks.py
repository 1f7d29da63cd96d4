"""The marks of every test that looks at a page."""

from __future__ import annotations

import pytest

BROWSER = [
    pytest.mark.browser,
    pytest.mark.real_time,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),  # the loop of the browser
]
