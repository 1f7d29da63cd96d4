"""Status classes and kinds."""

from __future__ import annotations

import pytest

from bot.model.kinds import Kind, kind_of, name_of
from bot.model.status import StatusClass, StatusClasses
from tests.model.rows import cluster, domain, server


@pytest.mark.parametrize(
    ("status", "held"),
    [
        ("running", StatusClass.WELL),
        ("Active", StatusClass.WELL),
        ("ready", StatusClass.WELL),
        ("provisioning", StatusClass.TRANSIT),
        ("stopped", StatusClass.QUIET),
        ("error", StatusClass.BAD),
        ("on-holiday", StatusClass.BAD),
        ("", StatusClass.BAD),
    ],
)
def test_every_status_that_no_set_names_is_bad(status: str, held: StatusClass) -> None:
    assert StatusClasses().of(status) is held


def test_the_classes_are_settings() -> None:
    classes = StatusClasses(quiet=frozenset({"on-holiday"}))
    assert classes.of("on-holiday") is StatusClass.QUIET
    assert classes.of("stopped") is StatusClass.BAD


def test_kinds_and_names_of_rows() -> None:
    assert [kind_of(row) for row in (server(), cluster(), domain())] == list(Kind)
    assert name_of(server("a")) == "a"
    assert name_of(cluster("k8s_1")) == "k8s_1"
