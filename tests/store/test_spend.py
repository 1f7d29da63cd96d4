"""Who spent how much is added up per window, and the quota is as last told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.store import Account, Fingerprint, QuotaSeen, Spent, Store
from tests.store.values import BEGIN, SECOND

HOUR = timedelta(hours=1)
BEFORE = BEGIN - HOUR


async def test_requests_add_up_by_spender(store: Store, account: Account) -> None:
    assert await store.spend.windows(account.id, BEFORE) == ()
    await store.spend.add(account.id, BEGIN, {"watch": 3, "U0ASKER": 1, "nobody": 0})
    await store.spend.add(account.id, BEGIN, {"watch": 4, "odd \0": 1})
    (spent,) = await store.spend.windows(account.id, BEFORE)
    assert (spent.window_ends, spent.requests["watch"], spent.requests["U0ASKER"]) == (BEGIN, 7, 1)
    assert sum(spent.requests.values()) == 9


async def test_nothing_spent_is_nothing_kept(store: Store, account: Account) -> None:
    await store.spend.add(account.id, BEGIN, {})
    await store.spend.add(account.id, BEGIN, {"watch": 0})
    assert await store.spend.windows(account.id, BEFORE) == ()


async def test_replicas_count_together(store: Store, account: Account) -> None:
    words = ["a", "b", "c"]
    await asyncio.gather(
        *(
            store.spend.add(account.id, BEGIN, dict.fromkeys(words[:: 1 if n % 2 else -1], 1))
            for n in range(10)
        )
    )
    (spent,) = await store.spend.windows(account.id, BEFORE)
    assert spent == Spent(BEGIN, dict.fromkeys(words, 10))


async def test_windows_are_told_till_they_end_and_old_ones_can_go(
    store: Store, account: Account
) -> None:
    old, new = Spent(BEGIN, {"U1": 2, "watch": 5}), Spent(BEGIN + HOUR, {"watch": 1})
    for it in (new, old):
        await store.spend.add(account.id, it.window_ends, it.requests)
    assert await store.spend.windows(account.id, BEFORE) == (new, old)
    assert await store.spend.windows(account.id, BEGIN) == (new,)
    assert await store.spend.windows(account.id, BEGIN + HOUR) == ()
    await store.spend.forget(account.id, BEGIN + HOUR)
    assert await store.spend.windows(account.id, BEFORE) == (new,)
    await store.spend.forget(account.id, BEGIN + HOUR + SECOND)
    assert await store.spend.windows(account.id, BEFORE) == ()


async def test_accounts_keep_apart(store: Store, account: Account) -> None:
    other = await store.accounts.find_or_make("https://two.example/", Fingerprint("k"), BEGIN)
    await store.spend.add(account.id, BEGIN, {"watch": 1})
    await store.spend.forget(other.id, BEGIN + HOUR)
    assert await store.spend.windows(other.id, BEFORE) == ()
    assert await store.spend.windows(account.id, BEFORE) == (Spent(BEGIN, {"watch": 1}),)


async def test_the_quota_is_as_last_told(store: Store, account: Account) -> None:
    assert await store.spend.quota(account.id) is None
    first = QuotaSeen(1_000, 999, BEGIN + HOUR, BEGIN, None)
    await store.spend.tell_quota(account.id, first)
    assert await store.spend.quota(account.id) == first
    second = QuotaSeen(None, None, None, None, BEGIN + SECOND)
    await store.spend.tell_quota(account.id, second)
    assert await store.spend.quota(account.id) == second
