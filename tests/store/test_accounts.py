"""Accounts are told apart by address and key; a new key may lead to an account that is known."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.store import Epoch, Fingerprint, LeaseLost, Store, fingerprint
from tests.store.values import BEGIN, SECOND

ONE, TWO = "https://one.example/v1/", "https://two.example/v1/"
KEY, OTHER = Fingerprint("key"), Fingerprint("other")


def test_a_fingerprint_tells_keys_apart_and_does_not_hold_them() -> None:
    first, second = SecretStr("cn_live_sk_first"), SecretStr("cn_live_sk_second")
    assert fingerprint(first) == fingerprint(SecretStr("cn_live_sk_first"))
    assert fingerprint(first) != fingerprint(second)
    assert "first" not in fingerprint(first)


async def test_address_and_key_together_make_an_account(store: Store) -> None:
    made = await store.accounts.find_or_make(ONE, KEY, BEGIN)
    assert (made.url, made.fingerprint, made.created_at) == (ONE, KEY, BEGIN)
    assert await store.accounts.find_or_make(ONE, KEY, BEGIN + SECOND) == made
    assert await store.accounts.find(ONE, KEY) == made
    assert await store.accounts.find(ONE, OTHER) is None
    assert (await store.accounts.find_or_make(ONE, OTHER, BEGIN)).id != made.id
    assert (await store.accounts.find_or_make(TWO, KEY, BEGIN)).id != made.id


async def test_the_latest_account_is_the_one_used_last(store: Store) -> None:
    assert await store.accounts.latest() is None
    first = await store.accounts.find_or_make(ONE, KEY, BEGIN)
    second = await store.accounts.find_or_make(TWO, KEY, BEGIN + SECOND)
    assert await store.accounts.latest() == second
    await store.accounts.find_or_make(ONE, KEY, BEGIN + 2 * SECOND)
    assert await store.accounts.latest() == first


async def test_another_key_of_the_same_account_leads_to_it(store: Store, epoch: Epoch) -> None:
    """And the former key still does: both are keys of that account."""
    account = await store.accounts.find_or_make(ONE, KEY, BEGIN)
    await store.accounts.repoint(epoch, account.id, TWO, OTHER, BEGIN + SECOND)
    found = await store.accounts.find(TWO, OTHER)
    assert found is not None
    assert (found.id, found.url, found.fingerprint) == (account.id, TWO, OTHER)
    assert await store.accounts.find(ONE, KEY) == account
    assert await store.accounts.latest() == found


async def test_a_key_that_led_elsewhere_can_be_pointed_here(store: Store, epoch: Epoch) -> None:
    first = await store.accounts.find_or_make(ONE, KEY, BEGIN)
    second = await store.accounts.find_or_make(ONE, OTHER, BEGIN)
    await store.accounts.repoint(epoch, first.id, ONE, OTHER, BEGIN + SECOND)
    found = await store.accounts.find(ONE, OTHER)
    assert found is not None
    assert found.id == first.id != second.id


async def test_only_the_holder_of_the_lease_points_a_key_elsewhere(
    store: Store, epoch: Epoch
) -> None:
    account = await store.accounts.find_or_make(ONE, KEY, BEGIN)
    with pytest.raises(LeaseLost):
        await store.accounts.repoint(Epoch(epoch - 1), account.id, TWO, OTHER, BEGIN)
    assert await store.accounts.find(TWO, OTHER) is None


async def test_replicas_that_start_together_make_one_account(store: Store) -> None:
    made = await asyncio.gather(
        *(store.accounts.find_or_make(ONE, KEY, BEGIN + n * SECOND) for n in range(8))
    )
    assert len({it.id for it in made}) == 1
    async with store._database.reading() as connection:
        accounts = await connection.execute(text("SELECT id FROM cnx_accounts"))
        assert accounts.scalars().all() == [made[0].id]
