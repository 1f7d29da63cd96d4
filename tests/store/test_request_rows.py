"""A request survives its columns, whatever it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Row

from bot.model.changes import AccountId
from bot.model.requests import (
    Attempt,
    Checks,
    Made,
    Origin,
    Problem,
    Request,
    RequestId,
    RequestState,
    Setback,
    Source,
    Specification,
    Vote,
    VoteWord,
)
from bot.model.subscriptions import ChannelId, UserId
from bot.store.request_rows import request_columns, request_of
from tests.store.test_codec import instants, texts

users, channels = texts.map(UserId), texts.map(ChannelId)
origins = st.builds(Origin, st.sampled_from(Source), st.none() | channels, st.none() | texts)
requests = st.builds(
    Request,
    account=st.integers(1, 2**31 - 1).map(AccountId),
    spec=st.builds(
        Specification, texts, texts, texts, texts, st.tuples() | st.tuples(texts, texts)
    ),
    body=texts,
    digest=texts,
    reason=texts,
    asked_by=users,
    asked_from=origins,
    asked_at=instants,
    channel=channels,
    needed=st.integers(1, 20),
    expires_at=instants,
    card=texts,
    ballot=texts,
    progress=texts,
    checks=st.builds(Checks, instants, texts, st.none() | instants, st.none() | st.integers()),
    id=st.integers(1, 2**63 - 1).map(RequestId),
    version=st.integers(1, 2**31 - 1),
    state=st.sampled_from(RequestState),
    state_at=st.none() | instants,
    votes=st.tuples()
    | st.tuples(st.builds(Vote, users, st.sampled_from(VoteWord), texts, instants, origins, texts)),
    attempts=st.tuples()
    | st.tuples(st.builds(Attempt, st.integers(1, 3), instants, st.none() | instants)),
    made=st.none()
    | st.builds(
        Made,
        texts,
        instants,
        texts,
        st.booleans(),
        st.none() | texts,
        st.none() | st.timedeltas(timedelta(0), timedelta(days=30)),
        st.none() | instants,
    ),
    problem=st.none()
    | st.builds(
        Problem,
        st.sampled_from(Setback),
        instants,
        st.none() | st.integers(100, 599),
        texts,
        texts,
        st.tuples() | st.tuples(texts),
        st.none() | instants,
        st.none() | texts,
        st.none() | users,
    ),
    reminders=st.tuples() | st.tuples(instants, instants),
    pleas=st.integers(0, 9),
    overdue_at=st.none() | instants,
    ended_by=st.none() | users,
    told=st.booleans(),
)


@given(requests)
def test_a_request_survives_its_columns(it: Request) -> None:
    columns = request_columns(it)
    row = cast("Row[Any]", SimpleNamespace(id=it.id, **columns))
    assert request_of(row) == it
    assert (columns["live"] is None) == it.state.ended
    for column in columns.values():
        # What PostgreSQL indexes, and what neither engine refuses.
        assert not isinstance(column, str) or "\0" not in column
        assert (
            not isinstance(column, str) or column is columns["body"] or len(column.encode()) <= 800
        )


@given(requests, requests)
def test_only_the_same_account_and_name_share_a_key(one: Request, other: Request) -> None:
    these = [replace(it, state=RequestState.REQUESTED) for it in (one, other)]
    renamed = replace(these[1], account=one.account, spec=one.spec)
    keys = [request_columns(it)["live"] for it in (*these, renamed)]
    same = (one.account, one.spec.name) == (other.account, other.spec.name)
    assert (keys[0] == keys[1]) == same
    assert keys[0] == keys[2]
