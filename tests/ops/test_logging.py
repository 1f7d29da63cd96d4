"""Promise 3, nothing leaks: no secret leaves through a log line, by whatever way it got there."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.ops.logging import LogForm, Scrubber, configure

SIGNING_SECRET = SecretStr("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
KNOWN_BY_FORM = (
    "cn_live_sk_8f3k29d10xABC",
    "cn_test_sk_8f3k29d10xABC",
    "xoxb-123-456-abcDEF",
    "xoxe.xoxp-1-Mi0yLTEx",
    "xapp-1-A0-123-abcdef",
    "https://hooks.slack.com/commands/T0/1/abcdef",
    "Bearer whatever-this-is",
    "wss://socket.example/link/?ticket=abc-def&app_id=1",
)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def secret_part(text: str) -> str:
    """What must not be seen of a text: its tail, where the secret is."""
    return text.partition("&")[0][-6:]


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("secret", [*KNOWN_BY_FORM, SIGNING_SECRET.get_secret_value()])
def test_a_secret_is_taken_out_of_text_value_nested_value_and_traceback(
    form: LogForm, secret: str
) -> None:
    out = io.StringIO()
    configure(form, "DEBUG", secrets=[SIGNING_SECRET], stream=out)
    log = structlog.get_logger("bot.test")
    event = f"text {secret}"
    log.info(event, value=secret, deep={"list": [secret, {"k": secret}]}, fine="yes")
    logging.getLogger("a.library").warning("it says %s", secret)
    try:
        int(secret)
    except ValueError:
        log.exception("broken")
    assert secret_part(secret) not in out.getvalue()
    assert out.getvalue().count("[secret]") >= 6
    assert "fine" in out.getvalue()


def test_json_lines_are_json_with_time_level_and_logger() -> None:
    out = io.StringIO()
    configure("json", stream=out)
    structlog.get_logger("bot.x").warning("it_happened", count=3)
    line = json.loads(out.getvalue())
    assert line["event"] == "it_happened"
    assert (line["level"], line["logger"], line["count"]) == ("warning", "bot.x", 3)
    assert line["timestamp"].endswith("Z")


@given(st.text(min_size=8).filter(lambda text: text not in "[secret]"), st.text(), st.text())
def test_a_known_secret_never_survives(secret: str, before: str, after: str) -> None:
    cleaned = Scrubber([SecretStr(secret)]).clean({"k": [before + secret + after]})
    assert isinstance(cleaned, dict)
    text = cleaned["k"][0].replace("[secret]", "\0")
    assert secret not in text


def test_numbers_and_nothing_pass_unchanged() -> None:
    assert Scrubber().clean({"a": 1, "b": None, "c": True, "d": 1.5}) == {
        "a": 1,
        "b": None,
        "c": True,
        "d": 1.5,
    }
