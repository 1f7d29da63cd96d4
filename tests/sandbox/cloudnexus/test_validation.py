"""What the API takes, as a table of rules; pure, without a server."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.cloudnexus.validation import (
    GREATEST,
    MAX_BODY,
    VISIBLE,
    Creation,
    Invalid,
    creation,
    page_and_limit,
    page_of,
)

WHOLE = {"name": "new-one", "region": "us-east-1", "image": "debian-13", "plan": "c-4"}


def body(**changed: Any) -> bytes:
    """A complete creation with some fields changed."""
    return json.dumps({**WHOLE, **changed}).encode()


def wrong_fields(sent: bytes) -> list[str]:
    """The fields that the refusal names."""
    with pytest.raises(Invalid) as refused:
        creation(sent)
    return [problem.field for problem in refused.value.problems]


def test_a_complete_body_is_taken_as_it_is() -> None:
    assert creation(body(ssh_keys=["key_1"])) == Creation(**WHOLE, ssh_keys=("key_1",))
    assert creation(body()).ssh_keys == ()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"name=new-one",
        b'{"name": "new-one",}',
        b"{'name': 'new-one'}",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b"\xff\xfe{\x00}\x00",
        b'{"name": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"[" * 60_000,
        b'{"name": 1' + b"0" * 5_000 + b"}",
    ],
)
def test_what_is_no_json_is_malformed(sent: bytes) -> None:
    with pytest.raises(Invalid, match="malformed JSON") as refused:
        creation(sent)
    assert refused.value.problems == ()


@pytest.mark.parametrize("sent", [b"null", b"[]", b'"text"', b"12", b"true"])
def test_json_that_is_no_object_is_refused(sent: bytes) -> None:
    with pytest.raises(Invalid, match="JSON object"):
        creation(sent)


def test_a_body_that_was_too_large_is_refused() -> None:
    with pytest.raises(Invalid, match=str(MAX_BODY)):
        creation(None)


@pytest.mark.parametrize("field", ["name", "region", "image", "plan"])
@pytest.mark.parametrize(
    "value", [None, 12, 1.5, True, [], {}, ["text"], "", "   ", "\t\n", "\ud800abc"]
)
def test_each_text_must_be_a_string_that_can_be_seen(field: str, value: object) -> None:
    assert wrong_fields(body(**{field: value})) == [field]


@pytest.mark.parametrize("value", [None, "key_1", {}, 1, [1], [None], [""], ["key_1", [" "]]])
def test_ssh_keys_are_an_array_of_strings(value: object) -> None:
    assert wrong_fields(body(ssh_keys=value)) == ["ssh_keys"]


def test_an_unknown_field_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(Invalid, match="ssh_keys") as refused:
        creation(body(ssh_key="key_1"))
    assert [problem.field for problem in refused.value.problems] == ["ssh_key"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    sent = json.dumps({"name": "ab", "image": 7, "colour": "red"}).encode()
    assert set(wrong_fields(sent)) == {"name", "region", "image", "plan", "colour"}


def test_a_long_foreign_value_is_quoted_short() -> None:
    with pytest.raises(Invalid) as refused:
        creation(body(plan=["x" * 5_000]))
    assert len(str(refused.value)) < 200


@given(name=st.text(max_size=70))
def test_a_name_is_taken_exactly_if_it_has_3_to_63_characters_and_can_be_seen(name: str) -> None:
    right = 3 <= len(name) <= 63 and re.search(VISIBLE, name) is not None
    if right:
        assert creation(body(name=name)).name == name
    else:
        assert wrong_fields(body(name=name)) == ["name"]


@given(text=st.text(max_size=25) | st.integers(-5, 10**20).map(str))
def test_page_and_limit_are_positive_whole_numbers_in_plain_digits(text: str) -> None:
    right = re.fullmatch("[1-9][0-9]*", text) is not None and int(text) <= GREATEST
    for name in ("page", "limit"):
        if right:
            read = page_and_limit([(name, text)])
            assert read == ((int(text), 20) if name == "page" else (1, int(text)))
        else:
            with pytest.raises(Invalid, match=name):
                page_and_limit([(name, text)])


def test_a_parameter_that_is_given_twice_is_ambiguous() -> None:
    with pytest.raises(Invalid, match="page"):
        page_and_limit([("page", "1"), ("page", "2")])


def test_other_parameters_are_let_pass() -> None:
    assert page_and_limit([("sort", "name"), ("page", "2"), ("sort", "x")]) == (2, 20)


def test_the_page_of_a_wrong_query_is_not_known() -> None:
    assert page_of([("page", "3"), ("limit", "5")]) == 3
    assert page_of([]) == 1
    assert page_of([("page", "3"), ("limit", "none")]) is None
