"""`cnx run`: the bot for real. `cnx manifest`: what Slack wants to be told of it."""

from __future__ import annotations

import asyncio
import json

import click

from bot.app import Running
from bot.cli.complaints import BadSettings
from bot.cli.lifetime import until_stopped
from bot.ops import logging
from bot.settings import Settings, SettingsError, load
from bot.slack.connection import CannotServe
from bot.slack.manifest import manifest as slack_manifest
from bot.store import StoreError
from bot.watch.recognition import OtherAccount


@click.command()
@click.option(
    "--new-baseline",
    is_flag=True,
    help="If the key or the address leads to another account than before, begin anew with it.",
)
def run(new_baseline: bool) -> int:
    """Run the bot against Slack and CloudNexus, with the settings of the environment."""
    try:
        settings = load(Settings)
    except SettingsError as error:
        raise BadSettings(error) from None
    logging.configure(settings.log_form, settings.cnx_log_level, secrets=settings.secrets)

    async def serve(stop: asyncio.Event) -> None:
        async with Running(settings, new_baseline=new_baseline) as bot:
            await bot.until(stop)

    try:
        asyncio.run(until_stopped(serve))
    except (CannotServe, StoreError, OtherAccount) as error:
        raise click.ClickException(str(error)) from None
    return 0


@click.command()
def manifest() -> int:
    """Print the Slack app manifest (JSON), to create the app from."""
    click.echo(json.dumps(slack_manifest(), indent=2))
    return 0
