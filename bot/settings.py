"""Settings from environment, `.env` and a secrets directory; the only reader of the environment.

Imported by `bot.cli` and `bot.app` only: everybody else is handed values. All that is missing or
wrong is found at once and said in a `SettingsError`, without a value that could be a secret.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeVar, cast
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic import field_validator as checked
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.cloudnexus import BASE_URL, check_address, key_kind
from bot.model.durations import parse_duration
from bot.model.status import StatusClasses
from bot.model.words import shortened

SECRETS_DIR = Path("/run/secrets")
"""Where Docker and Kubernetes mount secrets; `CNX_SECRETS_DIR` names another place."""

SLACK_API = "https://slack.com/api/"

Duration = Annotated[
    timedelta, BeforeValidator(lambda v: parse_duration(v) if isinstance(v, str) else v)
]

DATABASE_URL = SecretStr("sqlite:///cnx.db")
"""A file in the working directory."""

_USUAL = StatusClasses()
_USUALS = (_USUAL.well, _USUAL.transit, _USUAL.quiet)


def _words(value: object) -> object:
    """`running, active` as a set of words in lower case."""
    if not isinstance(value, str):
        return value
    return frozenset(word for part in value.split(",") if (word := part.strip().lower()))


def _list(value: object) -> object:
    """`U01, S02` as a tuple, each once."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(word for part in value.split(",") if (word := part.strip())))


_APPROVER = re.compile(r"[UWS][A-Z0-9]{2,}")  # slack-facts: people U… or W…, user groups S…

_MOST_APPROVALS = 20
_LONGEST_CHOICE = 255  # as `bot.approvals.asking` has it, for what people type

Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_list)]

_CHANNEL = r"^[CG][A-Z0-9]+$"  # slack-facts: public channels C…, private ones also G…

Statuses = Annotated[frozenset[str], NoDecode, BeforeValidator(_words)]

# slack-facts: which prefix belongs to what.
_TOKENS = {
    "xoxb-": "a bot token",
    "xoxp-": "a user token",
    "xapp-": "an app-level token",
    "xoxe": "a configuration or refresh token",
    "xoxa-": "a legacy workspace token",
    "xoxs-": "a session token",
    "cn_live_sk_": "a CloudNexus key",
    "cn_test_sk_": "a CloudNexus key",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One setting that is missing or wrong: what is the matter, and what to do."""

    name: str
    matter: str
    remedy: str


class SettingsError(Exception):
    """The settings do not do; `problems` lists all that is wrong with them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.name} {p.matter}" for p in problems))
        self.problems = problems


