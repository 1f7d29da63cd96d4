"""A list out of one answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cloudnexus import Page, Pagination, UnreadableRow, listing_of, wire
from tests.cloudnexus import samples
from tests.support.virtual_time import EPOCH

ARRIVED = EPOCH + timedelta(seconds=1)
BAD = UnreadableRow("srv_00009", "name", "is missing")


def test_one_answer_is_a_whole_list_of_the_time_when_it_came() -> None:
    row = wire.read_cluster(samples.cluster())
    listing = listing_of(Page((row,), (BAD,), None, EPOCH, ARRIVED))
    assert (listing.rows, listing.unreadable) == ((row,), (BAD,))
    assert (listing.read_at, listing.steady) == (ARRIVED, True)


def test_an_id_that_stands_twice_is_kept_once_and_makes_the_list_unsteady() -> None:
    old, new = (wire.read_domain(samples.domain(ssl=ssl)) for ssl in ("off", "full"))
    listing = listing_of(Page((old, new), (), None, EPOCH, ARRIVED))
    assert listing.rows == (new,)
    assert not listing.steady


@pytest.mark.parametrize(("total", "steady"), [(2, True), (3, False), (1, False)])
def test_a_page_of_a_longer_list_is_not_taken_for_all_of_it(total: int, *, steady: bool) -> None:
    row = wire.read_server(samples.server())
    page = Page((row,), (BAD,), Pagination(total, 1, 100), EPOCH, ARRIVED)
    assert listing_of(page).steady is steady
