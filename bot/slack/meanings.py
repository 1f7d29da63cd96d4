"""What Slack's words mean for a message that the outbox sends. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from bot.delivery.messenger import Failure, MessengerError
from bot.slack.failures import NO_ANSWER, SlackCallError


class Use(Enum):
    """What a call was for."""

    POST = "post"
    EDIT = "edit"
    FIND = "find"
    OPEN = "open"  # the direct messages with a person, to post there


def _all(words: str, failure: Failure) -> Mapping[str, Failure]:
    return dict.fromkeys(words.split(), failure)


_ANYWHERE = _all(
    "invalid_auth not_authed token_revoked token_expired account_inactive not_allowed_token_type"
    " access_denied accesslimited org_login_required ekm_access_denied team_access_not_granted"
    " team_added_to_org two_factor_setup_required enterprise_is_restricted missing_scope",
    Failure.DENIED,
)

_CLOSED = _all(
    "channel_not_found not_in_channel is_archived channel_is_archived restricted_action"
    " restricted_action_read_only_channel restricted_action_thread_only_channel no_permission"
    " channel_type_not_supported is_inactive messages_tab_disabled"
    " user_not_found users_not_found user_disabled user_not_visible cannot_dm_bot",
    Failure.CLOSED,
)

_WRITING = {
    **_ANYWHERE,
    **_CLOSED,
    **_all(
        "msg_too_long no_text too_many_attachments invalid_metadata_format invalid_metadata_schema"
        " metadata_too_large metadata_must_be_sent_from_app invalid_blocks invalid_blocks_format"
        " msg_blocks_too_long",
        Failure.REFUSED,
    ),
    "message_limit_exceeded": Failure.UNSENT,  # too much is said in the workspace just now
    "external_channel_migrating": Failure.UNSENT,  # it comes from, or goes to, another workspace
}

_WORDS: Mapping[Use, Mapping[str, Failure]] = {
    Use.POST: {
        **_WRITING,
        **_all("thread_not_found cannot_reply_to_message message_not_found", Failure.GONE),
        "no_ts": Failure.DOUBTFUL,
    },
    Use.EDIT: {
        **_WRITING,
        **_all("message_not_found cant_update_message edit_window_closed", Failure.GONE),
    },
    # Lacking im:write concerns nothing but direct messages.
    Use.OPEN: {**_ANYWHERE, **_CLOSED, "missing_scope": Failure.CLOSED},
    Use.FIND: {
        **_ANYWHERE,
        **dict.fromkeys(_CLOSED, Failure.UNREADABLE),
        **_all("missing_scope thread_not_found", Failure.UNREADABLE),
    },
}


def meaning(error: SlackCallError, use: Use) -> MessengerError:
    """The failure that a failed call means for the outbox."""
    return MessengerError(_failure(error, use), error.error, retry_after=error.retry_after)


def _failure(error: SlackCallError, use: Use) -> Failure:
    if error.retry_after is not None:
        return Failure.LIMITED
    # Nothing is posted by opening a conversation: whatever became of that, it is done again.
    maybe_done = error.maybe_done and use is not Use.OPEN
    if maybe_done:
        return Failure.DOUBTFUL
    if error.error in _WORDS[use]:
        return _WORDS[use][error.error]
    if error.maybe_done or error.error == NO_ANSWER:
        return Failure.UNSENT
    if error.error.startswith("http_"):
        # Not Slack's word but somebody's on the way, who may have let the call pass: an answer that
        # says ok, or that it took too long, is no refusal.
        refused = error.error.startswith("http_4") and error.error != "http_408"
        return Failure.UNSENT if refused or use is Use.OPEN else Failure.DOUBTFUL
    return Failure.STRANGE
