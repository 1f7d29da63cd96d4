"""Sentences about how good facts are, and about troubles."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.cloudnexus import KeyKind, UnreadableRow
from bot.commands import quality
from bot.commands.replies import Source, Unread, Watched
from bot.model.troubles import Reason, Trouble
from bot.store import StoreError, parse_address
from tests.commands.sources import SOURCE
from tests.support.virtual_time import EPOCH

LATER = EPOCH + timedelta(seconds=30)


def when(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def braced(text: str) -> str:
    """Marks what was treated as foreign."""
    return f"{{{text}}}"


def test_how_old_facts_are() -> None:
    assert quality.as_of(SOURCE, when) == "As of 12:00:00"
    assert quality.as_of(SOURCE, when, now=EPOCH) == "As of 12:00:00, just now"
    assert (
        quality.as_of(SOURCE, when, now=EPOCH + timedelta(minutes=5)) == "As of 12:00:00, 5 min ago"
    )


def test_doubts_name_what_may_be_missing() -> None:
    rows = tuple(UnreadableRow(f"srv_{n}", "spec.vcpus", "is missing") for n in range(5))
    doubts = quality.doubts(replace(SOURCE, steady=False, unreadable=rows), foreign=braced)
    assert doubts == (
        "The list could not be read as a whole: a row may be missing.",
        (
            "5 rows could not be read: {srv_0} ({spec.vcpus is missing}); "
            "{srv_1} ({spec.vcpus is missing}); {srv_2} ({spec.vcpus is missing}); and 2 more."
        ),
    )
    assert quality.doubts(SOURCE) == ()
    alone = (UnreadableRow(None, "", "should be an object, is null"),)
    assert quality.unreadable(alone) == (
        "1 row could not be read: one without an id (should be an object, is null)."
    )


def test_a_sentence_of_the_store_is_told_whole_as_it_ends_with_what_to_do() -> None:
    with pytest.raises(StoreError) as caught:
        parse_address(SecretStr("sqlite://cnx.db"))
    assert len(str(caught.value)) > quality.SAID_LIMIT
    (fails, _) = quality.trouble(Trouble(Reason.STORE, str(caught.value), EPOCH, None), when)
    assert fails.endswith("or postgresql://user@host/database.")
    foreign = quality.trouble(Trouble(Reason.REFUSED, "x" * 250, EPOCH, None), when)
    assert "x" * (quality.SAID_LIMIT + 1) not in " ".join(foreign)


@pytest.mark.parametrize("reason", Reason)
def test_every_trouble_says_what_happened_and_since_when(reason: Reason) -> None:
    told = quality.trouble(Trouble(reason, "", EPOCH, None), when)
    assert any(word in told[0] for word in ("CloudNexus", "quota", "request", "account", "store"))
    # What was never recorded has no beginning.
    assert ("12:00:00" in " ".join(told)) is (reason is not Reason.UNRECORDED)
    assert all(sentence.endswith(".") for sentence in told)
    assert not quality.title(Trouble(reason, "", EPOCH, None)).endswith(".")


@pytest.mark.parametrize(
    ("reason", "setting"),
    [
        (Reason.UNAUTHORIZED, "CNX_API_KEY"),
        (Reason.FORBIDDEN, "CNX_API_KEY"),
        (Reason.REFUSED, "CNX_API_URL"),
    ],
)
def test_where_somebody_has_to_act_the_setting_is_named(reason: Reason, setting: str) -> None:
    told = quality.trouble(Trouble(reason, "", EPOCH, None), when)
    assert setting in " ".join(told)
    assert "trying again" not in " ".join(told)


def test_a_trouble_in_full() -> None:
    told = Trouble(Reason.SERVER_ERROR, "<oops>\n" + "x" * 500, EPOCH, LATER)
    assert quality.trouble(told, when, foreign=braced) == (
        "CloudNexus has an internal failure.",
        "The details: “{<oops> " + "x" * 192 + "…}”.",
        "It has been so since 12:00:00.",
        "It is worth trying again at 12:00:30.",
    )


def test_stale_facts_say_so() -> None:
    assert quality.stale(SOURCE, when) == ()
    source = Source(KeyKind.LIVE, EPOCH, trouble=Trouble(Reason.UNREACHABLE, "", EPOCH, LATER))
    told = quality.stale(source, when)
    assert told[0] == "These are the last known facts: newer ones can't be had."
    assert told[1] == "CloudNexus can't be reached: there is no answer."


def test_nobody_at_work_is_told_with_what_helps() -> None:
    assert quality.trouble(Trouble(Reason.UNWATCHED, "", EPOCH, None), when) == (
        (
            "CloudNexus has not been read since 12:00:00: no bot is at work on this store, or it is "
            "just starting."
        ),
        "cnx run starts one; --live asks CloudNexus itself, which costs requests.",
    )


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("The database is locked.", "The store fails: {The database is locked}."),
        ("", "The store fails."),
    ],
)
def test_a_store_that_fails_is_told_with_its_own_sentence(said: str, first: str) -> None:
    def mark(text: str) -> str:
        return f"{{{text.removesuffix('.')}}}" if text else ""

    told = quality.trouble(Trouble(Reason.STORE, said, EPOCH, None), when, foreign=mark)
    assert told == (first, "It has been so since 12:00:00.")


def test_an_account_that_is_read_for_the_first_time() -> None:
    told = Trouble(Reason.NOT_YET, "300 of 900 rows are read", EPOCH, None)
    assert quality.trouble(told, when) == (
        "The account is being read for the first time.",
        "So far 300 of 900 rows are read.",
        "It began at 12:00:00.",
        "Ask again in a moment; --live asks CloudNexus itself, which costs requests.",
    )


def test_what_one_question_may_spend() -> None:
    told = quality.trouble(Trouble(Reason.TOO_COSTLY, "", EPOCH, None), when)
    assert told[0] == "Reading the whole list takes more requests than one question may spend."


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        (Reason.UNREACHABLE, "CloudNexus could not be read"),
        (Reason.NOT_YET, "Nothing is known yet"),
        (Reason.UNWATCHED, "CloudNexus is not being read"),
        (Reason.STORE, "The store could not be read"),
    ],
)
def test_titles_of_troubles(reason: Reason, title: str) -> None:
    assert quality.title(Trouble(reason, "", EPOCH, None)) == title


def test_what_cannot_be_proved_is_a_doubt() -> None:
    (doubt,) = quality.doubts(replace(SOURCE, proves_gone=False))
    assert doubt == (
        "What has gone from the list can't be told at present: it is in no order, and shifts while "
        "it is read."
    )


@pytest.mark.parametrize(
    ("cost", "says"),
    [
        (None, ()),
        (0, ("Read from CloudNexus just before: this answer took no further request.",)),
        (1, ("Read from CloudNexus for this answer: 1 request.",)),
        (1_200, ("Read from CloudNexus for this answer: 1,200 requests.",)),
    ],
)
def test_what_an_answer_cost(cost: int | None, says: tuple[str, ...]) -> None:
    assert quality.provenance(replace(SOURCE, cost=cost)) == says


def test_a_note_is_a_sentence_of_its_own() -> None:
    source = replace(SOURCE, note="Out of the store.\n" + "x" * 900, cost=2)
    note, cost = quality.provenance(source, foreign=braced)
    assert note.startswith("{Out of the store. xxx")
    assert len(note) <= quality.NOTE_LIMIT + 2
    assert cost.endswith("2 requests.")


@pytest.mark.parametrize(
    ("watched", "says"),
    [
        (Watched(timedelta(seconds=60), 2), "A round of reading takes 60 s and 2 requests."),
        (Watched(timedelta(minutes=9), 1), "A round of reading takes 9 min and 1 request."),
        (
            Watched(None, 1_000),
            "A round of reading takes 1,000 requests; how long is not known yet.",
        ),
        (Watched(None, 0), "How long a round of reading takes is not known yet."),
    ],
)
def test_how_often_a_kind_is_read(watched: Watched, says: str) -> None:
    assert quality.pace(watched) == says
    assert quality.worries(watched, when) == ()


def test_what_keeps_a_kind_from_being_watched() -> None:
    stretches = tuple(Unread(100 * n, 100 * (n + 1), EPOCH) for n in range(5))
    watched = Watched(
        None,
        2,
        settled=False,
        blind_since=LATER,
        parked=1_200,
        unread=(Unread(0, 1, EPOCH), *stretches),
    )
    assert quality.worries(watched, when) == (
        "Nothing can be read since 12:00:30.",
        "1,200 absences are not believed, and wait for a word.",
        "Row 1 of the list can't be read since 12:00:00.",
        "Rows 1 to 100 of the list can't be read since 12:00:00.",
        "Rows 101 to 200 of the list can't be read since 12:00:00.",
        "So it is with 3 more stretches.",
        "The first round is not over: what appears meanwhile is not told.",
    )
    assert quality.worries(Watched(None, 2, parked=1), when) == (
        "1 absence is not believed, and waits for a word.",
    )


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_clause_as_well(reason: Reason) -> None:
    assert not quality.reason_words(reason.value).endswith(".")


def test_a_reason_of_a_later_version_is_shown_as_it_is() -> None:
    assert quality.reason_words("moon_phase", foreign=braced) == "{moon_phase}"


@pytest.mark.parametrize(
    ("unseen", "parked", "words"),
    [
        (1, 0, "1 row was not seen in the last round of reading, and it is told as before"),
        (20, 0, "20 rows were not seen"),
        (20, 20, "20 seem to be gone all at once, which is not believed yet"),
    ],
)
def test_rows_that_the_last_round_did_not_show_are_a_doubt(
    unseen: int, parked: int, words: str
) -> None:
    source = Source(KeyKind.LIVE, EPOCH, unseen=unseen, parked=parked)
    (doubt,) = quality.doubts(source)
    assert words in doubt
    assert doubt.endswith(".")
