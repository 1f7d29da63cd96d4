"""What is refused before anybody is asked, and that what is accepted is sent as it was read."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bot.approvals import asking
from bot.approvals.answers import Draft
from bot.model.requests import Specification
from bot.sandbox.cloudnexus.validation import Invalid, creation
from tests.approvals.values import BODY, DIGEST, SPEC, draft

ZWJ, VS16 = "\u200d", "\ufe0f"
ASTRONAUT = f"\U0001f469\U0001f3fd{ZWJ}\U0001f680"


def problems(typed: Draft, *, reason_required: bool = False) -> dict[str, str]:
    """What is wrong, by field."""
    found = asking.checked(typed, reason_required=reason_required)
    return {} if isinstance(found, Specification) else {it.field: it.problem for it in found}


def accepted(typed: Draft) -> Specification:
    """The specification of a draft that is right."""
    found = asking.checked(typed, reason_required=False)
    assert isinstance(found, Specification), found
    return found


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "A name is needed: 3 to 63 characters."),
        ("   ", "A name is needed"),
        ("a", "this has 1 character."),
        ("ab", "3 to 63 characters; this has 2 characters."),
        ("  ab  ", "this has 2 characters"),
        ("abc", ""),
        ("  abc  ", ""),
        ("a" * 63, ""),
        ("a" * 64, "3 to 63 characters; this has 64 characters."),
        ("a" * 4_000, "this has 4,000 characters"),
        # Characters are code points, as CloudNexus counts them.
        ("\U0001f680" * 2, "this has 2 characters"),
        ("\U0001f680" * 3, ""),
        ("\U0001f680" * 64, "this has 64 characters"),
        (ASTRONAUT, ""),
        (f"web-{ASTRONAUT}", ""),
        (f"\u2764{VS16}{ZWJ}\U0001f525", ""),
        (f"1{VS16}\u20e3-web", ""),
        ("web 7", ""),
        ("größe-7", ""),
        ("web\n7", "can't hold line breaks"),
        ("web\t7", "can't hold line breaks, control characters"),
        ("web\x007", "can't hold line breaks, control characters"),
        ("web\x7f7", "can't hold line breaks, control characters"),
        ("web\x857", "can't hold line breaks"),
        ("web\u20287", "can't hold line breaks"),
        ("web\u200b7", "others that nobody sees"),
        ("web\u202e7", "others that nobody sees"),
        ("web\ufeff7", "others that nobody sees"),
        ("web\u00ad7", "others that nobody sees"),
        ("web\ue0007", "others that nobody sees"),
        ("web\ud83d", "half a character"),
        ("\udc00web", "half a character"),
        # A joiner is seen only where it joins two signs.
        (f"we{ZWJ}b-7", "others that nobody sees"),
        (f"web-7{ZWJ}", "others that nobody sees"),
        (ZWJ * 3, "others that nobody sees"),
        (f"web{VS16}", "others that nobody sees"),
        ("\u3164" * 3, "others that nobody sees"),
        ("\u2800" * 3, "others that nobody sees"),
        ("we\u034fb", "others that nobody sees"),
    ],
)
def test_a_name_is_three_to_63_characters_that_are_seen(name: str, said: str) -> None:
    found = problems(draft(name=name))
    if said:
        assert list(found) == ["name"]
        assert said in found["name"]
    else:
        assert found == {}
        assert accepted(draft(name=name)).name == name.strip()


@pytest.mark.parametrize("field", ["region", "image", "plan"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "is needed, such as "),
        (" \n ", "is needed, such as "),
        ("x", ""),
        ("no-such-place-9", ""),  # CloudNexus knows: its list is not ours
        ("x" * 255, ""),
        ("x" * 256, "at most 255 characters; this has 256."),
        ("a\nb", "can't hold line breaks"),
        ("a\u200bb", "others that nobody sees"),
        ("a\ud800", "half a character"),
    ],
)
def test_region_image_and_plan_are_any_text_that_is_seen(field: str, typed: str, said: str) -> None:
    found = problems(draft(**{field: typed}))
    assert list(found) == ([field] if said else [])
    assert said in found.get(field, "")
    if not said:
        assert getattr(accepted(draft(**{field: f"  {typed} "})), field) == typed


@pytest.mark.parametrize("number", [0, 1, 50, 100])
def test_up_to_a_hundred_keys_are_taken_in_their_order(number: int) -> None:
    keys = tuple(f"key_{at}" for at in range(number))
    assert accepted(draft(ssh_keys=",".join(keys))).ssh_keys == keys
    assert accepted(draft(ssh_keys=" ,\n; ".join(keys))).ssh_keys == keys


def test_more_than_a_hundred_keys_are_refused() -> None:
    typed = ",".join(f"key_{at}" for at in range(101))
    assert problems(draft(ssh_keys=typed)) == {
        "ssh_keys": "At most 100 SSH keys are taken; these are 101."
    }


def test_a_key_that_is_given_twice_counts_once() -> None:
    assert accepted(draft(ssh_keys="b, a b,a,,; b")).ssh_keys == ("b", "a")
    many = ",".join(f"key_{at % 100}" for at in range(400))
    assert len(accepted(draft(ssh_keys=many)).ssh_keys) == 100


ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIJ7dNNb0pGx6dS2n2Yb3pQk5qzTtZzJtM8xXlF2v9w0Q"


@pytest.mark.parametrize(
    "pasted",
    [
        f"ssh-ed25519 {ED25519} ann@host",
        f"key_1, ssh-ed25519 {ED25519}",
        ED25519,
        f"ssh-rsa AAAAB3NzaC1yc2E{'x' * 700} ann@host",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY=",
        f"sk-ssh-ed25519@openssh.com {ED25519}",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUA\n-----END OPENSSH PRIVATE KEY-----",
    ],
)
def test_a_key_pasted_whole_is_refused_and_nothing_of_it_is_repeated(pasted: str) -> None:
    """It would be sent in pieces, each as an id; and a private one would stand on the card."""
    found = problems(draft(ssh_keys=pasted))
    assert found == {
        "ssh_keys": "That is a key itself. Give the ids of keys that CloudNexus knows."
    }


@pytest.mark.parametrize("key", ["ssh-key-of-ann", "ann@host", "12345", "AAAA", "sk-1", "-", "rsa"])
def test_an_id_may_look_like_a_key(key: str) -> None:
    assert accepted(draft(ssh_keys=key)).ssh_keys == (key,)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("k" * 255, ""),
        ("k" * 256, "at most 255 characters"),
        ("k\u200bk", "others that nobody sees"),
        ("k\ud800", "half a character"),
    ],
)
def test_the_id_of_a_key_is_text_that_is_seen(key: str, said: str) -> None:
    found = problems(draft(ssh_keys=f"key_1 {key}"))
    assert list(found) == (["ssh_keys"] if said else [])
    assert said in found.get("ssh_keys", "")


@pytest.mark.parametrize(
    ("reason", "required", "said"),
    [
        ("", False, ""),
        ("", True, "A reason is needed"),
        (" \n ", True, "A reason is needed"),
        ("x", True, ""),
        ("r" * 2_000, True, ""),
        (f"  {'r' * 2_000}\n", True, ""),
        ("r" * 2_001, False, "at most 2,000 characters; this has 2,001."),
        ("r" * 4_000, True, "at most 2,000 characters; this has 4,000."),
        ("two\nlines", True, ""),
    ],
)
def test_a_reason_has_at_most_2000_characters(reason: str, required: bool, said: str) -> None:
    found = problems(draft(reason=reason), reason_required=required)
    assert list(found) == (["reason"] if said else [])
    assert said in found.get("reason", "")


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_fields() -> None:
    nothing = asking.checked(Draft(ssh_keys="k" * 300), reason_required=True)
    assert not isinstance(nothing, Specification)
    assert [it.field for it in nothing] == [it.name for it in fields(Draft)]


def test_what_is_sent_is_the_reference_s_body_and_nothing_else() -> None:
    assert json.loads(BODY) == {
        "name": "web-7",
        "region": "us-east-1",
        "image": "ubuntu-24.04",
        "plan": "c-4",
        "ssh_keys": ["key_ann"],
    }
    assert "ssh_keys" not in json.loads(asking.sealed(replace(SPEC, ssh_keys=()))[0])
    assert len(DIGEST) == 64


@pytest.mark.parametrize(
    "wrong", [{"name": "ab"}, {"name": "a" * 64}, {"region": " "}, {"ssh_keys": ("",)}]
)
def test_what_breaks_the_reference_is_never_sealed(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        asking.sealed(replace(SPEC, **wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "web-8"},
        {"region": "us-east-2"},
        {"image": "ubuntu-24.10"},
        {"plan": "c-8"},
        {"ssh_keys": ()},
        {"ssh_keys": ("key_ann", "key_eve")},
    ],
)
def test_bytes_say_one_specification_and_no_other(other: dict[str, object]) -> None:
    assert asking.says(BODY, SPEC)
    different = replace(SPEC, **other)  # type: ignore[arg-type]
    assert not asking.says(BODY, different)
    assert asking.sealed(different)[1] != DIGEST


@pytest.mark.parametrize(
    "body", ["", "[]", "null", "{", BODY[:-1], BODY.replace("}", ', "x": 1}'), BODY + BODY]
)
def test_what_is_no_body_says_nothing(body: str) -> None:
    assert not asking.says(body, SPEC)


WORDS = st.text(st.characters(), max_size=70)
"""Any text at all, half characters included."""

SIGNS = st.text(
    st.sampled_from(f"aZ9-_. äж中\U0001f680{ZWJ}{VS16}\u20e3\u200b\ud83d\n"), max_size=70
)
SEEN = st.characters(exclude_categories=["C", "Z"])
FINE = st.text(st.one_of(SEEN, st.sampled_from(f" {ZWJ}{VS16}")), min_size=3, max_size=63)
TYPED = st.one_of(FINE, WORDS, SIGNS)
KEYS = st.lists(st.one_of(FINE, SIGNS), max_size=4).map(",".join)


def drafts(field: st.SearchStrategy[str]) -> st.SearchStrategy[Draft]:
    """Drafts whose fields are made so."""
    return st.builds(Draft, field, field, field, field, KEYS, WORDS)


@settings(max_examples=120, deadline=None)
@given(typed=st.one_of(drafts(FINE), drafts(TYPED)))
def test_whatever_is_accepted_is_sent_as_it_was_read_and_taken_by_cloudnexus(typed: Draft) -> None:
    spec = asking.checked(typed, reason_required=False)
    if not isinstance(spec, Specification):
        event("refused")
        assert {it.field for it in spec} <= {it.name for it in fields(Draft)}
        assert all(it.problem for it in spec)
        return
    event("accepted")
    body, digest = asking.sealed(spec)
    assert digest == asking.digest_of(body)
    assert asking.says(body, spec)
    try:
        taken = creation(body.encode())
    except Invalid as problem:
        pytest.fail(f"CloudNexus would not take it: {problem}")
    sent = (taken.name, taken.region, taken.image, taken.plan, taken.ssh_keys)
    assert sent == (spec.name, spec.region, spec.image, spec.plan, spec.ssh_keys)
    # Asking for just that again comes to the same.
    again = Draft(spec.name, spec.region, spec.image, spec.plan, ",".join(spec.ssh_keys))
    assert asking.checked(again, reason_required=False) == spec


def test_a_value_that_stands_in_no_list_is_marked_and_allowed() -> None:
    lists = {"regions": ("us-east-1",), "plans": ("c-4",), "images": ()}
    assert asking.unlisted(SPEC, **lists) == ()
    other = replace(SPEC, region="mars-1", image="beos", plan="huge")
    assert asking.unlisted(other, **lists) == ("region", "plan")
