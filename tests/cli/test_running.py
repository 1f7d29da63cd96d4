"""`cnx run` against both stand-ins, with its own store, and a terminal beside it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from bot.sandbox.cloudnexus import LIVE_KEY, TEST_KEY
from bot.sandbox.slack import APP_TOKEN, BOT_TOKEN
from tests.cli.conftest import Bot, cnx, control, running, serving

pytestmark = pytest.mark.real_time
ONE_BOT = pytest.mark.xdist_group("one bot at work")

NOWHERE = "http://127.0.0.1:9/"
FLEET = 142

Env = Mapping[str, str]


def settings(slack: str = NOWHERE, account: str = NOWHERE, **more: str) -> Env:
    """What the bot needs to run there."""
    needed = {
        "CNX_API_KEY": LIVE_KEY,
        "CNX_API_URL": account,
        "CNX_MIN_POLL_INTERVAL": "1s",
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": f"{slack}api/",
    }
    return needed | more


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Env]:
    """Both stand-ins at work. The quota of the larger plan lets the bot read in less time."""
    place = tmp_path_factory.mktemp("stand-ins")
    cloud = ("sandbox", "cloudnexus", "--port", "0", "--still", "--plan", "enterprise")
    with (
        serving(*cloud, cwd=place) as (_, account),
        serving("sandbox", "slack", "--port", "0", cwd=place) as (_, slack),
    ):
        yield settings(slack, account)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, env: Env) -> Iterator[Path]:
    """Where a bot is at work that has seen the account, with its store."""
    directory = tmp_path_factory.mktemp("bot")
    with running(cwd=directory, env=env) as bot:
        sees_all(bot)
        yield directory


def sees_all(bot: Bot) -> None:
    """Wait until it has seen servers, clusters and domains."""
    bot.heard("baseline ended", times=3)


def read(*arguments: str, cwd: Path, env: Env) -> Any:
    """What `--json` printed."""
    ended = cnx(*arguments, "--json", cwd=cwd, env=env)
    assert (ended.returncode, ended.stderr) == (0, "")
    return json.loads(ended.stdout)


# -- a store that can't be opened ----------------------------------------------------------------


@pytest.fixture
def broken(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> str:
    """The URL of a store that can't be opened."""
    match request.param:
        case "newer":
            copy(sqlite_template, tmp_path / "cnx.db")
            with closing(sqlite3.connect(tmp_path / "cnx.db")) as database:
                database.execute("UPDATE cnx_migration SET version_num = '9999'")
                database.commit()
        case "below a file":
            (tmp_path / "file").touch()
            return f"sqlite:///{tmp_path}/file/cnx.db"
        case "no database":
            (tmp_path / "cnx.db").write_text("this is no database, and long enough to be one")
        case str(url):
            return url
    return f"sqlite:///{tmp_path}/cnx.db"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("newer", "belongs to a newer version of cnx: install that one"),
        ("below a file", "can't be opened: see that its directory exists"),
        ("no database", "is not a database: set CNX_DATABASE_URL to another file"),
        ("mysql://u:hunter2@h/cnx", "CNX_DATABASE_URL names mysql"),
    ],
    indirect=["broken"],
)
def test_a_store_that_cannot_be_opened_ends_it_with_one_sentence(
    broken: str, said: str, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    ended = cnx("run", cwd=tmp_path, env=settings(CNX_DATABASE_URL=broken))
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Error: ")
    assert said in line
    assert line.endswith(".")
    assert "hunter2" not in line
    assert sorted(tmp_path.iterdir()) == before, "it leaves all as it was"


# -- a terminal beside a bot ---------------------------------------------------------------------


@ONE_BOT
@pytest.mark.long
def test_a_terminal_beside_a_bot_answers_out_of_its_store_for_nothing(
    place: Path, env: Env
) -> None:
    answer = read("servers", cwd=place, env=env)
    assert (answer["total"], answer["cost"], answer["note"]) == (FLEET, None, None)
    assert answer["trouble"] is None
    status = read("status", cwd=place, env=env)
    assert {kind["cost"] for kind in status["kinds"].values()} == {None}
    assert status["kinds"]["server"]["watched"]["settled"] is True
    # The bot writes its book once a second until CloudNexus has told the quota; pytest's timeout ends this.
    while not (spent := read("quota", cwd=place, env=env)["spent"]):
        pass
    assert all(who.startswith("watch") for who in spent), "nobody else has asked anything"


@ONE_BOT
@pytest.mark.long
def test_a_terminal_beside_a_bot_asks_live_at_the_price_that_it_states(
    place: Path, env: Env
) -> None:
    answer = read("servers", "--live", cwd=place, env=env)
    assert (answer["total"], answer["cost"], answer["note"]) == (FLEET, 2, None)


@ONE_BOT
def test_history_is_an_array_of_what_the_bot_has_seen(place: Path, env: Env) -> None:
    ref = read("servers", cwd=place, env=env)["servers"][0]["id"]
    control(env["CNX_API_URL"], "set", id=ref, field="status", value="broken")
    while not (entries := read("history", cwd=place, env=env)):
        pass  # the bot looks about once a second, and a terminal takes about as long to start
    (change,) = entries
    assert set(change) == {
        *("kind", "id", "name", "what", "field", "old", "new", "after", "before", "inferred")
    }
    assert (change["id"], change["what"], change["new"]) == (ref, "status", "broken")
    own = read("history", "kind=bot", cwd=place, env=env)
    assert [entry["what"] for entry in own] == ["baseline"] * 3


# -- another account -----------------------------------------------------------------------------


@ONE_BOT
@pytest.mark.long
def test_another_account_ends_it_and_a_new_baseline_lets_it_begin_anew(
    env: Env, tmp_path: Path
) -> None:
    """The stand-in's sandbox environment is a fleet of its own: nothing of the other is in it."""
    other = {**env, "CNX_API_KEY": TEST_KEY}
    with running(cwd=tmp_path, env=env) as bot:
        sees_all(bot)
        assert bot.stopped() == 0
    ended = cnx("run", cwd=tmp_path, env=other)
    assert (ended.returncode, ended.stdout) == (2, "")
    *log, said = ended.stderr.splitlines()
    assert said.startswith("Error: CNX_API_KEY and CNX_API_URL")
    assert "another CloudNexus account" in said
    assert "`cnx run --new-baseline`" in said
    assert json.loads(log[-1])["event"] == "stopped", "it has let go of everything"
    assert TEST_KEY not in ended.stderr
    with running("--new-baseline", cwd=tmp_path, env=other) as bot:
        sees_all(bot)
        assert bot.stopped() == 0
    answer = read("servers", cwd=tmp_path, env=other)
    assert (answer["cost"], answer["key"]) == (None, "test")
    assert 0 < answer["total"] < FLEET
