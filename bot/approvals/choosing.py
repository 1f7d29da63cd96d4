"""What a form offers for region, plan and image. Pure; any other text is allowed as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.approvals.answers import Choices
from bot.approvals.terms import Terms
from bot.cloudnexus import Server
from bot.model.kinds import Row
from bot.model.requests import Specification

MOST = 100
"""What a menu of Slack's holds (slack-facts)."""


def choices(terms: Terms, rows: Iterable[Row], made: Sequence[Specification]) -> Choices:
    """Those of the settings first, in their order; then what the fleet shows, the most frequent first; then
    what was made before. CloudNexus's reference shows no plan and no image of a server, but some answers do.
    """
    servers = [row for row in rows if isinstance(row, Server)]
    return Choices(
        regions=_offered(terms.regions, (it.region for it in servers), (it.region for it in made)),
        plans=_offered(terms.plans, _extra(servers, "plan"), (it.plan for it in made)),
        images=_offered(terms.images, _extra(servers, "image"), (it.image for it in made)),
    )


def _offered(
    configured: Sequence[str], shown: Iterable[str], made: Iterable[str]
) -> tuple[str, ...]:
    frequent = [value for value, _ in Counter(shown).most_common(MOST)]
    every = dict.fromkeys((*configured, *frequent, *made))
    return tuple(it for it in every if it.strip())[:MOST]


def _extra(servers: Iterable[Server], field: str) -> Iterable[str]:
    values = (server.extra.get(field) for server in servers)
    return (it for it in values if isinstance(it, str))
