"""Read commands in a terminal: the same words as in Slack, for people and, with --json, for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import cnx, control

KEY = "cn_live_sk_standin"


def read(*arguments: str, account: str, cwd: Path, key: str = KEY) -> tuple[int, Any]:
    """The exit code, and what `--json` printed."""
    ended = cnx(*arguments, "--json", cwd=cwd, env={"CNX_API_KEY": key, "CNX_API_URL": account})
    assert "Traceback" not in ended.stderr
    assert key not in ended.stdout + ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def test_servers_as_json(account: str, tmp_path: Path) -> None:
    code, answer = read("servers", account=account, cwd=tmp_path)
    assert code == 0
    assert len(answer["servers"]) == answer["total"] == 142
    assert answer["key"] == "live"
    assert answer["read_at"].endswith("Z")
    assert set(answer["servers"][0]) == {"id", "name", "status", "region", "spec", "created_at"}


def test_without_a_store_cloudnexus_is_asked_and_the_answer_says_so(
    account: str, tmp_path: Path
) -> None:
    _, answer = read("servers", account=account, cwd=tmp_path)
    assert answer["cost"] == 2
    assert "cnx.db holds nothing yet" in answer["note"]
    assert answer["note"].endswith("CloudNexus itself was asked.")
    ended = cnx("servers", cwd=tmp_path, env={"CNX_API_KEY": KEY, "CNX_API_URL": account})
    assert "CloudNexus itself was asked" in " ".join(ended.stdout.split())
    code, answer = read("history", account=account, cwd=tmp_path)
    assert (code, answer["error"]["reason"]) == (3, "unrecorded")
    assert list(tmp_path.iterdir()) == [], "a terminal makes no store"


def test_whoever_asks_live_is_told_the_price_and_no_more(account: str, tmp_path: Path) -> None:
    code, answer = read("servers", "--live", account=account, cwd=tmp_path)
    assert (code, answer["cost"], answer["note"], answer["total"]) == (0, 2, None, 142)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_opened_ends_with_3_and_what_to_do(
    account: str, tmp_path: Path
) -> None:
    (tmp_path / "cnx.db").write_text("this is no database, and long enough to be read as one")
    code, answer = read("servers", account=account, cwd=tmp_path)
    assert (code, answer["error"]["reason"]) == (3, "store")
    assert "set CNX_DATABASE_URL to another file" in answer["error"]["message"]
    code, answer = read("servers", "--live", account=account, cwd=tmp_path)
    assert (code, answer["total"]) == (0, 142)


def test_filters_and_options_are_those_of_slack(account: str, tmp_path: Path) -> None:
    _, by_word = read("servers", "region=us-east-1", "sort=name", account=account, cwd=tmp_path)
    _, by_option = read(
        "servers", "--region", "us-east-1", "--sort", "name", account=account, cwd=tmp_path
    )
    assert by_word["servers"] == by_option["servers"] != []
    assert {row["region"] for row in by_word["servers"]} == {"us-east-1"}


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("clusters",), "clusters"),
        (("cluster", "k8s_prod_01"), "cluster"),
        (("cdn",), "domains"),
        (("domains",), "domains"),
        (("status",), "kinds"),
        (("quota",), "remaining"),
        (("help",), "commands"),
    ],
)
def test_each_read_command_has_its_json(
    arguments: tuple[str, ...], key: str, account: str, tmp_path: Path
) -> None:
    code, answer = read(*arguments, account=account, cwd=tmp_path)
    assert code == 0
    assert key in answer


def test_a_name_that_is_none_ends_with_1(account: str, tmp_path: Path) -> None:
    code, answer = read("server", "no-such-thing", account=account, cwd=tmp_path)
    assert (code, answer["error"]["reason"]) == (1, "not_found")


def test_a_wrong_word_ends_with_2_and_a_proposal(account: str, tmp_path: Path) -> None:
    code, answer = read("servers", "regoin=x", account=account, cwd=tmp_path)
    assert (code, answer["error"]["reason"]) == (2, "usage")
    assert "region" in answer["error"]["message"]
    ended = cnx("servesr", cwd=tmp_path)
    assert ended.returncode == 2
    assert "servers" in ended.stderr


def test_requests_are_read_in_a_terminal_and_made_in_slack(account: str, tmp_path: Path) -> None:
    for words in ("create", "create name=web-7 --region us-east-1 -x"):
        code, answer = read(*words.split(), account=account, cwd=tmp_path)
        assert (code, answer["error"]["reason"]) == (2, "usage")
        assert "typed in Slack: /cnx create" in answer["error"]["message"]
    for words in ("requests", "requests all", "request 12"):
        code, answer = read(*words.split(), account=account, cwd=tmp_path)
        assert (code, answer["error"]["reason"]) == (3, "unrecorded")
    assert list(tmp_path.iterdir()) == [], "a terminal makes no store"


def test_cloudnexus_in_trouble_ends_with_3(account: str, tmp_path: Path) -> None:
    control(account, "faults", kind="status", status=500, path="/v1/cdn/domains")
    code, answer = read("cdn", account=account, cwd=tmp_path)
    assert (code, answer["error"]["reason"]) == (3, "server_error")
    assert answer["error"]["retry_at"].endswith("Z")


def test_cloudnexus_out_of_reach_ends_with_3(tmp_path: Path) -> None:
    ended = cnx(
        "servers",
        "--json",
        cwd=tmp_path,
        env={
            "CNX_API_KEY": KEY,
            "CNX_API_URL": "http://127.0.0.1:9/v1/",
            "CNX_ANSWER_WITHIN": "1s",
        },
    )
    assert ended.returncode == 3
    assert json.loads(ended.stdout)["error"]["reason"] == "unreachable"


def test_a_refused_key_names_its_setting_and_not_itself(account: str, tmp_path: Path) -> None:
    ended = cnx(
        "servers",
        cwd=tmp_path,
        env={"CNX_API_KEY": "cn_live_sk_of_nobody", "CNX_API_URL": account},
    )
    assert ended.returncode == 3
    assert "CNX_API_KEY" in ended.stdout + ended.stderr
    assert "of_nobody" not in ended.stdout + ended.stderr


def test_without_settings_it_ends_with_2_in_json_too(tmp_path: Path) -> None:
    ended = cnx("servers", "--json", cwd=tmp_path)
    assert ended.returncode == 2
    error = json.loads(ended.stdout)["error"]
    assert error["reason"] == "settings"
    assert [problem["name"] for problem in error["problems"]] == ["CNX_API_KEY"]


def test_help_needs_no_settings(tmp_path: Path) -> None:
    ended = cnx("help", cwd=tmp_path)
    assert ended.returncode == 0
    assert "servers" in ended.stdout


def test_a_hostile_name_cannot_command_the_terminal(account: str, tmp_path: Path) -> None:
    _, answer = read("servers", account=account, cwd=tmp_path)
    hostile = "\x1b[31m[bold]x[/bold]"
    control(account, "set", id=answer["servers"][0]["id"], field="name", value=hostile)
    ended = cnx("servers", cwd=tmp_path, env={"CNX_API_KEY": KEY, "CNX_API_URL": account})
    assert ended.returncode == 0
    assert "\x1b[31m" not in ended.stdout
    assert "[bold]x[/bold]" in ended.stdout
