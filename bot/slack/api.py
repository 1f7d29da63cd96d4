"""Every call that the bot makes to Slack's Web API: each method by name, each failure typed.

Nothing retries here: posts must never be repeated blindly, and reads are repeated by those who
know how urgent they are. It knows no reply and no grammar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import ClientSession
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.failures import SlackCallError, is_silence, refusal, silence
from bot.slack.render.message import Block, SlackMessage

SCOPES: Mapping[str, tuple[str, ...]] = {
    "auth.test": (),
    "apps.connections.open": (),  # the app-level token's connections:write
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.update": (),
}
"""The methods that are called, and the bot scopes that each needs: one for each kind of conversation that
it is called for. The manifest asks for no more."""

PAGE = 200
"""Messages a page of a history; Slack recommends no more."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands: the two names by which it can be edited."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Messages of a channel or thread, as Slack gives them; `cursor` leads to the next page."""

    messages: tuple[Mapping[str, Any], ...]
    cursor: str | None


def web_client(api_url: str, session: ClientSession, token: SecretStr | None) -> AsyncWebClient:
    """The SDK's client on our session, without its retries."""
    client = AsyncWebClient(
        token=None if token is None else token.get_secret_value(),
        base_url=api_url,
        session=session,
        retry_handlers=[],
    )
    # The SDK takes HTTPS_PROXY and ignores NO_PROXY; the session honours both.
    client.proxy = None
    return client


