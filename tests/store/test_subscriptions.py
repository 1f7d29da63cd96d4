"""Subscriptions and mutes: what people wished is kept, once, whoever writes at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.model.filters import Condition, Filter, parse_filter
from bot.model.kinds import Kind
from bot.model.subscriptions import (
    ChannelId,
    Level,
    Mute,
    MuteId,
    Subscription,
    SubscriptionId,
    UserId,
    Wish,
)
from bot.store import (
    Account,
    ChannelState,
    DeliveryId,
    Epoch,
    Fingerprint,
    Record,
    Role,
    Seq,
    Store,
    Telling,
)
from tests.store.test_outbox import ODD, letter
from tests.store.values import BEGIN, SECOND, change, server

OPS, DEV = ChannelId("C0PS"), ChannelId("CDEV")
ANN, BEN = UserId("UANN"), UserId("UBEN")
PROD = Wish(OPS, Kind.SERVER, parse_filter("name=prod-* vcpus>=4"), Level.ALL, "SOPS", ANN)
HOUR = 3600 * SECOND
MUTE = Mute(MuteId(0), OPS, None, Filter(), BEGIN + HOUR, ANN, BEGIN)


async def add(store: Store, wish: Wish) -> Subscription:
    made, new = await store.subscriptions.add(wish, None, BEGIN)
    assert new
    return made


async def test_a_wish_comes_back_as_a_subscription(store: Store) -> None:
    made = await add(store, PROD)
    assert made == Subscription(
        id=made.id,
        channel=OPS,
        kind=Kind.SERVER,
        filter=PROD.filter,
        level=Level.ALL,
        mention="SOPS",
        owner=ANN,
        created_at=BEGIN,
        after=0,
    )
    other = await add(store, Wish(DEV))
    assert await store.subscriptions.all() == (made, other)
    assert await store.subscriptions.of(OPS) == (made,)
    assert await store.subscriptions.find(made.id) == made
    assert await store.tellings.channels() == {it: ChannelState(it, Seq(0)) for it in (OPS, DEV)}


async def test_it_begins_at_the_end_of_its_accounts_history(
    store: Store, epoch: Epoch, account: Account
) -> None:
    other = await store.accounts.find_or_make("https://two.example/", Fingerprint("k"), BEGIN)
    for it in (account, other):
        await store.snapshots.commit(epoch, it.id, Kind.SERVER, changes=[change(server(1))])
    ends = [await store.history.last(it.id) for it in (account, other)]
    mine, _ = await store.subscriptions.add(PROD, account.id, BEGIN)
    all_of_it = await add(store, Wish(DEV))
    await store.subscriptions.ensure_default(ChannelId("C3"), BEGIN)
    (default,) = await store.subscriptions.of(ChannelId("C3"))
    assert [mine.after, all_of_it.after, default.after] == [ends[0], ends[1], ends[1]]
    cursors = {it.channel: it.cursor for it in (await store.tellings.channels()).values()}
    assert cursors == {OPS: ends[0], DEV: ends[1], "C3": ends[1]}


async def test_the_same_wish_changes_the_one_that_holds(store: Store) -> None:
    made = await add(store, PROD)
    louder = replace(PROD, level=Level.BAD, mention=None, owner=BEN)
    kept, new = await store.subscriptions.add(louder, None, BEGIN + HOUR)
    assert not new
    assert kept == replace(made, level=Level.BAD, mention=None)
    assert await store.subscriptions.all() == (kept,)


@pytest.mark.parametrize(
    "other",
    [
        replace(PROD, channel=DEV),
        replace(PROD, kind=None),
        replace(PROD, filter=Filter()),
        replace(PROD, filter=parse_filter("vcpus>=4 name=prod-*")),
    ],
    ids=["channel", "kind", "filter", "order"],
)
async def test_another_channel_kind_or_filter_is_another_wish(store: Store, other: Wish) -> None:
    assert (await add(store, PROD)).id != (await add(store, other)).id


async def test_two_who_wish_the_same_at_once_make_one(store: Store, url: SecretStr) -> None:
    async with await Store.open(url) as second:
        made = await asyncio.gather(
            *(it.subscriptions.add(PROD, None, BEGIN) for it in (store, second) * 4)
        )
    assert sum(new for _, new in made) == 1
    assert len({it.id for it, _ in made}) == 1
    assert len(await store.subscriptions.all()) == 1


async def test_a_number_is_never_given_twice(store: Store) -> None:
    first = await add(store, PROD)
    assert await store.subscriptions.remove(OPS, first.id, BEN, BEGIN) == (first,)
    second = await add(store, PROD)
    assert second.id > first.id
    assert await store.subscriptions.all() == (second,)
    assert await store.subscriptions.find(first.id) == first  # for whoever asks 'why here?'


async def test_only_what_is_found_in_the_channel_is_removed(store: Store) -> None:
    one, two = await add(store, PROD), await add(store, Wish(OPS))
    there = await add(store, Wish(DEV))
    for ref in (there.id, SubscriptionId(0), SubscriptionId(-1), SubscriptionId(10**30)):
        assert await store.subscriptions.remove(OPS, ref, BEN, BEGIN) == ()
    assert await store.subscriptions.find(SubscriptionId(10**30)) is None
    assert await store.subscriptions.remove(OPS, None, BEN, BEGIN) == (one, two)
    assert await store.subscriptions.remove(OPS, one.id, BEN, BEGIN) == ()
    assert await store.subscriptions.all() == (there,)


async def test_the_default_is_made_once(store: Store, url: SecretStr) -> None:
    async with await Store.open(url) as second:
        await asyncio.gather(
            *(it.subscriptions.ensure_default(OPS, BEGIN) for it in (store, second) * 3)
        )
    (default,) = await store.subscriptions.all()
    assert (default.owner, default.kind, default.filter) == (None, None, Filter())
    await store.subscriptions.remove(OPS, default.id, ANN, BEGIN)
    await store.subscriptions.ensure_default(OPS, BEGIN)
    assert await store.subscriptions.all() == ()
    await store.subscriptions.ensure_default(DEV, BEGIN)
    assert [it.channel for it in await store.subscriptions.all()] == [DEV]


async def test_who_asked_for_everything_needs_no_default(store: Store) -> None:
    made = await add(store, Wish(OPS, owner=ANN, level=Level.ALL))
    await store.subscriptions.ensure_default(OPS, BEGIN)
    assert await store.subscriptions.all() == (made,)


FILTERS = [
    (None, Filter()),
    (None, parse_filter("cache_rules>=3 ssl!=full", Kind.DOMAIN)),
    (Kind.CLUSTER, parse_filter("version>=1.29", Kind.CLUSTER)),
    (None, parse_filter("name='two words' region=us-east-1,eu")),
    (None, Filter((Condition("region", "=", ("a,b", "=c", " d", "“e”")),))),
    (Kind.SERVER, Filter((Condition("name", "!=", (ODD, '"', "'")),))),
    (Kind.SERVER, Filter((Condition("name", "=", ("é" * 5_000,)),))),
]


@pytest.mark.parametrize(("kind", "its"), FILTERS, ids=range(len(FILTERS)))
async def test_any_filter_comes_back_as_it_was(
    store: Store, kind: Kind | None, its: Filter
) -> None:
    """Also one that nobody can type: an API may give a region such a name."""
    wish = Wish(OPS, kind, its)
    made = await add(store, wish)
    mute = await store.subscriptions.mute(replace(MUTE, kind=kind, filter=its))
    assert made.filter == mute.filter == its
    assert (await store.subscriptions.all(), await store.subscriptions.mutes()) == (
        (made,),
        (mute,),
    )
    assert await store.subscriptions.add(wish, None, BEGIN) == (made, False)


async def test_any_text_comes_back_as_it_was(store: Store) -> None:
    wish = Wish(ChannelId(ODD), mention=ODD, owner=UserId(ODD))
    made = await add(store, wish)
    assert (made.channel, made.mention, made.owner) == (ODD, ODD, ODD)
    assert await store.subscriptions.of(ChannelId(ODD)) == (made,)
    mute = await store.subscriptions.mute(replace(MUTE, channel=ChannelId(ODD), by=UserId(ODD)))
    assert (mute.channel, mute.by) == (ODD, ODD)
    assert len(await store.subscriptions.unmute(ChannelId(ODD), BEGIN)) == 1
    assert await store.subscriptions.remove(ChannelId(ODD), None, UserId(ODD), BEGIN) == (made,)


async def test_two_hundred_are_listed_in_their_order(store: Store) -> None:
    wishes = [replace(PROD, filter=parse_filter(f"name=team-{n}-*")) for n in range(200)]
    make = store.subscriptions._make
    async with store._database.writing() as connection:  # in one transaction: that is quicker
        made = tuple([await make(connection, it, None, BEGIN, is_default=False) for it in wishes])
    assert await store.subscriptions.all() == made
    assert await store.subscriptions.of(OPS) == made


async def test_a_mute_lasts_until_its_end_was_told(
    store: Store, epoch: Epoch, account: Account
) -> None:
    first, second = [await store.subscriptions.mute(it) for it in (MUTE, replace(MUTE, by=BEN))]
    assert first == replace(MUTE, id=first.id)
    assert second.id > first.id
    elsewhere = await store.subscriptions.mute(replace(MUTE, channel=DEV))
    over = await store.subscriptions.mute(replace(MUTE, until=BEGIN))
    now = BEGIN + SECOND
    lifted = (replace(first, until=now), replace(second, until=now))
    assert await store.subscriptions.unmute(OPS, now) == lifted
    assert await store.subscriptions.unmute(OPS, now) == ()
    assert await store.subscriptions.mutes() == (*lifted, elsewhere, over)
    ended = Telling(account.id, OPS, Seq(0), ended={first.id: None, over.id: None}, at=now)
    await store.tellings.commit(epoch, ended)
    assert await store.subscriptions.mutes() == (lifted[1], elsewhere)


async def test_what_each_has_said_is_counted_by_messages(
    store: Store, epoch: Epoch, account: Account
) -> None:
    one, two = (await add(store, PROD)).id, (await add(store, Wish(OPS))).id
    posted = [("old", one), ("a", one), ("a", one), ("a", two), ("b", one), ("b", None)]
    records = [
        Record(Seq(n), Role.POSTED, DeliveryId(ref), subscription)
        for n, (ref, subscription) in enumerate(posted, 1)
    ]
    records.append(Record(Seq(20), Role.JOINED, DeliveryId("b"), two))
    records.append(Record(Seq(21), Role.QUIET, None, two))
    sealed = [letter("old", created_at=BEGIN - SECOND), letter("a"), letter("b")]
    told = Telling(account.id, OPS, Seq(21), records, sealed)
    await store.tellings.commit(epoch, told)
    assert await store.subscriptions.said(BEGIN) == {one: 2, two: 1}
    assert await store.subscriptions.said(BEGIN + SECOND) == {}


async def test_what_a_mute_holds_back_is_counted(
    store: Store, epoch: Epoch, account: Account
) -> None:
    mute = await store.subscriptions.mute(MUTE)
    records = [Record(Seq(n), Role.MUTED, mute=mute.id) for n in (1, 2, 3)]
    await store.tellings.commit(epoch, Telling(account.id, OPS, Seq(3), records))
    assert await store.subscriptions.muted(mute.id) == 3
    assert await store.subscriptions.muted(MuteId(mute.id + 1)) == 0
