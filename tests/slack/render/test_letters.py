"""What the bot tells by itself, as Slack gets it: golden renderings of every form, and the limits.

CNX_GOLDEN=write writes the golden files anew; look at the difference before it is committed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model.changes import What
from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.model.requests import RequestId
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId, Level, Subscription, SubscriptionId, UserId
from bot.notify.answers import AlreadyTaken, Answer, Muted, Told, Why
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
    from_json,
    to_json,
)
from bot.slack.render.letter_answers import render_answer
from bot.slack.render.letter_buttons import RulingRef, ToldRef, delivery_of
from bot.slack.render.letters import render_content
from bot.slack.render.message import SlackMessage, plain_form
from bot.store.messages import DeliveryId, Role
from tests.slack.render.letters import (
    ANSWERS,
    ASKED,
    CONTENTS,
    FEW,
    ID,
    MANY,
    NEWS,
    ONE,
    PAGE,
    UNAPPROVED,
    change,
    item,
    items,
    well,
)
from tests.slack.render.replies import NOW, changes, counts, events, foreign, short, times
from tests.slack.render.shown import buttons, shown
from tests.slack.render.test_limits import check, everything, jsonable

GOLDEN = Path(__file__).parent / "golden"
WRITES = os.environ.get("CNX_GOLDEN") == "write"
CLASSES = StatusClasses()

# What our own text may hold beside what `check` knows: channels, and calls of known forms.
_CALLS = re.compile(r"<#[CG][A-Z0-9]{2,}>|<!subteam\^S[A-Z0-9]{2,}>|<!here>|<!channel>")

generous = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def rendered(content: Content, *, repeated: bool = False) -> SlackMessage:
    return render_content(content, now=NOW, slash="/cnx", classes=CLASSES, repeated=repeated)


def answered(answer: Answer) -> SlackMessage:
    return render_answer(answer, now=NOW, slash="/cnx", classes=CLASSES)


def messages() -> dict[str, SlackMessage]:
    """All golden renderings."""
    told = {name: rendered(content) for name, content in CONTENTS.items()}
    told["repeated"] = rendered(ONE, repeated=True)
    return told | {f"answer-{name}": answered(answer) for name, answer in ANSWERS.items()}


MESSAGES = messages()


def accepted(message: SlackMessage) -> None:
    """The stand-in takes it, in both forms, and nothing foreign in it acts."""
    bare = replace(message, text=_CALLS.sub("", message.text) or "–")
    check(bare)
    check(plain_form(bare))


@pytest.mark.parametrize("name", MESSAGES)
def test_every_form_is_as_it_was_looked_at(name: str) -> None:
    message = MESSAGES[name]
    accepted(message)
    file = GOLDEN / f"{name}.json"
    told = {"text": message.text.split("\n"), "blocks": jsonable(message.blocks)}
    if WRITES:
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8")) == told


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("name", CONTENTS)
def test_a_letter_out_of_the_store_is_the_same_at_any_time(name: str) -> None:
    again = render_content(
        from_json(to_json(CONTENTS[name])),
        now=NOW + timedelta(days=9),
        slash="/cnx",
        classes=CLASSES,
    )
    assert again == MESSAGES[name]


def labels(message: SlackMessage) -> list[str]:
    return list(buttons(message))


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        (ONE, ["I have it", "Mute 1 h", "Why here?"]),
        (replace(ONE, taken_by=UserId("U0APPROVER")), ["Mute 1 h", "Why here?"]),
        (replace(ONE, items=(well(),), over=1, closed_at=NOW), ["Why here?"]),
        (MANY, ["I have it", "Mute 1 h", "Show all 5,000", "Why here?"]),
        (replace(MANY, over=5_000, closed_at=NOW), ["Show all 5,000", "Why here?"]),
        (NEWS, ["Why here?"]),
        (ASKED, ["Release", "Discard", "Why here?"]),
        (replace(ASKED, parked=None), ["Why here?"]),
        (replace(ASKED, closed_at=NOW), ["Why here?"]),
    ],
)
def test_a_letter_has_the_buttons_that_make_sense(letter: Letter, expected: list[str]) -> None:
    assert labels(rendered(letter)) == expected


def test_release_asks_before_it_acts() -> None:
    elements = [
        cast("Any", block)["elements"]
        for block in rendered(ASKED).blocks
        if block["type"] == "actions"
    ]
    release, discard, _ = elements[0]
    assert release["style"] == "danger"
    assert "12 servers will count as gone" in release["confirm"]["text"]["text"]
    assert "confirm" not in discard


def test_an_incident_has_no_more_items_shown_than_are_told_and_counts_the_rest() -> None:
    long = tuple(item(told=change(n, name="é" * 80)) for n in range(LISTED))
    message = rendered(replace(FEW, items=long, number=LISTED))
    told = sum(text.startswith("é") for text in everything(message.blocks))
    assert 0 < told <= LISTED
    if told < LISTED:
        assert f"and {LISTED - told} more" in shown(message)
        assert "Show all 20" in labels(message)
    many = rendered(replace(MANY, items=items(5_000)))
    assert "and 4,995 more" in shown(many)
    assert "5,000 servers: running → error" in many.text


@pytest.mark.parametrize("aside", [False, True])
def test_what_nobody_approved_is_counted_where_there_is_no_room_for_it(aside: bool) -> None:
    long = change(name="é" * 80, what=What.APPEARED, field=None, old=None, new={})
    those = tuple(item(told=replace(long, id=str(n)), approval=UNAPPROVED) for n in range(LISTED))
    if aside:
        told = shown(rendered(replace(ONE, also=those, also_number=LISTED)))
    else:
        told = shown(rendered(replace(NEWS, items=those, number=LISTED)))
    one_by_one = len(re.findall(r"⚠️ no approval on record", told))
    (counted,) = re.findall(r"and (\d+) more · ⚠️ (\d+) with no approval on record", told)
    assert 0 < one_by_one < LISTED
    assert counted == (str(LISTED - one_by_one),) * 2


@pytest.mark.parametrize(
    ("mention", "block", "text"),
    [
        ("S0ONCALL", {"type": "usergroup", "usergroup_id": "S0ONCALL"}, "<!subteam^S0ONCALL>"),
        ("U0GRACE", {"type": "user", "user_id": "U0GRACE"}, "<@U0GRACE>"),
        ("here", {"type": "broadcast", "range": "here"}, "<!here>"),
        ("channel", {"type": "broadcast", "range": "channel"}, "<!channel>"),
        ("everyone", {"type": "text", "text": "everyone"}, "everyone"),
        ("S0ONCALL>x", {"type": "text", "text": "S0ONCALL>x"}, "S0ONCALL&gt;x"),
        ("<!here>", {"type": "text", "text": "<!here>"}, "&lt;!here&gt;"),
    ],
)
def test_only_what_has_the_form_of_a_mention_calls_anybody(
    mention: str, block: Mapping[str, object], text: str
) -> None:
    message = rendered(replace(ONE, mentions=(mention, mention)))
    assert cast("Any", message.blocks[0])["elements"][0]["elements"] == [block]
    assert message.text.split("\n")[0] == text


def test_a_page_that_does_not_fit_leaves_nothing_out() -> None:
    worst = tuple(change(n, name='"' * 300, old='"' * 300, new='"' * 300) for n in range(50))
    message = answered(Told(ID, worst, 100, 5_000, per_page=50))
    accepted(message)
    told = len(re.findall("→", shown(message)))
    assert 0 < told < 50
    on = ToldRef.from_value(buttons(message)["Next ›"])
    assert on == ToldRef(ID, 100 + told)
    assert ToldRef.from_value(buttons(message)["‹ Prev"]) == ToldRef(ID, 50)


def test_the_first_and_the_last_page_turn_one_way_only() -> None:
    assert labels(answered(replace(PAGE, offset=0))) == ["Next ›"]
    assert labels(answered(replace(PAGE, offset=4_985))) == ["‹ Prev"]


def test_what_a_button_carries_is_read_back() -> None:
    told = ToldRef(ID, 15)
    assert ToldRef.from_value(told.to_value()) == told
    ruling = RulingRef(Kind.CLUSTER, NOW, ID)
    assert RulingRef.from_value(ruling.to_value()) == ruling
    assert delivery_of(ID) == ID


@pytest.mark.parametrize(
    "value",
    ["", "x", "[]", "{}", "null", '["a"]', '["a", -1]', '["a", true]', '["", 1]', '["a\\n", 1]',
     '["server", "2026-03-02", "a"]', '["server", "x", "a"]', '["vm", "2026-03-02T12:00:00Z", "a"]',
     "[" * 100_000, '["a", 1, 2, 3]', f'["{"a" * 256}", 1]'],
)  # fmt: skip
def test_nonsense_in_a_button_is_nothing(value: str) -> None:
    assert ToldRef.from_value(value) is None
    assert RulingRef.from_value(value) is None


@pytest.mark.parametrize("value", ["", "a\nb", "x" * 256])
def test_what_is_no_delivery_is_none(value: str) -> None:
    assert delivery_of(value) is None


known = st.booleans()
people = st.sampled_from(("U0ADA", "W0GRACE")).map(UserId) | foreign.map(UserId)
approvals = st.builds(
    Approval,
    found=st.sampled_from(Judgement),
    request=st.none() | counts.map(RequestId),
)
held_items = st.builds(
    Item,
    change=changes,
    region=st.none() | foreign,
    size=st.none() | foreign,
    now=st.none() | short,
    over=st.none() | times,
    gone=known,
    times=counts,
    approval=st.none() | approvals,
)
groups = st.builds(
    Group,
    kind=st.sampled_from(Kind),
    what=st.sampled_from(("appeared", "gone", "status", "field")) | foreign,
    field=st.none() | foreign,
    old=st.none() | short,
    new=st.none() | short,
    number=counts,
    over=counts,
    regions=st.lists(st.tuples(foreign, counts), max_size=8).map(tuple),
    unapproved=counts,
)


def repeatedly(few: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    """None, a few, or as many as there may be."""
    return st.lists(few, max_size=3).flatmap(
        lambda it: st.sampled_from((1, most)).map(lambda times: (tuple(it) * times)[:most])
    )


letters = st.builds(
    Letter,
    id=st.just(ID),
    sort=st.sampled_from(Sort),
    opened_at=times,
    items=repeatedly(held_items, LISTED),
    number=counts | st.integers(0, LISTED),
    over=counts,
    groups=repeatedly(groups, 30),
    events=repeatedly(events, LISTED),
    since=st.none() | times,
    closed_at=st.none() | times,
    taken_by=st.none() | foreign.map(UserId) | st.just(UserId("U0APPROVER")),
    taken_at=st.none() | times,
    muted_until=st.none() | times,
    mentions=st.lists(foreign | st.sampled_from(("here", "S0ONCALL")), max_size=12).map(tuple),
    also=repeatedly(held_items, LISTED),
    also_number=counts | st.integers(0, LISTED),
    also_groups=repeatedly(groups, 30),
    parked=st.none() | st.tuples(st.sampled_from(Kind), times),
)
contents: st.SearchStrategy[Content] = st.one_of(
    letters,
    st.builds(
        Course,
        id=st.just(ID),
        parent=st.just(ID),
        items=repeatedly(held_items, LISTED),
        events=repeatedly(events, LISTED),
        number=counts | st.integers(0, LISTED),
        groups=repeatedly(groups, 30),
        left=counts,
        closed=st.none() | st.timedeltas(timedelta(0), timedelta(days=9_999)),
    ),
    st.builds(
        MuteOver,
        id=st.just(ID),
        since=times,
        until=times,
        by=foreign.map(UserId),
        wanted=foreign,
        number=counts,
        groups=repeatedly(groups, 30),
    ),
    st.builds(
        Undeliverable,
        id=st.just(ID),
        channel=foreign | st.just("C0OPS"),
        problem=foreign | st.sampled_from(("is_archived", "not_in_channel")),
        since=times,
        subscriptions=repeatedly(st.tuples(counts, foreign), LISTED),
        number=counts,
    ),
)
entries = repeatedly(changes | events, 50)
answers: st.SearchStrategy[Answer] = st.one_of(
    st.builds(
        Why,
        delivery=st.just(ID),
        channel=st.just(ChannelId("C0OPS")),
        subscription=st.none()
        | st.builds(
            Subscription,
            id=counts.map(SubscriptionId),
            channel=st.just(ChannelId("C0OPS")),
            kind=st.none() | st.sampled_from(Kind),
            filter=st.just(Filter()),
            level=st.sampled_from(Level),
            mention=st.none() | foreign,
            owner=st.none() | foreign.map(UserId),
            created_at=times,
        ),
        entries=entries,
        number=counts,
        held_back=st.dictionaries(st.sampled_from(Role), counts),
        read_at=st.none() | times,
        period=st.none() | st.timedeltas(timedelta(0), timedelta(days=9_999)),
    ),
    st.builds(
        Told,
        delivery=st.just(ID),
        entries=entries,
        offset=counts,
        number=counts,
        per_page=st.integers(1, 50),
    ),
    st.builds(AlreadyTaken, by=foreign.map(UserId), at=times),
    st.builds(Muted, until=times, wanted=foreign, would_have=st.none() | counts),
)


@generous
@given(content=contents, repeated=known)
def test_every_letter_keeps_the_limits_and_is_harmless(content: Content, repeated: bool) -> None:
    accepted(rendered(content, repeated=repeated))


@generous
@given(answer=answers)
def test_every_answer_keeps_the_limits_and_is_harmless(answer: Answer) -> None:
    accepted(answered(answer))


WORST = '"' * 5_000
WORST_ITEM = Item(change(name=WORST, old=WORST, new=WORST), WORST, WORST, WORST, NOW, times=10**12)
WORST_GROUP = Group(Kind.DOMAIN, WORST, WORST, WORST, WORST, 10**12, 10**11, ((WORST, 10**9),) * 8)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("number", [1, LISTED, 10**12])
def test_the_worst_letter_keeps_the_limits(sort: Sort, number: int) -> None:
    """Everything at its longest, and of a character that takes two in JSON."""
    letter = Letter(
        DeliveryId("d" * 200), sort, NOW, (WORST_ITEM,) * min(number, LISTED), number, 5,
        (WORST_GROUP,) * 99, taken_by=UserId(WORST), taken_at=NOW, muted_until=NOW,
        mentions=tuple(f"{n}{WORST}" for n in range(50)), parked=(Kind.DOMAIN, NOW),
        also=(WORST_ITEM,) * LISTED, also_number=number, also_groups=(WORST_GROUP,) * 20,
    )  # fmt: skip
    accepted(rendered(letter, repeated=True))
    accepted(rendered(replace(letter, closed_at=NOW, since=NOW - timedelta(9)), repeated=True))
