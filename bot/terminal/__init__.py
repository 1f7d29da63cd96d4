"""The renderer for terminals: replies as text for people, as JSON for scripts, and as exit codes."""

from bot.terminal.codes import exit_code

__all__ = ["exit_code"]