class SlackApi:
    """Slack's Web API as the bot uses it; every method raises `SlackCallError`."""

    def __init__(
        self,
        session: ClientSession,
        *,
        api_url: str,
        bot_token: SecretStr,
        app_token: SecretStr | None = None,
    ) -> None:
        self._bot = web_client(api_url, session, bot_token)
        self._app = web_client(api_url, session, app_token)

    async def auth_test(self) -> Mapping[str, Any]:
        """Whose bot token it is: `team_id`, `user_id`, `bot_id`."""
        return await _call(self._bot, "auth.test")

    async def open_connection(self) -> str:
        """The address of a new Socket Mode connection; good for one connect, soon."""
        url = (await _call(self._app, "apps.connections.open")).get("url")
        if not isinstance(url, str):
            raise SlackCallError("apps.connections.open", "no_url")
        return url

    async def user(self, user_id: str) -> Mapping[str, Any]:
        """A person as Slack knows them; empty if the answer lacks them."""
        user = (await _call(self._bot, "users.info", params={"user": user_id})).get("user")
        return user if isinstance(user, dict) else {}

    async def post(
        self,
        message: SlackMessage,
        *,
        channel: str,
        thread_ts: str | None,
        metadata: Mapping[str, object],
    ) -> Posted:
        """Post for all who are there. A user's id as `channel` means the direct messages with
        them; the answer names these as they are called."""
        answer = await _call(
            self._bot,
            "chat.postMessage",
            json={
                "channel": channel,
                **_content(message),
                "metadata": dict(metadata),
                "unfurl_links": False,
                "unfurl_media": False,
                **({"thread_ts": thread_ts} if thread_ts else {}),
            },
        )
        return Posted(str(answer.get("channel", channel)), str(answer.get("ts", "")))

    async def update(self, message: SlackMessage, where: Posted) -> None:
        """Put another message in the place of one that we posted; its metadata stays."""
        # Blocks always, also none: so they go where they are not wanted any more.
        content = {"channel": where.channel, "ts": where.ts, "blocks": [], **_content(message)}
        await _call(self._bot, "chat.update", json=content)

    async def post_ephemeral(
        self, message: SlackMessage, *, channel: str, user: str, thread_ts: str | None
    ) -> None:
        """Post for one person's eyes."""
        content = {"channel": channel, "user": user, **_content(message)}
        if thread_ts:
            content["thread_ts"] = thread_ts
        await _call(self._bot, "chat.postEphemeral", json=content)

    async def history(self, channel: str, oldest: str, cursor: str | None = None) -> HistoryPage:
        """A page of what stands in a channel since then, newest first, with metadata; without threads."""
        return await self._page("conversations.history", cursor, channel=channel, oldest=oldest)

    async def replies(
        self, channel: str, ts: str, oldest: str, cursor: str | None = None
    ) -> HistoryPage:
        """A page of a thread: what it hangs on, and the replies since then, with metadata."""
        return await self._page(
            "conversations.replies", cursor, channel=channel, ts=ts, oldest=oldest
        )

    async def open_dm(self, user: str) -> str:
        """The channel of the direct messages with a person; opened if there is none yet."""
        params = {"users": user}
        answer = await _call(self._bot, "conversations.open", json=params)
        opened = answer.get("channel")
        name = opened.get("id") if isinstance(opened, dict) else None
        if not isinstance(name, str):
            raise SlackCallError("conversations.open", "no_channel")
        return name

    async def channel_info(self, channel: str) -> Mapping[str, Any]:
        """A channel as Slack knows it; empty if the answer lacks it."""
        answer = await _call(self._bot, "conversations.info", params={"channel": channel})
        found = answer.get("channel")
        return found if isinstance(found, dict) else {}

    async def user_groups(self) -> tuple[Mapping[str, Any], ...]:
        """The workspace's user groups that are in use."""
        answer = await _call(self._bot, "usergroups.list", params={})
        return _objects(answer.get("usergroups"))

    async def group_users(self, group: str) -> tuple[str, ...]:
        """The ids of a user group's members."""
        answer = await _call(self._bot, "usergroups.users.list", params={"usergroup": group})
        users = answer.get("users")
        return tuple(map(str, users)) if isinstance(users, list) else ()

    async def publish_home(self, user: str, blocks: Sequence[Block]) -> None:
        """Show a person their Home."""
        view = {"type": "home", "blocks": list(blocks)}
        await _call(self._bot, "views.publish", json={"user_id": user, "view": view})

    async def open_view(self, trigger_id: str, view: Mapping[str, object]) -> str:
        """Open a modal; the trigger is good once, for 3 s. Its id, empty if the answer lacks it."""
        answer = await _call(
            self._bot, "views.open", json={"trigger_id": trigger_id, "view": dict(view)}
        )
        opened = answer.get("view")
        return str(opened.get("id") or "") if isinstance(opened, dict) else ""

    async def update_view(self, view_id: str, view: Mapping[str, object]) -> None:
        """Change an open modal."""
        await _call(self._bot, "views.update", json={"view_id": view_id, "view": dict(view)})

    async def _page(self, method: str, cursor: str | None, **params: str) -> HistoryPage:
        asked = params | {"limit": str(PAGE), "include_all_metadata": "true"}
        answer = await _call(
            self._bot, method, params=asked if cursor is None else asked | {"cursor": cursor}
        )
        told = answer.get("messages")
        if not isinstance(told, list):  # else what is there would be taken for absent
            raise SlackCallError(method, "no_messages")
        after = answer.get("response_metadata")
        following = after.get("next_cursor") if isinstance(after, dict) else None
        if answer.get("has_more") is True and not following:
            raise SlackCallError(method, "no_cursor")  # as above
        return HistoryPage(
            _objects(told), following if isinstance(following, str) and following else None
        )


def _content(message: SlackMessage) -> dict[str, object]:
    content: dict[str, object] = {"text": message.text}
    return {**content, "blocks": list(message.blocks)} if message.blocks else content


def _objects(rows: object) -> tuple[Mapping[str, Any], ...]:
    return tuple(row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


async def _call(
    client: AsyncWebClient,
    method: str,
    *,
    json: Mapping[str, object] | None = None,
    params: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    if method not in SCOPES:
        raise KeyError(f"{method} is missing from SCOPES, and so from the manifest")
    try:
        answer = await client.api_call(
            method,
            http_verb="POST" if params is None else "GET",
            json=None if json is None else dict(json),
            params=None if params is None else dict(params),
        )
    except SlackApiError as error:
        response = error.response
        # The SDK attaches its own response, or aiohttp's where the body was no JSON.
        status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
        headers = cast("Mapping[str, str]", getattr(response, "headers", {}))
        failure = refusal(method, status, headers, getattr(response, "data", None))
        raise failure from None
    except AttributeError:
        # The SDK takes every answer for an object, also a plain text that some proxy gave.
        raise SlackCallError(method, "unreadable_answer", maybe_done=True) from None
    except Exception as error:
        if not is_silence(error):
            raise
        raise silence(method, error) from None
    return cast("Mapping[str, Any]", answer.data)
