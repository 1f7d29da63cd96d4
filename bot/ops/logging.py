"""Structured logs on stderr, with every secret scrubbed out of them.

All loggers end here, those of libraries too. It configures; what to log is for the callers to say.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import IO, Any, Literal

import structlog
from pydantic import SecretStr

LogForm = Literal["json", "text"]

_TOKEN = re.compile(
    r"\bcn_(?:live|test)_sk_[A-Za-z0-9_\-]+"  # CloudNexus keys
    r"|\bxox[a-z](?:\.[a-z0-9]+)?-[A-Za-z0-9\-.]+"  # Slack bot, user, refresh and config tokens
    r"|\bxapp-[A-Za-z0-9\-]+"  # Slack app-level tokens
    r"|(?<=/response/)[A-Za-z0-9_\-]+"  # whoever holds a response URL can answer in our name
    r"|hooks\.slack\.com/\S+"
    r"|(?i:bearer\s+)[^\s\"',]+"
    r"|(?<=[?&]ticket=)[^&\s\"']+"  # the address of a Socket Mode connection
)
_SCRUBBED = "[secret]"


class Scrubber:
    """A structlog processor that takes secrets out of every text of a log entry, however deep.

    It knows them by their form, and those handed to it by their value.
    """

    def __init__(self, secrets: Iterable[SecretStr] = ()) -> None:
        # Longest first, so that a secret that begins like another one is taken out whole. A value
        # of under 8 characters is no secret, and would punch holes into ordinary words.
        values = sorted({s.get_secret_value() for s in secrets}, key=len, reverse=True)
        self._values = tuple(value for value in values if len(value) >= 8)

    def __call__(
        self, _logger: object, _method: str, entry: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Scrub one entry."""
        return {str(self.clean(key)): self.clean(value) for key, value in entry.items()}

    def clean(self, value: object) -> object:
        """The value without secrets; of unknown types their text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {str(self.clean(key)): self.clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.clean(item) for item in value]
        text = value if isinstance(value, str) else str(value)
        for secret in self._values:
            text = text.replace(secret, _SCRUBBED)
        return _TOKEN.sub(_SCRUBBED, text)


def configure(
    form: LogForm,
    level: str = "INFO",
    *,
    secrets: Iterable[SecretStr] = (),
    stream: IO[str] | None = None,
) -> None:
    """Send all logs of this process to `stream` (stderr), one line each in JSON, or as text."""
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                Scrubber(secrets),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Libraries tell of each connection and frame at INFO; of failures they tell at WARNING.
    chatty_ones = ("aiohttp", "slack_sdk", "slack_bolt", "asyncio")
    for chatty in (*chatty_ones, "alembic", "sqlalchemy", "aiosqlite", "filelock"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))
