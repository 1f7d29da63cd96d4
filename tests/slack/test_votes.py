"""Votes: from a reply or a button in Slack to the record, and what is said back in private."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.approvals.contents import RequestPlea
from bot.model.requests import Deed, Request, RequestState, Setback, Source, VoteWord
from bot.model.subscriptions import UserId
from bot.slack.render import request_buttons as buttons
from tests.slack.booth import SECOND, Booth, booth
from tests.slack.render.requests import trouble
from tests.slack.workplace import APPROVER, ASKER, BOT, GUEST, OPS, RANDOM, Json, words


def votes(request: Request) -> list[tuple[str, str]]:
    return [(it.user, it.word.value) for it in request.votes]


def state(it: Booth) -> RequestState:
    return it.request.state


def in_private(said: list[Json], user: str, thread: str) -> str:
    """The one message that only this person sees, in the thread in which they are."""
    (message,) = said
    assert message["ephemeral_to"] == user
    assert message["thread_ts"] == thread
    return words(message["blocks"])


# ── in the thread ──


@pytest.mark.parametrize("http", [False, True])
async def test_a_reply_that_begins_with_a_vote_counts(http: bool) -> None:
    async with booth(http=http) as it:
        assert "is recorded" in in_private(await it.say("Approve with pleasure"), APPROVER, it.card)
        assert votes(it.request) == [(APPROVER, "approve")]
        (vote,) = it.request.votes
        assert (vote.origin.source, vote.origin.channel) == (Source.THREAD, OPS)
        assert await it.message(str(vote.origin.ts))


VOTES = [
    ("approve", "approve", ""),
    ("LGTM", "approve", ""),
    ("  lgtm 🎉", "approve", "🎉"),
    ("ApProVe\nit", "approve", "it"),
    (f"<@{BOT}> approve", "approve", ""),
    ("deny", "deny", ""),
    ("Deny too big & <old>", "deny", "too big & <old>"),
    (f"<@{BOT}> deny it", "deny", "it"),
]

NO_VOTES = [
    "approved",
    "lgtm!",
    "approve!",
    "deny: too big",
    "*approve*",
    "I approve",
    "`approve`",
    "> approve",
    "so, approve",
    "close",
    "👍",
    f"<@{ASKER}> approve",
    f"so <@{SECOND}>, approve it",
]


async def test_words_that_are_votes() -> None:
    async with booth() as it:
        new = it.request
        for text, word, reason in VOTES:
            assert "is recorded" in in_private(await it.say(text), APPROVER, it.card), text
            (vote,) = it.request.votes
            assert (vote.user, vote.word.value, vote.reason) == (APPROVER, word, reason)
            it.kept.requests[new.id] = new


async def test_everything_else_in_the_thread_is_left_alone() -> None:
    """Nothing is looked up, and nobody is answered."""
    async with booth() as it:
        with capture_logs() as logs:
            for text in NO_VOTES:
                assert await it.say(text) == [], text
        assert it.request.votes == ()
        assert it.kept.looked_up == 0
        assert logs == []
        assert "users.info" not in {call["method"] for call in await it.place.calls()}


async def test_a_vote_word_elsewhere_is_left_alone() -> None:
    """Outside of threads, and in threads that are no request's."""
    async with booth() as it:
        other = await it.place.say("shall we?", user=SECOND)
        assert await it.say("approve", thread_ts=other) == []
        assert it.kept.looked_up == 1
        before = len(await it.place.messages(user=None))
        await it.place.say("approve")
        assert len(await it.place.messages(user=None)) == before + 1
        assert it.kept.looked_up == 1
        assert it.request.votes == ()


async def test_a_mention_in_another_thread_is_answered_as_a_mention() -> None:
    async with booth() as it:
        other = await it.place.say("shall we?", user=SECOND)
        (answer,) = await it.say(f"<@{BOT}> approve", thread_ts=other)
        assert answer["ephemeral_to"] == APPROVER
        assert it.request.votes == ()
        (answer,) = await it.say(f"<@{BOT}> quota", user=ASKER)
        assert "request" in words(answer["blocks"]), (
            "in a request's thread other words are commands"
        )


