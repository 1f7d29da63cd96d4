"""The OpenAPI document tells the truth: schemathesis holds the running server to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings

from bot.sandbox.cloudnexus import TEST_KEY, CloudNexusSandbox
from bot.sandbox.cloudnexus.openapi import document
from tests.sandbox.cloudnexus.visitor import Visitor

PLENTY = 10**9

pytestmark = pytest.mark.xdist_group("cloudnexus-openapi")  # one server for all of them


class Threaded:
    """A stand-in on a real loop in a thread of its own, for visitors that block."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.sandbox = CloudNexusSandbox(living=False)
        self.thread = threading.Thread(target=self.loop.run_forever)

    def run(self, coroutine: Any) -> None:
        """Run to its end what must run on the server's loop."""
        asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def __enter__(self) -> CloudNexusSandbox:
        self.thread.start()
        self.run(self.sandbox.start())
        return self.sandbox

    def __exit__(self, *_: object) -> None:
        self.run(self.sandbox.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture(scope="module")
def running() -> Iterator[CloudNexusSandbox]:
    """A stand-in with more quota than a test can spend."""
    with Threaded() as sandbox:
        for env in ("live", "test"):
            sent = {"limit": PLENTY, "env": env}
            requests.post(sandbox.control_url + "quota", json=sent, timeout=5).raise_for_status()
        yield sandbox


# as it is served: see test_the_document_needs_no_key_and_spends_nothing
schema = schemathesis.openapi.from_dict(document())
# told in this way, the key is not among what is left out to see whether that is refused
schema.config.update(headers={"Authorization": f"Bearer {TEST_KEY}"})


# one function each: tests that share an id get lost when they are spread over processes
bounded = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def hold(case: schemathesis.Case[Any], running: CloudNexusSandbox) -> int:
    """Send one request, and let schemathesis compare the answer with the document; its status."""
    with requests.Session() as session:
        session.trust_env = False
        answer = case.call_and_validate(base_url=running.url.rstrip("/"), session=session)
        if answer.status_code == 201:  # the next example may bear the same name
            url = running.control_url + "remove"
            removed = session.post(url, json={"id": answer.json()["server"]["id"]}, timeout=5)
            removed.raise_for_status()
        return int(answer.status_code)


@pytest.mark.real_time
@schema.include(operation_id="listServers").parametrize()
@bounded
def test_listing_servers_keeps_to_the_document(
    case: schemathesis.Case[Any], running: CloudNexusSandbox
) -> None:
    assert hold(case, running) < 500


@pytest.mark.real_time
@schema.include(operation_id="createServer").parametrize()
@bounded
def test_creating_servers_keeps_to_the_document(
    case: schemathesis.Case[Any], running: CloudNexusSandbox
) -> None:
    assert hold(case, running) < 500


@pytest.mark.real_time
@schema.include(operation_id="listDomains").parametrize()
@bounded
def test_listing_domains_keeps_to_the_document(
    case: schemathesis.Case[Any], running: CloudNexusSandbox
) -> None:
    assert hold(case, running) < 500


@pytest.mark.real_time
@schema.include(operation_id="listClusters").parametrize()
@bounded
def test_listing_clusters_keeps_to_the_document(
    case: schemathesis.Case[Any], running: CloudNexusSandbox
) -> None:
    assert hold(case, running) < 500


async def test_the_document_needs_no_key_and_spends_nothing(visitor: Visitor) -> None:
    seen = await visitor.get("openapi.json", key=None)
    assert seen.status == 200
    assert seen.json == document()
    assert "X-RateLimit-Remaining" not in seen.headers
    assert (await visitor.state())["quota"]["remaining"] == 1000
    assert (await visitor.ask("POST", "openapi.json")).status == 405


def test_the_document_describes_all_that_the_reference_does() -> None:
    described: Any = document()
    assert described["openapi"].startswith("3.1")
    operations = {
        (path, method) for path, methods in described["paths"].items() for method in methods
    }
    assert operations == {
        ("/servers", "get"),
        ("/servers", "post"),
        ("/cdn/domains", "get"),
        ("/kubernetes/clusters", "get"),
    }
    statuses = set(described["paths"]["/servers"]["post"]["responses"])
    assert {"201", "400", "401", "403", "422", "429", "500"} <= statuses
    for path, method in operations:
        responses = described["paths"][path][method]["responses"]
        assert {"401", "429", "500"} <= set(responses)
    for name, response in described["components"]["responses"].items():
        assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(
            response["headers"]
        ), name
    name = described["components"]["schemas"]["NewServer"]["properties"]["name"]
    assert (name["minLength"], name["maxLength"]) == (3, 63)
