"""The bot without Slack as a process of its own, to be killed: `python -m` this, with its arguments.

The address of the stand-in, that of the database, and perhaps a checkpoint and how often it is passed
before the process ends there at once, as if the power were cut.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.app import terms_of, watching
from bot.cloudnexus import utc_now
from bot.model.kinds import Kind
from bot.ops.logging import configure
from bot.sandbox.cloudnexus import LIVE_KEY
from bot.settings import AccountSettings, fixed
from bot.store import LeaseTimes

CRASHED = 9

LEASE = LeaseTimes(
    lasts=timedelta(seconds=2.5),
    give_up_after=timedelta(seconds=2),
    renew_every=timedelta(seconds=0.2),
)
"""On PostgreSQL whoever is killed keeps it for so long."""


def crash_at(point: str, times: int) -> Callable[[str], None]:
    """A checkpoint that ends the process when it is passed at that place for the so-manieth time."""
    left = times

    def check(place: str) -> None:
        nonlocal left
        left -= place == point
        if not left:
            os._exit(CRASHED)

    return check


async def main(url: str, database: str, point: str = "", times: str = "0") -> None:
    """Watch until killed; a word on stdout when each kind was read for the first time."""
    settings = fixed(
        AccountSettings,
        cnx_api_key=LIVE_KEY,
        cnx_api_url=url,
        cnx_database_url=database,
        cnx_min_poll_interval="1s",
    )
    terms = replace(terms_of(settings), lease=LEASE)
    if point:
        terms = replace(terms, checkpoint=crash_at(point, int(times)))
    started = utc_now()
    async with watching(settings, terms) as watch:
        await watch.views.wait()
        for kind in Kind:
            view = watch.views.of(kind)
            while view.memory.latest is None or view.memory.latest.sent_at < started:  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # a view tells nobody when it was changed
        print("watching", flush=True)  # noqa: T201 -- for the parent
        done, _ = await asyncio.wait(watch.tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


if __name__ == "__main__":
    configure("text", "WARNING")
    asyncio.run(main(*sys.argv[1:]))