async def test_a_direct_message_is_no_vote() -> None:
    async with booth() as it:
        channel = (await it.place.web("conversations.open", users=APPROVER))["channel"]["id"]
        first = await it.place.say("help", APPROVER, channel)
        await it.place.say("approve", APPROVER, channel, thread_ts=first)
        assert it.kept.looked_up == 0
        said = await it.place.messages(channel, APPROVER)
        answers = [row for row in said if row["user"] == BOT]
        assert len(answers) == 2, "each is answered by the grammar"


async def test_edits_and_bots_do_not_vote() -> None:
    async with booth() as it:
        said = await it.place.say("hm", APPROVER, thread_ts=it.card)
        await it.place.slack("edit", user=APPROVER, channel=OPS, ts=said, text="approve")
        await it.place.web(
            "chat.postMessage", channel=OPS, text=f"<@{BOT}> approve", thread_ts=it.card
        )
        await it.place.settled()
        assert it.kept.looked_up == 0
        assert it.request.votes == ()


async def test_an_edit_of_a_vote_changes_nothing() -> None:
    async with booth() as it:
        said = await it.place.say("approve", APPROVER, thread_ts=it.card)
        await it.place.slack("edit", user=APPROVER, channel=OPS, ts=said, text="deny")
        await it.place.settled()
        assert votes(it.request) == [(APPROVER, "approve")]


async def test_a_mention_comes_twice_and_is_taken_once() -> None:
    """As `app_mention` and as `message`: the answer comes once, too."""
    async with booth() as it:
        said = await it.say(f"<@{BOT}> approve", user=ASKER)
        assert "Only approvers" in in_private(said, ASKER, it.card)
        assert "is recorded" in in_private(await it.say(f"<@{BOT}> approve"), APPROVER, it.card)
        assert votes(it.request) == [(APPROVER, "approve")]
        assert [row.what for row in it.kept.trail] == [Deed.VOTED]


async def test_what_another_process_has_recorded_is_no_repetition() -> None:
    """A mention comes as two events, and each may go to another replica."""
    async with booth() as it, it.place.serving(requesting=it.kept, approvers=(APPROVER,)):
        for _ in range(6):
            said = in_private(await it.say(f"<@{BOT}> approve"), APPROVER, it.card)
            assert "is recorded" in said
            it.kept.requests[it.request.id] = replace(it.request, votes=())


async def test_the_same_vote_again_is_said_to_be_one() -> None:
    async with booth() as it:
        assert "is recorded" in in_private(await it.say("approve"), APPROVER, it.card)
        again = in_private(await it.say("lgtm"), APPROVER, it.card)
        assert "recorded before" in again
        assert votes(it.request) == [(APPROVER, "approve")]


async def test_two_approvers_and_a_changed_mind() -> None:
    async with booth() as it:
        await it.say("approve")
        await it.say("approve", user=SECOND)
        assert state(it) is RequestState.APPROVED
        await it.say("deny we have enough", user=APPROVER)
        assert state(it) is RequestState.DENIED
        assert dict(votes(it.request)) == {SECOND: "approve", APPROVER: "deny"}
        late = in_private(await it.say("approve", user=SECOND), SECOND, it.card)
        assert "decided already" in late


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"deleted": True}, "deactivated"),
        ({"is_stranger": True}, "another workspace"),
        ({"team_id": "T0OTHER"}, "another workspace"),
        ({"is_bot": True}, "bot"),
    ],
)
async def test_who_is_no_member_never_votes(person: dict[str, object], why: str) -> None:
    """However they are named, by word or by button."""
    async with booth(guests="read") as it:
        await it.place.slack("users", id=SECOND, **person)
        if not person.keys() & {"deleted", "is_bot"}:  # these say and click nothing
            assert why in in_private(await it.say("approve", user=SECOND), SECOND, it.card)
            assert why in in_private(await it.press("Approve", user=SECOND), SECOND, it.card)
        assert not (await it.bot.rights.may_approve(UserId(SECOND))).given
        assert it.request.votes == ()


