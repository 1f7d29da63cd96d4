"""The three views of the account, from the moment on at which it is known which account it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.troubles import Trouble
from bot.store import Snapshots
from bot.watch.pace import pages_of
from bot.watch.view import View


class Views:
    """Empty at first; opened once, and then for good."""

    def __init__(self, store: Snapshots) -> None:
        self._store = store
        self._views: Mapping[Kind, View] = {}
        self._opened = asyncio.Event()
        self.trouble: Trouble | None = None
        """Why it can't be found out which account it is."""

    @property
    def account(self) -> AccountId | None:
        """The account; None while it is not known."""
        return next((view.account for view in self._views.values()), None)

    def open(self, account: AccountId) -> None:
        """From now on this is the account. Raises ValueError where it is another one already."""
        if self.account is None:
            self._views = {kind: View(self._store, account, kind) for kind in Kind}
            self.trouble = None
            self._opened.set()
        elif self.account != account:
            raise ValueError(f"account {self.account} is open, not {account}")

    async def wait(self) -> AccountId:
        """Wait until the account is known."""
        await self._opened.wait()
        account = self.account
        assert account is not None  # noqa: S101 -- the event says so; for mypy
        return account

    def of(self, kind: Kind) -> View:
        """The view of a kind. Raises LookupError while the account is not known."""
        try:
            return self._views[kind]
        except KeyError:
            raise LookupError("the account is not known yet") from None

    def asked(self) -> bool:
        """Whether absences wait for an approver's word."""
        return any(view.memory.parking.asked_since for view in self._views.values())

    def pages(self) -> int:
        """How many requests one round of all kinds takes."""
        return sum(pages_of(view.memory) for view in self._views.values())