REMEDIES: Mapping[str, str] = {
    "CNX_API_KEY": "Put the key from CloudNexus's console there; it begins with cn_live_sk_ or cn_test_sk_.",
    "CNX_API_URL": f"Leave it out for {BASE_URL}, or give an https address that ends where /servers would follow.",
    "SLACK_BOT_TOKEN": "Slack app → OAuth & Permissions → Bot User OAuth Token; it begins with xoxb-.",
    "SLACK_APP_TOKEN": "Slack app → Basic Information → App-Level Tokens, with connections:write; it begins with xapp-.",
    "SLACK_SIGNING_SECRET": "Either SLACK_APP_TOKEN (Socket Mode, no public address needed), or the secret from Slack app → Basic Information → Signing Secret (HTTP).",
    "SLACK_API_URL": f"Leave it out for {SLACK_API}.",
    "CNX_CHANNEL": "Give the channel's id, such as C0123456789: in Slack, open the channel's details, it stands at the bottom.",
    "CNX_APPROVERS": "Give ids of members (U…) and of user groups (S…), separated by commas: in Slack, a profile's menu and a group's details have Copy member ID and Copy group ID.",
    "CNX_APPROVAL_CHANNEL": "Give the channel's id, such as C0123456789, or leave it out for CNX_CHANNEL.",
    "CNX_APPROVALS_REQUIRED": "Give a number of 1 to 20: how many people have to approve.",
    "CNX_SELF_APPROVAL": "Say on to let people approve what they asked for themselves, or off (the default).",
    "CNX_APPROVAL_TTL": "Give a duration of 5m to 7d, such as 8h.",
    "CNX_REASON_REQUIRED": "Say on to refuse requests without a reason, or off (the default).",
    "CNX_REGIONS": "Give regions, separated by commas, such as us-east-1,eu-west-2; each has at most 255 characters.",
    "CNX_PLANS": "Give plans, separated by commas, such as c-4,m-8; each has at most 255 characters.",
    "CNX_IMAGES": "Give images, separated by commas, such as ubuntu-24.04,debian-12; each has at most 255 characters.",
    "CNX_GUESTS": "Say read to let guests read, or refuse (the default).",
    "CNX_DATABASE_URL": "Leave it out for a file here, or give sqlite:////absolute/path/cnx.db or postgresql://user@host/database.",
    "CNX_MIN_POLL_INTERVAL": "Give a duration of 1s to 1h, such as 10s or 2m.",
    "CNX_STATUS_WELL": "Give statuses, separated by commas, each in one class only.",
    "CNX_STATUS_TRANSIT": "Give statuses, separated by commas, each in one class only.",
    "CNX_STATUS_QUIET": "Give statuses, separated by commas, each in one class only.",
    "CNX_ANSWER_WITHIN": "Give a duration of 1s to 10m, such as 20s or 2m.",
    "CNX_LISTEN": "Give host:port, such as 127.0.0.1:3000.",
    "CNX_LOG": "Say json, text or auto (text at a terminal).",
    "CNX_LOG_LEVEL": "Say DEBUG, INFO, WARNING or ERROR.",
}


class AccountSettings(BaseSettings):
    """What every command needs, in the terminal too: how to reach CloudNexus, and how to log."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    cnx_api_key: SecretStr
    cnx_api_url: str = BASE_URL
    # A response URL of Slack's is good for 30 min, and nobody waits for half of that.
    cnx_answer_within: Duration = Field(
        default=timedelta(seconds=20), ge=timedelta(seconds=1), le=timedelta(minutes=10)
    )
    # bot.store checks it when it opens the database.
    cnx_database_url: SecretStr = DATABASE_URL
    cnx_min_poll_interval: Duration = Field(
        default=timedelta(seconds=10), ge=timedelta(seconds=1), le=timedelta(hours=1)
    )
    cnx_status_well: Statuses = _USUAL.well
    cnx_status_transit: Statuses = _USUAL.transit
    cnx_status_quiet: Statuses = _USUAL.quiet
    cnx_log: Literal["json", "text", "auto"] = "auto"
    cnx_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @checked("cnx_api_key")
    @classmethod
    def _key_is_a_key(cls, key: SecretStr) -> SecretStr:
        _no_stray_space(key)
        other = _what_it_is(key)
        if other not in (None, "a CloudNexus key"):
            raise ValueError(f"holds {other}, not a CloudNexus key")
        key_kind(key)
        return key

    @checked("cnx_api_url")
    @classmethod
    def _address_is_safe(cls, url: str, info: ValidationInfo) -> str:
        _http_address(url)
        key = info.data.get("cnx_api_key")
        if isinstance(key, SecretStr):
            check_address(url, key_kind(key))
        return url.rstrip("/") + "/"

    @checked("cnx_status_transit", "cnx_status_quiet")
    @classmethod
    def _one_class_each(cls, statuses: frozenset[str], info: ValidationInfo) -> frozenset[str]:
        others = {"cnx_status_well": _USUAL.well, "cnx_status_transit": _USUAL.transit}
        for name, usual in others.items():
            held = info.data.get(name, usual)
            if name == info.field_name or held == usual or statuses in _USUALS:
                continue  # what nobody has set gives way
            if twice := statuses & held:
                raise ValueError(f"names {', '.join(sorted(twice))}, and so does {name.upper()}")
        return statuses

    @property
    def classes(self) -> StatusClasses:
        """What each status means; where a set that nobody chose disagrees, the chosen one counts."""
        held = (self.cnx_status_well, self.cnx_status_transit, self.cnx_status_quiet)
        chosen = frozenset().union(*(it for it in held if it not in _USUALS))
        return StatusClasses(*(it - chosen if it in _USUALS else it for it in held))

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """Everything that must never be seen, for the log's scrubber."""
        try:
            password = urlsplit(self.cnx_database_url.get_secret_value()).password
        except ValueError:  # bot.store will say what is wrong with it, and never show it
            return (self.cnx_api_key, self.cnx_database_url)
        if not password:
            return (self.cnx_api_key,)
        hidden = (SecretStr(password), SecretStr(unquote(password)), self.cnx_database_url)
        return (self.cnx_api_key, *hidden)

    @property
    def log_form(self) -> Literal["json", "text"]:
        """`auto` resolved: text where a person watches, JSON where a collector does."""
        if self.cnx_log == "auto":
            return "text" if sys.stderr.isatty() else "json"
        return self.cnx_log


