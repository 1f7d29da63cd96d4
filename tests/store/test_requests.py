"""Requests: one that has not ended for each name, decided one after the other, and an audit trail that
the database itself keeps from being changed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.model.changes import AccountId, Value
from bot.model.requests import (
    AuditRow,
    Deed,
    Made,
    Origin,
    Problem,
    Request,
    RequestId,
    RequestState,
    Setback,
    Source,
    Specification,
    Step,
    Vote,
    VoteWord,
)
from bot.model.subscriptions import ChannelId, UserId
from bot.store import Account, Epoch, Fingerprint, LeaseLost, Store, StoreFailed
from tests.store.office import ALL_OF_IT, ASKED, BEN, OPS, TICK, Office, plead, request, to
from tests.store.test_outbox import ODD
from tests.store.values import BEGIN, SECOND


@pytest.fixture
def office(store: Store, account: Account) -> Office:
    return Office(store, account)


async def test_what_is_asked_gets_a_number_and_comes_back(store: Store, account: Account) -> None:
    new = request(account.id, **ALL_OF_IT)
    first = await store.requests.make(new, [ASKED])
    assert first == replace(new, id=first.id, version=1)
    assert await store.requests.find(first.id) == first
    assert await store.requests.audit(first.id) == (ASKED,)
    second = await store.requests.make(request(account.id, "web-8", "card-2"), [])
    assert second.id > first.id >= 1
    assert await store.requests.audit(second.id) == ()


async def test_of_one_name_one_is_open(office: Office) -> None:
    first = await office.make(card="card-1")
    assert await office.make(card="card-2", reason="me too") == first
    assert await office.requests.audit(first.id) == (ASKED,)
    ended = await office.change(first.id, state=RequestState.CANCELLED)
    again = await office.make(card="card-2")
    assert again.id > first.id
    assert again.card == "card-2"
    assert await office.requests.find(first.id) == ended


async def test_another_account_may_use_the_name(store: Store, office: Office) -> None:
    first = await office.make()
    other = await store.accounts.find_or_make("https://two.example/", Fingerprint("k2"), BEGIN)
    theirs = await store.requests.make(request(other.id, card="card-2"), [ASKED])
    assert theirs.id != first.id
    assert await store.requests.working(other.id) == (theirs,)
    assert await store.requests.listed(other.id) == ((theirs,), 1)


@pytest.mark.parametrize("state", RequestState)
async def test_a_name_is_free_again_when_its_request_has_ended(
    office: Office, state: RequestState
) -> None:
    first = await office.make(card="card-1")
    await office.change(first.id, state=state)
    assert ((await office.make(card="card-2")).id != first.id) == state.ended


async def test_two_who_ask_for_the_same_at_once_make_one(
    office: Office, account: Account, url: SecretStr
) -> None:
    async with await Store.open(url) as other:
        offices = [office, Office(other, account)] * 4
        made = await asyncio.gather(
            *(it.make(card=f"card-{n}") for n, it in enumerate(offices)),
        )
    assert len({it.card for it in made}) == 1
    assert await office.requests.listed(account.id) == ((made[0],), 1)
    assert await office.requests.audit(made[0].id) == (ASKED,)


async def test_a_decision_is_written_with_its_audit_rows(office: Office) -> None:
    first = await office.make()
    rows = (
        AuditRow(BEGIN + SECOND, Deed.VOTED, BEN, Origin(Source.THREAD, OPS, "1.2"), {"as": None}),
        AuditRow(BEGIN + SECOND, Deed.APPROVED, details={"votes": 1}),
    )
    step = Step(replace(first, **ALL_OF_IT), rows)
    seen: list[Request] = []

    def decide(it: Request) -> Step:
        seen.append(it)
        return step

    changed = await office.requests.change(first.id, decide)
    assert seen == [first]
    assert changed == replace(step.request, version=2)
    assert await office.requests.find(first.id) == changed
    assert await office.requests.audit(first.id) == (ASKED, *rows)


async def everything(it: Office) -> list[object]:
    found, number = await it.requests.listed(it.account)
    return [found, number, [await it.requests.audit(one.id) for one in found]]


async def test_nothing_decided_writes_nothing(office: Office) -> None:
    first = await office.make()
    before = await everything(office)
    assert await office.requests.change(first.id, lambda _: None) == first
    assert await everything(office) == before


async def test_what_a_decision_raises_undoes_all(office: Office) -> None:
    first = await office.make()
    before = await everything(office)

    def decide(_: Request) -> Step:
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await office.requests.change(first.id, decide)
    unwritable = AuditRow(BEGIN, Deed.VOTED, details={"it": object()})  # type: ignore[dict-item]  # no JSON
    with pytest.raises(TypeError):  # when the request itself is written already
        await office.requests.change(first.id, lambda it: Step(replace(it, pleas=9), (unwritable,)))
    assert await everything(office) == before
    assert (await office.change(first.id, pleas=1)).version == 2  # nothing is left locked


@pytest.mark.parametrize("number", [0, -1, 99, 2**63 - 1, 2**63, 10**30])
async def test_what_is_not_there_is_none(office: Office, epoch: Epoch, number: int) -> None:
    await office.make()
    ref = RequestId(number)
    assert await office.requests.find(ref) is None
    assert await office.requests.change(ref, plead) is None
    assert await office.requests.change(ref, plead, epoch=epoch) is None
    assert await office.requests.audit(ref) == ()


FIXED: dict[str, Any] = {
    "id": RequestId(9),
    "version": 7,
    "account": AccountId(9),
    "spec": Specification("web-7", "us-east-1", "ubuntu-24.04", "c-64", ("a", "b")),
    "body": '{"name":"web-8"}',
    "digest": "d2",
    "reason": "other",
    "asked_by": BEN,
    "asked_from": Origin(Source.COMMAND, OPS),
    "asked_at": BEGIN + SECOND,
    "channel": ChannelId("CDEV"),
    "card": "other",
    "ballot": "other",
    "progress": "other",
}


async def test_no_decision_changes_what_was_asked_for(office: Office) -> None:
    first = await office.make()
    before = await everything(office)
    for name, value in FIXED.items():
        with pytest.raises(ValueError, match=f"change {name} of request {first.id}"):
            await office.requests.change(first.id, to(**{name: value}))
    assert await everything(office) == before


async def test_decisions_at_once_are_made_one_after_the_other(
    office: Office, epoch: Epoch, account: Account, url: SecretStr
) -> None:
    """Also those of the holder of the lease and of people, in two replicas."""
    first = await office.make()
    async with await Store.open(url) as other:
        changes = [
            partial(it.change, first.id, plead, epoch=held)
            for it in (office.requests, other.requests)
            for held in (None, epoch)
        ]
        made = await asyncio.gather(*(change() for change in changes * 3))
    seen = [it for it in made if it is not None]
    assert sorted((it.version, it.pleas) for it in seen) == [(n + 1, n) for n in range(1, 13)]
    last = await office.requests.find(first.id)
    assert last == replace(first, version=13, pleas=12)
    assert len(await office.requests.audit(first.id)) == 13


async def test_the_first_of_two_decisions_is_seen_by_the_second(
    office: Office, account: Account, url: SecretStr
) -> None:
    """Approve against deny, in the same instant, at two replicas."""

    def end(state: RequestState, it: Request) -> Step | None:
        return None if it.state.ended else to(state=state)(it)

    first = await office.make()
    ends = (RequestState.DENIED, RequestState.CANCELLED)
    async with await Store.open(url) as other:
        made = await asyncio.gather(
            office.requests.change(first.id, partial(end, ends[0])),
            other.requests.change(first.id, partial(end, ends[1])),
        )
    assert made[0] == made[1]
    assert made[0] is not None
    assert (made[0].version, made[0].state in ends) == (2, True)


async def test_who_lost_the_lease_decides_nothing(office: Office, epoch: Epoch) -> None:
    first = await office.make()
    before = await everything(office)
    seen: list[Request] = []
    with pytest.raises(LeaseLost):
        await office.requests.change(first.id, seen.append, epoch=Epoch(epoch - 1))
    assert seen == []
    assert await everything(office) == before
    assert await office.requests.change(first.id, plead, epoch=epoch) is not None


GUARDED = {
    "sqlite": [
        "UPDATE OR IGNORE cnx_audit SET at = 0",
        "INSERT OR REPLACE INTO cnx_audit SELECT * FROM cnx_audit",
        (
            "INSERT INTO cnx_audit SELECT * FROM cnx_audit WHERE true "
            "ON CONFLICT (number) DO UPDATE SET at = 0"
        ),
    ],
    "postgresql": [
        "TRUNCATE cnx_audit",
        "TRUNCATE cnx_requests CASCADE",
        "INSERT INTO cnx_audit SELECT * FROM cnx_audit ON CONFLICT (number) DO UPDATE SET at = 0",
    ],
}


async def test_the_database_refuses_to_change_the_audit_trail(office: Office) -> None:
    first = await office.make()
    database = office.requests._database
    both = ["UPDATE cnx_audit SET done_by = 'UBEN'", "DELETE FROM cnx_audit"]
    for statement in [*both, *GUARDED["sqlite" if database.on_file else "postgresql"]]:
        with pytest.raises(StoreFailed, match="the audit trail is never changed"):
            async with database.writing() as connection:
                await connection.execute(text(statement))
    with pytest.raises(StoreFailed, match=r"(?i)foreign key"):
        async with database.writing() as connection:
            await connection.execute(text("DELETE FROM cnx_requests"))
    assert await office.requests.audit(first.id) == (ASKED,)
    assert await office.requests.find(first.id) == first
    await office.change(first.id, pleas=1)  # and it still grows
    assert len(await office.requests.audit(first.id)) == 2


DETAILS: dict[str, Value] = {
    ODD: ODD,
    "é" * 300: (1, 2.5, True, None, ("a", {"b": (ODD,)})),
    "empty": {},
    "": "",
}


async def test_any_text_comes_back_as_it_was(office: Office) -> None:
    who, where = UserId(ODD), ChannelId(ODD)
    origin = Origin(Source.THREAD, where, ODD)
    spec = Specification(ODD, ODD, ODD, ODD, (ODD, "", "é" * 5_000))
    row = AuditRow(BEGIN + TICK, Deed.ANSWERED, who, origin, DETAILS)
    new = request(
        office.account,
        spec=spec,
        body=ODD,
        digest=ODD,
        reason=ODD * 500,
        asked_by=who,
        asked_from=origin,
        channel=where,
        card=ODD,
        ballot=ODD,
        progress=ODD,
        votes=(Vote(who, VoteWord.DENY, ODD, BEGIN, origin, ODD),),
        made=Made(ODD, BEGIN, ODD, address=ODD),
        problem=Problem(Setback.LOST, BEGIN, 500, ODD, ODD, (ODD,), ref=ODD, by=who),
        state=RequestState.UNKNOWN,
    )
    made = await office.requests.make(new, [row])
    assert made == replace(new, id=made.id, version=1)
    assert await office.requests.find(made.id) == made
    assert await office.requests.audit(made.id) == (row,)
    assert await office.requests.listed(office.account, asked_by=who) == ((made,), 1)
    assert await office.requests.concerning(office.account, [ODD], []) == (made,)
    assert await office.requests.concerning(office.account, [], [ODD]) == (made,)
    assert await office.requests.make(replace(new, card="b"), []) == made  # the name is taken
    other = await office.requests.make(
        replace(new, spec=replace(spec, name=ODD + ODD), card="c"), []
    )
    assert other.id > made.id
