"""views.*: open, push, update, publish."""

from __future__ import annotations

import json

from bot.sandbox.slack.blocks import filled, view_problems
from bot.sandbox.slack.blocks.message import VIEW_BYTES
from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.stamps import Stamps
from bot.sandbox.slack.triggers import TriggerError
from bot.sandbox.slack.views import STACK, View, Views, view_json
from bot.sandbox.slack.webapi.context import Context
from bot.sandbox.slack.webapi.errors import ApiError, invalid_arguments


def open_(context: Context) -> JsonObject:
    """views.open: a modal for the person behind the trigger."""
    given = _view(context, "modal")
    user = _triggered(context)
    views = context.workspace.views
    _own_name_is_free(views, given)
    view = views.open(user, given, checked_blocks(given, context.workspace.stamps))
    context.workspace.triggers.spend(context.args.required("trigger_id"))
    return {"view": view_json(view)}


def push(context: Context) -> JsonObject:
    """views.push: a modal on top of the open ones, three at most."""
    given = _view(context, "modal")
    user = _triggered(context)
    views = context.workspace.views
    if len(views.stack(user)) >= STACK:
        raise ApiError("push_limit_reached")
    _own_name_is_free(views, given)
    view = views.push(user, given, checked_blocks(given, context.workspace.stamps))
    context.workspace.triggers.spend(context.args.required("trigger_id"))
    return {"view": view_json(view)}


def update(context: Context) -> JsonObject:
    """views.update: by view_id or external_id; a stale hash changes nothing."""
    given = _view(context, "modal")
    view_id, external_id = context.args.text("view_id"), context.args.text("external_id")
    if view_id and external_id:
        raise invalid_arguments("Cannot provide both `view_id` and `external_id`")
    if not view_id and not external_id:
        raise invalid_arguments("missing required field: view_id")
    known = context.workspace.views.find(view_id, external_id)
    if known is None or known.is_home:
        raise ApiError("not_found")
    _same_hash(context, known)
    blocks = checked_blocks(given, context.workspace.stamps)
    return {"view": view_json(context.workspace.views.update(known, given, blocks))}


def publish(context: Context) -> JsonObject:
    """views.publish: somebody's Home."""
    given = _view(context, "home")
    user = context.args.required("user_id")
    if context.workspace.people.user(user) is None:
        raise invalid_arguments("invalid `user_id`")
    if not context.workspace.app.home_enabled:
        raise ApiError("not_enabled")
    known = context.workspace.views.home(user)
    if known is not None:
        _same_hash(context, known)
    blocks = checked_blocks(given, context.workspace.stamps)
    return {"view": view_json(context.workspace.views.publish(user, given, blocks))}


def check_view(view: object, kind: str) -> JsonObject:
    """A valid view of that kind. Raises ApiError (`invalid_arguments`, `view_too_large`)."""
    problems = view_problems(view, kind)
    if problems:
        general = "failed to match all allowed schemas [json-pointer:/view]"
        raise invalid_arguments(general, *(str(problem) for problem in problems))
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise ApiError("view_too_large")
    checked: JsonObject = view  # type: ignore[assignment]  # view_problems has seen that it is an object
    return checked


def checked_blocks(given: JsonObject, stamps: Stamps) -> tuple[JsonObject, ...]:
    """The blocks of a valid view, with ids and defaults."""
    return filled(given["blocks"], stamps.block_id)


def _view(context: Context, kind: str) -> JsonObject:
    try:
        view = context.args.json("view")
    except ValueError:
        raise invalid_arguments("must provide an object [json-pointer:/view]") from None
    if view is None:
        raise invalid_arguments("missing required field: view")
    return check_view(view, kind)


def _triggered(context: Context) -> str:
    try:
        return context.workspace.triggers.check(context.args.required("trigger_id"))
    except TriggerError as refused:
        raise ApiError(refused.error) from None


def _own_name_is_free(views: Views, given: JsonObject) -> None:
    external_id = given.get("external_id")
    if external_id and views.find(None, external_id) is not None:
        raise ApiError("duplicate_external_id")


def _same_hash(context: Context, known: View) -> None:
    given = context.args.text("hash")
    if given is not None and given != known.hash:
        raise ApiError("hash_conflict")