async def test_the_asker_can_not_approve_but_cancel() -> None:
    async with booth(approvers=(APPROVER, ASKER)) as it:
        said = in_private(await it.say("approve", user=ASKER), ASKER, it.card)
        assert "somebody else" in said
        refused = in_private(await it.say("cancel", user=APPROVER), APPROVER, it.card)
        assert f"{ASKER} , who asked for web-7" in refused
        said = in_private(await it.say("cancel", user=ASKER), ASKER, it.card)
        assert "is cancelled" in said
        assert state(it) is RequestState.CANCELLED


async def test_a_vote_in_a_channel_without_the_bot_is_not_heard() -> None:
    async with booth() as it:
        await it.place.slack("channels", id=RANDOM, members=[APPROVER])
        root = await it.place.say("hm", APPROVER, RANDOM)
        await it.place.say("approve", APPROVER, RANDOM, thread_ts=root)
        assert it.kept.looked_up == 0


@pytest.mark.parametrize("http", [False, True])
async def test_a_vote_is_acknowledged_once_it_is_recorded(http: bool) -> None:
    async with booth(http=http) as it:
        it.kept.takes = 2
        await it.place.slack("say", user=APPROVER, channel=OPS, thread_ts=it.card, text="lgtm")
        await asyncio.sleep(1)
        assert (await it.place.log("payload"))[-1]["what"] == "sent"
        await asyncio.sleep(1.5)
        assert (await it.place.log("payload"))[-1]["what"] == "acknowledged"
        assert votes(it.request) == [(APPROVER, "approve")]


@pytest.mark.parametrize("http", [False, True])
async def test_a_store_that_hangs_leaves_a_vote_unrecorded_and_says_so(http: bool) -> None:
    """In time: else Slack would send the event again."""
    async with booth(http=http) as it:
        it.kept.takes = 60
        assert "not recorded" in in_private(await it.say("approve"), APPROVER, it.card)
        await asyncio.sleep(120)
        assert it.request.votes == ()
        sent = [row["new"] for row in await it.place.log("payload") if row["what"] != "sent"]
        assert {row["attempt"] for row in sent if row["what"] == "message"} == {0}


async def test_a_store_that_can_not_be_read_is_told_to_those_who_may_have_voted() -> None:
    async with booth() as it:
        other = await it.place.say("shall we?", user=SECOND)
        it.kept.looking = 60
        assert "not recorded" in in_private(await it.say(f"<@{BOT}> lgtm"), APPROVER, it.card)
        assert await it.say("approve", thread_ts=other) == [], "that thread is somebody else's"
        it.kept.looking, it.kept.fails = 0, True
        with capture_logs() as logs:
            for _ in range(2):
                assert "not recorded" in in_private(await it.say("approve"), APPROVER, it.card)
            it.kept.fails = False
            await it.say("approve")
        said = [entry["event"] for entry in logs if entry.get("doing") == "taking votes"]
        assert said == ["the store fails", "the store works again"]
        assert votes(it.request) == [(APPROVER, "approve")]


async def test_slack_that_hangs_leaves_a_vote_unrecorded() -> None:
    async with booth() as it:
        await it.place.slack("faults", kind="slow", method="users.info", seconds=8)
        assert "not recorded" in in_private(await it.say("approve"), APPROVER, it.card)
        assert it.request.votes == ()


async def test_a_mistake_of_ours_is_logged_and_told() -> None:
    async with booth() as it:
        it.kept.breaks = True
        with capture_logs() as logs:
            said = in_private(await it.say("approve"), APPROVER, it.card)
        (incident,) = [entry["incident"] for entry in logs if "incident" in entry]
        assert incident in said


