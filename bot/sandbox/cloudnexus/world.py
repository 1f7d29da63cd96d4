"""Everything that the stand-in holds, put together: two environments and what plays with them.

Takes no request and opens no socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.sandbox.cloudnexus.accounts import Env
from bot.sandbox.cloudnexus.faults import Faults
from bot.sandbox.cloudnexus.fleet import TEST_SERVERS, Fleet
from bot.sandbox.cloudnexus.life import Life
from bot.sandbox.cloudnexus.log import KEPT_LINES, Log
from bot.sandbox.cloudnexus.outages import Outages
from bot.sandbox.cloudnexus.provisioning import Provisioning
from bot.sandbox.cloudnexus.quota import PLANS, Quota, ResetFormat
from bot.sandbox.cloudnexus.seeding import Maker
from bot.sandbox.cloudnexus.times import Clock


@dataclass(frozen=True, slots=True)
class Account:
    """One environment of the account: its rows, its outages and its quota."""

    fleet: Fleet
    outages: Outages
    quota: Quota


class World:
    """The state that the API and the control API share."""

    def __init__(
        self,
        *,
        clock: Clock,
        servers: int,
        seed: int,
        plan: str,
        window: timedelta,
        max_limit: int,
        reset_format: ResetFormat,
        keep_lines: int = KEPT_LINES,
    ) -> None:
        self.clock = clock
        self.max_limit = max_limit
        self.reset_format = reset_format
        self.log = Log(clock, keep=keep_lines)
        self.faults = Faults(self.log)
        self.provisioning = Provisioning()
        taken: set[str] = set()
        self.accounts: dict[Env, Account] = {}
        for env, number in ((Env.LIVE, servers), (Env.TEST, TEST_SERVERS)):
            maker = Maker(env, seed, taken)
            fleet = Fleet(env, servers=number, seed=seed, maker=maker, log=self.log, clock=clock)
            quota = Quota(env, limit=PLANS[plan], length=window, log=self.log, clock=clock)
            self.accounts[env] = Account(fleet, Outages(fleet, seed), quota)
        fleets = {env: (acc.fleet, acc.outages) for env, acc in self.accounts.items()}
        self.life = Life(fleets, self.provisioning, seed)

    def fleet_of(self, id_: str) -> Fleet:
        """The fleet that holds this row; raises KeyError if none does."""
        for account in self.accounts.values():
            if id_ in account.fleet:
                return account.fleet
        raise KeyError(id_)
