"""A letter and an answer of every form, by name: what the golden renderings are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.model.changes import Change, What
from bot.model.events import Event, Own
from bot.model.filters import parse_filter
from bot.model.kinds import Kind
from bot.model.requests import RequestId
from bot.model.subscriptions import ChannelId, Level, Subscription, SubscriptionId, UserId
from bot.notify.answers import (
    AlreadyTaken,
    Answer,
    Muted,
    NotApprover,
    Ruled,
    Taken,
    Told,
    TooOld,
    Why,
)
from bot.notify.letters import (
    LISTED,
    Approval,
    Content,
    Course,
    Group,
    Item,
    Judgement,
    Letter,
    MuteOver,
    Sort,
    Undeliverable,
)
from bot.store.messages import DeliveryId, Role, Word
from tests.slack.render.replies import NOW

ID = DeliveryId("0b0f3c52-6a0e-4f0e-9a55-2f1f4f1c8a10")
GRACE = UserId("U0APPROVER")
BEGAN = NOW - timedelta(minutes=12)
REGIONS = ("us-east-1", "eu-west-1", "ap-south-1")
SIZE = "4 vCPU · 16 GB · 128 GB"


def change(number: int = 1, **changes: object) -> Change:
    """A server that turned bad."""
    made = Change(
        Kind.SERVER, f"srv_{number}", f"prod-api-{number:02d}", What.STATUS, "status", "running",
        "error", BEGAN + timedelta(seconds=10 + number), BEGAN + timedelta(seconds=70 + number),
        inferred=False,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def item(number: int = 1, told: Change | None = None, **changes: object) -> Item:
    """The same as a member of a letter."""
    region = REGIONS[number % len(REGIONS)]
    made = Item(told if told is not None else change(number), region, SIZE)
    return replace(made, **changes)  # type: ignore[arg-type]


def well(number: int = 1) -> Item:
    """One that is running again."""
    return item(number, now="running", over=NOW - timedelta(seconds=30))


def items(count: int) -> tuple[Item, ...]:
    """So many, as a letter lists them."""
    return tuple(item(number) for number in range(1, min(count, LISTED) + 1))


def named(name: str) -> Item:
    """One of that name, which a stranger chose."""
    return item(told=change(name=name))


def event(what: str, kind: Kind | None = Kind.SERVER, **details: object) -> Event:
    """Something that happened to the bot."""
    return Event(what, kind, BEGAN, BEGAN + timedelta(minutes=2), details)  # type: ignore[arg-type]


FAILED = Group(
    Kind.SERVER, "status", "status", "running", "error", 5_000,
    regions=(("us-east-1", 2_600), ("eu-west-1", 1_900), ("ap-south-1", 420)),
)  # fmt: skip
DOWN = Group(Kind.CLUSTER, "status", "status", "active", "degraded", 3, regions=(("us-east-1", 3),))
ONE = Letter(ID, Sort.BAD, BEGAN + timedelta(seconds=75), (item(),), 1, since=BEGAN)
FEW = replace(ONE, items=items(4), number=4)
MANY = replace(ONE, items=items(5_000), number=5_000, groups=(FAILED,))
WEB = change(7, name="web-7", old=None, what=What.APPEARED, field=None, new={"status": "running"})
BAD_WEB = replace(WEB, new={"status": "error"})
STARTED = change(8, old="stopped", new="running")
GONE = change(9, what=What.GONE, field=None, old={"status": "stopped"}, new=None, inferred=True)
GROWN = change(
    10, what=What.FIELD, field="spec",
    old={"vcpus": 4, "ram_gb": 16, "disk_gb": 128}, new={"vcpus": 8, "ram_gb": 32, "disk_gb": 256},
)  # fmt: skip
NEWS = Letter(ID, Sort.NEWS, NOW, (item(told=WEB),), 1)
TWELVE = RequestId(12)
ON_RECORD = Approval(Judgement.ON_RECORD, TWELVE)
AWAITED = Approval(Judgement.AWAITED, TWELVE)
UNAPPROVED = Approval(Judgement.NONE)
MANY_CAME = Group(
    Kind.SERVER, "appeared", None, None, "running", 5_000, regions=FAILED.regions, unapproved=3
)
BLIND = event(Own.BLIND, reason="server_error")
BLIND_CLUSTERS = event(Own.BLIND, Kind.CLUSTER, reason="server_error")
SEEN = replace(event(Own.RECOVERED), before=NOW)
SEEN_CLUSTERS = replace(SEEN, kind=Kind.CLUSTER)
CAUGHT_UP = replace(event(Own.CAUGHT_UP, changes=7), before=NOW)
AWAY = Letter(
    ID, Sort.AWAY, BEGAN + timedelta(minutes=2), events=(BLIND, BLIND_CLUSTERS), since=BEGAN
)
PARKED = replace(event(Own.PARKED, number=12), after=None)
ASKED = Letter(
    ID, Sort.SUSPICIOUS, BEGAN, events=(PARKED,), since=BEGAN, parked=(Kind.SERVER, BEGAN)
)
FLAPPER = item(told=STARTED, now="error", times=6)
FLAPS = Letter(
    ID, Sort.FLAPPING, BEGAN, (FLAPPER,), 1, events=(event(Own.FLAPPING, id="srv_8"),), since=BEGAN
)
UNREAD = Letter(
    ID, Sort.UNREAD, BEGAN, events=(event(Own.UNREAD, start=100, stop=200),), since=BEGAN
)
READ = replace(event(Own.READ_AGAIN, start=100, stop=200), before=NOW)
COURSE = Course(DeliveryId("c1"), ID, (item(2), item(3, change(3, old="error", new="running"))))
MUTED = MuteOver(
    ID, BEGAN - timedelta(hours=1), BEGAN, GRACE, "servers region=us-east-1", 5_003, (FAILED, DOWN)
)
LOST = Undeliverable(
    ID, "C0OPS", "is_archived", BEGAN, ((7, "servers region=us-east-1"), (12, "")), 2
)


def came(*approvals: Approval) -> Letter:
    """Servers that appeared, as they were judged."""
    told = tuple(
        item(n, replace(WEB, id=f"srv_{n}", name=f"web-{n}"), approval=it)
        for n, it in enumerate(approvals, 7)
    )
    return replace(NEWS, items=told, number=len(told))


CONTENTS: dict[str, Content] = {
    "bad-one": ONE,
    "bad-one-moved-on": replace(ONE, items=(item(now="restarting"),)),
    "bad-one-appeared": replace(ONE, items=(item(told=BAD_WEB),)),
    "bad-one-taken": replace(ONE, taken_by=GRACE, taken_at=NOW),
    "bad-one-muted": replace(ONE, muted_until=NOW + timedelta(hours=1)),
    "bad-one-closed": replace(ONE, items=(well(),), over=1, closed_at=NOW),
    "bad-one-gone": replace(
        ONE, items=(item(gone=True, over=NOW),), over=1, taken_by=GRACE, taken_at=NOW, closed_at=NOW
    ),
    "bad-one-recovered-before": replace(
        ONE, items=(well(),), over=1, opened_at=NOW, closed_at=NOW,
        since=NOW - timedelta(seconds=40),
    ),
    "bad-few": FEW,
    "bad-few-kinds": replace(
        FEW,
        items=(
            *items(2),
            item(5, change(5, old="stopping")),
            Item(
                change(6, kind=Kind.CLUSTER, id="cl_6", name="cl_6", old="active", new="degraded"),
                "us-east-1",
            ),
        ),
    ),
    "bad-few-partly-over": replace(
        FEW,
        items=(item(1), item(2, now="restarting"), well(3), item(4, gone=True, over=NOW)),
        over=2, taken_by=GRACE, taken_at=NOW,
    ),
    "bad-few-closed": replace(
        FEW, items=tuple(well(n) for n in range(1, 5)), over=4, closed_at=NOW
    ),
    "bad-twenty": replace(ONE, items=items(20), number=20),
    "bad-many": MANY,
    "bad-many-kinds": replace(MANY, number=5_003, groups=(FAILED, DOWN)),
    "bad-many-partly-over": replace(
        MANY, over=1_200, groups=(replace(FAILED, over=1_200),), taken_by=GRACE, taken_at=NOW
    ),
    "bad-many-closed": replace(
        MANY, items=tuple(well(n) for n in range(1, 21)), over=5_000,
        groups=(replace(FAILED, over=5_000),), closed_at=NOW,
    ),
    "bad-one-also": replace(ONE, also=(item(told=WEB), item(told=GONE)), also_number=2),
    "bad-many-also": replace(
        MANY, also=items(20), also_number=90,
        also_groups=(replace(FAILED, old="stopped", new="running", number=90, regions=()),),
    ),
    "bad-mention": replace(ONE, mentions=("S0ONCALL", "here", "<!channel>")),
    "news-one": NEWS,
    "news-one-moved-on": replace(NEWS, items=(item(told=STARTED, now="stopping"),)),
    "news-one-size": replace(NEWS, items=(item(told=GROWN),)),
    "news-few": replace(
        NEWS, items=tuple(item(told=it) for it in (WEB, STARTED, GONE, GROWN)), number=4
    ),
    "news-few-alike": replace(
        NEWS, number=3,
        items=tuple(item(n, change(n, old="stopped", new="running")) for n in (1, 2, 3)),
    ),
    "news-many": replace(
        NEWS, items=items(5_000), number=5_003,
        groups=(replace(FAILED, what="appeared", field=None, old=None, new="running"), DOWN),
    ),
    "appeared-on-record": came(ON_RECORD),
    "appeared-awaited": came(AWAITED),
    "appeared-awaited-unknown": came(Approval(Judgement.AWAITED)),
    "appeared-unapproved": came(UNAPPROVED),
    "appeared-few": came(UNAPPROVED, AWAITED, ON_RECORD, ON_RECORD),
    "appeared-many": replace(came(*[UNAPPROVED] * 3, *[ON_RECORD] * 17), number=5_000, groups=(MANY_CAME,)),
    "appeared-many-kinds": replace(
        came(*[UNAPPROVED] * 3, *[ON_RECORD] * 17), number=5_003, groups=(MANY_CAME, DOWN)
    ),
    "appeared-bad": replace(ONE, items=(item(told=BAD_WEB, approval=UNAPPROVED),)),
    "appeared-bad-before": replace(
        ONE, items=(replace(well(), change=BAD_WEB, approval=UNAPPROVED),), over=1, opened_at=NOW,
        closed_at=NOW, since=NOW - timedelta(seconds=40),
    ),
    "appeared-also": replace(ONE, also=came(UNAPPROVED, ON_RECORD).items, also_number=2),
    "appeared-away": replace(
        AWAY, events=(CAUGHT_UP,), items=came(UNAPPROVED, ON_RECORD).items, number=2, closed_at=NOW
    ),
    "appeared-flapping": replace(FLAPS, items=(replace(FLAPPER, approval=UNAPPROVED),)),
    "appeared-course": replace(COURSE, items=came(UNAPPROVED).items, number=1, left=9),
    "news-own": replace(
        NEWS, items=(), number=0,
        events=(event(Own.BASELINE, rows=142, bad=2, names=("prod-db-01", "<!here>")),),
    ),
    "away-open": AWAY,
    "away-open-one": replace(AWAY, events=(BLIND,)),
    "away-partly": replace(AWAY, events=(BLIND, BLIND_CLUSTERS, SEEN_CLUSTERS)),
    "away-closed-none": replace(
        AWAY, events=(BLIND, SEEN, replace(CAUGHT_UP, details={"changes": 0})), closed_at=NOW
    ),
    "away-closed-few": replace(
        AWAY, events=(BLIND, BLIND_CLUSTERS, SEEN, SEEN_CLUSTERS, CAUGHT_UP),
        items=(item(1), item(told=GONE)), number=2, closed_at=NOW,
    ),
    "away-catch-up-few": replace(
        AWAY, events=(CAUGHT_UP,), items=(item(1), item(told=GONE)), number=2, closed_at=NOW
    ),
    "away-catch-up-many": replace(
        AWAY, events=(CAUGHT_UP,), items=items(20), number=5_003, groups=(FAILED, DOWN),
        closed_at=NOW,
    ),
    "away-catch-up-none": replace(AWAY, events=(CAUGHT_UP,), closed_at=NOW),
    "suspicious-open": ASKED,
    "suspicious-returned": replace(
        ASKED, events=(PARKED, replace(event(Own.RETURNED), after=None)), closed_at=NOW
    ),
    "suspicious-released": replace(
        ASKED, events=(PARKED, replace(event(Own.RELEASED, by="U0APPROVER"), after=None)), closed_at=NOW
    ),
    "suspicious-discarded": replace(
        ASKED, events=(PARKED, replace(event(Own.DISCARDED, by="<!channel>"), after=None)), closed_at=NOW
    ),
    "flapping-one": FLAPS,
    "flapping-few": replace(FLAPS, items=(FLAPPER, well(2), item(3, times=4)), number=3),
    "flapping-closed": replace(FLAPS, items=(replace(FLAPPER, over=NOW),), closed_at=NOW),
    "unread-open": UNREAD,
    "unread-closed": replace(UNREAD, events=(*UNREAD.events, READ), closed_at=NOW),
    "course": replace(COURSE, number=2, left=9),
    "course-many": replace(
        COURSE, items=items(20), number=5_003, groups=(FAILED, DOWN), left=5_003
    ),
    "course-closed": replace(COURSE, number=2, closed=timedelta(minutes=12)),
    "mute-over": MUTED,
    "mute-over-nothing": replace(MUTED, wanted="", number=0, groups=()),
    "undeliverable-archived": LOST,
    "undeliverable-left": replace(
        LOST, problem="not_in_channel", subscriptions=LOST.subscriptions[:1], number=1
    ),
    "undeliverable-deleted": replace(LOST, problem="channel_not_found", number=31),
    "undeliverable-unknown": replace(LOST, channel="<!here>", problem="<!channel> *no*"),
    "hostile-channel": replace(ONE, items=(named("<!channel> <@U0APPROVER>"),)),
    "hostile-here": replace(FEW, items=(named("@here"), named("@channel #general")), number=2),
    "hostile-bold": replace(NEWS, items=(named("*bold* _italic_ ~struck~ `code`"),)),
    "hostile-order": replace(ONE, items=(named("prod-\u202egnp.exe\u2066\x00"),)),
    "hostile-long": replace(ONE, items=(named("x" * 300),)),
    "hostile-emoji": replace(ONE, items=(named("🦄 :tada: 🔺"),)),
    "hostile-everything": replace(
        FEW, number=1, over=1, closed_at=NOW,
        items=(
            Item(
                change(name="<!here>", old="<@U1>", new="*error*"), "<#C1>", "<https://evil.example>",
                now="@channel", over=NOW,
            ),
        ),
    ),
}  # fmt: skip

SUBSCRIPTION = Subscription(
    SubscriptionId(7), ChannelId("C0OPS"), Kind.SERVER, parse_filter("region=us-east-1"), Level.NEWS,
    None, GRACE, BEGAN,
)  # fmt: skip
WHY = Why(
    ID, ChannelId("C0OPS"), SUBSCRIPTION, (change(), replace(GONE)), 12,
    {Role.QUIET: 12, Role.MUTED: 1}, BEGAN, timedelta(minutes=1),
)  # fmt: skip
PAGE = Told(ID, tuple(change(number) for number in range(15, 30)), 15, 5_000)

ANSWERS: dict[str, Answer] = {
    "why": WHY,
    "why-default": replace(
        WHY, subscription=replace(SUBSCRIPTION, kind=None, filter=parse_filter(""), owner=None),
        entries=(change(),), number=1, held_back={}, read_at=None, period=None,
    ),
    "why-no-subscription": replace(WHY, subscription=None, entries=(BLIND,), number=1),
    "told-first": replace(PAGE, offset=0),
    "told-middle": PAGE,
    "told-last": replace(PAGE, entries=(change(),), offset=4_999),
    "told-one": replace(PAGE, entries=(change(),), offset=0, number=1),
    "taken": Taken(),
    "already-taken": AlreadyTaken(GRACE, BEGAN),
    "muted": Muted(NOW, "servers region=us-east-1", 14),
    "muted-everything": Muted(NOW, ""),
    "ruled": Ruled(Kind.SERVER, Word.RELEASE, GRACE, first=True),
    "ruled-late": Ruled(Kind.SERVER, Word.DISCARD, GRACE, first=False),
    "not-approver": NotApprover(configured=True),
    "no-approvers": NotApprover(configured=False),
    "too-old": TooOld(),
}  # fmt: skip
