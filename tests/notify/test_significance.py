"""How much a change means, and whom it concerns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cloudnexus.models import Spec
from bot.model.changes import Change, Value, What
from bot.model.kinds import Kind
from bot.model.subscriptions import Level, Mute
from bot.notify.rows import around, region_of, row_of, size_of
from bot.notify.significance import Weight, covers, hears, muting, status_after, wants, weight
from bot.store import Seq
from tests.notify.story import CLASSES, Told, came, mute, own, renamed, turned, went, whole, wish
from tests.store.values import CLUSTER, DOMAIN, server

BAD, NEWS, END, ORDINARY = Weight.BAD, Weight.NEWS, Weight.END, Weight.ORDINARY

KNOWN = server(1, name="prod-1", status="running", region="eu-west-1")


@pytest.mark.parametrize(
    ("old", "new", "weighs"),
    [
        ("running", "error", BAD),
        ("provisioning", "error", BAD),
        ("stopped", "error", BAD),
        ("error", "unreachable", BAD),
        ("running", "a word that nobody knows", BAD),
        ("error", "running", END),
        ("ERROR", "Running", END),
        ("error", "stopped", END),
        ("error", "restarting", NEWS),
        ("provisioning", "running", ORDINARY),
        ("running", "restarting", ORDINARY),
        ("stopped", "starting", ORDINARY),
        ("running", "active", ORDINARY),
        ("pending", "creating", ORDINARY),
        ("running", "stopped", NEWS),
        ("stopping", "stopped", NEWS),
        ("stopped", "running", NEWS),
    ],
)
def test_what_a_transition_means(old: str, new: str, weighs: Weight) -> None:
    assert weight(turned(1, old, new), CLASSES) is weighs


@pytest.mark.parametrize(
    ("change", "weighs"),
    [
        (came(1), NEWS),
        (came(1, "provisioning"), NEWS),
        (came(1, "error"), BAD),
        (came(1, None), NEWS),
        (went(1), NEWS),
        (renamed(1, "a", "b"), NEWS),
    ],
)
def test_what_other_changes_mean(change: Change, weighs: Weight) -> None:
    assert weight(change, CLASSES) is weighs


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (turned(1, "running", "error"), "error"),
        (came(1, "error"), "error"),
        (came(1, None), None),
        (went(1), None),
        (renamed(1, "a", "b"), None),
    ],
)
def test_the_status_that_a_change_led_to(change: Change, status: str | None) -> None:
    assert status_after(change) == status


@pytest.mark.parametrize(
    ("level", "text", "told"),
    [
        (Level.BAD, "", {END, BAD}),
        (Level.NEWS, "", {NEWS, END, BAD}),
        (Level.ALL, "", set(Weight)),
        (Level.NEWS, "status=provisioning,running", set(Weight)),  # who names a status wants it
        (Level.NEWS, "status!=running", {NEWS, END, BAD}),
        (Level.NEWS, "region=eu-west-1", {NEWS, END, BAD}),
        (Level.BAD, "status=provisioning", {END, BAD}),
    ],
)
def test_how_much_is_wanted(level: Level, text: str, told: set[Weight]) -> None:
    assert {it for it in Weight if wants(wish(text, level=level), it)} == told


@pytest.mark.parametrize(
    ("text", "kind", "change", "matches"),
    [
        ("", None, turned(1, "running", "error"), True),
        ("", Kind.SERVER, turned(1, "running", "error"), True),
        ("", Kind.CLUSTER, turned(1, "running", "error"), False),
        ("region=eu-west-1", None, turned(1, "running", "error"), True),
        ("region=us-east-1", None, turned(1, "running", "error"), False),
        ("status=error", None, turned(1, "running", "error"), True),  # it is so now
        ("status=error", None, turned(1, "error", "running"), True),  # it was so
        ("status=stopped", None, turned(1, "error", "running"), False),
        ("name=old-*", None, renamed(1, "old-1", "new-1"), True),
        ("name=new-*", None, renamed(1, "old-1", "new-1"), True),
        ("name=prod-*", None, renamed(1, "old-1", "new-1"), False),
        ("region=us-east-1", None, came(1), True),  # as it came, whatever is known by now
        ("region=eu-west-1", None, came(1), False),
        ("region=us-east-1", None, went(1), True),
        ("region=eu-west-1", None, came(1, None), True),  # it can't be read: as it was last
    ],
)
def test_which_changes_a_wish_is_about(
    text: str, kind: Kind | None, change: Change, matches: bool
) -> None:
    rows = around(change, KNOWN)
    assert covers(wish(text, kind=kind), change, Seq(1), rows) is matches


def test_what_was_before_a_wish_does_not_concern_it() -> None:
    change, asked = turned(1, "running", "error"), wish(after=5)
    assert [covers(asked, change, Seq(seq), ()) for seq in (4, 5, 6)] == [False, False, True]
    assert [hears(asked, own("blind"), Seq(seq)) for seq in (5, 6)] == [False, True]


def test_of_what_nothing_is_known_no_filter_says_anything() -> None:
    change = turned(1, "running", "error")
    assert around(change, None) == ()
    assert not covers(wish("region=eu-west-1"), change, Seq(1), ())
    assert covers(wish(), change, Seq(1), ())


@pytest.mark.parametrize(
    ("kind", "about", "heard"),
    [
        (None, Kind.SERVER, True),
        (Kind.SERVER, Kind.SERVER, True),
        (Kind.CLUSTER, Kind.SERVER, False),
        (Kind.CLUSTER, None, True),
    ],
)
def test_who_hears_of_the_bot_itself(kind: Kind | None, about: Kind | None, heard: bool) -> None:
    # A filter does not matter: whoever relies on its sight is told.
    asked = wish("status=error", kind=kind)
    assert hears(asked, own("blind", kind=about), Seq(1)) is heard


@pytest.mark.parametrize(
    ("mutes", "told", "by"),
    [
        ([mute()], turned(1, "running", "error"), 1),
        ([mute(kind=Kind.CLUSTER)], turned(1, "running", "error"), None),
        ([mute("status=error")], turned(1, "running", "error"), 1),
        ([mute("status=stopped"), mute("region=eu-west-1", ref=2)], turned(1, "running", "x"), 2),
        ([mute("region=us-east-1")], turned(1, "running", "error"), None),
        ([], turned(1, "running", "error"), None),
        ([mute(kind=Kind.SERVER)], own("flapping"), 1),
        ([mute(kind=Kind.SERVER)], own("flapping", kind=None), None),
    ],
)
def test_which_mute_holds_something_back(mutes: list[Mute], told: Told, by: int | None) -> None:
    rows = around(told, KNOWN) if isinstance(told, Change) else (KNOWN,)
    found = muting(mutes, told, rows)
    assert (None if found is None else found.id) == by


# -- rows ----------------------------------------------------------------------------------------


def test_around_a_status_are_two_rows_that_differ_in_it() -> None:
    rows = around(turned(1, "running", "error"), KNOWN)
    assert rows == (KNOWN, replace(KNOWN, status="error"))


def test_a_size_is_held_as_rows_hold_it() -> None:
    big: dict[str, Value] = {"vcpus": 8, "ram_gb": 32, "disk_gb": 256}
    change = replace(renamed(1, {**big, "vcpus": 4}, big), field="spec")
    before, after = around(change, KNOWN)
    assert (before, after) == (
        replace(KNOWN, spec=Spec(4, 32, 256)),
        replace(KNOWN, spec=Spec(8, 32, 256)),
    )


@pytest.mark.parametrize(
    ("field", "value"), [("name", 7), ("nobody knows it", "x"), ("spec", "large"), (None, "x")]
)
def test_a_field_that_cannot_hold_it_stays_as_it_is(field: str | None, value: Value) -> None:
    change = replace(renamed(1, value, value), field=field)
    assert around(change, KNOWN) == (KNOWN, KNOWN)


def test_rows_are_made_of_what_appeared_in_each_kind() -> None:
    cluster: dict[str, Value] = {
        "id": "k8s_prod_01",
        "version": "1.29.2",
        "nodes": 5,
        "network_policy": "calico",
        "status": "ready",
    }
    domain: dict[str, Value] = {
        "id": "cdn_x7k29m",
        "name": "assets.example.com",
        "origin": "198.51.100.10",
        "ssl": "full",
        "cache_rules": 12,
        "status": "active",
    }
    assert row_of(Kind.CLUSTER, cluster) == CLUSTER
    assert row_of(Kind.DOMAIN, domain) == DOMAIN
    made = row_of(Kind.SERVER, whole("srv_1", "running"))
    assert (region_of(made), size_of(made)) == ("us-east-1", size_of(KNOWN))
    assert (region_of(CLUSTER), size_of(CLUSTER)) == (None, None)


@pytest.mark.parametrize(
    "told", [None, "text", {}, {"id": "srv_1"}, whole(1, "running", spec="large"),
             whole(1, "running", created_at="yesterday")]
)  # fmt: skip
def test_of_nonsense_no_row_is_made(told: Value) -> None:
    assert row_of(Kind.SERVER, told) is None
    change = replace(came(1), new=told)
    assert around(change, None) == ()
    assert around(change, KNOWN) == (KNOWN,)


def test_what_has_another_kind_has_another_row() -> None:
    change = replace(came(1), what=What.GONE, kind=Kind.CLUSTER, old=None, new=None)
    assert around(change, CLUSTER) == (CLUSTER,)
