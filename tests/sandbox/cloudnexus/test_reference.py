"""The stand-in held to the API reference, section by section, each of its sentences a test."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from bot.sandbox.cloudnexus import LIVE_KEY, READONLY_KEY, TEST_KEY
from tests.sandbox.cloudnexus.visitor import Seen, Visitor, visiting

ENDPOINTS = ["servers", "cdn/domains", "kubernetes/clusters"]
DOCUMENTATION = [ip_network("198.51.100.0/24"), ip_network("203.0.113.0/24")]


def is_error(seen: Seen, status: int) -> bool:
    """Whether this is that status in the one documented shape."""
    error = seen.json["error"]
    return (
        seen.status == status
        and list(seen.json) == ["error"]
        and list(error) == ["code", "message", "details"]
        and error["code"] == f"ERR_{status}"
        and bool(error["message"])
        and isinstance(error["details"], list)
    )


class TestBaseUrl:
    async def test_every_path_starts_with_v1(self, visitor: Visitor) -> None:
        assert visitor.sandbox.url.endswith("/v1/")
        assert (await visitor.get("servers")).status == 200


class TestAuthentication:
    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    async def test_the_key_goes_into_the_authorization_header_of_every_request(
        self, visitor: Visitor, endpoint: str
    ) -> None:
        assert (await visitor.get(endpoint)).status == 200
        assert is_error(await visitor.get(endpoint, key=None), 401)

    @pytest.mark.parametrize(
        "header",
        [
            "",
            LIVE_KEY,
            f"Basic {LIVE_KEY}",
            "Bearer",
            "Bearer ",
            "Bearer cn_live_sk_unknown",
            f"Bearer {LIVE_KEY.upper()}",
            f"Bearer {LIVE_KEY}x",
            f"Bearer {LIVE_KEY} {LIVE_KEY}",
            "Bearer sk_standin",
        ],
    )
    async def test_anything_but_a_known_bearer_key_is_invalid(
        self, visitor: Visitor, header: str
    ) -> None:
        seen = await visitor.get("servers", headers={"Authorization": header})
        assert is_error(seen, 401)

    async def test_a_refused_key_is_not_repeated_in_the_answer(self, visitor: Visitor) -> None:
        seen = await visitor.get("servers", key="cn_live_sk_mistyped")
        assert "mistyped" not in seen.text + str(seen.headers)

    async def test_live_keys_open_production_and_test_keys_the_sandbox(
        self, visitor: Visitor
    ) -> None:
        assert LIVE_KEY.startswith("cn_live_sk_")
        assert TEST_KEY.startswith("cn_test_sk_")
        live = (await visitor.get("servers?limit=100")).json["servers"]
        test = (await visitor.get("servers?limit=100", key=TEST_KEY)).json["servers"]
        assert len(test) == 8
        assert not {row["id"] for row in live} & {row["id"] for row in test}

    async def test_full_access_of_a_test_key_creates_in_the_sandbox_only(
        self, visitor: Visitor
    ) -> None:
        assert (await visitor.create("only-a-test", key=TEST_KEY)).status == 201
        assert "only-a-test" in {row["name"] for row in await visitor.rows(env="test")}
        assert "only-a-test" not in {row["name"] for row in await visitor.rows(env="live")}


class TestRateLimits:
    @pytest.mark.parametrize(("plan", "limit"), [("standard", 1_000), ("enterprise", 5_000)])
    async def test_the_plan_says_how_many_requests_an_hour(self, plan: str, limit: int) -> None:
        async with visiting(plan=plan) as visitor:
            seen = await visitor.get("servers")
            assert seen.headers["X-RateLimit-Limit"] == str(limit)
            assert seen.headers["X-RateLimit-Remaining"] == str(limit - 1)
            state = await visitor.state()
            assert state["quota"]["window_seconds"] == timedelta(hours=1).total_seconds()

    async def test_headers_return_the_current_quota_on_every_answer_errors_included(
        self, visitor: Visitor
    ) -> None:
        seen = [
            await visitor.get("servers"),
            await visitor.get("cdn/domains"),
            await visitor.get("kubernetes/clusters"),
            await visitor.create(),
            await visitor.get("servers?page=0"),
            await visitor.get("nowhere"),
            await visitor.ask("DELETE", "servers"),
            await visitor.create(key=READONLY_KEY),
            await visitor.create(),
        ]
        assert [one.status for one in seen] == [200, 200, 200, 201, 400, 404, 405, 403, 422]
        left = [int(one.headers["X-RateLimit-Remaining"]) for one in seen]
        assert left == list(range(999, 990, -1))
        assert {one.headers["X-RateLimit-Limit"] for one in seen} == {"1000"}
        assert len({one.headers["X-RateLimit-Reset"] for one in seen}) == 1

    async def test_a_request_without_a_valid_key_spends_nothing(self, visitor: Visitor) -> None:
        refused = await visitor.get("servers", key="cn_live_sk_unknown")
        assert refused.headers["X-RateLimit-Remaining"] == "1000"
        assert (await visitor.get("servers")).headers["X-RateLimit-Remaining"] == "999"

    async def test_beyond_the_limit_it_is_429_until_the_window_resets(
        self, visitor: Visitor
    ) -> None:
        await visitor.control("quota", {"remaining": 1})
        assert (await visitor.get("servers")).headers["X-RateLimit-Remaining"] == "0"
        spent = await visitor.get("servers")
        assert is_error(spent, 429)
        assert spent.headers["X-RateLimit-Remaining"] == "0"
        state = await visitor.state()
        await asyncio.sleep(3600)
        again = await visitor.get("servers")
        assert again.status == 200
        assert again.headers["X-RateLimit-Remaining"] == "999"
        assert (await visitor.state())["quota"]["resets_at"] > state["quota"]["resets_at"]

    async def test_each_environment_has_its_own_quota(self, visitor: Visitor) -> None:
        await visitor.control("quota", {"remaining": 0})
        assert (await visitor.get("servers", key=READONLY_KEY)).status == 429
        assert (await visitor.get("servers", key=TEST_KEY)).status == 200


class TestListServers:
    async def test_the_example_request_and_its_response(self, visitor: Visitor) -> None:
        seen = await visitor.get("servers?page=1&limit=20")
        assert seen.status == 200
        assert list(seen.json) == ["servers", "pagination"]
        assert seen.json["pagination"] == {"total": 142, "page": 1, "limit": 20}
        assert len(seen.json["servers"]) == 20
        assert seen.json["servers"][0] == {
            "id": "srv_8x92k3",
            "name": "prod-api-01",
            "status": "running",
            "region": "us-east-1",
            "spec": {"vcpus": 4, "ram_gb": 16, "disk_gb": 128},
            "created_at": "2025-01-15T08:30:00Z",
        }

    async def test_it_returns_all_instances_of_the_account_page_by_page(
        self, visitor: Visitor
    ) -> None:
        pages = [(await visitor.get(f"servers?page={page}&limit=20")).json for page in range(1, 9)]
        assert [len(page["servers"]) for page in pages] == [20] * 7 + [2]
        ids = [row["id"] for page in pages for row in page["servers"]]
        assert len(set(ids)) == 142
        assert ids == [row["id"] for row in await visitor.rows()]

    async def test_every_row_has_exactly_the_documented_fields(self, visitor: Visitor) -> None:
        rows = (await visitor.get("servers?limit=100")).json["servers"]
        for row in rows:
            assert list(row) == ["id", "name", "status", "region", "spec", "created_at"]
            assert list(row["spec"]) == ["vcpus", "ram_gb", "disk_gb"]
            assert re.fullmatch(r"srv_[a-z0-9]{6}", row["id"])
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["created_at"])
            assert all(isinstance(number, int) for number in row["spec"].values())

    async def test_page_and_limit_have_defaults(self, visitor: Visitor) -> None:
        assert (await visitor.get("servers")).json["pagination"] == {
            "total": 142,
            "page": 1,
            "limit": 20,
        }

    async def test_a_larger_limit_than_is_honoured_is_cut_and_echoed_so(self) -> None:
        async with visiting(max_limit=50) as visitor:
            seen = (await visitor.get("servers?limit=1000&page=2")).json
            assert seen["pagination"] == {"total": 142, "page": 2, "limit": 50}
            assert [row["id"] for row in seen["servers"]] == [
                row["id"] for row in (await visitor.rows())[50:100]
            ]

    async def test_beyond_the_last_page_there_are_no_rows(self, visitor: Visitor) -> None:
        far = await visitor.get("servers?page=9223372036854775807")
        assert far.status == 200
        assert far.json["servers"] == []
        assert far.json["pagination"]["total"] == 142

    async def test_unknown_query_parameters_are_let_pass(self, visitor: Visitor) -> None:
        assert (await visitor.get("servers?colour=red")).status == 200


class TestCreateServer:
    async def test_it_provisions_a_new_instance(self, visitor: Visitor) -> None:
        seen = await visitor.create("prod-api-99", ssh_keys=["key_1", "key_2"])
        assert seen.status == 201
        assert list(seen.json) == ["server"]
        created = seen.json["server"]
        assert list(created) == ["id", "status", "ip_address", "provisioning_eta_seconds"]
        assert created["status"] == "provisioning"
        assert any(ip_address(created["ip_address"]) in network for network in DOCUMENTATION)
        assert isinstance(created["provisioning_eta_seconds"], int)
        listed = (await visitor.rows())[-1]
        assert listed == {
            "id": created["id"],
            "name": "prod-api-99",
            "status": "provisioning",
            "region": "eu-west-2",
            "spec": {"vcpus": 4, "ram_gb": 8, "disk_gb": 128},
            "created_at": "2026-03-02T12:00:00Z",
        }

    @pytest.mark.parametrize("name", ["abc", "x" * 63, "ünï", "🦊🦊🦊", "<!channel> & <b>", "a b"])
    async def test_a_name_has_3_to_63_characters(self, visitor: Visitor, name: str) -> None:
        assert (await visitor.create(name)).status == 201
        assert (await visitor.rows())[-1]["name"] == name

    @pytest.mark.parametrize("name", ["", "ab", "x" * 64, "🦊🦊"])
    async def test_shorter_and_longer_names_are_refused(self, visitor: Visitor, name: str) -> None:
        seen = await visitor.create(name)
        assert is_error(seen, 400)
        assert [detail["field"] for detail in seen.json["error"]["details"]] == ["name"]

    @pytest.mark.parametrize("field", ["name", "region", "image", "plan"])
    async def test_the_required_parameters_are_required(self, visitor: Visitor, field: str) -> None:
        body = {"name": "new-one", "region": "us-east-1", "image": "debian-13", "plan": "c-4"}
        del body[field]
        seen = await visitor.ask("POST", "servers", body=body)
        assert is_error(seen, 400)
        assert seen.json["error"]["details"] == [{"field": field, "message": "is required"}]
        assert len(await visitor.rows()) == 142

    @pytest.mark.parametrize("given", [{}, {"ssh_keys": []}, {"ssh_keys": ["key_1"]}])
    async def test_ssh_keys_are_optional(self, visitor: Visitor, given: dict[str, Any]) -> None:
        assert (await visitor.create(**given)).status == 201


@pytest.mark.parametrize(
    ("endpoint", "key", "example"),
    [
        (
            "cdn/domains",
            "domains",
            {
                "id": "cdn_x7k29m",
                "name": "assets.example.com",
                "origin": "198.51.100.10",
                "ssl": "full",
                "cache_rules": 12,
                "status": "active",
            },
        ),
        (
            "kubernetes/clusters",
            "clusters",
            {
                "id": "k8s_prod_01",
                "version": "1.29.2",
                "nodes": 5,
                "network_policy": "calico",
                "status": "ready",
            },
        ),
    ],
)
async def test_domains_and_clusters_are_listed_whole(
    visitor: Visitor, endpoint: str, key: str, example: dict[str, Any]
) -> None:
    seen = await visitor.get(endpoint)
    assert seen.status == 200
    assert list(seen.json) == [key]
    assert seen.json[key][0] == example
    assert len(seen.json[key]) > 3
    assert all(list(row) == list(example) for row in seen.json[key])
    assert (await visitor.get(f"{endpoint}?page=0&limit=x")).status == 200  # they have no pages


class TestErrors:
    async def test_400_malformed_json(self, visitor: Visitor) -> None:
        seen = await visitor.ask("POST", "servers", data=b'{"name": ')
        assert is_error(seen, 400)

    async def test_400_invalid_parameters(self, visitor: Visitor) -> None:
        seen = await visitor.get("servers?page=x&limit=0")
        assert is_error(seen, 400)
        assert [detail["field"] for detail in seen.json["error"]["details"]] == ["page", "limit"]

    async def test_403_when_a_readonly_key_would_create(self, visitor: Visitor) -> None:
        assert (await visitor.get("servers", key=READONLY_KEY)).status == 200
        assert is_error(await visitor.create(key=READONLY_KEY), 403)
        assert len(await visitor.rows()) == 142

    @pytest.mark.parametrize(
        "path", ["", "server", "servers/", "servers/srv_8x92k3", "cdn", "SERVERS", "servers%2Fx"]
    )
    async def test_404_where_there_is_no_such_resource(self, visitor: Visitor, path: str) -> None:
        assert is_error(await visitor.get(path), 404)

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("DELETE", "servers", "GET, POST"),
            ("PUT", "servers", "GET, POST"),
            ("PATCH", "servers", "GET, POST"),
            ("OPTIONS", "servers", "GET, POST"),
            ("POST", "cdn/domains", "GET"),
            ("POST", "kubernetes/clusters", "GET"),
        ],
    )
    async def test_an_undocumented_method_is_405_in_the_documented_shape(
        self, visitor: Visitor, method: str, path: str, allowed: str
    ) -> None:
        seen = await visitor.ask(method, path)
        assert is_error(seen, 405)
        assert seen.headers["Allow"] == allowed

    async def test_422_for_a_duplicate_name_with_details(self, visitor: Visitor) -> None:
        seen = await visitor.create("prod-api-01")
        assert is_error(seen, 422)
        [detail] = seen.json["error"]["details"]
        assert detail["field"] == "name"
        assert len(await visitor.rows()) == 142

    async def test_a_name_is_free_again_when_its_server_is_gone(self, visitor: Visitor) -> None:
        await visitor.control("remove", {"id": "srv_8x92k3"})
        assert (await visitor.create("prod-api-01")).status == 201
        assert is_error(await visitor.create("prod-api-01"), 422)

    async def test_500_on_request(self, visitor: Visitor) -> None:
        await visitor.control("faults", {"kind": "status", "status": 500})
        seen = await visitor.get("servers")
        assert is_error(seen, 500)
        assert "30s" in seen.json["error"]["message"]

    async def test_a_key_is_checked_before_anything_else(self, visitor: Visitor) -> None:
        assert is_error(await visitor.get("nowhere", key=None), 401)
        assert is_error(await visitor.ask("POST", "servers", key=None, data=b"{"), 401)
