"""`cnx demo`: the unchanged bot between the two stand-ins, in a browser, without any account."""

from __future__ import annotations

import asyncio
import webbrowser
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import click

from bot.app import Running
from bot.cli.lifetime import until_stopped
from bot.ops import logging
from bot.sandbox import cloudnexus, slack
from bot.settings import Settings, fixed, has_screen
from bot.slack.manifest import manifest

PORT = 8765
CHANNEL = "C0OPS"
APPROVERS = ("U0APPROVER",)
REGIONS = ("us-east-1", "us-west-2", "eu-west-2", "eu-central-1", "ap-southeast-1")
PLANS = ("c-2", "c-4", "c-8", "m-4", "m-8", "r-16")
IMAGES = ("ubuntu-24.04", "ubuntu-22.04", "debian-12", "rocky-9")


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address of the page. Beyond loopback, whoever reaches it may do everything there.",
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--servers", type=click.IntRange(0), default=142, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Drives names and life.")
def demo(port: int, host: str, no_open: bool, servers: int, seed: int) -> int:
    """Run the whole bot in a browser, against stand-ins, without any account."""
    logging.configure("text", "WARNING")

    async def serve(stop: asyncio.Event) -> None:
        async with AsyncExitStack() as parts:
            account = cloudnexus.CloudNexusSandbox(servers=servers, seed=seed)
            await account.start()
            parts.push_async_callback(account.stop)
            workspace = slack.SlackSandbox(
                manifest=manifest(),
                fleet_control_url=account.control_url,
                host=host,
                port=port,
            )
            await workspace.start()
            parts.push_async_callback(workspace.stop)
            kept = parts.enter_context(TemporaryDirectory(prefix="cnx-demo-"))
            settings = demo_settings(account, workspace, Path(kept))
            bot = await parts.enter_async_context(Running(settings))
            click.echo(
                f"cnx is at work: {workspace.url}\n"
                "Type /cnx servers there, or play with the fleet. Ctrl-C ends it all."
            )
            if not no_open and has_screen():
                # Some browsers take seconds to start, and Ctrl-C waits for no other thread.
                Thread(target=_open, args=(workspace.url,), daemon=True).start()
            await bot.until(stop)

    try:
        asyncio.run(until_stopped(serve))
    except OSError as error:
        raise click.ClickException(
            f"{host}:{port} cannot be used: {error.strerror or error}. Try --port 0."
        ) from None
    return 0


def _open(url: str) -> None:
    # A browser that can't be opened is no harm: the address has been printed.
    with suppress(webbrowser.Error):
        webbrowser.open(url)


def demo_settings(
    account: cloudnexus.CloudNexusSandbox, workspace: slack.SlackSandbox, directory: Path
) -> Settings:
    """The settings with which the bot of production meets the stand-ins; its store is in there."""
    return fixed(
        Settings,
        cnx_api_key=cloudnexus.LIVE_KEY,
        cnx_api_url=account.url,
        slack_bot_token=slack.BOT_TOKEN,
        slack_app_token=slack.APP_TOKEN,
        slack_api_url=workspace.api_url,
        cnx_channel=CHANNEL,
        cnx_approvers=APPROVERS,
        cnx_regions=REGIONS,
        cnx_plans=PLANS,
        cnx_images=IMAGES,
        cnx_database_url=f"sqlite:///{directory / 'cnx.db'}",
    )
