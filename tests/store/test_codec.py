"""Rows and texts survive their columns, whatever they hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cloudnexus.models import Cluster, ClusterId, Domain, DomainId, Server, ServerId, Spec
from bot.model.kinds import Row, kind_of
from bot.store import codec

# What a JSON parser makes of any document: also NUL and lone surrogates, but no two that are a pair.
texts = st.text(st.characters(), max_size=300).filter(lambda it: json.loads(json.dumps(it)) == it)
numbers = st.integers(0) | st.floats(0, allow_infinity=False)
extras = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)
instants = st.datetimes(timezones=st.just(UTC))
servers = st.builds(
    Server,
    id=texts.map(ServerId),
    name=texts,
    status=texts,
    region=texts,
    spec=st.builds(Spec, vcpus=st.integers(0), ram_gb=numbers, disk_gb=numbers),
    created_at=instants,
    extra=extras,
)
clusters = st.builds(
    Cluster,
    id=texts.map(ClusterId),
    version=texts,
    nodes=st.integers(0),
    network_policy=texts,
    status=texts,
    extra=extras,
)
domains = st.builds(
    Domain,
    id=texts.map(DomainId),
    name=texts,
    origin=texts,
    ssl=texts,
    cache_rules=st.integers(0),
    status=texts,
    extra=extras,
)


@given(servers | clusters | domains)
def test_a_row_comes_back_as_it_was(row: Row) -> None:
    packed = codec.pack(row)
    assert codec.unpack(kind_of(row), [packed]) == [row]
    for column in packed:
        assert (
            not isinstance(column, str) or len(column.encode()) <= 4 * 200 or column is packed.body
        )
    assert packed.body.isascii()


@given(texts, texts)
def test_a_column_tells_texts_apart_and_can_be_stored(one: str, other: str) -> None:
    keys = codec.key(one), codec.key(other)
    assert (keys[0] == keys[1]) == (one == other)
    for key in keys:
        assert "\0" not in key
        assert len(key.encode()) <= 800  # no lone surrogate, or this would raise


@pytest.mark.parametrize(
    "text",
    ["prod-api-01", "", "é🦊", "x" * 200, "a\ufffdb"],
    ids=["plain", "empty", "é", "200", "fffd"],
)
def test_ordinary_texts_stay_legible(text: str) -> None:
    assert codec.key(text) == text


def test_a_long_text_has_a_short_key_of_its_own() -> None:
    keys = {codec.key("x" * 200 + end) for end in ("y", "z", "")}
    assert len(keys) == 3
    assert max(map(len, keys)) == 200


def test_a_text_that_looks_like_a_key_is_not_taken_for_one() -> None:
    odd = codec.key("a\0b")
    assert codec.key(odd) != odd


@given(instants)
def test_instants_are_exact(at: datetime) -> None:
    assert codec.moment(codec.micros(at)) == at
    assert codec.micros(at + timedelta(microseconds=1) * (at.year < 9999)) >= codec.micros(at)
