"""The route `/response/{token}`, and answers that come in the acknowledgement of a command.

A response is posted as the bot, also where the bot is no member. `replace_original` and
`delete_original` act on the message whose button was clicked; after a slash command there is none,
and such a response is posted anew.
"""

from __future__ import annotations

import json

from aiohttp import web

from bot.sandbox.slack.content import read_content
from bot.sandbox.slack.identity import BOT_USER, JsonObject
from bot.sandbox.slack.messages import Channel, Message
from bot.sandbox.slack.response_urls import ResponseUrl
from bot.sandbox.slack.strike import CUT, Answer, cut, struck
from bot.sandbox.slack.webapi.arguments import Args
from bot.sandbox.slack.webapi.errors import ApiError
from bot.sandbox.slack.workspace import Workspace

METHOD = "response_url"


class Responses:
    """Takes responses and puts them where they belong."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One use of a response URL."""
        token = request.match_info["token"]
        body = await _read(request)
        fault = self._workspace.faults.take(METHOD)
        answer = await struck(fault, lambda: self._answer(token, body))
        self._workspace.calls.add(
            METHOD, "none", {} if body is None else body, status=answer.status, error=answer.error
        )
        return cut(request) if answer.status == CUT else answer.response()

    def acknowledged(self, target: ResponseUrl, body: JsonObject) -> str | None:
        """Post the answer that an acknowledgement bears; Slack's name for what is wrong, or None."""
        try:
            self._respond(target, Args(body), new=True)
        except ApiError as refused:
            return refused.error
        return None

    def _answer(self, token: str, body: JsonObject | None) -> Answer:
        target, problem = self._workspace.response_urls.find(token)
        if target is None:
            return _refused(404, problem)
        if body is None:
            return _refused(400, "invalid_payload")
        try:
            self._respond(target, Args(body), new=False)
        except ApiError as refused:
            return Answer(400, refused.body(), refused.error)
        self._workspace.response_urls.used(token)
        return Answer(200, "ok", None)

    def _respond(self, target: ResponseUrl, args: Args, *, new: bool) -> None:
        rooms = self._workspace.rooms
        channel = rooms.channel(target.channel)
        if channel is None:
            raise ApiError("channel_not_found")
        if channel.is_archived:
            raise ApiError("is_archived")
        source = None if new else rooms.find(channel.id, target.source)
        if args.flag("delete_original") and source is not None:
            rooms.delete(source)
            return
        if args.flag("replace_original") and target.source is not None and not new:
            if source is None:
                raise ApiError("message_not_found")
            self._replace(source, args)
            return
        self._post(target, channel, args)

    def _replace(self, source: Message, args: Args) -> None:
        content = read_content(args, self._workspace.stamps)
        by = None if source.ephemeral_to else BOT_USER
        self._workspace.rooms.edit(source, by, text=content.text, blocks=content.blocks)

    def _post(self, target: ResponseUrl, channel: Channel, args: Args) -> None:
        kind = args.text("response_type") or "ephemeral"
        if kind not in {"ephemeral", "in_channel"}:
            raise ApiError("invalid_arguments")
        content = read_content(args, self._workspace.stamps)
        thread_ts = args.text("thread_ts")
        if thread_ts is not None and self._workspace.rooms.find(channel.id, thread_ts) is None:
            raise ApiError("cannot_reply_to_message")
        public = kind == "in_channel"
        self._workspace.rooms.post(
            Message(
                ts=self._workspace.stamps.ts(),
                channel=channel.id,
                user=BOT_USER,
                text=content.text,
                blocks=content.blocks,
                thread_ts=thread_ts,
                ephemeral_to=None if public else target.user,
                metadata=content.metadata if public else None,
            )
        )


async def _read(request: web.Request) -> JsonObject | None:
    """The body, which is JSON whatever the content type says, or a form with `payload`."""
    if request.content_type == "application/x-www-form-urlencoded":
        text = str((await request.post()).get("payload", ""))
    else:
        text = await request.text()
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _refused(status: int, error: str) -> Answer:
    return Answer(status, {"ok": False, "error": error}, error)
