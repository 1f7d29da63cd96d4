"""A stand-in for Slack: a real server with Web API, Socket Mode, signed HTTP delivery and a page.

Strict where Slack is strict, and able to misbehave on request. What it does is in docs/contracts.md.
It is an independent witness: it imports nothing else of bot.
"""

from __future__ import annotations

from bot.sandbox.slack.app import ManifestError
from bot.sandbox.slack.identity import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from bot.sandbox.slack.server import SlackSandbox

__all__ = ["APP_TOKEN", "BOT_TOKEN", "SIGNING_SECRET", "ManifestError", "SlackSandbox"]
