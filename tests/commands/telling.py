"""Replies about what a channel is told, for renderers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.commands.telling_replies import (
    Fits,
    MuteReply,
    NotRecorded,
    NotWatchedReply,
    TellingReply,
    UnknownValue,
    UnmuteReply,
    UnwatchReply,
    WatchesReply,
    WatchReply,
)
from bot.model.filters import Filter, parse_filter
from bot.model.kinds import Kind
from bot.model.subscriptions import (
    ChannelId,
    Level,
    Mute,
    MuteId,
    Subscription,
    SubscriptionId,
    UserId,
)
from bot.notify.wishes import Held, Preview, Standing
from tests.support.virtual_time import EPOCH

OPS, DEV = ChannelId("C0OPS"), ChannelId("C0DEV")
DAY = timedelta(days=1)

DEFAULT = Subscription(
    SubscriptionId(1), OPS, None, Filter(), Level.NEWS, None, None, EPOCH - 30 * DAY
)
EAST = Subscription(
    SubscriptionId(7),
    OPS,
    Kind.SERVER,
    parse_filter("region=us-east-1 status!=stopped"),
    Level.BAD,
    "S0ONCALL",
    UserId("U0ANN"),
    EPOCH - DAY,
)
MUTED = Mute(
    MuteId(1), OPS, Kind.CLUSTER, Filter(), EPOCH + timedelta(hours=1), UserId("U0BEN"), EPOCH
)
STANDING = Standing(
    (replace(DEFAULT, id=SubscriptionId(2), channel=DEV), DEFAULT, EAST),
    (MUTED,),
    {SubscriptionId(1): 14, SubscriptionId(7): 1},
    {DEV: Held("is_archived", EPOCH - DAY, 3)},
)
NAMES: Mapping[str, str] = {"S0ONCALL": "@oncall"}
ALL = WatchesReply(STANDING, None, mentions=NAMES)
NEW = WatchReply(
    EAST,
    mention="@oncall",
    preview=Preview(14),
    fits=Fits({Kind.SERVER: 0}, (UnknownValue("region", "us-east-1", ("eu-east-1",)),)),
    member=False,
)

REPLIES: tuple[TellingReply, ...] = (
    NEW,
    WatchReply(EAST, before=replace(EAST, level=Level.ALL), preview=Preview(1, since=EPOCH)),
    WatchReply(DEFAULT, before=DEFAULT, preview=Preview(0, recorded=False)),
    UnwatchReply((EAST,), everything=False),
    UnwatchReply((DEFAULT, EAST), everything=True),
    UnwatchReply((), everything=True),
    NotWatchedReply(SubscriptionId(7), elsewhere=True, channel=DEV),
    NotWatchedReply(SubscriptionId(7), elsewhere=True),
    NotWatchedReply(SubscriptionId(7), ended=True),
    NotWatchedReply(SubscriptionId(7)),
    MuteReply(MUTED, preview=Preview(14), fits=Fits({Kind.CLUSTER: 2})),
    MuteReply(MUTED, watched=False),
    UnmuteReply((MUTED,), held_back=3),
    UnmuteReply(()),
    NotRecorded("my store did not answer in time.", "watch"),
    ALL,
    WatchesReply(Standing(()), OPS),
)
