"""Clicks, choices, submissions, closed modals, and Homes that are opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.events import Events
from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.inputs import (
    InputError,
    Values,
    action,
    chosen,
    complaints,
    dispatches,
    entered,
    find_element,
    initial_values,
)
from bot.sandbox.slack.messages import Channel, Message
from bot.sandbox.slack.outcome import Outcome
from bot.sandbox.slack.payloads import (
    Act,
    message_actions,
    view_actions,
    view_closed,
    view_submission,
)
from bot.sandbox.slack.views import STACK, View, view_json
from bot.sandbox.slack.visitor.people import (
    ActError,
    acting_channel,
    acting_user,
    optional_text,
    seen_message,
    text_field,
)
from bot.sandbox.slack.webapi.errors import ApiError
from bot.sandbox.slack.webapi.views import check_view, checked_blocks
from bot.sandbox.slack.workspace import Workspace


class Clicks:
    """What people do with what the app has shown them."""

    def __init__(
        self, workspace: Workspace, delivery: Delivery, events: Events, base_url: Callable[[], str]
    ) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._events = events
        self._base_url = base_url

    async def click(self, body: Mapping[str, object]) -> JsonObject:
        """Click a button or choose something, in a message, a modal or a Home. Raises ActError."""
        user = acting_user(self._workspace, body)
        if body.get("view_id") is not None:
            return await self._click_view(user, self._view(body, user["id"]), body)
        channel = acting_channel(self._workspace, body, user)
        message = seen_message(self._workspace, body, user["id"], channel)
        return await self._click_message(user, channel, message, body)

    async def submit(self, body: Mapping[str, object]) -> JsonObject:
        """Submit the modal. Raises ActError."""
        user = acting_user(self._workspace, body)
        view = self._view(body, user["id"])
        if view.is_home or view.given.get("submit") is None:
            raise ActError(f"view_id: {view.id} has no submit button")
        view = self._workspace.views.enter(
            view, _submitted(view.blocks, view.values, body.get("values", {}))
        )
        wrong = complaints(view.blocks, view.values)
        if wrong:
            return {"ok": False, "error": "invalid_input", "errors": wrong}
        outcome = await self._delivery.interaction(view_submission(self._act(user), view))
        if outcome.error is not None:
            return {"ok": False, "error": outcome.error, "errors": {}}
        return self._submission_answered(view, outcome.answer or {})

    async def close(self, body: Mapping[str, object]) -> JsonObject:
        """Close the modal, or with `"clear": true` all of them. Raises ActError."""
        user = acting_user(self._workspace, body)
        view = self._view(body, user["id"])
        clears = body.get("clear") is True or view.given.get("clear_on_close") is True
        views = self._workspace.views
        gone = list(reversed(views.stack(user["id"]))) if clears else [view]
        if clears:
            views.clear(user["id"])
        else:
            views.close(view)
        for one in gone:
            if one.given.get("notify_on_close") is True:
                payload = view_closed(self._act(user), one, cleared=clears)
                self._delivery.run(self._tell(payload))
        return {}

    def home(self, body: Mapping[str, object]) -> JsonObject:
        """Look at the bot's Home. Raises ActError."""
        user = acting_user(self._workspace, body)
        if not self._workspace.app.home_enabled:
            raise ActError("user: the app has no Home; its manifest does not enable it")
        channel = self._workspace.rooms.direct(user["id"])
        home = self._workspace.views.home(user["id"])
        self._events.home_opened(user["id"], channel, None if home is None else view_json(home))
        return {}

    async def _click_message(
        self, user: JsonObject, channel: Channel, message: Message, body: Mapping[str, object]
    ) -> JsonObject:
        workspace = self._workspace
        block, element, value = _chosen(message.blocks, body)
        known = workspace.entered(channel.id, message.ts, user["id"])
        before = _submitted(message.blocks, known, body.get("values", {}))
        values = entered(before, block, element, value)
        workspace.enter(channel.id, message.ts, user["id"], values)
        if not dispatches(block):
            return {"ok": True, "error": None}
        act = self._act(user, channel, message)
        row = action(block, element, value, workspace.stamps.ts())
        payload = message_actions(act, message, channel, values, [row])
        return await self._dispatch(user["id"], payload, channel, message.thread_ts)

    async def _click_view(
        self, user: JsonObject, view: View, body: Mapping[str, object]
    ) -> JsonObject:
        block, element, value = _chosen(view.blocks, body)
        before = _submitted(view.blocks, view.values, body.get("values", {}))
        view = self._workspace.views.enter(view, entered(before, block, element, value))
        if not dispatches(block):
            return {"ok": True, "error": None}
        row = action(block, element, value, self._workspace.stamps.ts())
        return await self._dispatch(user["id"], view_actions(self._act(user), view, [row]))

    async def _dispatch(
        self,
        user: str,
        payload: JsonObject,
        channel: Channel | None = None,
        thread_ts: str | None = None,
    ) -> JsonObject:
        if not self._workspace.app.interactive:
            error: str | None = "dispatch_failed"
        else:
            error = (await self._delivery.interaction(payload)).error
        if error is not None:
            notice = f"⚠️ {self._workspace.app.name} did not react to that ({error})"
            self._workspace.rooms.notice(user, channel, notice, thread_ts)
        return {"ok": error is None, "error": error}

    async def _tell(self, payload: JsonObject) -> None:
        outcome: Outcome = await self._delivery.interaction(payload)
        del outcome  # nobody waits for it: the modal is gone, and the log has the verdict

    def _submission_answered(self, view: View, answer: JsonObject) -> JsonObject:
        kind = answer.get("response_action")
        views = self._workspace.views
        if kind == "errors":
            return _field_errors(view, answer.get("errors"))
        if kind == "clear":
            views.clear(view.user)
        elif kind in {"update", "push"}:
            return self._other_view(view, str(kind), answer.get("view"))
        elif answer:
            return {"ok": False, "error": "invalid_response", "errors": {}}
        else:
            views.close(view)
        return {"ok": True, "error": None, "errors": {}}

    def _other_view(self, view: View, kind: str, given: object) -> JsonObject:
        views = self._workspace.views
        try:
            checked = check_view(given, "modal")
        except ApiError as refused:
            return {"ok": False, "error": refused.error, "errors": {}, **refused.extra}
        blocks = checked_blocks(checked, self._workspace.stamps)
        if kind == "push" and len(views.stack(view.user)) >= STACK:
            return {"ok": False, "error": "push_limit_reached", "errors": {}}
        if kind == "push":
            views.push(view.user, checked, blocks)
        else:
            views.update(view, checked, blocks)
        return {"ok": True, "error": None, "errors": {}}

    def _view(self, body: Mapping[str, object], user: str) -> View:
        view_id = text_field(body, "view_id")
        view = self._workspace.views.find(view_id)
        if view is None or view.user != user:
            raise ActError(f"view_id: {user} has no view {view_id} open")
        return view

    def _act(
        self, user: JsonObject, channel: Channel | None = None, message: Message | None = None
    ) -> Act:
        workspace = self._workspace
        url = ""
        if channel is not None and message is not None:
            token = workspace.response_urls.issue(
                channel.id, user["id"], source=message.ts, thread_ts=message.thread_ts
            )
            url = f"{self._base_url()}response/{token}"
        return Act(user["id"], user["name"], workspace.triggers.issue(user["id"]), url)