class Settings(AccountSettings):
    """What the bot needs to run."""

    slack_bot_token: SecretStr
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = SLACK_API
    cnx_channel: Annotated[str | None, Field(pattern=_CHANNEL)] = None
    cnx_approvers: Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_list)] = None
    cnx_approval_channel: Annotated[str | None, Field(pattern=_CHANNEL)] = None
    cnx_approvals_required: int = 1
    cnx_self_approval: Literal["off", "on"] = "off"
    cnx_approval_ttl: Duration = Field(
        default=timedelta(hours=8), ge=timedelta(minutes=5), le=timedelta(days=7)
    )
    cnx_reason_required: Literal["off", "on"] = "off"
    cnx_regions: Texts = ()
    cnx_plans: Texts = ()
    cnx_images: Texts = ()
    cnx_guests: Literal["refuse", "read"] = "refuse"
    cnx_listen: Annotated[str, Field(pattern=r"^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$")] = (
        "127.0.0.1:3000"
    )

    @checked("slack_bot_token")
    @classmethod
    def _bot_token(cls, token: SecretStr) -> SecretStr:
        return _token(token, "xoxb-", "a bot token")

    @checked("slack_app_token")
    @classmethod
    def _app_token(cls, token: SecretStr | None) -> SecretStr | None:
        return None if token is None else _token(token, "xapp-", "an app-level token")

    @checked("slack_signing_secret")
    @classmethod
    def _signing_secret(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is None:
            # A wrong app token is missing from `data` and has had its own say.
            if "slack_app_token" in info.data and info.data["slack_app_token"] is None:
                raise ValueError("is missing, and so is SLACK_APP_TOKEN: one of the two is needed")
            return None
        _no_stray_space(secret)
        other = _what_it_is(secret)
        if other is not None:
            raise ValueError(f"holds {other}, not a signing secret")
        return secret

    @checked("cnx_approvers")
    @classmethod
    def _approvers_are_ids(cls, approvers: tuple[str, ...] | None) -> tuple[str, ...] | None:
        wrong = [it for it in approvers or () if not _APPROVER.fullmatch(it)]
        if secret := next(filter(None, (_what_it_is(SecretStr(it)) for it in wrong)), None):
            raise ValueError(f"holds {secret}, not ids")
        if wrong:
            named = ", ".join(shortened(it, 20) for it in wrong[:5])
            raise ValueError(f"holds what is no id of a member or of a user group: {named}")
        return approvers

    @checked("cnx_approvals_required")
    @classmethod
    def _some_but_not_all(cls, number: int) -> int:
        if not 1 <= number <= _MOST_APPROVALS:
            raise ValueError(f"is not between 1 and {_MOST_APPROVALS}")
        return number

    @checked("cnx_regions", "cnx_plans", "cnx_images")
    @classmethod
    def _can_be_offered(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if secret := next(filter(None, (_what_it_is(SecretStr(it)) for it in values)), None):
            raise ValueError(f"holds {secret}")
        wrong = [it for it in values if len(it) > _LONGEST_CHOICE or not it.isprintable()]
        if wrong:
            raise ValueError(f"holds what can't be asked for: {shortened(wrong[0], 20)!a}")
        return values

    @checked("slack_api_url")
    @classmethod
    def _slack_address(cls, url: str) -> str:
        _http_address(url)
        return url.rstrip("/") + "/"

    @checked("cnx_listen")
    @classmethod
    def _port_exists(cls, listen: str) -> str:
        if int(listen.rpartition(":")[2]) > 65_535:
            raise ValueError("names a port above 65535")
        return listen

    @property
    def approval_channel(self) -> str | None:
        """Where requests for servers are posted; None: nowhere, and nobody can ask."""
        return self.cnx_approval_channel or self.cnx_channel

    @property
    def listen(self) -> tuple[str, int]:
        """Host and port of HTTP mode."""
        host, _, port = self.cnx_listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """Everything that must never be seen, for the log's scrubber."""
        held = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        return (*super().secrets, *(s for s in held if s is not None))


SettingsT = TypeVar("SettingsT", bound=AccountSettings)


def load(kind: type[SettingsT]) -> SettingsT:
    """Read settings of that kind; raises `SettingsError` with everything that is wrong."""
    directory = Path(os.environ.get("CNX_SECRETS_DIR", SECRETS_DIR))
    try:
        # BaseSettings takes where to look as private arguments that its stub types do not show.
        read: Callable[..., SettingsT] = kind
        return read(_secrets_dir=directory if directory.is_dir() else None)
    except ValidationError as error:
        problems = _problems(error)
    raise SettingsError(problems)


def fixed(kind: type[SettingsT], **values: object) -> SettingsT:
    """Settings out of these values alone, with no look at the environment: for demo and tests.

    Raises `SettingsError` as `load` does.
    """

    class Fixed(kind):  # type: ignore[valid-type,misc]  # a class made from a class variable
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            **_others: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (init_settings,)

    try:
        return cast("SettingsT", Fixed(**values))
    except ValidationError as error:
        problems = _problems(error)
    raise SettingsError(problems)


def has_screen() -> bool:
    """Whether a browser could show itself here."""
    return sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def _problems(error: ValidationError) -> tuple[Problem, ...]:
    """What pydantic found, in our words; never with the value."""
    found = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(item["loc"][0]).upper() if item["loc"] else "settings"
        matter = {
            "missing": "is missing",
            "int_parsing": "is no number",
            "literal_error": "has a value that it does not know",
            "string_pattern_mismatch": "is not of the right form",
            "greater_than_equal": "is too short",
            "less_than_equal": "is too long",
        }.get(item["type"], item["msg"].removeprefix("Value error, "))
        found.append(Problem(name, matter, REMEDIES.get(name, "")))
    return tuple(found)


def _what_it_is(secret: SecretStr) -> str | None:
    text = secret.get_secret_value()
    return next((what for prefix, what in _TOKENS.items() if text.startswith(prefix)), None)


def _token(token: SecretStr, prefix: str, wanted: str) -> SecretStr:
    _no_stray_space(token)
    if not token.get_secret_value().startswith(prefix):
        held = _what_it_is(token) or "something else"
        raise ValueError(f"holds {held}, and needs {wanted} ({prefix}…)")
    return token


def _no_stray_space(secret: SecretStr) -> None:
    if re.search(r"\s", secret.get_secret_value()):
        raise ValueError("has a space or line break in it; was it pasted whole?")


def _http_address(url: str) -> None:
    if not re.match(r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", url):
        raise ValueError("is no plain http(s) address")
