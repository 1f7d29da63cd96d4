"""How a server that was made goes on, out of what the list shows; and what a form offers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.approvals.choosing import MOST, choices
from bot.approvals.following import UNLISTED, followed, overdue_at
from bot.approvals.terms import Terms
from bot.cloudnexus import Server
from bot.model.requests import Deed, Problem, Request, RequestState, Setback, Step
from bot.model.status import StatusClasses
from tests.approvals.values import SPEC, attempt, made, request, seconds, server
from tests.watch import house
from tests.watch.world import at

PROVISIONING = request(
    RequestState.PROVISIONING, made=made(), attempts=(attempt(),), state_at=at(101)
)


def follow(
    row: Server | None, now: float, held: Request = PROVISIONING, *, gone: bool = False
) -> Step | None:
    """What follows from how the list shows it, read a second before `now`."""
    return followed(
        held,
        row,
        gone=gone,
        seen_at=None if row is None else at(now - 1),
        classes=StatusClasses(),
        now=at(now),
    )


@pytest.mark.parametrize(
    ("eta", "late"), [(45, 90), (30, 60), (5, 10), (0, 0), (None, 600), (3_600, 7_200)]
)
def test_it_is_overdue_after_twice_its_eta_and_never_at_once(eta: float | None, late: int) -> None:
    its = replace(made(), eta=None if eta is None else seconds(eta))
    assert overdue_at(its) == at(101 + late)
    held = replace(PROVISIONING, made=replace(its, status="starting", seen_at=at(101)))
    # What is listed counts as it was read; to be listed at all, it gets a minute more.
    assert follow(server(status="starting"), 101 + late, held) is None
    shown = follow(server(status="starting"), 102 + late, held)
    assert shown is not None
    assert shown.request.overdue_at == at(102 + late)
    assert follow(None, 161 + late - 0.1, held) is None
    step = follow(None, 161 + late, held)
    assert step is not None
    assert (step.request.overdue_at, step.request.pleas) == (at(161 + late), 1)
    assert step.request.state is RequestState.PROVISIONING
    assert [it.what for it in step.audit] == [Deed.OVERDUE]
    assert follow(None, 101 + late + 5_000, step.request) is None  # said once


@pytest.mark.parametrize("status", ["running", "RUNNING", "active", "ready"])
def test_it_runs_when_the_list_says_so(status: str) -> None:
    step = follow(server(status=status), 140)
    assert step is not None
    held = step.request
    assert (held.state, held.state_at, held.problem) == (RequestState.RUNNING, at(140), None)
    assert held.made == replace(made(), status=status, seen_at=at(139))
    assert [(it.what, it.details) for it in step.audit] == [(Deed.RUNNING, {"id": "srv_new"})]


def test_it_runs_also_where_it_was_overdue() -> None:
    held = replace(PROVISIONING, overdue_at=at(191), pleas=1)
    step = follow(server(status="running"), 900, held)
    assert step is not None
    assert step.request.state is RequestState.RUNNING


def test_a_bad_status_is_the_end_once_its_time_is_over_with_the_server_on_record() -> None:
    step = follow(server(status="error"), 140)
    assert step is not None
    assert step.request.state is RequestState.PROVISIONING  # on the way there are odd ones
    assert step.request.problem == Problem(
        Setback.TURNED_BAD, at(140), message="error", ref="srv_new"
    )
    assert follow(server(status="error"), 150, step.request) is None
    for status, mended in (("starting", None), ("running", None)):
        after = follow(server(status=status), 160, step.request)
        assert after is not None
        assert after.request.problem is mended
    end = follow(server(status="error"), 192, step.request)
    assert end is not None
    assert end.request.state is RequestState.FAILED
    assert end.request.problem == Problem(
        Setback.TURNED_BAD, at(192), message="error", ref="srv_new"
    )
    assert end.request.made == replace(made(), status="error", seen_at=at(191))


@pytest.mark.parametrize("status", ["provisioning", "starting", "stopped"])
def test_what_is_under_way_is_shown_when_it_is_new(status: str) -> None:
    step = follow(server(status=status), 120)
    assert step is not None
    assert step.request == replace(
        PROVISIONING, made=replace(made(), status=status, seen_at=at(119))
    )
    assert step.audit == ()
    assert follow(server(status=status), 130, step.request) is None  # that is no news any more


def test_what_is_under_way_for_too_long_is_overdue_and_shown() -> None:
    step = follow(server(status="starting"), 500)
    assert step is not None
    assert step.request.overdue_at == at(500)
    assert step.request.made == replace(made(), status="starting", seen_at=at(499))


def test_a_server_that_goes_is_the_end() -> None:
    for row in (None, server(status="running")):
        step = follow(row, 140, gone=True)
        assert step is not None
        assert step.request.state is RequestState.FAILED
        assert step.request.problem == Problem(Setback.GONE, at(140), ref="srv_new")


def test_one_that_is_never_listed_is_given_up_after_a_day() -> None:
    overdue = replace(PROVISIONING, overdue_at=at(191), pleas=1)
    day = UNLISTED.total_seconds()
    assert follow(None, 101 + day - 1, overdue) is None
    step = follow(None, 101 + day, overdue)
    assert step is not None
    assert step.request.state is RequestState.FAILED
    assert step.request.problem == Problem(Setback.NEVER_LISTED, at(101 + day), ref="srv_new")


def test_where_nothing_was_made_there_is_nothing_to_follow() -> None:
    assert follow(server(status="running"), 140, replace(PROVISIONING, made=None)) is None


def rows(*regions: str, **extra: Any) -> list[Server]:
    """Servers in these regions."""
    return [house.server(number, region=it, extra=extra) for number, it in enumerate(regions)]


def test_a_form_offers_the_settings_first_then_the_fleet_then_what_was_made() -> None:
    terms = Terms(regions=("eu-9", "us-1"), plans=("c-4",))
    fleet = rows("us-1", "ap-2", "us-2", "us-2", plan="c-8", image=7)
    asked = [replace(SPEC, region="us-2"), replace(SPEC, region="mars-1")]
    offered = choices(terms, [*fleet, house.cluster(1)], asked)
    assert offered.regions == ("eu-9", "us-1", "us-2", "ap-2", "mars-1")
    assert offered.plans == ("c-4", "c-8")
    assert offered.images == ("ubuntu-24.04",)  # what is no text is none


def test_a_form_offers_no_more_than_a_menu_holds_and_nothing_blank() -> None:
    fleet = rows(*(f"r-{number}" for number in range(150)), "", " ")
    offered = choices(Terms(regions=("mine",)), fleet, [])
    assert len(offered.regions) == MOST
    assert offered.regions[0] == "mine"
    assert choices(Terms(), rows("", " "), []).regions == ()