async def test_an_event_that_comes_again_is_taken_once() -> None:
    """Slack sends it again where the acknowledgement got lost on the way."""
    async with booth() as it:
        it.kept.takes = 1
        await it.place.slack("say", user=ASKER, channel=OPS, thread_ts=it.card, text="approve")
        await asyncio.sleep(0.5)
        await it.place.slack("socket", cut=True)
        await it.place.settled(timedelta(seconds=90))
        payloads = [row["new"] for row in await it.place.log("payload") if row["what"] == "sent"]
        assert [row["attempt"] for row in payloads if row["what"] == "message"][-2:] == [0, 1]
        assert len(await it.place.calls("chat.postEphemeral")) == 1


# ── by button ──


@pytest.mark.parametrize("http", [False, True])
async def test_a_click_counts_and_is_answered_in_the_thread(http: bool) -> None:
    async with booth(http=http) as it:
        said = in_private(await it.press("Approve"), APPROVER, it.card)
        assert "1 of 2 approvals" in said
        (vote,) = it.request.votes
        assert (vote.user, vote.word) == (APPROVER, VoteWord.APPROVE)
        assert (vote.origin.source, vote.origin.channel) == (Source.BUTTON, OPS)
        assert vote.origin.ts == it.ballot["ts"]
        again = in_private(await it.press("Approve"), APPROVER, it.card)
        assert "recorded before" in again


async def test_a_double_click_is_one_vote() -> None:
    async with booth() as it:
        button = {"action_id": buttons.APPROVE, "channel": OPS, "ts": it.ballot["ts"]}
        clicks = (it.place.slack("click", user=APPROVER, **button) for _ in range(2))
        assert all(done["ok"] for done in await asyncio.gather(*clicks))
        await it.place.settled()
        assert votes(it.request) == [(APPROVER, "approve")]
        assert [row.what for row in it.kept.trail] == [Deed.VOTED]


async def test_cancel_is_the_askers() -> None:
    async with booth() as it:
        assert f"{ASKER} , who asked" in in_private(await it.press("Cancel"), APPROVER, it.card)
        assert "cancelled" in in_private(await it.press("Cancel", ASKER), ASKER, it.card)
        assert state(it) is RequestState.CANCELLED
        assert "decided already" in in_private(await it.press("Approve"), APPROVER, it.card)


async def test_a_vote_on_another_specification_does_not_count() -> None:
    async with booth() as it:
        it.kept.requests[it.request.id] = replace(it.request, digest="0" * 64)
        said = in_private(await it.press("Approve"), APPROVER, it.card)
        assert "not what is asked for" in said
        assert it.request.votes == ()


async def test_close_is_an_approvers() -> None:
    async with booth() as it:
        stuck = replace(
            it.request, state=RequestState.UNKNOWN, pleas=1, problem=trouble(Setback.EXHAUSTED)
        )
        it.kept.requests[stuck.id] = stuck
        plea = await it.show(RequestPlea("plea", stuck, (APPROVER,), 1))
        assert "Only approvers" in in_private(
            await it.press("Close it", ASKER, plea), ASKER, it.card
        )
        assert "closed" in in_private(await it.press("Close it", APPROVER, plea), APPROVER, it.card)
        assert state(it) is RequestState.FAILED


@pytest.mark.parametrize("http", [False, True])
async def test_a_click_that_takes_too_long_is_not_recorded(http: bool) -> None:
    async with booth(http=http) as it:
        it.kept.takes = 60
        said = in_private(await it.press("Approve"), APPROVER, it.card)  # acknowledged in 3 s
        assert "not recorded" in said
        await asyncio.sleep(120)
        assert it.request.votes == ()


async def test_nonsense_in_a_button_is_answered() -> None:
    """One of another version, or one that was made up."""
    async with booth() as it:
        for action in (buttons.APPROVE, buttons.DENY, buttons.CANCEL, buttons.CLOSE):
            for value in (" ", "[]", '[1, "' + "x" * 500 + '"]', '[true, "a"]'):
                (said,) = await it.press("Odd", APPROVER, await it.odd(action, value))
                assert "do not know this button" in words(said["blocks"])
        assert await it.view() is None
        assert it.request.votes == ()


