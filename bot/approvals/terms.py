"""Under which terms servers are created: values out of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.model.subscriptions import ChannelId

TTL = timedelta(hours=8)
"""How long votes are awaited, unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`approvers`: ids of people and of user groups; none: nobody can approve. `channel`: where cards are
    posted; None: nobody can be asked. `needed`: how many approvals. The lists are what forms offer."""

    channel: ChannelId | None = None
    approvers: tuple[str, ...] = ()
    needed: int = 1
    self_approval: bool = False
    ttl: timedelta = TTL
    reason_required: bool = False
    regions: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    @property
    def at_work(self) -> bool:
        """Whether anybody could be asked, and approve."""
        return self.channel is not None and bool(self.approvers)
