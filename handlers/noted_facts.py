"""备注里的事实: 「周五前要合同」 in a follow-up's note is known of the lead from then on, as the
rep's note and not as the client's own words.

A rep also writes what he did and will do himself. So only clauses are taken in which the client
wants something, thinks something or has a rival's offer; who he is and how he is reached is not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from crm_store.facts import FollowedUp, FollowUpWithdrawn
from crm_store.models import LeadField, TimelineEntry
from crm_store.queries import fields
from crm_store.store import Transaction
from handlers.fields import NEED
from handlers.findings import About, statements
from handlers.growing import Known, Outcome, Statement
from handlers.learning import note_columns
from handlers.reading import Reader
from handlers.router import Router

router = Router("noted_facts")

RULE = "跟进备注"
"""In place of a rule's name: by what it was read."""
_WANTED = frozenset({NEED, "time", "quantity"})
_THOUGHT = frozenset({"objection", "competitor", "role", "urgency", "budget_status"})
_CLAUSE = re.compile(r"[^，,。；;！!？?\n]+")
_WANTS = re.compile(r"要(?!是|不)|需|想|买|采购|订|急|催|等着")
_OURS = re.compile(
    r"我(?!们?(?:院|公司|单位|学校|厂))|给(?:他|她|客户|对方|主任|院长)|已|[发寄报]了"
    r"|答应|承诺|再[打联聊谈]"
)
_BUDGET = "预算"


def told(text: str, said: Sequence[Statement]) -> Iterator[Statement]:
    """What of it the client wants, thinks or has."""
    for one in said:
        clause = _around(text, one.span)
        is_wanted = one.name in _WANTED and bool(_WANTS.search(clause))
        is_budget = one.name == "budget" and _BUDGET in clause
        is_thought = one.name in _THOUGHT
        if (is_thought or is_wanted or is_budget) and not _OURS.search(clause):
            yield replace(one, rule=RULE)


def _around(text: str, span: tuple[int, int]) -> str:
    for clause in _CLAUSE.finditer(text):
        if clause.start() <= span[0] < clause.end():
            return clause[0]
    return text


@router.on(FollowedUp)
async def learn(fact: FollowedUp, tx: Transaction, reader: Reader) -> None:
    """As often as it runs: what was said already changes nothing."""
    if not fact.words or fact.by is None or fact.lead_id is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    if not lead.is_open:
        return
    reading = reader.read(fact.words, fact.at)
    about = About(lead.line, lead.product)
    said = statements(reading, about, said_at=fact.at, message_id=None)
    known = await Known.of(tx, lead)
    for change in await known.hear(list(told(reading.text, said)), told_by=fact.by):
        if change.outcome in (Outcome.NEW, Outcome.CHANGES):
            await note_columns(tx, lead, change.now, before=change.before)


@router.on(FollowUpWithdrawn)
async def forget(fact: FollowUpWithdrawn, tx: Transaction) -> None:
    """What the note said is what it was before."""
    note = await tx.find(TimelineEntry, fact.follow_up_id)
    if fact.lead_id is None or note is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    rows = [
        row
        for row in await fields.in_force(tx, lead)
        if row.rule == RULE and row.said_at == note.at
    ]
    for known in await fields.open_all(tx, lead, rows):
        known.row.superseded_at = tx.now
        tx.add(known.row)
        before = await tx.find(LeadField, known.row.replaces_id) if known.row.replaces_id else None
        opened = await fields.open_all(tx, lead, [before] if before is not None else [])
        for stands in opened:
            stands.row.superseded_at = None
            tx.add(stands.row)
        empty = replace(known, value=None, words="", is_ambiguous=False)
        await note_columns(tx, lead, opened[0] if opened else empty, before=None)
