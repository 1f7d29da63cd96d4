"""The marks of every test that looks at the page."""

from __future__ import annotations

import pytest

BROWSER = [
    pytest.mark.browser,
    pytest.mark.real_time,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="module"),  # the loop of the module's browser
]
