"""Requests are found by whoever asks: the creator, people, the terminal, and who judges a new server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.model.changes import AccountId
from bot.model.requests import Made, RequestId, RequestState
from bot.model.subscriptions import UserId
from bot.store import Account, DeliveryId, Epoch, Store, StoreFailed, StoreReadOnly
from tests.store.office import ANN, ASKED, BEN, PLACE, Office, plead, request
from tests.store.plans import asked, plans
from tests.store.test_outbox import ODD, letter
from tests.store.values import BEGIN
from tests.support.databases import sqlite_url


@pytest.fixture
def office(store: Store, account: Account) -> Office:
    return Office(store, account)


async def test_one_is_worked_on_until_it_is_told(office: Office) -> None:
    first, second, third = [await office.make(f"web-{n}") for n in range(3)]
    assert await office.requests.working(office.account) == (first, second, third)
    second = await office.change(second.id, state=RequestState.DENIED)
    assert await office.requests.working(office.account) == (first, second, third)
    await office.change(second.id, told=True)
    assert await office.requests.working(office.account) == (first, third)


async def test_a_list_is_paged_newest_first(office: Office) -> None:
    asked_by = [ANN, BEN, ANN, BEN, ANN]
    made = [await office.make(f"web-{n}", asked_by=who) for n, who in enumerate(asked_by)]
    made[4] = await office.change(made[4].id, state=RequestState.RUNNING)
    made[3] = await office.change(made[3].id, state=RequestState.UNKNOWN)
    made[1] = await office.change(made[1].id, state=RequestState.DENIED, told=True)
    newest = tuple(reversed(made))
    listed = partial(office.requests.listed, office.account)
    assert await listed() == (newest, 5)
    assert await listed(limit=2) == (newest[:2], 5)
    assert await listed(offset=2, limit=2) == (newest[2:4], 5)
    assert await listed(offset=4, limit=2) == (newest[4:], 5)
    assert await listed(offset=9) == ((), 5)
    assert await listed(asked_by=BEN) == ((made[3], made[1]), 2)
    assert await listed(pending=True) == ((made[3], made[2], made[0]), 3)
    assert await listed(asked_by=ANN, pending=True) == ((made[2], made[0]), 2)
    assert await listed(asked_by=ANN, pending=True, offset=1, limit=1) == ((made[0],), 2)
    assert await listed(asked_by=UserId("U0")) == ((), 0)


async def test_a_card_is_found_where_it_stands(office: Office, store: Store, epoch: Epoch) -> None:
    first = await office.make(card="a")
    await office.make("web-8", card="b")
    its = DeliveryId("a")
    await store.outbox.seal(epoch, [letter("a"), letter("b"), letter("c")])
    assert await office.requests.of_card(PLACE.channel, PLACE.ts) is None
    await store.outbox.sent(epoch, its, PLACE, 1, BEGIN)
    await store.outbox.sent(epoch, DeliveryId("c"), replace(PLACE, ts="2"), 1, BEGIN)
    assert await office.requests.of_card(PLACE.channel, PLACE.ts) == first
    assert await office.requests.of_card(PLACE.channel, "2") is None  # another message
    assert await office.requests.of_card("CDEV", PLACE.ts) is None
    assert await office.requests.of_card(ODD, ODD) is None
    await store.outbox.refused(epoch, DeliveryId("c"), "no")
    await office.make("web-9", card="c")
    assert await office.requests.of_card(PLACE.channel, "2") is None  # it is not shown
    await store.outbox.again(epoch, its)  # it was deleted there
    assert await office.requests.of_card(PLACE.channel, PLACE.ts) is None


async def test_what_may_have_made_a_server_is_found_by_its_name(office: Office) -> None:
    """And what has made one, by its id, whatever it is called by now."""
    at_work = {RequestState.ATTEMPTING, RequestState.UNKNOWN}
    made = {it: await office.make(it.value) for it in RequestState}
    for state, it in made.items():
        made[state] = await office.change(it.id, state=state)
    concerning = partial(office.requests.concerning, office.account)
    names = [it.value for it in RequestState]
    found = await concerning([*names, *names, ODD], [ODD])
    assert found == tuple(it for state, it in made.items() if state in at_work)
    of_it = Made("srv_9", BEGIN, "running")
    failed = await office.change(made[RequestState.FAILED].id, made=of_it)
    unknown = await office.change(made[RequestState.UNKNOWN].id, made=replace(of_it, id="srv_8"))
    assert await concerning([], ["srv_9", "srv_7"]) == (failed,)
    assert await concerning(["unknown"], ["srv_8", "srv_9"]) == (unknown, failed)  # each once
    assert await concerning([], []) == ()
    assert await office.requests.concerning(AccountId(99), names, ["srv_9"]) == ()


async def test_very_many_are_looked_up_in_parts(office: Office) -> None:
    await office.make()
    it = await office.change((await office.make("web-8")).id, state=RequestState.UNKNOWN)
    names = [f"web-{n}" for n in range(40_000)]  # more than one statement takes
    assert await office.requests.concerning(office.account, names, names) == (it,)


async def test_specifications_are_those_of_which_a_server_came(office: Office) -> None:
    for state in RequestState:
        await office.change((await office.make(state.value)).id, state=state)
    names = [it.name for it in await office.requests.specifications(office.account)]
    assert names == ["running", "provisioning"]
    (newest,) = await office.requests.specifications(office.account, limit=1)
    assert newest == request(office.account, "running").spec
    assert await office.requests.specifications(AccountId(99)) == ()


async def test_the_terminal_reads_and_writes_nothing(
    office: Office, store: Store, epoch: Epoch, account: Account, url: SecretStr
) -> None:
    first = await office.make(card="a", state=RequestState.UNKNOWN)
    await store.outbox.seal(epoch, [letter("a")])
    await store.outbox.sent(epoch, DeliveryId("a"), PLACE, 1, BEGIN)
    async with await Store.open(url, read_only=True) as reader:
        its = reader.requests
        assert await its.find(first.id) == first
        assert await its.audit(first.id) == (ASKED,)
        assert await its.listed(account.id) == ((first,), 1)
        assert await its.working(account.id) == (first,)
        assert await its.of_card(PLACE.channel, PLACE.ts) == first
        assert await its.concerning(account.id, ["web-7"], []) == (first,)
        assert await its.specifications(account.id) == ()
        with pytest.raises(StoreReadOnly):
            await its.make(request(account.id, "web-8", "b"), [ASKED])
        with pytest.raises(StoreReadOnly):
            await its.change(first.id, plead)
    assert await store.requests.listed(account.id) == ((first,), 1)


async def test_what_a_newer_version_wrote_hides_no_other(office: Office) -> None:
    odd, plain = [await office.make(it) for it in ("web-7", "web-8")]
    async with office.requests._database.writing() as connection:
        newer = f"UPDATE cnx_requests SET body = '{{}}', state = 'unknown' WHERE id = {odd.id}"  # noqa: S608 -- our own number
        await connection.execute(text(newer))
    with capture_logs() as logs:
        for _ in range(2):
            assert await office.requests.working(office.account) == (plain,)
            assert await office.requests.listed(office.account) == ((plain,), 2)
    assert [it["request"] for it in logs] == [odd.id]
    reads: list[Callable[[], Awaitable[object]]] = [
        partial(office.requests.find, odd.id),
        partial(office.requests.change, odd.id, plead),
        partial(office.make, "web-7", card="other"),
        partial(office.requests.concerning, office.account, ["web-7"], []),
    ]
    for read in reads:
        with pytest.raises(StoreFailed, match=f"Request {odd.id} can't be read: .*install"):
            await read()


async def test_every_question_is_answered_by_an_index(sqlite_file: Path) -> None:
    """The creator asks at every turn, and requests of years ago must not be read each time."""
    async with await Store.open(sqlite_url(sqlite_file)) as store:
        its, account = store.requests, AccountId(1)
        questions: list[tuple[Awaitable[object], str]] = [
            (its.working(account), "(account_id=? AND told=?)"),
            (its.listed(account), "(account_id=?)"),
            (its.listed(account, asked_by=ANN), "(account_id=? AND asked_by=?)"),
            (its.listed(account, pending=True), "(account_id=? AND told=?)"),
            (its.audit(RequestId(1)), "(request_id=?)"),
            (its.of_card(PLACE.channel, PLACE.ts), "(place_channel=? AND place_ts=?)"),
            (its.concerning(account, ["web-7"], []), "(account_id=? AND name=? AND state=?)"),
            (its.concerning(account, [], ["srv_9"]), "(account_id=? AND server_id=?)"),
            (its.specifications(account), "(account_id=?)"),
        ]
        for question, by in questions:
            with asked(store) as queries:
                await question
            for steps in await plans(store, queries):
                assert by in steps[0]
                assert [it for it in steps if not it.startswith("SEARCH")] == []
