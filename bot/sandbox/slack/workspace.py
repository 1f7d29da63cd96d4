"""The whole state of the stand-in in one place, as the parts share it.

Must not do I/O; holds no rule of its own beyond the founding people and channels.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from bot.sandbox.slack.app import app_from_manifest
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.identity import BOT_USER, Clock, JsonObject
from bot.sandbox.slack.inputs import Values
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.log import Calls, Log
from bot.sandbox.slack.messages import Channel
from bot.sandbox.slack.people import People
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.rooms import Rooms
from bot.sandbox.slack.stamps import Stamps
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.views import Views

_EVERYBODY = ("U0ASKER", "U0APPROVER")
_KEPT_STATES = 1_000
"""Messages in which somebody has chosen something: so many are remembered."""


class Workspace:
    """People, channels, views, triggers, limits, faults, log: everything but the connections."""

    def __init__(self, manifest: Mapping[str, object], clock: Clock, delivery: str) -> None:
        self.clock = clock
        self.app = app_from_manifest(manifest, delivery=delivery)
        self.stamps = Stamps(clock)
        self.log = Log(clock)
        self.calls = Calls(clock, self.log)
        self.hub = Hub()
        self.people = People(self.app.bot_name)
        self.rooms = Rooms(self.people, self.stamps, self.log, self.hub)
        self.views = Views(self.stamps, self.log, self.hub)
        self.triggers = Triggers(clock, self.stamps)
        self.response_urls = ResponseUrls(clock, self.stamps)
        self.limits = Limits(clock)
        self.faults = Faults(self.stamps, self.log)
        self._states: OrderedDict[tuple[str, str, str], Values] = OrderedDict()
        self._found()

    def entered(self, channel: str, ts: str, user: str) -> Values:
        """What that person has chosen in that message so far."""
        return self._states.get((channel, ts, user), {})

    def enter(self, channel: str, ts: str, user: str, values: Values) -> None:
        """Remember what that person has chosen in that message."""
        self._states[channel, ts, user] = values
        self._states.move_to_end((channel, ts, user))
        while len(self._states) > _KEPT_STATES:
            self._states.popitem(last=False)

    def user_lookup(self, name: str) -> tuple[str, str] | None:
        """The id and name behind an `@name`; the bot answers to `cnx` whatever it is called."""
        if name.lower() == "cnx":
            return BOT_USER, name
        user = self.people.by_name(name.lower())
        return None if user is None else (user["id"], user["name"])

    def channel_lookup(self, name: str) -> tuple[str, str] | None:
        """The id and name behind a `#name`."""
        for channel in self.rooms.channels.values():
            if channel.name == name.lower() and not channel.is_im:
                return channel.id, channel.name
        return None

    def user_name(self, user: str) -> str:
        """The handle of a person, as payloads have it."""
        known: JsonObject = self.people.user(user) or {}
        return str(known.get("name", ""))

    def _found(self) -> None:
        self.rooms.put_channel(Channel("C0OPS", "ops", (*_EVERYBODY, "U0GUEST", BOT_USER)))
        self.rooms.put_channel(Channel("C0GENERAL", "general", (*_EVERYBODY, BOT_USER)))
        self.rooms.put_channel(Channel("C0RANDOM", "random", _EVERYBODY))
        for user in (*_EVERYBODY, "U0GUEST"):
            self.rooms.direct(user)
