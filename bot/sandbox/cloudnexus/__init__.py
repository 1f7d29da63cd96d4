"""The CloudNexus stand-in: the documented API, a fleet that lives, and a control API to play with it.

Held to the reference of CloudNexus's API v1.2.0; `docs/contracts.md` fixes the control routes and the
log's lines.
"""

from bot.sandbox.cloudnexus.accounts import LIVE_KEY, READONLY_KEY, TEST_KEY, Env
from bot.sandbox.cloudnexus.log import Line, LogKind
from bot.sandbox.cloudnexus.rows import Kind
from bot.sandbox.cloudnexus.server import CloudNexusSandbox
from bot.sandbox.cloudnexus.shelf import Order

__all__ = [
    "LIVE_KEY",
    "READONLY_KEY",
    "TEST_KEY",
    "CloudNexusSandbox",
    "Env",
    "Kind",
    "Line",
    "LogKind",
    "Order",
]
