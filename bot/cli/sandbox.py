"""`cnx sandbox`: each stand-in by itself, for tests and scripts in any language."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Protocol

import click

from bot.cli.lifetime import until_stopped
from bot.cli.types import DURATION
from bot.sandbox import cloudnexus, slack
from bot.slack.manifest import manifest as own_manifest

HOST = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Beyond loopback, whoever reaches it may do everything there.",
)


MORE_SCOPES = (
    "channels:history", "channels:join", "channels:read", "groups:history", "groups:read",
    "im:write", "reactions:write", "usergroups:read",
)  # fmt: skip


class StandIn(Protocol):
    """What both stand-ins have."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


@click.group()
def sandbox() -> None:
    """Serve one of the stand-ins by itself."""


@sandbox.command("cloudnexus")
@HOST
@click.option("--port", type=click.IntRange(0, 65_535), default=8001, show_default=True)
@click.option("--servers", type=click.IntRange(0), default=142, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Drives names and life.")
@click.option("--plan", type=click.Choice(["standard", "enterprise"]), default="standard")
@click.option("--window", type=DURATION, default="1h", show_default=True, help="Quota window.")
@click.option("--max-limit", type=click.IntRange(1), default=100, show_default=True)
@click.option(
    "--reset-format",
    type=click.Choice(["epoch", "milliseconds", "iso", "http"]),
    default="epoch",
    show_default=True,
    help="Form of X-RateLimit-Reset.",
)
@click.option("--still", is_flag=True, help="Nothing changes by itself.")
def sandbox_cloudnexus(still: bool, **options: Any) -> int:
    """Serve the CloudNexus stand-in: API under /v1/, control under /_control/."""
    served = cloudnexus.CloudNexusSandbox(living=not still, **options)
    return _serve(
        served,
        lambda: (
            f"CloudNexus stand-in at {served.url}, control at {served.control_url}\n"
            f"Keys: {cloudnexus.LIVE_KEY}, {cloudnexus.READONLY_KEY}, {cloudnexus.TEST_KEY}"
        ),
    )


@sandbox.command("slack")
@HOST
@click.option("--port", type=click.IntRange(0, 65_535), default=8002, show_default=True)
@click.option(
    "--manifest",
    "manifest_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="App manifest in JSON. Left out: cnx's own, with more scopes.",
)
@click.option("--fleet", help="Control address of a CloudNexus stand-in, for the fleet panel.")
def sandbox_slack(host: str, port: int, manifest_file: Path | None, fleet: str | None) -> int:
    """Serve the Slack stand-in: Web API under /api/, the workspace page under /."""
    manifest = _roomy_manifest() if manifest_file is None else _manifest(manifest_file)
    if fleet is not None and not fleet.startswith(("http://", "https://")):
        raise click.BadParameter(
            "an address such as http://127.0.0.1:8001/_control/, as the other stand-in prints it.",
            param_hint="'--fleet'",
        )
    try:
        served = slack.SlackSandbox(
            manifest=manifest, fleet_control_url=fleet, host=host, port=port
        )
    except slack.ManifestError as error:
        raise _bad_manifest(f"{manifest_file}: {error}") from None
    return _serve(
        served,
        lambda: (
            f"Slack stand-in at {served.url}, Web API at {served.api_url}\n"
            f"Tokens: {slack.BOT_TOKEN}, {slack.APP_TOKEN}; "
            f"signing secret: {slack.SIGNING_SECRET}"
        ),
    )


def _roomy_manifest() -> dict[str, Any]:
    """cnx's own, and the scopes that scripts need which look at what there is. The bot itself asks
    for no more than it uses, and is tested so."""
    manifest = own_manifest()
    scopes = manifest["oauth_config"]["scopes"]
    scopes["bot"] = sorted({*scopes["bot"], *MORE_SCOPES})
    return manifest


def _manifest(file: Path) -> dict[str, Any]:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise _bad_manifest(f"{file} is no JSON: {error}") from None
    if not isinstance(read, dict):
        raise _bad_manifest(f"{file} holds no JSON object")
    return read


def _bad_manifest(problem: str) -> click.BadParameter:
    return click.BadParameter(
        f"{problem}. `cnx manifest` prints one that does.", param_hint="'--manifest'"
    )


def _serve(stand_in: StandIn, tell: Any) -> int:
    async def serve(stop: asyncio.Event) -> None:
        await stand_in.start()
        try:
            click.echo(tell())
            await stop.wait()
        finally:
            await stand_in.stop()

    try:
        asyncio.run(until_stopped(serve))
    except OSError as error:
        raise click.ClickException(f"cannot listen there: {error}") from None
    return 0
