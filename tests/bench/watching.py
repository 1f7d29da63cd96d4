"""What watching costs, as ratios to the baseline `bare`: aiohttp GETs of the same pages and `json.loads`.

    python -m tests.bench.watching [--servers 10000] [--memory 100000] [--rounds 3]

The stand-in runs in a process of its own. Times are CPU seconds of this process, the least of several
rounds, because other work on the machine only ever adds to them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from bot.cloudnexus import Caller, CloudNexus, Page, Priority, Server, ServerId, Spec, utc_now
from bot.cloudnexus.models import Pagination
from bot.commands import answers
from bot.commands.facts import Facts
from bot.commands.replies import Source
from bot.commands.values import List
from bot.model.filters import parse_filter
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.sandbox.cloudnexus import LIVE_KEY
from bot.store import Epoch, Fingerprint, Store
from bot.watch import Memory, Purpose, Request, Snapshot, weigh
from bot.watch.freshness import freshness
from bot.watch.outcome import Outcome
from bot.watch.view import View

LIMIT = 100  # rows a page: the documented example has 20, and most of such APIs honour 100
CLASSES = StatusClasses()
CALLER = Caller("bench", Priority.CREATION, timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured: CPU milliseconds for one page, or for one question."""

    name: str
    milliseconds: float


async def cpu(work: Callable[[], Awaitable[object]]) -> float:
    """CPU seconds of this process that the work takes."""
    began = time.process_time()
    await work()
    return time.process_time() - began


