"""The installed app as its manifest describes it: commands, scopes, events, Home, and how it is reached.

Must not do I/O. A manifest that Slack would refuse is refused here, with the field's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_DELIVERIES = ("socket", "http")


class ManifestError(ValueError):
    """The manifest breaks a rule of Slack's; the message names the field and what would be right."""


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One command; `command` begins with `/`."""

    command: str
    description: str
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """What the app may do and how Slack reaches it."""

    name: str
    bot_name: str
    description: str
    commands: tuple[SlashCommand, ...]
    scopes: tuple[str, ...]
    bot_events: frozenset[str]
    home_enabled: bool
    messages_tab: bool
    interactive: bool
    delivery: str = "socket"
    request_url: str | None = None

    def command(self, word: str) -> SlashCommand | None:
        """The command of that name, or None."""
        return next((one for one in self.commands if one.command == word), None)

    def has_scope(self, scope: str) -> bool:
        """Whether the bot token holds the scope."""
        return scope in self.scopes

    def hears(self, event: str, scope: str) -> bool:
        """Whether the app gets this event: subscribed, and with the scope that it needs."""
        return event in self.bot_events and self.has_scope(scope)


def app_from_manifest(manifest: Mapping[str, object], *, delivery: str = "socket") -> App:
    """Read a manifest of major version 1 or 2. Raises ManifestError."""
    if delivery not in _DELIVERIES:
        raise ManifestError(f"delivery: {delivery!r} is neither 'socket' nor 'http'")
    display = _object(manifest, "display_information")
    features = _object(manifest, "features")
    settings = _object(manifest, "settings")
    home = _object(features, "app_home", "features.")
    interactivity = _object(settings, "interactivity", "settings.")
    subscriptions = _object(settings, "event_subscriptions", "settings.")
    bot_user = _object(features, "bot_user", "features.")
    scopes = _object(_object(manifest, "oauth_config"), "scopes", "oauth_config.")
    name = _text(display, "name", "display_information.", 35)  # docs: at most 35 characters
    return App(
        name=name,
        bot_name=str(bot_user.get("display_name", name)),
        description=str(display.get("description", "")),
        commands=tuple(_commands(features)),
        scopes=tuple(_words(scopes, "bot", "oauth_config.scopes.")),
        bot_events=frozenset(_words(subscriptions, "bot_events", "settings.event_subscriptions.")),
        home_enabled=home.get("home_tab_enabled") is True,
        messages_tab=home.get("messages_tab_enabled", True) is True,
        interactive=interactivity.get("is_enabled") is True,
        delivery=delivery,
        request_url=_request_url(subscriptions, interactivity),
    )


def _commands(features: Mapping[str, object]) -> Iterable[SlashCommand]:
    rows = features.get("slash_commands", [])
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise ManifestError("features.slash_commands: must be a list")
    for index, row in enumerate(rows):
        where = f"features.slash_commands[{index}]"
        if not isinstance(row, Mapping):
            raise ManifestError(f"{where}: must be an object")
        command = _text(row, "command", f"{where}.", 32)  # docs: at most 32 characters
        if not command.startswith("/"):
            raise ManifestError(f"{where}.command: must begin with '/'")
        yield SlashCommand(
            command=command,
            description=_text(row, "description", f"{where}.", 2_000),
            usage_hint=str(row.get("usage_hint", "")),
            should_escape=row.get("should_escape") is True,
        )


def _request_url(*places: Mapping[str, object]) -> str | None:
    """Where the manifest wants payloads to be posted; the stand-in knows one address for all."""
    found = (place.get("request_url") for place in places)
    return next((url for url in found if isinstance(url, str) and url), None)


def _object(row: Mapping[str, object], key: str, where: str = "") -> Mapping[str, object]:
    value = row.get(key, {})
    if not isinstance(value, Mapping):
        raise ManifestError(f"{where}{key}: must be an object")
    return value


def _text(row: Mapping[str, object], key: str, where: str, most: int) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise ManifestError(f"{where}{key}: must be a text of 1 to {most} characters")
    return value


def _words(row: Mapping[str, object], key: str, where: str) -> Iterable[str]:
    value = row.get(key, [])
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ManifestError(f"{where}{key}: must be a list")
    for word in value:
        if not isinstance(word, str):
            raise ManifestError(f"{where}{key}: must hold texts only")
        yield word
