"""完整历史: everything about one lead, in words, for its page (and the demo's panel)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from config.rules import Rules
from crm_store.models import ChatMessage, Client, Lead, LeadState, TimelineEntry
from crm_store.models.lead import Priority
from crm_store.queries import leads, members
from crm_store.queries.fields import KnownField
from crm_store.view import View
from handlers.explaining import read_by
from handlers.fields import LABELS, value_in_words
from handlers.past import Past, text_around
from handlers.showing import missing_of, question_about, title_of
from handlers.telling import SPOKEN, said, words_of


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
    is_unsure: bool
    """The words leave open what is meant."""
    by: str
    """Who put it right; empty for what a rule found."""
    before: tuple[str, ...]
    """What it was before, the oldest first."""
    suggested: tuple[str, ...]
    """What the client said since somebody put it right."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be known of the value beside where it is from."""
        return (
            *(["待确认"] if self.is_unsure else []),
            *([f"{self.by}更正"] if self.by else []),
            *([f"原来{' → '.join(self.before)}"] if self.before else []),
            *(f"后来又说{words}" for words in self.suggested),
        )


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
    missing: tuple[str, ...]
    """The core fields of which nothing is known (#55)."""
    ask: str
    """The question worth asking next."""
    timeline: tuple[Happening, ...]
    decision: DecisionLines | None
    newest: int
    """The newest entry's id: whoever decides says up to where he had read."""


async def history_of(view: View, lead: Lead, rules: Rules | None = None) -> History:
    """`rules`: where given, what is not known yet is told as well."""
    client = await view.get(Client, lead.client_id)
    names = await members.names(view)
    entries = await leads.timeline(view, lead)
    past = await Past.of(view, lead)
    known = past.in_force
    return History(
        lead=lead,
        client=client,
        title=await title_of(view, lead),
        owner=names.get(lead.owner_id or "", ""),
        state=LeadState(lead.state).label,
        is_high=lead.priority == Priority.HIGH,
        muted_by=tuple(names.get(who, who) for who in await leads.muted_by(view, client.id)),
        fields=tuple([await _line(view, client, field, past, names) for field in known]),
        missing=tuple(missing_of(lead, known, rules)) if rules and lead.is_open else (),
        ask=await question_about(view, lead, known, rules) if rules else "",
        timeline=tuple([await _happening(view, entry, client, names, past) for entry in entries]),
        decision=_decision(await leads.decision(view, lead), names),
        newest=entries[-1].id if entries else 0,
    )


async def _line(
    view: View, client: Client, field: KnownField, past: Past, names: Mapping[str, str]
) -> FieldLine:
    text = await text_around(view, client.id, field)
    message = await view.find(ChatMessage, field.message_id) if field.message_id else None
    stands = bool(field.words) and text[field.start : field.end] == field.words
    return FieldLine(
        label=LABELS.get(field.name, field.name),
        value=value_in_words(field),
        words=field.words,
        message=text if stands else "",
        start=field.start,
        end=field.end,
        rule=read_by(field, message),
        is_unsure=field.is_ambiguous,
        by=names.get(field.row.by or "", ""),
        before=tuple(value_in_words(one) for one in past.before(field)),
        suggested=tuple(value_in_words(one) for one in past.suggested_against(field)),
    )


async def _happening(
    view: View, entry: TimelineEntry, client: Client, names: Mapping[str, str], past: Past
) -> Happening:
    speaker = SPOKEN.get(entry.kind, "")
    by = names.get(entry.by or "", "")
    return Happening(
        kind=entry.kind,
        at=await _said_at(view, entry),
        says=past.says(entry, names) or said(entry, names),
        words=await words_of(view, entry),
        by=by,
        why=past.why(entry) or _why(entry),
        speaker=speaker,
        who=client.display if speaker == "client" else by or "接待人员",
    )


async def _said_at(view: View, entry: TimelineEntry) -> datetime:
    """A message stands where it was said, not where we learned of it."""
    message_id = entry.data.get("message_id") if entry.kind in SPOKEN else None
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
