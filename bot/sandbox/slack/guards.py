"""What keeps other websites out, and the headers that every answer bears.

A page of another origin must not reach the stand-in: its Origin is refused. On a loopback address a
foreign Host is refused too, which ends DNS rebinding.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.slack.identity import Clock

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's loopback."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_name(authority: str) -> str:
    """The host of `host:port`, without brackets; empty where it is malformed."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def allowed(origin: str | None, authority: str, bound_to: str) -> bool:
    """Whether a request with this Origin and Host may be served by a server bound there."""
    if origin is not None and origin not in {f"http://{authority}", f"https://{authority}"}:
        return False
    return not is_loopback(bound_to) or is_loopback(host_name(authority))


def guard(bound_to: str) -> Middleware:
    """The middleware that refuses foreign origins and hosts with 403."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not allowed(request.headers.get("Origin"), request.host, bound_to):
            return web.json_response({"error": "foreign origin or host"}, status=403)
        return await handler(request)

    return check


def sign(clock: Clock) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """The signal that puts the headers on every answer; Date is by the stand-in's own clock."""

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        del request
        response.headers["Date"] = format_datetime(clock(), usegmt=True)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"

    return prepare
