"""Commands that serve: they say where, and end cleanly when asked."""

from __future__ import annotations

import json
import signal
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import cnx, serving


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", "--no-open", "--port", "0"),
        ("sandbox", "cloudnexus", "--port", "0"),
        ("sandbox", "slack", "--port", "0"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_ends_with_0_when_asked(
    arguments: tuple[str, ...], sent: signal.Signals, tmp_path: Path
) -> None:
    with serving(*arguments, cwd=tmp_path) as (command, url):
        assert url.startswith("http://127.0.0.1:"), "it binds loopback"
        command.send_signal(sent)
        code, rest = command.ended()
    assert code == 0, rest
    assert "Traceback" not in rest
    assert "never awaited" not in rest


def test_the_demo_serves_the_workspace_page_under_a_strict_policy(tmp_path: Path) -> None:
    with (
        serving("demo", "--no-open", "--port", "0", cwd=tmp_path) as (_command, url),
        urllib.request.urlopen(url) as response,  # noqa: S310  # our own loopback address
    ):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_a_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with serving("sandbox", "slack", "--port", "0", cwd=tmp_path) as (_command, url):
        port = url.split(":")[2].split("/")[0]
        ended = cnx("demo", "--no-open", "--port", port, cwd=tmp_path)
    assert ended.returncode == 2
    assert port in ended.stderr
    assert "Traceback" not in ended.stderr


def test_run_lists_all_that_is_missing_and_ends_with_2(tmp_path: Path) -> None:
    ended = cnx("run", cwd=tmp_path, env={"SLACK_BOT_TOKEN": "xoxp-something"})
    assert ended.returncode == 2
    for words in ("CNX_API_KEY is missing", "a user token", "SLACK_SIGNING_SECRET"):
        assert words in ended.stderr
    assert "xoxp-something" not in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr


def test_run_says_what_slack_refused_and_never_shows_the_token(tmp_path: Path) -> None:
    with serving("sandbox", "slack", "--port", "0", cwd=tmp_path) as (_command, url):
        ended = cnx(
            "run",
            cwd=tmp_path,
            env={
                "CNX_API_KEY": "cn_test_sk_standin",
                "SLACK_BOT_TOKEN": "xoxb-not-the-right-one",
                "SLACK_APP_TOKEN": "xapp-standin",
                "SLACK_API_URL": f"{url}api/",
            },
        )
    assert ended.returncode == 2
    assert "SLACK_BOT_TOKEN" in ended.stderr
    assert "invalid_auth" in ended.stderr
    assert "not-the-right-one" not in ended.stderr + ended.stdout


def test_the_manifest_is_json_that_slack_can_take(tmp_path: Path) -> None:
    ended = cnx("manifest", cwd=tmp_path)
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["features"]["slash_commands"][0]["command"] == "/cnx"


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("{}", "display_information.name: must be a text"),
        ("[]", "holds no JSON object"),
        ("{name: cnx}", "is no JSON"),
    ],
)
def test_a_manifest_that_does_not_do_is_named(tmp_path: Path, manifest: str, said: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    ended = cnx("sandbox", "slack", "--port", "0", "--manifest", "manifest.json", cwd=tmp_path)
    assert ended.returncode == 2
    assert "'--manifest'" in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_fleet_that_is_no_address_is_named(tmp_path: Path) -> None:
    ended = cnx("sandbox", "slack", "--port", "0", "--fleet", "localhost:8001", cwd=tmp_path)
    assert ended.returncode == 2
    assert "'--fleet'" in ended.stderr


def test_each_sentence_about_a_setting_ends_once(tmp_path: Path) -> None:
    ended = cnx(
        "run",
        cwd=tmp_path,
        env={"CNX_API_KEY": "cn_live_sk_a b", "CNX_ANSWER_WITHIN": "3 fortnights"},
    )
    assert "was it pasted whole?\n" in ended.stderr
    assert ".." not in ended.stderr.replace("…", "")


def test_the_slack_stand_in_alone_lets_scripts_read_histories(tmp_path: Path) -> None:
    with serving("sandbox", "slack", "--port", "0", cwd=tmp_path) as (_command, url):
        request = urllib.request.Request(  # noqa: S310  # our own loopback address
            f"{url}api/conversations.history?channel=C0OPS",
            headers={"Authorization": "Bearer xoxb-standin"},
        )
        with urllib.request.urlopen(request) as response:  # noqa: S310  # the same
            assert json.load(response)["ok"] is True
