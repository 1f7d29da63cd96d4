"""The order of listings."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cloudnexus import Server
from bot.model.kinds import Kind, Row
from bot.model.sorting import SORT_FIELDS, SortError, default_sort, natural_key, parse_sort
from tests.model.rows import ANY_TEXT, CREATED, cluster, domain, server


def test_numbers_in_names_count_as_numbers() -> None:
    rows = [server(name) for name in ("web-10", "web-2", "Web-1", "api-3", "web-02")]
    ordered = default_sort(Kind.SERVER).apply(rows)
    assert [row.name for row in ordered] == ["api-3", "Web-1", "web-02", "web-2", "web-10"]


def test_more_digits_than_a_number_can_have_are_sorted_all_the_same() -> None:
    assert natural_key("9" * 5_000) > natural_key("8" * 5_000) > natural_key("9" * 4_999)


@given(st.lists(ANY_TEXT), st.randoms(use_true_random=False))
def test_any_names_have_one_order(names: list[str], chance: random.Random) -> None:
    rows = [server(name) for name in names]
    ordered = default_sort(Kind.SERVER).apply(rows)
    chance.shuffle(rows)
    assert default_sort(Kind.SERVER).apply(rows) == ordered


FEW = st.sampled_from(["a", "A", "web-2", "web-10", "web-02", ""])


@given(
    st.lists(st.builds(server, FEW, id=FEW, region=FEW, vcpus=st.integers(1, 3)), max_size=12),
    st.lists(
        st.sampled_from(["name", "-name", "region", "-vcpus", "-age"]), min_size=1, max_size=3
    ),
)
def test_every_order_is_that_of_sorting_by_one_field_after_the_other(
    rows: list[Server], words: list[str]
) -> None:
    order = parse_sort(",".join(words))
    expected = sorted(rows, key=lambda row: (natural_key(row.id), row.id))
    for key in reversed(order.keys):
        expected.sort(key=SORT_FIELDS[Kind.SERVER][key.field], reverse=key.descending)
    assert list(order.apply(rows)) == expected


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=5))
def test_any_numbers_count_as_numbers(numbers: list[int]) -> None:
    """Whatever stands around them, zeros before them included."""
    for zeros in ("", "00"):
        names = [f"web-{zeros}{number}.{number}x" for number in numbers]
        ordered = sorted(names, key=natural_key)
        assert ordered == [f"web-{zeros}{number}.{number}x" for number in sorted(numbers)]


OLD = server("b", created_at=CREATED - timedelta(days=9), region="us-west-1", vcpus=2)
NEW = server("c", created_at=CREATED, region="eu-west-2", vcpus=8)
MID = server("a", created_at=CREATED - timedelta(days=1), region="us-west-1", vcpus=16)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("name", [MID, OLD, NEW]),
        ("-name", [NEW, OLD, MID]),
        ("age", [NEW, MID, OLD]),
        ("-age", [OLD, MID, NEW]),
        ("−age", [OLD, MID, NEW]),
        ("—age", [OLD, MID, NEW]),
        ("--age", [OLD, MID, NEW]),
        ("vcpus", [OLD, NEW, MID]),
        ("region,name", [NEW, MID, OLD]),
        ("-region,-name", [OLD, MID, NEW]),
        ("REGION, -Age", [NEW, OLD, MID]),
    ],
)
def test_rows_in_the_order_asked_for(text: str, order: list[object]) -> None:
    assert list(parse_sort(text).apply([OLD, NEW, MID])) == order


def test_ids_break_ties_in_both_directions() -> None:
    rows = [server("x", id=f"srv_{n}") for n in (10, 9, 2)]
    for text in ("name", "-name", "status,-region"):
        ordered = parse_sort(text).apply(rows)
        assert [row.id for row in ordered] == ["srv_2", "srv_9", "srv_10"]


def test_versions_are_sorted_number_by_number() -> None:
    rows = [cluster(version, version=version) for version in ("1.29.2", "v1.9.0", "1.30")]
    ordered = parse_sort("version", Kind.CLUSTER).apply(rows)
    assert [row.version for row in ordered] == ["v1.9.0", "1.29.2", "1.30"]


@pytest.mark.parametrize("kind", Kind)
def test_every_field_of_every_kind_sorts(kind: Kind) -> None:
    two: dict[Kind, list[Row]] = {
        Kind.SERVER: [server("b"), server("a")],
        Kind.CLUSTER: [cluster("b"), cluster("a")],
        Kind.DOMAIN: [domain("b"), domain("a")],
    }
    rows = two[kind]
    for field in SORT_FIELDS[kind]:
        ordered = parse_sort(field, kind).apply(rows)
        assert [row.id for row in ordered] == [row.id for row in reversed(rows)]


@pytest.mark.parametrize(
    ("text", "canonical"), [("-Age, name,,-age", "-age,name"), ("RAM-GB", "ram_gb")]
)
def test_the_canonical_text(text: str, canonical: str) -> None:
    assert str(parse_sort(text)) == canonical
    assert parse_sort(canonical) == parse_sort(text)


@pytest.mark.parametrize(
    ("text", "kind", "says", "instead"),
    [
        ("nmae", Kind.SERVER, "Did you mean name?", "name"),
        ("region,-aeg", Kind.SERVER, "Did you mean age?", "region,-age"),
        ("age", Kind.CLUSTER, "Clusters can't be sorted by “age”", None),
        ("colour", Kind.SERVER, "sorted by name, id, status", None),
        ("", Kind.SERVER, "lacks a field", None),
        (" ,-", Kind.SERVER, "lacks a field", None),
    ],
)
def test_what_is_no_order_says_what_would_be_right(
    text: str, kind: Kind, says: str, instead: str | None
) -> None:
    with pytest.raises(SortError) as caught:
        parse_sort(text, kind)
    assert says in str(caught.value)
    assert caught.value.instead == instead
