"""The whole bot as a process of its own, to be killed: `python -m` this, with its arguments.

The addresses of both stand-ins and that of the database, and perhaps a checkpoint of the creation, with
what happens when that is passed after SIGUSR1: `die` at once, as if the power were cut, or `stop` until
SIGCONT. With `stand by` in place of that another is at work.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.app import Running, terms_of
from bot.approvals import creating, machine, searching, working
from bot.delivery import aftermath, posting
from bot.model.kinds import Kind
from bot.ops.logging import configure
from bot.sandbox.cloudnexus import LIVE_KEY
from bot.sandbox.slack import APP_TOKEN, BOT_TOKEN
from bot.settings import Settings, fixed
from bot.store import LeaseTimes
from tests.support.house import APPROVER, OPS
from tests.support.telling_house import passed_in

CRASHED = 9

LEASE = LeaseTimes(
    lasts=timedelta(seconds=4),
    give_up_after=timedelta(seconds=3),
    renew_every=timedelta(seconds=0.5),
)
"""On PostgreSQL whoever is killed keeps it for so long. The bot's other times are shortened alike."""

SHORTER = {
    "EFFECT": timedelta(seconds=1.5),
    "LATEST_START": timedelta(seconds=0.5),
    "SETTLES": timedelta(seconds=1),
}


def hurry() -> None:
    """Let everything take less time than it does in production."""
    aftermath.EFFECT = LEASE.lasts / 2
    posting.SECOND_LOOK = 0.5
    for name, shorter in SHORTER.items():
        for module in (creating, machine, searching, working):
            if hasattr(module, name):
                setattr(module, name, shorter)
    creating.CALLER = replace(creating.CALLER, within=SHORTER["EFFECT"])


def armed(point: str, how: str) -> Callable[[str], None]:
    """A checkpoint that ends or stops the process when it is passed there after SIGUSR1, once."""
    waiting = False

    def arm() -> None:
        nonlocal waiting
        waiting = True
        print("armed", flush=True)  # noqa: T201 -- for the parent

    def check(place: str) -> None:
        nonlocal waiting
        if not waiting or place != point or not passed_in("bot.approvals."):
            return
        waiting = False
        if how == "die":
            os._exit(CRASHED)
        os.kill(os.getpid(), signal.SIGSTOP)

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, arm)
    return check


async def main(
    url: str, slack_url: str, database: str, holder: str, point: str = "", how: str = "die"
) -> None:
    """Create until killed; a word on stdout when it is at work, or stands by."""
    hurry()
    settings = fixed(
        Settings,
        cnx_api_key=LIVE_KEY,
        cnx_api_url=url,
        cnx_database_url=database,
        cnx_min_poll_interval="1s",
        cnx_channel=OPS,
        cnx_approvers=APPROVER,
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
        slack_api_url=slack_url,
    )
    checkpoint = armed(point, how)
    terms = replace(terms_of(settings), lease=LEASE, holder=holder, checkpoint=checkpoint)
    async with Running(settings, terms=terms) as running:
        await running.watch.views.wait()
        for kind in () if how == "stand by" else Kind:
            await running.watch.views.of(kind).settled.wait()
        print("at work", flush=True)  # noqa: T201 -- for the parent
        await running.until(asyncio.Event())


if __name__ == "__main__":
    configure("text", "WARNING")
    asyncio.run(main(*sys.argv[1:]))
