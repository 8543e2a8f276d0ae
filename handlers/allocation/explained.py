"""分配溯源 (#26): a stored decision put into words again, however long ago it was taken.

What older versions stored has no preset and no inputs; it reads as it did then.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crm_store.errors import CrmError
from crm_store.models import Lead, Member, TimelineEntry
from crm_store.queries import house_rules, leads, pool
from crm_store.view import View
from handlers.showing import title_of
from notifiers.cards.advice import CriterionView, ReasonView, RivalView

_LOOKED_THROUGH = 50
"""Assignments of one lead, for when it was a colleague's before."""


async def why_his(
    view: View, lead: Lead, asker: Member, colleague: Member | None = None
) -> ReasonView:
    """Why the lead is, or was, the colleague's (None: its owner's). Where it never was: why not."""
    if lead.owner_id is None:
        raise CrmError("这条线索还没有分配")
    entry = await leads.decision(view, lead)
    if colleague is not None and colleague.id != lead.owner_id:
        was = await leads.entries(view, lead, "assigned", last=_LOOKED_THROUGH)
        his = [one for one in was if one.data["owner_id"] == colleague.id]
        if not his:
            return await _why_not(view, lead, entry, asker, colleague)
        entry = his[-1]
    if entry is None:
        raise CrmError("这条线索还没有分配")
    return await _reason(view, lead, entry, asker)


async def why_pooled(view: View, lead: Lead) -> ReasonView:
    """Why nobody got it."""
    entry = await pool.last_pooled(view, lead)
    return _view(await title_of(view, lead), await _stored(view, entry), None)


async def _stored(view: View, entry: TimelineEntry | None) -> Mapping[str, Any]:
    """The decision, with the sentence of the rule in plain words that took part in it."""
    stored = (entry.why if entry is not None else None) or {}
    ruled = stored.get("ruled")
    if not ruled:
        return stored
    said = await house_rules.sentence_of(view, ruled["number"], ruled["version"])
    return {**stored, "ruled": {**ruled, "sentence": said}}


async def _reason(view: View, lead: Lead, entry: TimelineEntry, asker: Member) -> ReasonView:
    title = await title_of(view, lead)
    owner = await view.get(Member, entry.data["owner_id"])
    whose = "" if owner.id == asker.id else owner.name
    giver = await view.find(Member, entry.by) if entry.by else None
    stored = await _stored(view, entry)
    mine = _of(stored, owner.id)
    if mine is None or mine["excluded"]:
        how = _without_weighing(entry, owner, giver, whose)
        by = giver.name if giver is not None and giver.id != owner.id else ""
        return ReasonView(title=title, score=0, criteria=(), owner=whose, by=by, how=how)
    how = f"{giver.name}转派，按规则选出接手的人" if giver is not None else ""
    return _view(title, stored, owner.id, owner=whose, how=how)


async def _why_not(
    view: View, lead: Lead, entry: TimelineEntry | None, asker: Member, colleague: Member
) -> ReasonView:
    title = await title_of(view, lead)
    owner = await view.get(Member, lead.owner_id)
    whose = "" if owner.id == asker.id else owner.name
    stored = await _stored(view, entry)
    his = _of(stored, colleague.id)
    if his is None:
        how = f"当时没有考虑{colleague.name}"
        return ReasonView(
            title=title, score=0, criteria=(), owner=whose, how=how, instead=colleague.name
        )
    how = f"{colleague.name}{his['excluded']}" if his["excluded"] else ""
    return _view(title, stored, owner.id, owner=whose, how=how, instead=colleague.name)


def _without_weighing(entry: TimelineEntry, owner: Member, giver: Member | None, whose: str) -> str:
    if giver is not None and giver.id != owner.id:
        return ""
    himself = f"{whose or '您'}自己"
    if entry.data["reason"] == "claimed":
        return f"{himself}从公海领取的"
    if giver is not None:
        return f"{himself}录入的"
    return f"没有其他人可分，由{owner.name}负责"


def _view(
    title: str,
    stored: Mapping[str, Any],
    member_id: str | None,
    *,
    owner: str = "",
    how: str = "",
    instead: str = "",
) -> ReasonView:
    mine = _of(stored, member_id) or {}
    preset = stored.get("preset") or {}
    ruled = stored.get("ruled") or {}
    others = [one for one in stored.get("candidates", []) if one["member_id"] != member_id]
    ranks = bool(preset.get("ranks"))
    return ReasonView(
        title=title,
        score=mine.get("score", 0),
        criteria=[
            CriterionView(c["name"], c["points"], c["most"], c["reason"])
            for c in mine.get("criteria", [])
        ],
        rivals=[_rival(one, ranks=ranks) for one in others],
        tie=stored.get("tie", ""),
        owner=owner,
        preset=preset.get("name", ""),
        because=preset.get("because", ""),
        ranks=ranks,
        place=_place(mine, ruled),
        passed_over=[(name, why) for name, why in preset.get("passed_over", [])],
        unlisted=stored.get("unlisted", 0),
        how=how,
        instead=instead,
    )


def _place(mine: Mapping[str, Any], ruled: Mapping[str, Any]) -> str:
    """What put him first; where a rule in plain words named somebody, the rule as well."""
    place: str = mine.get("place", "")
    if not ruled:
        return place
    said = f"（{ruled['sentence']}）" if ruled["sentence"] else ""
    if place.startswith(f"规则 {ruled['number']} "):
        return f"{place}{said}"
    missed = f"规则 {ruled['number']}{said or ' '}要的人现在都不行"
    return "；".join(part for part in (missed, place) if part)


def _rival(one: Mapping[str, Any], *, ranks: bool) -> RivalView:
    criteria: Sequence[Mapping[str, Any]] = one["criteria"]
    reason = next((c["reason"] for c in criteria), "") if ranks else ""
    return RivalView(one["name"], one["score"], one["excluded"], one.get("place", ""), reason)


def _of(stored: Mapping[str, Any], member_id: str | None) -> Mapping[str, Any] | None:
    candidates: Sequence[Mapping[str, Any]] = stored.get("candidates", [])
    return next((one for one in candidates if one["member_id"] == member_id), None)
