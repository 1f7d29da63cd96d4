"""Slack's refusals as exceptions. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.sandbox.slack.identity import JsonObject


class ApiError(Exception):
    """A refusal: `error` is Slack's name; `extra` goes into the answer beside it."""

    def __init__(
        self,
        error: str,
        *,
        extra: JsonObject | None = None,
        status: int = 200,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra or {}
        self.status = status
        self.retry_after = retry_after

    def body(self) -> JsonObject:
        """The answer."""
        return {"ok": False, "error": self.error, **self.extra}


def invalid_arguments(*problems: str) -> ApiError:
    """Arguments that Slack's schema refuses; each problem is one line of `messages`."""
    return with_messages("invalid_arguments", problems)


def invalid_blocks(problems: Sequence[str], error: str = "invalid_blocks") -> ApiError:
    """Blocks that Slack refuses: the problems stand in `errors` and in `messages`."""
    refused = with_messages(error, problems)
    refused.extra["errors"] = list(problems)
    return refused


def with_messages(error: str, problems: Sequence[str]) -> ApiError:
    """An error with `response_metadata.messages`."""
    messages = [f"[ERROR] {problem}" for problem in problems]
    return ApiError(error, extra={"response_metadata": {"messages": messages}})


def rate_limited(seconds: int) -> ApiError:
    """429 with Retry-After."""
    return ApiError("ratelimited", status=429, retry_after=seconds)