@asynccontextmanager
async def stand_in(servers: int) -> AsyncIterator[str]:
    """A stand-in in a process of its own, with a quota that never ends; its address."""
    command = [sys.executable, "-m", "bot", "sandbox", "cloudnexus", "--port", "0", "--still"]
    process = await asyncio.create_subprocess_exec(
        *command, "--servers", str(servers), stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        control = line.split()[-1]
        async with aiohttp.ClientSession() as session:
            plenty = {"limit": 10**8, "remaining": 10**8}
            async with session.post(f"{control}quota", json=plenty) as answer:
                answer.raise_for_status()
        yield control.replace("/_control/", "/v1/")
    finally:
        process.terminate()
        await process.wait()


async def bare(url: str, pages: int) -> None:
    """The baseline."""
    headers = {"Authorization": f"Bearer {LIVE_KEY}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for page in range(1, pages + 1):
            async with session.get(f"{url}servers?page={page}&limit={LIMIT}") as answer:
                json.loads(await answer.read())


async def client(url: str, pages: int) -> None:
    """The typed client: admission, reading, validation."""
    async with CloudNexus(SecretStr(LIVE_KEY), base_url=url) as cloud:
        for page in range(1, pages + 1):
            await cloud.list_servers(page, LIMIT, caller=CALLER)


@asynccontextmanager
async def view_on(directory: Path) -> AsyncIterator[tuple[View, View, Epoch]]:
    """A view on a fresh SQLite file, another one that follows it, and the epoch to commit under."""
    async with await Store.open(SecretStr(f"sqlite:///{directory / 'bench.db'}")) as store:
        lease = store.lease("bench")
        epoch = await lease.acquire()
        account = await store.accounts.find_or_make("bench", Fingerprint("bench"), utc_now())
        views = [View(store.snapshots, account.id, Kind.SERVER) for _ in range(2)]
        yield views[0], views[1], epoch
        await lease.release()


async def watched(url: str, pages: int, view: View, epoch: Epoch) -> None:
    """All that a watcher does with a page but wait: client, evidence, commit, snapshot."""
    async with CloudNexus(SecretStr(LIVE_KEY), base_url=url) as cloud:
        for number in range(1, pages + 1):
            page = await cloud.list_servers(number, LIMIT, caller=CALLER)
            await taken(view, epoch, Request(number, LIMIT, Purpose.SWEEP), page)


async def taken(view: View, epoch: Epoch, request: Request, page: Page[Server]) -> None:
    """A page's evidence, committed."""

    def decide() -> Outcome:
        found = weigh(view.kind, view.snapshot, view.memory, request, page, CLASSES)
        fresh = freshness(view.snapshot, found, period=None, trouble=None)
        return Outcome(found, fresh)

    await view.settle(epoch, decide)


def fleet(count: int) -> list[Server]:
    """So many servers, a minute apart."""
    began = datetime(2020, 1, 1, tzinfo=UTC)
    specs = [Spec(vcpus, 4 * vcpus, 32 * vcpus) for vcpus in (1, 2, 4, 8)]
    regions = ("us-east-1", "us-west-2", "eu-west-2", "eu-central-1")
    return [
        Server(
            ServerId(f"srv_{number:06d}"),
            f"{('prod', 'dev')[number % 2]}-{('api', 'web', 'db')[number % 3]}-{number:06d}",
            "error" if number % 50 == 0 else "running",
            regions[number % 4],
            specs[number % 4],
            began + timedelta(minutes=number),
        )
        for number in range(count)
    ]


def page_of(rows: list[Server], number: int, at: datetime) -> Page[Server]:
    """A page as CloudNexus would serve it."""
    held = tuple(rows[(number - 1) * LIMIT : number * LIMIT])
    return Page(held, (), Pagination(len(rows), number, LIMIT), at, at + timedelta(seconds=0.1))


def evidence(count: int, rounds: int) -> Figure:
    """One page's evidence without I/O, in a fleet of that size: it must not grow with the fleet."""
    rows, at = fleet(count), utc_now()
    snapshot, memory = Snapshot(), Memory()
    pages = -(-count // LIMIT)
    least = float("inf")
    for round_ in range(rounds + 1):
        began = time.process_time()
        for number in range(1, pages + 1):
            at += timedelta(seconds=1)
            request = Request(number, LIMIT, Purpose.SWEEP)
            found = weigh(
                Kind.SERVER, snapshot, memory, request, page_of(rows, number, at), CLASSES
            )
            snapshot.apply(found.upserts, found.gone, found.forgotten)
            memory = found.memory
        if round_:
            least = min(least, time.process_time() - began)
    return Figure(f"evidence of a page, {count:,} servers", least / pages * 1_000)


def question(count: int, text: str, rounds: int) -> Figure:
    """What a question costs once the facts are at hand."""
    rows = tuple(fleet(count))
    wanted = List(Kind.SERVER, parse_filter(text))
    source = Source(
        CloudNexus(SecretStr(LIVE_KEY), base_url="http://127.0.0.1/").key_kind, utc_now()
    )
    least = float("inf")
    for _ in range(max(rounds, 5)):
        began = time.process_time()
        answers.listing(wanted, Facts(Kind.SERVER, rows, source), CLASSES)
        least = min(least, time.process_time() - began)
    return Figure(f"servers {text}, {count:,} servers", least * 1_000)


async def remembered(count: int) -> str:
    """What a view of so many servers takes: run in a process of its own, for it only ever grows."""
    with tempfile.TemporaryDirectory() as made:
        async with view_on(Path(made)) as (view, late, epoch):
            rows, at = fleet(count), utc_now()
            before = _megabytes()
            for number in range(1, -(-count // LIMIT) + 1):
                at += timedelta(seconds=1)
                request = Request(number, LIMIT, Purpose.SWEEP)
                await taken(view, epoch, request, page_of(rows, number, at))
            grown = _megabytes()
            began = time.process_time()
            await late.follow()
            loaded = time.process_time() - began
            assert len(late.snapshot) == count
            return (
                f"{count:,} servers: {grown:.0f} MB in all after a whole round ({before:.0f} MB before: "
                f"the interpreter and the rows themselves); a second view loads them in {loaded:.1f} s "
                f"of CPU, and then it is {_megabytes():.0f} MB for both"
            )


def _megabytes() -> float:
    """The most that this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_024 if sys.platform != "darwin" else 1_024 * 1_024)


async def measured(servers: int, rounds: int) -> list[Figure]:
    """All figures but memory; the first is the baseline."""
    pages = -(-servers // LIMIT)
    figures = []

    async def least(name: str, work: Callable[[], Awaitable[object]]) -> None:
        best = min([await cpu(work) for _ in range(rounds)])
        figures.append(Figure(name, best / pages * 1_000))

    async with stand_in(servers) as url:
        await least("bare: GET and json.loads, a page", lambda: bare(url, pages))
        await least("typed client, a page", lambda: client(url, pages))
        with tempfile.TemporaryDirectory() as made:
            async with view_on(Path(made)) as (view, follower, epoch):
                await watched(url, pages, view, epoch)  # the first sight
                await least(
                    "watcher: client, evidence, commit, a page",
                    lambda: watched(url, pages, view, epoch),
                )
                await follower.follow()
                await watched(url, 1, view, epoch)
                alone = await cpu(follower.follow)
                figures.append(Figure("following one page by version", alone * 1_000))
    figures += [evidence(count, rounds) for count in (servers // 10, servers, servers * 10)]
    for text in ("status!=running", "name=prod-* vcpus>=4", "region=us-east-1"):
        figures.append(question(servers, text, rounds))
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--servers", type=int, default=10_000)
    parser.add_argument("--memory", type=int, default=100_000, help="0: leave it out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only-memory", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only_memory:
        print(asyncio.run(remembered(given.memory)))  # noqa: T201 -- it is what it is for
        return
    figures = asyncio.run(measured(given.servers, given.rounds))
    baseline = figures[0].milliseconds
    for figure in figures:
        ratio = figure.milliseconds / baseline
        print(f"{figure.milliseconds:8.2f} ms  {ratio:6.2f} × bare  {figure.name}")  # noqa: T201
    if given.memory:
        command = [sys.executable, "-m", "tests.bench.watching", "--only-memory"]
        subprocess.run([*command, "--memory", str(given.memory)], check=True)


if __name__ == "__main__":
    main()
