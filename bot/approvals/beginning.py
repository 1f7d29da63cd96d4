"""Whether what was approved may begin: what the rights of those who voted, read anew, lead to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.approvals import machine
from bot.approvals.rights import Right, Standing
from bot.approvals.voting import Terms, needed
from bot.model.requests import Problem, Request, Setback, Step
from bot.model.subscriptions import UserId

AGAIN = timedelta(seconds=30)
"""After which time something that could not be read is read again."""

OWN = "Nobody approves their own request."


def lacking(
    request: Request, rights: Mapping[UserId, Right], terms: Terms, now: datetime
) -> Step | None:
    """What follows where too few approvals are left; None: there are enough. What can't be read counts
    neither way: where it would decide, it is waited for."""
    void = {user: it.reason for user, it in rights.items() if it.standing is Standing.MAY_NOT}
    if request.asked_by in rights and not terms.self_approval:
        void.setdefault(request.asked_by, OWN)
    unread = {user: it.reason for user, it in rights.items() if it.standing is Standing.UNREADABLE}
    hold = [it.user for it in request.approvals if it.user not in void]
    if len(hold) < needed(request, terms):
        return machine.reopened(request, void, now)
    if len(hold) - sum(user in unread for user in hold) < needed(request, terms):
        why = next(unread[user] for user in hold if user in unread)
        return machine.waits(request, Problem(Setback.RIGHTS, now, message=why, until=now + AGAIN))
    return None
