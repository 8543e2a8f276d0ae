"""删除个人资料, in the rules of the house: a colleague may have named the client in one.

What he could write freely is looked through (words, firms, tags); a product or a colleague of the
client's name is none of his. A rule that names him acts no more, in any version, and the tags that
carry his name come off the leads on which it put them.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from sqlmodel import col, select

from crm_store.facts import RuleChanged
from crm_store.models import HouseRule, Lead, RuleState, TimelineEntry
from crm_store.store import Transaction

_FREE = frozenset({"words", "company", "tag"})
"""What conditions look for in whatever words their author liked (nlp/ruling/rule.py)."""
_QUOTING = ("priority_raised", "assigned", "pooled")
"""Facts that carry a lead's tags."""
_GONE = "（已删除）"


class InText(Protocol):
    """Whether a text names the client by what is his alone or, if asked, by his name."""

    def __call__(self, text: str, *, names_too: bool) -> bool: ...


async def forget_rules(tx: Transaction, in_text: InText) -> None:
    numbers, tags = set(), set()
    for row in (await tx.session.exec(select(HouseRule))).all():
        whole = f"{row.said} {row.sentence} {row.condition} {row.rule} {row.note}"
        free = list(_free_words(row.rule))
        if any(in_text(word, names_too=True) for word in free) or in_text(whole, names_too=False):
            numbers.add(row.number)
            tags |= {word for word in free if in_text(word, names_too=True)}
            await _forget(tx, row)
        elif in_text(row.said, names_too=True):
            row.said = ""
            tx.add(row)
    if tags:
        await _take_off(tx, numbers, tags)


async def _forget(tx: Transaction, row: HouseRule) -> None:
    was_active = row.state == RuleState.ACTIVE
    row.said = row.sentence = row.condition = row.note = ""
    row.rule, row.state, row.changed_at, row.changed_by = {}, RuleState.CANCELLED, tx.now, None
    tx.add(row)
    if was_active:
        await tx.record(
            RuleChanged(at=tx.now, rule_id=row.number, version=row.version, change="forgotten")
        )


def _free_words(rule: Any) -> Iterator[str]:
    match rule:
        case {"fact": str(fact), "values": [*values]} if fact in _FREE:
            yield from map(str, values)
        case {"kind": "tag", "tag": str(tag)}:
            yield tag
        case dict():
            for part in rule.values():
                yield from _free_words(part)
        case list():
            for part in rule:
                yield from _free_words(part)


async def _take_off(tx: Transaction, numbers: set[int], tags: set[str]) -> None:
    applied = select(TimelineEntry.lead_id, TimelineEntry.data).where(
        TimelineEntry.kind == "rule_applied"
    )
    rows = (await tx.session.exec(applied)).all()
    for lead_id in sorted({row[0] for row in rows if row[0] and row[1]["rule_id"] in numbers}):
        lead = await tx.get(Lead, lead_id)
        lead.tags = _without(lead.tags, tags)
        tx.add(lead)
        facts = select(TimelineEntry).where(
            TimelineEntry.lead_id == lead_id, col(TimelineEntry.kind).in_(_QUOTING)
        )
        for entry in (await tx.session.exec(facts)).all():
            entry.data, entry.why = _without(entry.data, tags), _without(entry.why, tags)
            tx.add(entry)


def _without(value: Any, tags: set[str]) -> Any:
    match value:
        case str():
            for tag in tags:
                value = value.replace(tag, _GONE)
            return value
        case dict():
            return {name: _without(part, tags) for name, part in value.items()}
        case list():
            kept = [part for part in value if not (isinstance(part, str) and part in tags)]
            return [_without(part, tags) for part in kept]
    return value