async def test_a_request_that_is_none_is_said_to_be_none() -> None:
    async with booth() as it:
        it.kept.requests.clear()
        said = in_private(await it.press("Approve"), APPROVER, it.card)
        assert "no such request" in said


# ── denying ──


@pytest.mark.parametrize("http", [False, True])
@pytest.mark.parametrize("reason", ["", "Too big for this."])
async def test_deny_asks_why_and_takes_no_answer_as_well(reason: str, http: bool) -> None:
    async with booth(http=http) as it:
        assert await it.press("Deny") == []
        assert not it.request.votes, "nothing is recorded before it is sent"
        verdict, view = await it.submit(APPROVER, {"reason": reason} if reason else {})
        assert verdict["ok"]
        assert view is None, "the form is closed; the ballot shows it"
        assert state(it) is RequestState.DENIED
        (vote,) = it.request.votes
        assert (vote.user, vote.word, vote.reason) == (APPROVER, VoteWord.DENY, reason)
        assert (vote.origin.source, vote.origin.ts) == (Source.BUTTON, it.ballot["ts"])


async def test_who_may_not_deny_is_not_asked_why() -> None:
    async with booth() as it:
        for user, why in ((ASKER, "Only approvers"), (GUEST, "guest")):
            assert why in in_private(await it.press("Deny", user), user, it.card)
            assert await it.view(user) is None


async def test_who_takes_long_to_look_up_is_asked_why_and_checked_when_it_is_sent() -> None:
    async with booth() as it:
        await it.place.slack("faults", kind="slow", method="users.info", seconds=2)
        assert await it.press("Deny", ASKER) == []
        verdict, view = await it.submit(ASKER, {"reason": "no"})
        assert verdict["ok"]
        assert view is not None
        assert "Only approvers" in words(view["blocks"])
        assert it.request.votes == ()


async def test_a_denial_that_is_not_recorded_keeps_the_form_open() -> None:
    async with booth() as it:
        await it.press("Deny")
        it.kept.takes = 60
        verdict, view = await it.submit(APPROVER, {"reason": "Too big."})
        assert "not recorded" in verdict["errors"]["reason"]
        assert view is not None
        assert view["state"]["values"]["reason"]["reason"]["value"] == "Too big."
        it.kept.takes = 0
        verdict, view = await it.submit(APPROVER)
        assert (verdict["ok"], view) == (True, None)
        assert state(it) is RequestState.DENIED


async def test_a_denial_that_comes_too_late_is_answered_in_its_form() -> None:
    async with booth() as it:
        await it.press("Deny")
        await it.say("cancel", user=ASKER)
        _, view = await it.submit(APPROVER, {"reason": "Too big."})
        assert view is not None
        assert "decided already" in words(view["blocks"])
        assert state(it) is RequestState.CANCELLED


async def test_a_form_that_can_not_be_opened_leaves_the_thread() -> None:
    async with booth() as it:
        fault = {"kind": "error", "method": "views.open", "error": "expired_trigger_id"}
        await it.place.slack("faults", **fault)
        said = in_private(await it.press("Deny"), APPROVER, it.card)
        assert "reply in this thread with deny" in said
        assert await it.view() is None


async def test_a_form_of_another_time_is_answered() -> None:
    async with booth() as it:
        await it.press("Deny")
        view = await it.view()
        assert view is not None
        odd = {
            "type": "modal", "callback_id": "cnx:deny", "title": view["title"],
            "submit": view["submit"], "private_metadata": '["x"]', "blocks": view["blocks"],
        }  # fmt: skip
        await it.place.web("views.update", view_id=view["id"], view=odd)
        _, view = await it.submit(APPROVER)
        assert view is not None
        assert "do not know this form" in words(view["blocks"])
        assert it.request.votes == ()
