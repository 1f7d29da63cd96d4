"""A typed async client for the CloudNexus API; a library of its own that imports nothing else of bot.

    >>> from pydantic import SecretStr
    >>> from bot.cloudnexus import CloudNexus, NewServer, RateLimited

    >>> async def example(key: SecretStr, base_url: str) -> None:
    ...     async with CloudNexus(key, base_url=base_url) as cloud:
    ...         async for server in cloud.servers():
    ...             print(server.name, server.status, server.spec.vcpus)
    ...         for domain in (await cloud.list_domains()).rows:
    ...             print(domain.name, domain.ssl)
    ...         new = NewServer("web-01", region="us-east-1", image="debian-12", plan="standard-2")
    ...         try:
    ...             created = await cloud.create_server(new)
    ...         except RateLimited as error:
    ...             print("wait until", error.resets_at)
    ...         else:
    ...             print(created.id, created.status)
    ...         print(cloud.key_kind, cloud.quota().remaining)

Every error is a `CloudNexusError`; `bot.cloudnexus.errors` draws the tree. A `Caller` says who spends
a request, how urgent it is and how long it may take, waiting for the quota and retries included.
"""

from bot.cloudnexus.caller import Caller, Priority
from bot.cloudnexus.client import CloudNexus, utc_now
from bot.cloudnexus.errors import (
    AnswerTimeout,
    ApiError,
    BadRequest,
    CloudNexusError,
    Forbidden,
    InvalidRequest,
    NotFound,
    QuotaReserved,
    RateLimited,
    ServerError,
    TooCostly,
    TransportError,
    Unauthorized,
    UnexpectedStatus,
    Unprocessable,
    UnreadableAnswer,
)
from bot.cloudnexus.keys import BASE_URL, check_address, key_kind
from bot.cloudnexus.models import (
    Cluster,
    ClusterId,
    CreatedServer,
    Domain,
    DomainId,
    Extra,
    KeyKind,
    Listing,
    NewServer,
    Page,
    PageRead,
    Pagination,
    RowT,
    Server,
    ServerId,
    Spec,
    UnreadableRow,
    listing_of,
)
from bot.cloudnexus.protocol import body_of
from bot.cloudnexus.quota import QuotaView

__all__ = [
    "BASE_URL",
    "AnswerTimeout",
    "ApiError",
    "BadRequest",
    "Caller",
    "CloudNexus",
    "CloudNexusError",
    "Cluster",
    "ClusterId",
    "CreatedServer",
    "Domain",
    "DomainId",
    "Extra",
    "Forbidden",
    "InvalidRequest",
    "KeyKind",
    "Listing",
    "NewServer",
    "NotFound",
    "Page",
    "PageRead",
    "Pagination",
    "Priority",
    "QuotaReserved",
    "QuotaView",
    "RateLimited",
    "RowT",
    "Server",
    "ServerError",
    "ServerId",
    "Spec",
    "TooCostly",
    "TransportError",
    "Unauthorized",
    "UnexpectedStatus",
    "Unprocessable",
    "UnreadableAnswer",
    "UnreadableRow",
    "body_of",
    "check_address",
    "key_kind",
    "listing_of",
    "utc_now",
]
