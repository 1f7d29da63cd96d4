"""The documented JSON is read strictly, row by row, and what is wrong is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.cloudnexus import (
    Cluster,
    ClusterId,
    CreatedServer,
    Domain,
    DomainId,
    NewServer,
    Pagination,
    Server,
    ServerId,
    Spec,
    UnreadableRow,
    wire,
)
from bot.cloudnexus.strict import WireError, read_json
from tests.cloudnexus import samples


def test_the_documented_server_is_read_whole() -> None:
    assert wire.read_server(samples.server(7)) == Server(
        id=ServerId("srv_00007"),
        name="prod-api-7",
        status="running",
        region="us-east-1",
        spec=Spec(vcpus=4, ram_gb=16, disk_gb=128),
        created_at=datetime(2025, 1, 15, 8, 30, tzinfo=UTC),
    )


def test_the_documented_cluster_is_read_whole() -> None:
    assert wire.read_cluster(samples.cluster()) == Cluster(
        ClusterId("k8s_prod_01"), "1.29.2", 5, "calico", "ready"
    )


def test_the_documented_domain_is_read_whole() -> None:
    assert wire.read_domain(samples.domain()) == Domain(
        DomainId("cdn_x7k29m"), "assets.example.com", "198.51.100.10", "full", 12, "active"
    )


def test_an_unknown_status_is_no_error() -> None:
    """A new status is shown, never a crash."""
    assert wire.read_server(samples.server(status="Hibernating 💤")).status == "Hibernating 💤"


def test_unknown_fields_are_kept_those_of_the_spec_too() -> None:
    spec = {"vcpus": 4, "ram_gb": 16, "disk_gb": 128, "gpus": 2}
    row = wire.read_server(samples.server(spec=spec, tags=["a"], owner=None))
    assert row.extra == {"tags": ["a"], "owner": None, "spec.gpus": 2}
    assert wire.read_cluster(samples.cluster(name="prod")).extra == {"name": "prod"}
    assert wire.read_domain(samples.domain(ttl=60)).extra == {"ttl": 60}


@pytest.mark.parametrize("odd", [b"\\ud800", b"\\uDFFF", b"\xff"])
def test_a_stray_byte_or_half_a_pair_costs_no_more_than_its_text(odd: bytes) -> None:
    """No UTF-8 could hold it again, so it is shown as the replacement character."""
    body = json.dumps([samples.server(1, name="ODD"), samples.server(2)]).encode()
    rows = read_json(body.replace(b"ODD", b"a" + odd + b"b"))
    assert isinstance(rows, list)
    good, bad = wire.read_rows(rows, wire.read_server)
    assert [row.name for row in good] == ["a\ufffdb", "prod-api-2"]
    assert not bad


def test_unknown_fields_can_always_be_encoded_again() -> None:
    """JSON lets lone surrogates and NaN in; no UTF-8 and no strict JSON lets them out."""
    raw = b'{"note": "a\\ud800b", "load": NaN, "deep": [{"\\udfff": Infinity}], "fine": "\\ud83d\\ude00"}'
    odd = read_json(raw)
    assert isinstance(odd, dict)
    extra = wire.read_cluster(samples.cluster(**odd)).extra
    json.dumps(extra, allow_nan=False, ensure_ascii=False).encode()
    assert extra["note"] == "a\ufffdb"
    assert extra["load"] == "nan"
    assert extra["fine"] == "😀"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-01-15T08:30:00Z", datetime(2025, 1, 15, 8, 30, tzinfo=UTC)),
        ("2025-01-15t08:30:00z", datetime(2025, 1, 15, 8, 30, tzinfo=UTC)),
        ("2025-01-15T08:30:00+02:00", datetime(2025, 1, 15, 6, 30, tzinfo=UTC)),
        ("2025-01-15T08:30:00", datetime(2025, 1, 15, 8, 30, tzinfo=UTC)),
        ("2025-01-15 08:30:00.250", datetime(2025, 1, 15, 8, 30, 0, 250_000, tzinfo=UTC)),
        ("2025-01-15T08:30:00.123456789Z", datetime(2025, 1, 15, 8, 30, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_times_are_read_with_and_without_offset(text: str, instant: datetime) -> None:
    """Without an offset they are UTC; with one they become UTC."""
    created_at = wire.read_server(samples.server(created_at=text)).created_at
    assert created_at == instant
    assert created_at.tzinfo is UTC


SPEC: dict[str, object] = {"vcpus": 4, "ram_gb": 16, "disk_gb": 128}


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"name": None}, "name", "should be a string, is null"),
        ({"name": 7}, "name", "should be a string, is a whole number"),
        ({"status": True}, "status", "should be a string, is a boolean"),
        ({"region": ["us"]}, "region", "should be a string, is a list"),
        ({"id": ""}, "id", "should not be empty, is an empty string"),
        ({"spec": None}, "spec", "should be an object, is null"),
        ({"spec": "4x16"}, "spec", "is a string"),
        ({"spec": SPEC | {"vcpus": "4"}}, "spec.vcpus", "should be a whole number, is a string"),
        ({"spec": SPEC | {"vcpus": True}}, "spec.vcpus", "should be a whole number, is a boolean"),
        ({"spec": SPEC | {"vcpus": 4.5}}, "spec.vcpus", "should be a whole number, is a fraction"),
        ({"spec": SPEC | {"vcpus": None}}, "spec.vcpus", "should be a whole number, is null"),
        ({"spec": SPEC | {"ram_gb": "16"}}, "spec.ram_gb", "should be a number, is a string"),
        ({"spec": SPEC | {"ram_gb": True}}, "spec.ram_gb", "should be a number, is a boolean"),
        ({"spec": SPEC | {"disk_gb": float("nan")}}, "spec.disk_gb", "is no finite number"),
        ({"created_at": 1736929800}, "created_at", "should be an ISO 8601 time, is a whole number"),
        ({"created_at": "yesterday"}, "created_at", "should be an ISO 8601 time, is a string"),
        ({"created_at": None}, "created_at", "should be an ISO 8601 time, is null"),
    ],
)
def test_a_wrong_type_fails_its_row_alone_and_is_named(
    changes: dict[str, object], field: str, problem: str
) -> None:
    rows = [samples.server(1), samples.server(2) | changes, samples.server(3)]
    good, bad = wire.read_rows(rows, wire.read_server)
    assert [row.id for row in good] == ["srv_00001", "srv_00003"]
    assert len(bad) == 1
    assert bad[0].field == field
    assert problem in bad[0].problem
    assert bad[0].id == (None if field == "id" else "srv_00002")


@pytest.mark.parametrize(
    ("sample", "read"),
    [
        (samples.server, wire.read_server),
        (samples.cluster, wire.read_cluster),
        (samples.domain, wire.read_domain),
    ],
)
def test_every_documented_field_is_required(
    sample: Callable[[], dict[str, object]], read: Callable[[object], Server]
) -> None:
    for name in sample():
        row = sample()
        del row[name]
        _, bad = wire.read_rows([row], read)
        known = sample()["id"] if name != "id" else None
        assert bad == (UnreadableRow(id=known, field=name, problem="is missing"),)  # type: ignore[arg-type] # the sample's id is text


@pytest.mark.parametrize("row", [None, 3, "srv_1", [], True])
def test_a_row_that_is_no_object_fails_alone(row: object) -> None:
    good, bad = wire.read_rows([samples.cluster(), row], wire.read_cluster)
    assert len(good) == 1
    assert (bad[0].id, bad[0].field) == (None, "")
    assert bad[0].problem.startswith("should be an object, is ")


def test_what_was_sent_is_never_quoted() -> None:
    """Foreign text and secrets do not travel through the names of problems."""
    _, bad = wire.read_rows([samples.server(spec="s3cr3t" * 99)], wire.read_server)
    assert "s3cr3t" not in bad[0].problem
    assert len(bad[0].problem) < 80


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b"\xff\xfe\x00", b"[" * 100_000, b"{'a': 1}"]
)
def test_a_body_that_is_no_json_is_named_so(body: bytes) -> None:
    with pytest.raises(WireError, match="the body is no JSON"):
        read_json(body)


@pytest.mark.parametrize(
    ("value", "field", "problem"),
    [
        ([], "", "should be an object, is a list"),
        ({}, "servers", "is missing"),
        ({"servers": None}, "servers", "should be a list, is null"),
        ({"servers": {"a": 1}}, "servers", "should be a list, is an object"),
    ],
)
def test_a_list_of_another_shape_is_named(value: object, field: str, problem: str) -> None:
    with pytest.raises(WireError) as caught:
        wire.read_list(value, "servers")
    assert (caught.value.field, caught.value.problem) == (field, problem)


def test_pagination_is_read() -> None:
    value = samples.page([], total=142, number=3, limit=20)
    assert wire.read_pagination(value, page=3, limit=20, held=0) == Pagination(
        total=142, page=3, limit=20
    )


@pytest.mark.parametrize(
    ("pagination", "field"),
    [
        (None, "pagination"),
        ([], "pagination"),
        ({"page": 1, "limit": 20}, "pagination.total"),
        ({"total": "142", "page": 1, "limit": 20}, "pagination.total"),
        ({"total": -1, "page": 1, "limit": 20}, "pagination.total"),
        ({"total": 142, "page": True, "limit": 20}, "pagination.page"),
        ({"total": 142, "page": 0, "limit": 20}, "pagination.page"),
        ({"total": 142, "page": 1, "limit": 0}, "pagination.limit"),
        ({"total": 142, "page": 1, "limit": None}, "pagination.limit"),
    ],
)
def test_a_wrong_pagination_is_named(pagination: object, field: str) -> None:
    with pytest.raises(WireError) as caught:
        wire.read_pagination({"pagination": pagination}, page=1, limit=20, held=0)
    assert caught.value.field == field


def test_a_missing_pagination_is_named() -> None:
    with pytest.raises(WireError, match="pagination is missing"):
        wire.read_pagination({"servers": []}, page=1, limit=20, held=0)


@pytest.mark.parametrize(
    ("told", "page", "held", "read"),
    [
        ({"limit": 100}, 2, 42, Pagination(142, 2, 100)),
        ({"page": 2}, 2, 42, Pagination(142, 2, 500)),
        ({}, 1, 142, Pagination(142, 1, 500)),
        ({}, 1, 100, Pagination(142, 1, 100)),
        ({"page": 1}, 1, 0, Pagination(142, 1, 500)),
    ],
    ids=["no page", "no limit", "neither", "a page that was cut", "no rows"],
)
def test_what_the_echo_leaves_out_is_as_it_was_asked_for(
    told: dict[str, object], page: int, held: int, read: Pagination
) -> None:
    """But for the size of a first page that is plainly smaller."""
    value = {"pagination": {"total": 142} | told}
    assert wire.read_pagination(value, page=page, limit=500, held=held) == read


def test_a_whole_number_may_be_written_as_a_fraction() -> None:
    """JSON has one kind of number, and some servers write each of them so."""
    value = json.loads('{"pagination": {"total": 142.0, "page": 3.0, "limit": 2e1}}')
    assert wire.read_pagination(value, page=1, limit=1, held=0) == Pagination(142, 3, 20)
    vcpus = wire.read_server(samples.server(spec=SPEC | {"vcpus": 4.0})).spec.vcpus
    nodes = wire.read_cluster(samples.cluster(nodes=5.0)).nodes
    rules = wire.read_domain(samples.domain(cache_rules=12.0)).cache_rules
    assert [(it, type(it)) for it in (vcpus, nodes, rules)] == [(4, int), (5, int), (12, int)]


@pytest.mark.parametrize("number", [5.5, 1e300, float("inf"), float("nan")])
def test_a_number_that_is_not_whole_for_certain_is_refused(number: float) -> None:
    with pytest.raises(WireError, match="nodes should be a whole number"):
        wire.read_cluster(samples.cluster(nodes=number))


CREATED: dict[str, object] = {
    "id": "srv_9f82a1",
    "status": "provisioning",
    "ip_address": "198.51.100.42",
    "provisioning_eta_seconds": 45,
}


@pytest.mark.parametrize(
    ("server", "created"),
    [
        (CREATED, CreatedServer(ServerId("srv_9f82a1"), "provisioning", "198.51.100.42", 45)),
        (
            {"id": "a", "status": "s", "region": "r"},
            CreatedServer(ServerId("a"), "s", None, None, {"region": "r"}),
        ),
        (
            CREATED | {"ip_address": None, "provisioning_eta_seconds": None},
            CreatedServer(ServerId("srv_9f82a1"), "provisioning", None, None),
        ),
    ],
)
def test_a_created_server_may_have_neither_address_nor_eta(
    server: dict[str, object], created: CreatedServer
) -> None:
    """The server exists: it is not given up for want of what is not known yet."""
    assert wire.read_created({"server": server}) == created


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({}, "server"),
        ({"server": None}, "server"),
        ({"server": {"status": "provisioning"}}, "server.id"),
        ({"server": {"id": "a"}}, "server.status"),
        ({"server": CREATED | {"ip_address": 3}}, "server.ip_address"),
        (
            {"server": CREATED | {"provisioning_eta_seconds": "45"}},
            "server.provisioning_eta_seconds",
        ),
        (
            {"server": CREATED | {"provisioning_eta_seconds": True}},
            "server.provisioning_eta_seconds",
        ),
    ],
)
def test_a_wrong_creation_answer_is_named(value: object, field: str) -> None:
    with pytest.raises(WireError) as caught:
        wire.read_created(value)
    assert caught.value.field == field


NEW = NewServer("web-01", "us-east-1", "debian-12", "c2")


def test_a_new_server_is_written_as_documented() -> None:
    assert json.loads(wire.write_new_server(NEW)) == {
        "name": "web-01",
        "region": "us-east-1",
        "image": "debian-12",
        "plan": "c2",
    }
    with_keys = NewServer("web-01", "us-east-1", "debian-12", "c2", ("key_1", "key_2"))
    assert json.loads(wire.write_new_server(with_keys))["ssh_keys"] == ["key_1", "key_2"]


@pytest.mark.parametrize("name", ["abc", "x" * 63, "äöü", "名前名"])
def test_names_of_3_to_63_characters_pass(name: str) -> None:
    """The reference counts characters, not bytes."""
    written = wire.write_new_server(NewServer(name, "r", "i", "p"))
    assert json.loads(written)["name"] == name


@pytest.mark.parametrize(
    ("new", "field", "problem"),
    [
        (NewServer("ab", "r", "i", "p"), "name", "3 to 63 characters, has 2"),
        (NewServer("x" * 64, "r", "i", "p"), "name", "3 to 63 characters, has 64"),
        (NewServer("    ", "r", "i", "p"), "name", "not be blank"),
        (NewServer("abc", "", "i", "p"), "region", "not be blank"),
        (NewServer("abc", "r", "\t", "p"), "image", "not be blank"),
        (NewServer("abc", "r", "i", " "), "plan", "not be blank"),
        (NewServer("abc", "r", "i", 3), "plan", "text, is a whole number"),  # type: ignore[arg-type] # wrong on purpose
        (NewServer("abc", "r", "i", "p", ("k", "")), "ssh_keys.1", "not be blank"),
        (NewServer("abc", "r", "i", "p", "key_1"), "ssh_keys", "several ids"),  # type: ignore[arg-type] # wrong on purpose
        (NewServer("abc", "r", "i", "p", (1,)), "ssh_keys.0", "text"),  # type: ignore[arg-type] # wrong on purpose
    ],
)
def test_a_new_server_that_breaks_a_rule_is_not_written(
    new: NewServer, field: str, problem: str
) -> None:
    with pytest.raises(WireError) as caught:
        wire.write_new_server(new)
    assert caught.value.field == field
    assert problem in caught.value.problem
