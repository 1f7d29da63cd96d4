"""How far a question's live reads have come, what they cost in all, and the sentences about that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cloudnexus import KeyKind
from bot.commands.facts import FEW, LiveProgress
from bot.commands.replies import (
    HelpReply,
    KindCounts,
    Listing,
    Reply,
    Source,
    StatusReply,
    TroubleReply,
)
from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.slack.reading import Ended, Reading, ended
from bot.slack.render import notices
from tests.support.virtual_time import EPOCH

SERVERS = LiveProgress(Kind.SERVER, rows=1_300, total=5_000, requests=13, cost=50, left=899)
CLUSTERS = LiveProgress(Kind.CLUSTER, rows=0, total=None, requests=0, cost=1, left=912)
DOMAINS = LiveProgress(Kind.DOMAIN, rows=7, total=None, requests=1, cost=1, left=905)


def reading(*told: LiveProgress) -> Reading:
    result = Reading()
    for progress in told:
        result = result.heard(progress)
    return result


def test_the_newest_of_each_kind_counts() -> None:
    seen = reading(SERVERS, DOMAINS, replace(SERVERS, rows=1_400, requests=14, left=898))
    assert seen.kinds == (Kind.SERVER, Kind.DOMAIN)
    assert (seen.rows, seen.requests, seen.cost, seen.left) == (1_407, 15, 51, 898)


def test_the_total_is_known_once_that_of_each_kind_is() -> None:
    """A list that comes whole does not tell its length: it is there, or it is not."""
    assert reading(SERVERS, DOMAINS).total == 5_007
    assert reading(SERVERS, CLUSTERS).total is None
    assert reading(SERVERS, replace(CLUSTERS, rows=4, requests=1)).total == 5_004


def test_a_list_that_grows_is_never_more_than_all_of_it() -> None:
    seen = reading(replace(SERVERS, rows=5_003, requests=51))
    assert (seen.total, seen.cost) == (5_003, 51)


@pytest.mark.parametrize(
    ("told", "many"),
    [
        ((), False),
        ((replace(SERVERS, cost=FEW, requests=0),), False),
        ((replace(SERVERS, cost=FEW + 1, requests=0),), True),
        ((replace(SERVERS, cost=None, requests=FEW),), False),
        ((replace(SERVERS, cost=None, requests=FEW + 1),), True),
        ((replace(SERVERS, cost=FEW, requests=0), CLUSTERS), True),
        ((replace(SERVERS, cost=None, requests=0), CLUSTERS), False),
    ],
)
def test_many_is_more_than_five_requests_in_all(told: tuple[LiveProgress, ...], many: bool) -> None:
    assert reading(*told).takes_many is many


TROUBLE = Trouble(Reason.RATE_LIMITED, "", EPOCH, None)
GOOD = Source(KeyKind.LIVE, EPOCH)
STALE = replace(GOOD, trouble=TROUBLE)


def listing(source: Source) -> Listing:
    return Listing(Kind.CLUSTER, (), 0, {}, Filter(), None, source)


def status(source: Source) -> StatusReply:
    return StatusReply((KindCounts(Kind.CLUSTER, 0, {}, {}, source),))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (listing(GOOD), Ended.ANSWERED),
        (listing(STALE), Ended.FAILED),
        (status(GOOD), Ended.ANSWERED),
        (status(STALE), Ended.FAILED),
        (replace(status(GOOD), failed={Kind.SERVER: TROUBLE}), Ended.FAILED),
        (TroubleReply(TROUBLE, KeyKind.LIVE), Ended.FAILED),
        (HelpReply(()), Ended.ANSWERED),
    ],
)
def test_how_a_reading_ended_is_told_by_its_reply(reply: Reply, expected: Ended) -> None:
    assert ended(reply) is expected


BEGUN = LiveProgress(Kind.SERVER, rows=0, total=None, requests=0, cost=2, left=899)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ((), "I am at it… The answer follows."),
        (
            (BEGUN,),
            (
                "Reading servers from CloudNexus itself: about 2 requests of 899 left. "
                "The answer follows."
            ),
        ),
        (
            (replace(BEGUN, cost=1, left=None),),
            "Reading servers from CloudNexus itself: about 1 request. The answer follows.",
        ),
        (
            (replace(BEGUN, cost=None),),
            (
                "Reading servers from CloudNexus itself; what it costs is not known yet. "
                "The answer follows."
            ),
        ),
        (
            (BEGUN, CLUSTERS, DOMAINS),
            (
                "Reading servers, clusters and CDN domains from CloudNexus itself: about 4 requests of "
                "899 left. The answer follows."
            ),
        ),
    ],
)
def test_a_word_of_progress_states_the_cost(told: tuple[LiveProgress, ...], said: str) -> None:
    assert notices.progress(reading(*told)).text == said


def test_where_a_long_read_can_be_followed_is_said() -> None:
    here = notices.reading_much(reading(SERVERS), below=True).text
    there = notices.reading_much(reading(SERVERS), below=False).text
    assert "about 50 requests of 899 left" in here
    assert "in the message below" in here
    assert "in your direct messages with me" in there


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            (SERVERS,),
            "Reading servers from CloudNexus: 1,300 of 5,000 rows, 13 of about 50 requests.",
        ),
        (
            (SERVERS, CLUSTERS),
            "Reading servers and clusters from CloudNexus: 1,300 rows, 13 of about 51 requests.",
        ),
        (
            (replace(SERVERS, rows=0, total=None, requests=0),),
            "Reading servers from CloudNexus: 0 rows, 0 of about 50 requests.",
        ),
        (
            (replace(SERVERS, rows=1, total=1, requests=1, cost=None),),
            "Reading servers from CloudNexus: 1 of 1 row, 1 request.",
        ),
    ],
)
def test_the_message_tells_how_far_it_has_come(told: tuple[LiveProgress, ...], said: str) -> None:
    assert notices.followed(reading(*told), None).text == said


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (Ended.ANSWERED, "Done: 1,300 rows with 13 requests; the answer stands where you asked."),
        (
            Ended.FAILED,
            "I stopped after 1,300 of 5,000 rows and 13 requests; the answer, where you asked, says why.",
        ),
        (
            Ended.UNCONFIRMED,
            (
                "I read 1,300 of 5,000 rows with 13 requests, but Slack did not confirm that my answer "
                "got through. If you do not see it, ask again."
            ),
        ),
        (
            Ended.BROKE,
            "I stopped after 1,300 of 5,000 rows and 13 requests: something broke on my side.",
        ),
        (
            Ended.STOPPED,
            "I was stopped after 1,300 of 5,000 rows and 13 requests. Please ask again in a moment.",
        ),
    ],
)
def test_the_message_tells_how_it_ended(end: Ended, said: str) -> None:
    message = notices.followed(reading(SERVERS), end)
    assert message.text == said
    (block,) = message.blocks
    assert block["text"] == {"type": "plain_text", "text": said, "emoji": False}
