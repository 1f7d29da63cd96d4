"""What a key's prefix says, and where a key may travel.

Pure checks; no function here puts the key, or a part of it, into a message.
"""

from __future__ import annotations

import ipaddress
import re

from pydantic import SecretStr
from yarl import URL

from bot.cloudnexus.models import KeyKind

BASE_URL = "https://api.cloudnexus.com/v1/"  # docs: base URL for all API requests

_PREFIXES = {"cn_live_sk_": KeyKind.LIVE, "cn_test_sk_": KeyKind.TEST}  # docs: key types
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")  # RFC 6750, what a bearer token is made of


def key_kind(key: SecretStr) -> KeyKind:
    """The environment that a key belongs to.

    Raises ValueError, which says what a key looks like and never shows this one.
    """
    text = key.get_secret_value()
    prefix = next((known for known in _PREFIXES if text.startswith(known)), None)
    if prefix is None:
        raise ValueError(
            "a CloudNexus key begins with cn_live_sk_ or cn_test_sk_; this one does not"
        )
    if text == prefix:
        raise ValueError(f"after {prefix} the key itself is missing")
    # Anything else could not travel in a header, and an HTTP library's complaint would show it.
    if not _TOKEN.fullmatch(text):
        raise ValueError(
            "a CloudNexus key has only letters, digits and the signs - . _ ~ + / =; "
            "this one has something else, perhaps a blank or a line break"
        )
    return _PREFIXES[prefix]


class Scrubber:
    """Takes a key out of what came back, in whatever way it was escaped there."""

    def __init__(self, key: SecretStr) -> None:
        # The beginning is never escaped by anybody and stays literal, which makes searching fast.
        text = key.get_secret_value()
        begin = len("cn_live_sk_")
        pattern = re.escape(text[:begin]) + "".join(map(_spellings, text[begin:]))
        self._in_text = re.compile(pattern)
        self._in_bytes = re.compile(pattern.encode())

    def text(self, text: str) -> str:
        """The text without the key."""
        return self._in_text.sub("[key]", text)

    def body(self, body: bytes) -> bytes:
        """The body without the key."""
        return self._in_bytes.sub(b"[key]", body)


def _spellings(letter: str) -> str:
    """A pattern for a letter as it stands, or as JSON, a URL or HTML may escape it."""
    code = ord(letter)
    escaped = rf"\\?{re.escape(letter)}|(?i:\\u00{code:02x}|%{code:02x}|&#x0*{code:x};)|&#0*{code};"
    return f"(?:{escaped})"


def api_root(base_url: str) -> URL:
    """The address as the client uses it: with a slash at the end; without a path, `/v1/`.

    Raises ValueError if it is no http or https address of a host, or carries more than a path.
    """
    wrong = f"the CloudNexus address should look like {BASE_URL}"
    try:
        url = URL(base_url)
        usable = bool(url.host and url.port) and url.scheme in ("http", "https")
    except ValueError:
        # Its text could hold a password out of the address.
        raise ValueError(wrong) from None
    if not usable:
        raise ValueError(wrong)
    if url.user is not None or url.password is not None:
        raise ValueError("the CloudNexus address must not hold a user name or a password")
    if url.query_string or url.fragment:
        raise ValueError("the CloudNexus address must not hold a query (?) or a fragment (#)")
    path = url.path.rstrip("/")
    return url.with_path(f"{path or '/v1'}/")  # docs: every path begins with /v1/


def check_address(base_url: str, kind: KeyKind) -> None:
    """Raise ValueError if a key of this kind must not travel to this address.

    A live key never travels over plain http, loopback aside: everybody on the way could read it.
    """
    url = api_root(base_url)
    if kind is KeyKind.LIVE and url.scheme == "http" and not _is_loopback(url.host or ""):
        raise ValueError(
            f"a live key never travels over plain http: the address of {url.host} should begin "
            "with https:// (plain http is for 127.0.0.1, ::1 and localhost)"
        )


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
