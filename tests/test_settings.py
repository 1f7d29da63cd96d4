"""Settings: all that is wrong is said at once, kindly, and never with a value that could be secret."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.model.status import StatusClass
from bot.settings import AccountSettings, Settings, SettingsError, fixed, load

GOOD: dict[str, str] = {
    "CNX_API_KEY": "cn_test_sk_abcdefgh",
    "SLACK_BOT_TOKEN": "xoxb-abcdefgh",
    "SLACK_APP_TOKEN": "xapp-abcdefgh",
}
NAMES = [
    *(name.upper() for name in Settings.model_fields),
    "CNX_SECRETS_DIR",
]


@pytest.fixture(autouse=True)
def _empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine, and no .env but the test's own."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CNX_SECRETS_DIR", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


def problems(kind: type[AccountSettings], values: dict[str, str]) -> dict[str, str]:
    """What is wrong with these, by name."""
    with pytest.raises(SettingsError) as caught:
        fixed(kind, **{name.lower(): value for name, value in values.items()})
    for name, value in values.items():
        if "KEY" in name or "TOKEN" in name or "SECRET" in name:
            assert value not in str(caught.value)
    return {problem.name: problem.matter for problem in caught.value.problems}


def settings(**values: str) -> Settings:
    return fixed(Settings, **{k.lower(): v for k, v in (GOOD | values).items()})


def test_everything_missing_is_said_at_once() -> None:
    assert problems(Settings, {}) == {
        "CNX_API_KEY": "is missing",
        "SLACK_BOT_TOKEN": "is missing",
        "SLACK_SIGNING_SECRET": "is missing, and so is SLACK_APP_TOKEN: one of the two is needed",
    }


def test_everything_wrong_is_said_at_once_beside_what_is_missing() -> None:
    found = problems(
        Settings,
        {
            "CNX_API_KEY": "cn_live_sk_abc",
            "CNX_API_URL": "http://api.example.com/v1/",
            "SLACK_APP_TOKEN": "xoxb-wrong",
            "CNX_GUESTS": "maybe",
            "CNX_APPROVERS": "U0ADA, @ben",
            "CNX_CHANNEL": "#ops",
            "CNX_ANSWER_WITHIN": "3 fortnights",
        },
    )
    assert set(found) == {
        "CNX_API_URL",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "CNX_GUESTS",
        "CNX_APPROVERS",
        "CNX_CHANNEL",
        "CNX_ANSWER_WITHIN",
    }


def test_every_problem_comes_with_what_to_do() -> None:
    with pytest.raises(SettingsError) as caught:
        fixed(Settings, cnx_guests="maybe", cnx_listen="nowhere")
    assert all(problem.remedy for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1-abc", "a user token"),
        ("SLACK_BOT_TOKEN", "xapp-1-abc", "an app-level token"),
        ("SLACK_BOT_TOKEN", "cn_live_sk_abc", "a CloudNexus key"),
        ("SLACK_BOT_TOKEN", "abcdef", "something else"),
        ("SLACK_APP_TOKEN", "xoxb-1-abc", "a bot token"),
        ("SLACK_APP_TOKEN", "xoxe.xoxp-1-abc", "a configuration or refresh token"),
        ("SLACK_SIGNING_SECRET", "xapp-1-abc", "an app-level token"),
        ("CNX_API_KEY", "xoxb-1-abc", "a bot token"),
    ],
)
def test_a_token_of_the_wrong_kind_is_named(name: str, value: str, named: str) -> None:
    assert named in problems(Settings, GOOD | {name: value})[name]


@pytest.mark.parametrize("name", ["CNX_API_KEY", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"])
@pytest.mark.parametrize("stray", [" ", "\n", "\t"])
def test_a_secret_with_a_stray_space_is_noticed(name: str, stray: str) -> None:
    start = {"CNX_API_KEY": "cn_live_sk_", "SLACK_BOT_TOKEN": "xoxb-"}.get(name, "")
    assert "space" in problems(Settings, GOOD | {name: f"{start}abc{stray}def"})[name]


def test_a_key_of_no_known_kind_is_refused() -> None:
    assert "cn_live_sk_" in problems(AccountSettings, {"CNX_API_KEY": "sk_abcdefgh"})["CNX_API_KEY"]


@pytest.mark.parametrize(
    ("key", "url", "fine"),
    [
        ("cn_live_sk_abc", "https://api.example.com/v1", True),
        ("cn_live_sk_abc", "http://127.0.0.1:8001/v1/", True),
        ("cn_live_sk_abc", "http://localhost:8001/v1/", True),
        ("cn_live_sk_abc", "http://[::1]:8001/v1/", True),
        ("cn_live_sk_abc", "http://api.example.com/v1/", False),
        ("cn_live_sk_abc", "http://127.0.0.1.example.com/v1/", False),
        ("cn_test_sk_abc", "http://api.example.com/v1/", True),
        ("cn_test_sk_abc", "ftp://api.example.com/v1/", False),
        ("cn_test_sk_abc", "https://user:word@api.example.com/v1/", False),
        ("cn_test_sk_abc", "https://api.example.com/v1/?a=b", False),
        ("cn_test_sk_abc", "api.example.com", False),
    ],
)
def test_a_live_key_never_travels_over_plain_http_off_loopback(
    key: str, url: str, fine: bool
) -> None:
    if fine:
        read = fixed(AccountSettings, cnx_api_key=key, cnx_api_url=url)
        assert read.cnx_api_url.endswith("/v1/")
    else:
        assert problems(AccountSettings, {"CNX_API_KEY": key, "CNX_API_URL": url}).keys() == {
            "CNX_API_URL"
        }


def test_the_terminal_needs_the_account_only() -> None:
    read = fixed(AccountSettings, cnx_api_key="cn_test_sk_abc")
    assert read.cnx_api_url == "https://api.cloudnexus.com/v1/"


def test_http_mode_needs_no_app_token() -> None:
    values = {k.lower(): v for k, v in GOOD.items() if k != "SLACK_APP_TOKEN"}
    read = fixed(Settings, **values, slack_signing_secret="0123456789abcdef", cnx_listen="[::]:80")
    assert read.slack_app_token is None
    assert read.listen == ("::", 80)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("1m30s", timedelta(seconds=90)),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, meant: timedelta) -> None:
    assert settings(CNX_ANSWER_WITHIN=text).cnx_answer_within == meant


def test_environment_beats_env_file_beats_secrets_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "cnx_api_key").write_text("cn_test_sk_secretsdir\n")
    (secrets / "slack_bot_token").write_text("xoxb-secretsdir\n")
    (secrets / "slack_app_token").write_text("xapp-secretsdir\n")
    monkeypatch.setenv("CNX_SECRETS_DIR", str(secrets))
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-envfile\nSLACK_APP_TOKEN=xapp-envfile\n")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-environment")
    read = load(Settings)
    assert read.cnx_api_key.get_secret_value() == "cn_test_sk_secretsdir"
    assert read.slack_bot_token.get_secret_value() == "xoxb-envfile"
    assert read.slack_app_token == SecretStr("xapp-environment")


def test_an_empty_variable_is_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNX_API_KEY", "")
    with pytest.raises(SettingsError) as caught:
        load(AccountSettings)
    assert [(p.name, p.matter) for p in caught.value.problems] == [("CNX_API_KEY", "is missing")]


def test_no_secret_shows_in_a_repr() -> None:
    read = settings(SLACK_SIGNING_SECRET="0123456789abcdef")
    for secret in read.secrets:
        assert secret.get_secret_value() not in repr(read)
    assert len(read.secrets) == 4


def test_the_example_file_names_every_setting_and_no_other() -> None:
    text = (Path(__file__).parent.parent / ".env.example").read_text()
    named = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def test_statuses_are_words_between_commas_in_any_case() -> None:
    read = settings(CNX_STATUS_WELL="Running, OK ,", CNX_STATUS_QUIET="stopped,archived")
    assert read.classes.of("ok") is StatusClass.WELL
    assert read.classes.of("ARCHIVED") is StatusClass.QUIET
    assert read.classes.of("active") is StatusClass.BAD, "what is chosen replaces what is usual"
    assert read.classes.of("pending") is StatusClass.TRANSIT


def test_a_status_that_was_chosen_counts_where_the_usual_sets_disagree() -> None:
    assert settings(CNX_STATUS_QUIET="pending").classes.of("pending") is StatusClass.QUIET
    assert settings(CNX_STATUS_WELL="stopped").classes.of("stopped") is StatusClass.WELL
    assert settings(CNX_STATUS_TRANSIT="running").classes.of("running") is StatusClass.TRANSIT


@pytest.mark.parametrize(
    ("values", "name", "other"),
    [
        ({"CNX_STATUS_WELL": "up,busy", "CNX_STATUS_TRANSIT": "busy"}, "TRANSIT", "WELL"),
        ({"CNX_STATUS_WELL": "up", "CNX_STATUS_QUIET": "UP"}, "QUIET", "WELL"),
        ({"CNX_STATUS_TRANSIT": "off", "CNX_STATUS_QUIET": "off"}, "QUIET", "TRANSIT"),
    ],
)
def test_a_status_in_two_chosen_classes_is_refused_by_name(
    values: dict[str, str], name: str, other: str
) -> None:
    matter = problems(AccountSettings, {"CNX_API_KEY": "cn_test_sk_abc"} | values)
    assert list(matter) == [f"CNX_STATUS_{name}"]
    assert f"CNX_STATUS_{other}" in matter[f"CNX_STATUS_{name}"]


@pytest.mark.parametrize(
    ("text", "matter"), [("500ms", "duration"), ("0s", "short"), ("2h", "long")]
)
def test_a_poll_interval_that_is_none_is_refused(text: str, matter: str) -> None:
    found = problems(
        AccountSettings, {"CNX_API_KEY": "cn_test_sk_abc", "CNX_MIN_POLL_INTERVAL": text}
    )
    assert matter in found["CNX_MIN_POLL_INTERVAL"]


def test_a_password_in_the_databases_url_is_a_secret() -> None:
    read = settings(CNX_DATABASE_URL="postgresql://cnx:p%40ssw0rd!@db.example/cnx")
    held = {secret.get_secret_value() for secret in read.secrets}
    assert {"p%40ssw0rd!", "p@ssw0rd!", "postgresql://cnx:p%40ssw0rd!@db.example/cnx"} <= held
    assert "p%40ssw0rd" not in repr(read)
    assert len(settings().secrets) == 3, "a file's name is none"


def test_a_databases_url_that_cannot_be_taken_apart_is_a_secret_as_a_whole() -> None:
    url = "postgresql://cnx:p%40ssw0rd!@[db.example/cnx"
    assert SecretStr(url) in settings(CNX_DATABASE_URL=url).secrets


def test_approvers_are_members_and_user_groups() -> None:
    assert settings(CNX_APPROVERS=" U0ADA,, W0BEN ,S0OPS,U0ADA").cnx_approvers == (
        "U0ADA",
        "W0BEN",
        "S0OPS",
    )
    assert settings().cnx_approvers is None


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("U0ADA, @ben, C0OPS", "@ben, C0OPS"),
        ("u0ada", "u0ada"),
        ("U0ADA W0BEN", "U0ADA W0BEN"),
        ("x" * 300, "x" * 19 + "…"),
        ("U0ADA,xoxb-1-abc", "a bot token"),
    ],
)
def test_approvers_that_are_none_are_named(value: str, named: str) -> None:
    found = problems(Settings, GOOD | {"CNX_APPROVERS": value})["CNX_APPROVERS"]
    assert found.endswith((f": {named}", f"holds {named}, not ids"))
    assert "xoxb" not in found


def test_requests_are_posted_where_nothing_else_is_said_in_the_channel_for_operations() -> None:
    assert settings().approval_channel is None
    assert settings(CNX_CHANNEL="C0OPS").approval_channel == "C0OPS"
    chosen = settings(CNX_CHANNEL="C0OPS", CNX_APPROVAL_CHANNEL="G0ADMINS")
    assert chosen.approval_channel == "G0ADMINS"


def test_the_terms_of_approval_have_defaults_and_are_read_as_people_write_them() -> None:
    usual = settings()
    assert (usual.cnx_approvals_required, usual.cnx_approval_ttl) == (1, timedelta(hours=8))
    assert (usual.cnx_self_approval, usual.cnx_reason_required) == ("off", "off")
    chosen = settings(
        CNX_APPROVALS_REQUIRED="20",
        CNX_APPROVAL_TTL="1h30m",
        CNX_SELF_APPROVAL="on",
        CNX_REGIONS="us-east-1, eu-west-2,,us-east-1",
        CNX_IMAGES="Ubuntu 24.04,debian-12",
    )
    assert chosen.cnx_approvals_required == 20
    assert chosen.cnx_approval_ttl == timedelta(minutes=90)
    assert chosen.cnx_regions == ("us-east-1", "eu-west-2")
    assert chosen.cnx_images == ("Ubuntu 24.04", "debian-12")
    assert chosen.cnx_plans == usual.cnx_plans == ()


@pytest.mark.parametrize(
    ("name", "value", "matter"),
    [
        ("CNX_APPROVAL_CHANNEL", "#ops", "is not of the right form"),
        ("CNX_APPROVALS_REQUIRED", "0", "is not between 1 and 20"),
        ("CNX_APPROVALS_REQUIRED", "21", "is not between 1 and 20"),
        ("CNX_APPROVALS_REQUIRED", "two", "is no number"),
        ("CNX_SELF_APPROVAL", "perhaps", "has a value that it does not know"),
        ("CNX_REASON_REQUIRED", "yes", "has a value that it does not know"),
        ("CNX_APPROVAL_TTL", "4m", "is too short"),
        ("CNX_APPROVAL_TTL", "8d", "is too long"),
        ("CNX_REGIONS", "x" * 256, "holds what can't be asked for"),
        ("CNX_IMAGES", "debian\x1b12", "holds what can't be asked for: 'debian\\x1b12'"),
        ("CNX_PLANS", "c-4,xoxb-1-abc", "holds a bot token"),
    ],
)
def test_terms_of_approval_that_are_none_are_refused_by_name(
    name: str, value: str, matter: str
) -> None:
    found = problems(Settings, GOOD | {name: value})
    assert list(found) == [name]
    assert found[name].startswith(matter)
    assert "xoxb" not in found[name]
