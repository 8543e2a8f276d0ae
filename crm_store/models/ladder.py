"""升级阶梯: what a lead remembers of its rungs, changed by facts alone.

    reason   why whoever has it now was given it
    touched  his first follow-up
    from     where the follow-up clock was set going again besides: support
    fired    by rung: since when it counted, how often it acted, and when last
    told     by rung: since when what was announced counts
    more     by rung: 再等一天, since when the wait counted, until when, and when it was given

The moments are ISO 8601 in UTC. A rung's clock that begins anew has another `since`, so nothing has
to be wiped out for it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crm_store import facts

Ladder = dict[str, Any]

TO_THE_MANAGER = "manager"
"""The reason of an assignment for which nobody else was left: it goes no further by itself."""


def iso(moment: datetime) -> str:
    """One spelling a moment: they are compared."""
    return moment.astimezone(UTC).isoformat()


def given(fact: facts.LeadAssigned) -> Ladder:
    """Another owner's ladder is another one."""
    return {"reason": fact.reason}


def touched(ladder: Ladder | None, at: datetime) -> Ladder:
    before = ladder or {}
    return before if "touched" in before else {**before, "touched": iso(at)}


def noted(ladder: Ladder | None, fact: facts.Fact) -> Ladder | None:
    """The ladder after the fact; the same where it says nothing of it."""
    match fact:
        case facts.SupportAsked():
            return {**(ladder or {}), "from": iso(fact.at)}
        case facts.Escalated() | facts.Reminded() | facts.RungPassed() | facts.ResultAsked() if (
            fact.since is not None
        ):
            return _fired(ladder or {}, fact.rung, iso(fact.since), iso(fact.at))
        case facts.RungAnnounced() if fact.since is not None:
            return _with(ladder or {}, "told", fact.rung, iso(fact.since))
        case facts.MoreTimeGiven() if fact.since is not None:
            more = {"since": iso(fact.since), "until": iso(fact.until), "at": iso(fact.at)}
            return _with(ladder or {}, "more", fact.rung, more)
        case _:
            return ladder


def _fired(ladder: Ladder, rung: str, since: str, at: str) -> Ladder:
    before: Mapping[str, Any] = ladder.get("fired", {}).get(rung, {})
    if before.get("since") != since:
        before = {"times": 0}
    if before.get("at") == at:
        return ladder  # the owner and the manager were told of the same time
    entry = {"since": since, "times": before["times"] + 1, "at": at}
    return _with(ladder, "fired", rung, entry)


def _with(ladder: Ladder, part: str, rung: str, entry: object) -> Ladder:
    return {**ladder, part: {**ladder.get(part, {}), rung: entry}}
