"""The three kinds of resource and what their rows have in common."""

from __future__ import annotations

from enum import StrEnum

from bot.cloudnexus import Cluster, Domain, Server

Row = Server | Cluster | Domain


class Kind(StrEnum):
    """A kind of resource; the value is its name in JSON and in the log."""

    SERVER = "server"
    CLUSTER = "cluster"
    DOMAIN = "domain"

    @property
    def plural(self) -> str:
        """The word for many: servers, clusters, CDN domains."""
        return {"server": "servers", "cluster": "clusters", "domain": "CDN domains"}[self.value]


def kind_of(row: Row) -> Kind:
    """The kind of a row."""
    if isinstance(row, Server):
        return Kind.SERVER
    return Kind.CLUSTER if isinstance(row, Cluster) else Kind.DOMAIN


def name_of(row: Row) -> str:
    """What people call the row; the reference gives clusters no name, so theirs is the id."""
    return row.id if isinstance(row, Cluster) else row.name
