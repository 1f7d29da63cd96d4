"""A hundred thousand servers are no problem: every page is right, before and after changes."""

from __future__ import annotations

import pytest

from bot.sandbox.cloudnexus import Kind, Order
from tests.sandbox.cloudnexus.visitor import Visitor, visiting

MANY = 100_000


async def all_ids(visitor: Visitor) -> list[str]:
    """The ids of all pages, in their order."""
    ids: list[str] = []
    for page in range(1, 22):
        rows = (await visitor.get(f"servers?limit=5000&page={page}")).json["servers"]
        ids += [row["id"] for row in rows]
    return ids


@pytest.mark.long  # some seconds of work, and a hundred megabytes
async def test_a_hundred_thousand_servers_are_listed_changed_and_listed_again() -> None:
    async with visiting(servers=MANY, max_limit=5_000) as visitor:
        ids = await all_ids(visitor)
        assert len(ids) == len(set(ids)) == MANY
        last = (await visitor.get(f"servers?limit=20&page={MANY // 20}")).json
        assert [row["id"] for row in last["servers"]] == ids[-20:]

        created = (await visitor.create("the-newest")).json["server"]["id"]
        for place in (0, 50_000, 99_999):
            await visitor.control("remove", {"id": ids[place]})
        gone = {ids[0], ids[50_000], ids[99_999]}
        assert await all_ids(visitor) == [id_ for id_ in ids if id_ not in gone] + [created]

        assert await visitor.control("burst", {"count": 500}) == {"changed": 500}
        state = await visitor.state()
        assert state["servers"]["total"] == MANY - 2
        assert state["servers"]["by_status"]["error"] >= 500
        assert sum(state["servers"]["by_region"].values()) == MANY - 2


@pytest.mark.parametrize("order", [order for order in Order if order is not Order.SHUFFLED])
async def test_a_change_finds_its_place_among_many(order: Order) -> None:
    async with visiting(servers=5_000) as visitor:
        fleet = visitor.sandbox.fleet
        fleet.reorder(order)
        for step in range(200):
            id_ = fleet.records(Kind.SERVER, step * 24, 1)[0].id
            fleet.change(id_, "status", "error")
            fleet.change(id_, "name", f"renamed-{step % 50}")
        values = [str(record.row[order.field]) for record in fleet.records(Kind.SERVER)]
        assert values == sorted(values, reverse=order.descending)
        assert len({record.id for record in fleet.records(Kind.SERVER)}) == 5_000
