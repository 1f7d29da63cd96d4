"""The row of a channel, which whoever asks or tells something there makes, if it is missing."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.changes import AccountId
from bot.model.subscriptions import ChannelId
from bot.store import texts
from bot.store.schema import changes
from bot.store.schema_telling import channels
from bot.store.upsert import insert_new
from bot.store.values import Seq


async def end_of_history(connection: AsyncConnection, account: AccountId | None) -> Seq:
    """The last number in that account's history, or, for None, in all; 0 where there is none."""
    query = select(func.max(changes.c.seq))
    if account is not None:
        query = query.where(changes.c.account_id == account)
    return Seq((await connection.execute(query)).scalar_one() or 0)


async def make_channel(
    connection: AsyncConnection, channel: ChannelId, cursor: Seq, *, on_file: bool
) -> None:
    """Make it, with everything up to `cursor` decided; one that is there stays as it is."""
    new = {"channel": texts.kept(channel), "cursor": cursor}
    await connection.execute(insert_new(channels, on_file=on_file), new)


async def lock_channel(connection: AsyncConnection, channel: ChannelId) -> None:
    """Until the end of the transaction nobody else passes here for that channel, if it is there."""
    its = channels.c
    mine = select(its.channel).where(its.channel == texts.kept(channel)).with_for_update()
    await connection.execute(mine)
