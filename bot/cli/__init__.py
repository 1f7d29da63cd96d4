"""`cnx`: run · demo · sandbox · manifest, and every read command in a terminal."""

from bot.cli.root import main

__all__ = ["main"]