def _chosen(
    blocks: tuple[JsonObject, ...], body: Mapping[str, object]
) -> tuple[JsonObject, JsonObject, object]:
    action_id = text_field(body, "action_id")
    try:
        block, element = find_element(blocks, action_id, optional_text(body, "block_id"))
        return block, element, chosen(element, body.get("value"))
    except InputError as wrong:
        raise ActError(str(wrong)) from None


def _submitted(blocks: tuple[JsonObject, ...], known: Values, given: object) -> Values:
    """What was entered before, and what the visitor's `values` add."""
    if not isinstance(given, Mapping):
        raise ActError("values: must be {block_id: {action_id: value}}")
    values: Values = initial_values(blocks, known)
    for block_id, row in given.items():
        if not isinstance(row, Mapping):
            raise ActError(f"values.{block_id}: must be {{action_id: value}}")
        for action_id, value in row.items():
            try:
                block, element = find_element(blocks, action_id, block_id)
                values = entered(values, block, element, chosen(element, value))
            except InputError as wrong:
                raise ActError(f"values.{block_id}: {wrong}") from None
    return values


def _field_errors(view: View, errors: object) -> JsonObject:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        # Slack shows nothing useful when errors name blocks that are no inputs of the view.
        return {"ok": False, "error": "invalid_response", "errors": {}}
    return {"ok": False, "error": None, "errors": errors}
