"""The page size to ask for: the largest that has not been refused."""

from __future__ import annotations

from bot.cloudnexus.pagesize import LIMITS, PageSizes


def test_the_most_hopeful_size_is_asked_for_first() -> None:
    assert PageSizes().ask == LIMITS[0] == max(LIMITS)


def test_what_was_refused_is_not_asked_for_again() -> None:
    """Two that asked at the same time are refused alike: the second teaches nothing new."""
    sizes = PageSizes().refused(500)
    assert sizes.ask == 100
    assert sizes.refused(500) == sizes.honoured(100) == sizes
    assert sizes.refused(100).ask == 50


def test_where_all_are_refused_the_size_is_not_to_blame() -> None:
    sizes = PageSizes()
    for limit in LIMITS:
        assert not sizes.blameless
        sizes = sizes.refused(limit)
    assert (sizes.blameless, sizes.ask) == (True, min(LIMITS))
    assert sizes.refused(sizes.ask) == sizes
    assert sizes.honoured(sizes.ask) == PageSizes()


def test_a_size_that_is_honoured_though_a_smaller_one_was_refused_is_believed() -> None:
    assert PageSizes().refused(100).honoured(500) == PageSizes()
