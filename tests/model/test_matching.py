"""What a person means by a name or an id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.matching import NoneSuch, One, Several, near_names, resolve
from tests.model.rows import ANY_TEXT, LIKELY_TEXT, cluster, server

API_1 = server("prod-api-1", id="srv_1")
API_2 = server("prod-api-2", id="srv_2")
API_10 = server("prod-api-10", id="srv_10")
TWIN_A = server("twin", id="srv_b")
TWIN_B = server("twin", id="srv_a")
CASE_UP = server("Web", id="srv_up")
CASE_LOW = server("web", id="srv_low")
NAMED_LIKE_AN_ID = server("srv_1", id="srv_odd")
ODD = server("[red]x[/]", id="srv_red")
ROWS = [API_10, API_1, API_2, TWIN_A, TWIN_B, CASE_UP, CASE_LOW, NAMED_LIKE_AN_ID, ODD]


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("srv_2", One(API_2)),
        ("SRV_2", One(API_2)),
        ("prod-api-1", One(API_1)),
        ("PROD-api-1", One(API_1)),
        ("srv_1", One(API_1)),  # an id goes before a name
        ("web", One(CASE_LOW)),  # the exact case goes before any
        ("WEB", Several((CASE_UP, CASE_LOW))),
        ("twin", Several((TWIN_B, TWIN_A))),
        ("prod-*", Several((API_1, API_2, API_10))),
        ("*-10", One(API_10)),
        ("srv_r*", One(ODD)),
        ("[red]x[/]", One(ODD)),  # a name that looks like a pattern
    ],
)
def test_an_id_then_a_name_then_any_case_then_a_pattern(ref: str, found: object) -> None:
    result = resolve(ref, ROWS)
    if isinstance(found, Several):
        assert isinstance(result, Several)
        assert sorted(row.id for row in result.rows) == sorted(row.id for row in found.rows)
    else:
        assert result == found


def test_candidates_are_in_the_order_of_their_names_then_ids() -> None:
    found = resolve("*", [TWIN_A, API_10, TWIN_B, API_2])
    assert isinstance(found, Several)
    assert [row.id for row in found.rows] == ["srv_2", "srv_10", "srv_a", "srv_b"]


def test_clusters_are_meant_by_their_id() -> None:
    row = cluster("k8s_prod_01")
    assert resolve("K8S_prod_01", [row]) == One(row)


@pytest.mark.parametrize(
    ("ref", "near"),
    [
        ("prod-api", ("prod-api-1", "prod-api-2", "prod-api-10")),  # holds it
        ("prod-apy-2", ("prod-api-2", "prod-api-1")),  # looks like it
        ("zzz", ()),
        ("*", ()),
        ("", ()),
    ],
)
def test_names_that_look_like_it_are_proposed(ref: str, near: tuple[str, ...]) -> None:
    proposed = near_names(ref, ["prod-api-1", "prod-api-2", "prod-api-10", "db"])
    assert proposed[: len(near)] == near
    assert bool(proposed) is bool(near)


def test_none_such_proposes() -> None:
    assert resolve("twim", ROWS) == NoneSuch(("twin",))


def test_at_most_five_names_are_proposed() -> None:
    assert len(near_names("web", [f"web-{n}" for n in range(50)])) == 5


def test_a_long_list_is_searched_through() -> None:
    """The slow comparison sees a shortlist only; what is looked for is on it."""
    names = [
        f"{word}-{n:05}" for word in ("prod-api", "stage-db", "dev-cache") for n in range(5_000)
    ]
    assert near_names("stge-db-01234", names)[0] == "stage-db-01234"


@given(ANY_TEXT | LIKELY_TEXT, st.lists(LIKELY_TEXT, max_size=6))
def test_any_text_means_one_several_or_none(ref: str, names: list[str]) -> None:
    rows = [server(name, id=f"srv_{at}") for at, name in enumerate(names)]
    found = resolve(ref, rows)
    if ref in names:
        assert not isinstance(found, NoneSuch)
    if isinstance(found, Several):
        assert len(found.rows) > 1
