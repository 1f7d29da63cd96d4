"""Modals and Homes: for each person a stack of at most three modals and one Home of the bot.

Keeps and shows views; must not validate their blocks (callers have done so) nor talk to the app.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.identity import APP_ID, BOT_ID, TEAM_ID, JsonObject
from bot.sandbox.slack.log import Log
from bot.sandbox.slack.stamps import Stamps

STACK = 3  # docs: up to three views in a modal's stack
_KEPT = 500
"""People whose views are kept at once; a workspace has fewer."""


@dataclass(frozen=True, slots=True)
class View:
    """A modal or a Home: what the app gave, and what its reader has entered so far."""

    id: str
    user: str
    hash: str
    given: JsonObject
    blocks: tuple[JsonObject, ...]
    root: str
    previous: str | None = None
    values: Mapping[str, JsonObject] = field(default_factory=dict)

    @property
    def is_home(self) -> bool:
        """Whether this is a Home and not a modal."""
        return self.given.get("type") == "home"

    @property
    def external_id(self) -> str:
        """The app's own name for the view, or an empty text."""
        return str(self.given.get("external_id") or "")


def view_json(view: View) -> JsonObject:
    """The view as payloads and answers show it."""
    given = view.given
    return {
        "id": view.id,
        "team_id": TEAM_ID,
        "type": given["type"],
        "blocks": list(view.blocks),
        "private_metadata": given.get("private_metadata") or "",
        "callback_id": given.get("callback_id") or "",
        "state": {"values": {key: dict(value) for key, value in view.values.items()}},
        "hash": view.hash,
        "title": given.get("title"),
        "clear_on_close": given.get("clear_on_close") is True,
        "notify_on_close": given.get("notify_on_close") is True,
        "close": given.get("close"),
        "submit": given.get("submit"),
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": APP_ID,
        "external_id": view.external_id,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }


class Views:
    """All modals and Homes, by person."""

    def __init__(self, stamps: Stamps, log: Log, hub: Hub) -> None:
        self._stamps = stamps
        self._log = log
        self._hub = hub
        self._stacks: dict[str, tuple[View, ...]] = {}
        self._homes: dict[str, View] = {}

    def stack(self, user: str) -> tuple[View, ...]:
        """That person's open modals, the one on top last."""
        return self._stacks.get(user, ())

    def top(self, user: str) -> View | None:
        """The modal that the person sees."""
        return next(reversed(self.stack(user)), None)

    def home(self, user: str) -> View | None:
        """The bot's Home as it was published for that person."""
        return self._homes.get(user)

    def find(self, view_id: object, external_id: object = None) -> View | None:
        """An open modal or a published Home, by its id or by the app's own name for it."""
        open_ones = [view for stack in self._stacks.values() for view in stack]
        for view in (*open_ones, *self._homes.values()):
            if view_id and view.id == view_id:
                return view
            if external_id and view.external_id == external_id:
                return view
        return None

    def open(self, user: str, given: JsonObject, blocks: Sequence[JsonObject]) -> View:
        """Open a modal; whatever was open before is gone."""
        return self._stack_up(user, (), given, blocks, "opened")

    def push(self, user: str, given: JsonObject, blocks: Sequence[JsonObject]) -> View:
        """Put a modal on top of the open ones; the caller has seen that there is room."""
        return self._stack_up(user, self.stack(user), given, blocks, "pushed")

    def update(self, view: View, given: JsonObject, blocks: Sequence[JsonObject]) -> View:
        """Give a view other content; what was entered stays where block and action ids are the same."""
        kept = _kept_values(view.values, blocks)
        changed = replace(view, given=given, blocks=tuple(blocks), hash=self._hash(), values=kept)
        self._put(changed)
        self._log.add("view", view.id, "updated", new=_summary(changed))
        self._show(view.user, changed)
        return changed

    def publish(self, user: str, given: JsonObject, blocks: Sequence[JsonObject]) -> View:
        """Set the person's Home."""
        known = self._homes.get(user)
        view_id = known.id if known else self._stamps.upper("V")
        view = View(view_id, user, self._hash(), given, tuple(blocks), root=view_id)
        self._homes[user] = view
        while len(self._homes) > _KEPT:
            del self._homes[next(iter(self._homes))]
        self._log.add("view", view.id, "published", new=_summary(view))
        self._show(user, view)
        return view

    def enter(self, view: View, values: Mapping[str, JsonObject]) -> View:
        """Keep what the reader has entered."""
        changed = replace(view, values=values)
        self._put(changed)
        return changed

    def close(self, view: View) -> None:
        """Take a modal and everything above it away."""
        stack = self.stack(view.user)
        at = next((index for index, one in enumerate(stack) if one.id == view.id), None)
        if at is None:
            return
        self._set(view.user, stack[:at])
        self._log.add("view", view.id, "closed")
        self._show_top(view.user)

    def clear(self, user: str) -> None:
        """Take all modals of the person away."""
        for view in reversed(self.stack(user)):
            self._log.add("view", view.id, "closed")
        self._set(user, ())
        self._show_top(user)

    def _stack_up(
        self,
        user: str,
        below: tuple[View, ...],
        given: JsonObject,
        blocks: Sequence[JsonObject],
        what: str,
    ) -> View:
        view_id = self._stamps.upper("V")
        view = View(
            view_id,
            user,
            self._hash(),
            given,
            tuple(blocks),
            root=below[0].id if below else view_id,
            previous=below[-1].id if below else None,
        )
        self._set(user, (*below, view))
        self._log.add("view", view.id, what, new=_summary(view))
        self._show_top(user)
        return view

    def _put(self, view: View) -> None:
        if view.is_home:
            self._homes[view.user] = view
        else:
            stack = self.stack(view.user)
            self._set(view.user, tuple(view if one.id == view.id else one for one in stack))

    def _set(self, user: str, stack: tuple[View, ...]) -> None:
        if stack:
            self._stacks[user] = stack
        else:
            self._stacks.pop(user, None)

    def _hash(self) -> str:
        return f"{self._stamps.ts().split('.')[0]}.{self._stamps.secret()[:8]}"

    def _show(self, user: str, view: View) -> None:
        if view.is_home:
            self._hub.tell_user(user, {"type": "home", "view": view_json(view)})
        else:
            self._show_top(user)

    def _show_top(self, user: str) -> None:
        top = self.top(user)
        frame: JsonObject = {"type": "view", "view": None if top is None else view_json(top)}
        self._hub.tell_user(user, frame)


def _kept_values(
    values: Mapping[str, JsonObject], blocks: Sequence[JsonObject]
) -> dict[str, JsonObject]:
    ids = {block.get("block_id") for block in blocks}
    return {key: dict(value) for key, value in values.items() if key in ids}


def _summary(view: View) -> JsonObject:
    title = view.given.get("title") or {}
    return {
        "user": view.user,
        "type": view.given["type"],
        "callback_id": view.given.get("callback_id") or "",
        "title": title.get("text", "") if isinstance(title, dict) else "",
    }
