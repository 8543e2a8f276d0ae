"""完整历史: everything about one lead, in words, for its page (and the demo's panel)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_store.models import ChatMessage, Client, Lead, LeadState, TimelineEntry
from crm_store.models.lead import Priority
from crm_store.queries import leads, members
from crm_store.queries.leads import KnownField
from crm_store.view import View
from handlers.showing import budget_of, local_phone, title_of
from handlers.telling import FIELDS, said, words_of
from notifiers.cards.wording import money

_SPOKEN = {"message_in": "client", "message_out": "colleague", "message_filed": "note"}
_URGENT = {"high": "紧急"}
_MEANINGS: Mapping[str, Mapping[str, str]] = {
    "urgency": _URGENT,
    "budget_status": {"approved": "已批", "pending": "未批", "none": "没有预算"},
    "objection": {
        "price": "价格",
        "budget": "预算",
        "timing": "时机",
        "incumbent": "已有供应商",
        "delivery": "交期",
        "trust": "信任",
        "need": "需求不明",
    },
    "role": {
        "decider": "拍板",
        "buyer": "采购",
        "user": "使用",
        "approver": "审批",
        "influencer": "影响决策",
    },
}


@dataclass(frozen=True)
class FieldLine:
    """One thing known, and where it was said. Offsets count code points of `message`."""

    label: str
    value: str
    words: str
    message: str
    """The whole message the words stand in; empty where they stand in none."""
    start: int
    end: int
    rule: str


@dataclass(frozen=True)
class Happening:
    """One entry of the timeline."""

    kind: str
    at: datetime
    says: str
    words: str
    by: str
    why: str
    speaker: str
    """client, colleague or note where `words` are a message; else empty."""
    who: str
    """The speaker's name."""


@dataclass(frozen=True)
class CriterionLine:
    name: str
    points: float
    most: float
    reason: str


@dataclass(frozen=True)
class CandidateLine:
    name: str
    score: float
    is_chosen: bool
    excluded: str
    criteria: tuple[CriterionLine, ...]


@dataclass(frozen=True)
class DecisionLines:
    """Why the present owner has it: who said so, or every candidate with his points."""

    chosen: str
    by: str
    tie: str
    candidates: tuple[CandidateLine, ...]


@dataclass(frozen=True)
class History:
    lead: Lead
    client: Client
    title: str
    owner: str
    state: str
    is_high: bool
    muted_by: tuple[str, ...]
    fields: tuple[FieldLine, ...]
    timeline: tuple[Happening, ...]
    decision: DecisionLines | None
    newest: int
    """The newest entry's id: whoever decides says up to where he had read."""


async def history_of(view: View, lead: Lead) -> History:
    client = await view.get(Client, lead.client_id)
    names = await members.names(view)
    entries = await leads.timeline(view, lead)
    return History(
        lead=lead,
        client=client,
        title=await title_of(view, lead),
        owner=names.get(lead.owner_id or "", ""),
        state=LeadState(lead.state).label,
        is_high=lead.priority == Priority.HIGH,
        muted_by=tuple(names.get(who, who) for who in await leads.muted_by(view, client.id)),
        fields=tuple(
            [await _line(view, client, field) for field in await leads.fields(view, lead)]
        ),
        timeline=tuple([await _happening(view, entry, client, names) for entry in entries]),
        decision=_decision(await leads.decision(view, lead), names),
        newest=entries[-1].id if entries else 0,
    )


async def _line(view: View, client: Client, field: KnownField) -> FieldLine:
    text = ""
    message = await view.find(ChatMessage, field.message_id) if field.message_id else None
    if message is not None:
        text = await view.open(client.id, message.body, purpose="message")
    stands = bool(field.words) and text[field.start : field.end] == field.words
    return FieldLine(
        label=FIELDS.get(field.name, field.name),
        value=value_in_words(field),
        words=field.words,
        message=text if stands else "",
        start=field.start,
        end=field.end,
        rule=field.rule,
    )


def value_in_words(field: KnownField) -> str:
    """300万 · 上海市浦东新区 · 13800001234: a field's value as a person reads it."""
    value = field.value
    if field.name == "phone":
        return local_phone(str(value))
    if isinstance(value, str):
        return _MEANINGS.get(field.name, {}).get(value, value)
    if isinstance(value, list):
        return "、".join(map(str, value))
    return _of_parts(field, value) or field.words


def _of_parts(field: KnownField, value: Mapping[str, Any]) -> str:
    """Empty where the words themselves say it best: 下周三前, 三五台."""
    if field.name == "budget":
        budget = budget_of(field)
        return money(budget) if budget else ""
    return _joined(value, "province", "city", "district", "name", "title")


def _joined(value: Mapping[str, Any], *names: str) -> str:
    """The parts that are there, each once: a municipality is its own province."""
    return "".join(dict.fromkeys(str(value[name]) for name in names if value.get(name)))


async def _happening(
    view: View, entry: TimelineEntry, client: Client, names: Mapping[str, str]
) -> Happening:
    speaker = _SPOKEN.get(entry.kind, "")
    by = names.get(entry.by or "", "")
    return Happening(
        kind=entry.kind,
        at=await _said_at(view, entry),
        says=said(entry, names),
        words=await words_of(view, entry),
        by=by,
        why=_why(entry),
        speaker=speaker,
        who=client.display if speaker == "client" else by or "接待人员",
    )


async def _said_at(view: View, entry: TimelineEntry) -> datetime:
    """A message stands where it was said, not where we learned of it."""
    message_id = entry.data.get("message_id") if entry.kind in _SPOKEN else None
    message = await view.find(ChatMessage, message_id) if message_id else None
    return message.sent_at if message is not None else entry.at


def _why(entry: TimelineEntry) -> str:
    """The reasons for whom it was given to, in one line."""
    owner = entry.data.get("owner_id")
    for candidate in (entry.why or {}).get("candidates", []):
        if candidate["member_id"] == owner:
            return "；".join(c["reason"] for c in candidate["criteria"] if c["points"] > 0)
    return ""


def _decision(entry: TimelineEntry | None, names: Mapping[str, str]) -> DecisionLines | None:
    if entry is None:
        return None
    why = entry.why or {}
    owner = entry.data["owner_id"]
    return DecisionLines(
        chosen=names.get(owner, owner),
        by=names.get(entry.by or "", ""),
        tie=why.get("tie", ""),
        candidates=tuple(
            CandidateLine(
                name=candidate["name"],
                score=candidate["score"],
                is_chosen=candidate["member_id"] == owner,
                excluded=candidate["excluded"],
                criteria=tuple(
                    CriterionLine(c["name"], c["points"], c["most"], c["reason"])
                    for c in candidate["criteria"]
                ),
            )
            for candidate in why.get("candidates", [])
        ),
    )
