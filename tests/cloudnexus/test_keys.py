"""What a key's prefix says, where it may travel, and that no complaint shows it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.cloudnexus import KeyKind, check_address, key_kind
from bot.cloudnexus.keys import api_root


@pytest.mark.parametrize(
    ("key", "kind"),
    [("cn_live_sk_8f3k29d10x", KeyKind.LIVE), ("cn_test_sk_8f3k29d10x", KeyKind.TEST)],
)
def test_the_prefix_tells_the_environment(key: str, kind: KeyKind) -> None:
    assert key_kind(SecretStr(key)) is kind


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "begins with cn_live_sk_ or cn_test_sk_"),
        ("hunter2hunter2", "begins with cn_live_sk_ or cn_test_sk_"),
        ("xoxb-hunter2", "begins with cn_live_sk_ or cn_test_sk_"),
        ("CN_LIVE_SK_hunter2", "begins with cn_live_sk_ or cn_test_sk_"),
        (" cn_live_sk_hunter2", "begins with cn_live_sk_ or cn_test_sk_"),
        ("cn_live_sk_", "the key itself is missing"),
        ("cn_live_sk_hunter2\n", "perhaps a blank or a line break"),
        ("cn_live_sk_hunter2\r\nX-Evil: 1", "only letters, digits"),
        ('cn_live_sk_hun"ter2', "only letters, digits"),
        ("cn_test_sk_hünter2", "only letters, digits"),
    ],
)
def test_a_wrong_key_is_refused_without_showing_it(key: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        key_kind(SecretStr(key))
    assert "nter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "address",
    [
        "https://api.cloudnexus.com/v1/",
        "https://api.cloudnexus.com",
        "http://127.0.0.1:8080/v1/",
        "http://127.8.9.10/v1",
        "http://localhost:8080/v1/",
        "http://LOCALHOST:8080/v1/",
        "http://[::1]:8080/v1/",
    ],
)
def test_a_live_key_travels_encrypted_or_on_loopback(address: str) -> None:
    check_address(address, KeyKind.LIVE)


@pytest.mark.parametrize(
    "address",
    [
        "http://api.cloudnexus.com/v1/",
        "http://10.0.0.1/v1/",
        "http://0.0.0.0/v1/",
        "http://localhost.example.com/v1/",
        "http://127.0.0.1.example.com/v1/",
        "http://[::2]/v1/",
    ],
)
def test_a_live_key_never_travels_over_plain_http(address: str) -> None:
    with pytest.raises(ValueError, match=r"never travels over plain http.*https://"):
        check_address(address, KeyKind.LIVE)
    check_address(address, KeyKind.TEST)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.cloudnexus.com",
        "ftp://api.cloudnexus.com/",
        "https://",
        "http://host:99999/",
        "/v1/",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    for kind in KeyKind:
        with pytest.raises(ValueError, match=r"should look like https://api\.cloudnexus\.com/v1/"):
            check_address(address, kind)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("https://me:hunter2@api.cloudnexus.com/v1/", "user name or a password"),
        ("https://me@api.cloudnexus.com/v1/", "user name or a password"),
        ("http://127.0.0.1\\@hunter2/", "should look like"),
        ("https://api.cloudnexus.com/v1/?key=hunter2", "query"),
        ("https://api.cloudnexus.com/v1/#hunter2", "fragment"),
    ],
)
def test_an_address_holds_nothing_but_an_address(address: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        check_address(address, KeyKind.LIVE)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("https://api.cloudnexus.com/v1/", "https://api.cloudnexus.com/v1/"),
        ("https://api.cloudnexus.com/v1", "https://api.cloudnexus.com/v1/"),
        ("https://api.cloudnexus.com", "https://api.cloudnexus.com/v1/"),
        ("https://api.cloudnexus.com/", "https://api.cloudnexus.com/v1/"),
        ("https://proxy.example.com/cloudnexus/v1/", "https://proxy.example.com/cloudnexus/v1/"),
    ],
)
def test_a_slash_or_the_documented_path_may_be_left_out(address: str, root: str) -> None:
    assert str(api_root(address)) == root
