"""Slash commands: from the typed line to the app and back. Must not know any command's meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.sandbox.slack.app import SlashCommand
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.messages import Channel
from bot.sandbox.slack.payloads import Act, slash_command
from bot.sandbox.slack.responses import Responses
from bot.sandbox.slack.typed import command_text
from bot.sandbox.slack.visitor.people import (
    ActError,
    acting_channel,
    acting_user,
    optional_text,
    text_field,
)
from bot.sandbox.slack.workspace import Workspace


class Commands:
    """What people command."""

    def __init__(
        self,
        workspace: Workspace,
        delivery: Delivery,
        responses: Responses,
        base_url: Callable[[], str],
    ) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._responses = responses
        self._base_url = base_url

    async def command(self, body: Mapping[str, object]) -> JsonObject:
        """A whole line such as `/cnx servers`; answered when the app has acknowledged or failed."""
        user = acting_user(self._workspace, body)
        channel = acting_channel(self._workspace, body, user)
        word, _, rest = text_field(body, "text").strip().partition(" ")
        if not word.startswith("/"):
            raise ActError("text: must be a whole line that begins with '/'")
        command = self._workspace.app.command(word)
        if command is None:
            return self._failed(user["id"], channel, _invalid(word), "unknown_command")
        thread_ts = optional_text(body, "thread_ts")
        if thread_ts is not None:
            notice = f"{word} is not supported in threads. Sorry!"
            self._workspace.rooms.notice(user["id"], channel, notice, thread_ts)
            return {"ok": False, "error": "not_supported_in_threads"}
        error = await self._dispatch(user, channel, command, rest.strip())
        if error is None:
            return {"ok": True, "error": None}
        return self._failed(user["id"], channel, f'{word} failed with the error "{error}"', error)

    async def _dispatch(
        self, user: JsonObject, channel: Channel, command: SlashCommand, typed: str
    ) -> str | None:
        workspace = self._workspace
        if not workspace.app.has_scope("commands"):
            return "dispatch_failed"
        token = workspace.response_urls.issue(channel.id, user["id"])
        act = Act(
            user=user["id"],
            user_name=user["name"],
            trigger_id=workspace.triggers.issue(user["id"]),
            response_url=f"{self._base_url()}response/{token}",
        )
        text = command_text(
            typed,
            workspace.user_lookup,
            workspace.channel_lookup,
            should_escape=command.should_escape,
        )
        outcome = await self._delivery.command(slash_command(act, command, text, channel))
        target, _ = workspace.response_urls.find(token)
        if outcome.error is None and outcome.answer and target is not None:
            # The answer in the acknowledgement is no use of the response URL.
            refused = self._responses.acknowledged(target, outcome.answer)
            return None if refused in {None, "no_text"} else "dispatch_failed"
        return outcome.error

    def _failed(self, user: str, channel: Channel, notice: str, error: str) -> JsonObject:
        self._workspace.rooms.notice(user, channel, notice)
        return {"ok": False, "error": error}


def _invalid(word: str) -> str:
    return (
        f'{word} is not a valid command. In Slack, all messages that start with the "/" character '
        "are interpreted as commands."
    )
