"""When a client means to be in touch again, and how: 下周面谈, 国庆后联系我吧, 26号我过去看看."""

import re
from collections.abc import Iterator

from nlp.commitments.clauses import FUTURE, Clause, clauses_of, is_over, masked, times_within
from nlp.context import Context
from nlp.facts import Appointment, Entity
from nlp.folding import lower
from nlp.phrases import expressions

_SAID = {name: re.compile(form) for name, form in expressions("appointment").items()}
_KINDS = ("visit", "call", "decision", "free")
"""In this order: 周三有空，过来面谈 is a visit."""


def read_appointments(context: Context, entities: tuple[Entity, ...]) -> tuple[Appointment, ...]:
    """The next steps that a client proposes with their times; a rep's are promises."""
    times = [one for one in entities if one.type == "time" and not is_over(one, context.sent_at)]
    if not times:
        return ()
    clauses = list(clauses_of(masked(lower(context.folded), entities, context.sent_at)))
    return tuple(_appointments(clauses, times, context))


def _appointments(
    clauses: list[Clause], times: list[Entity], context: Context
) -> Iterator[Appointment]:
    for at, clause in enumerate(clauses):
        if FUTURE not in clause.said:
            continue
        kind, end = _kind(clause), clause.end
        after = clauses[at + 1] if at + 1 < len(clauses) else None
        if kind in (None, "free") and after and after.sentence == clause.sentence:
            # 周三我在公司，过来面谈吧: how they are to meet comes after.
            further = (
                _kind(after) if FUTURE not in after.said and not _is_ruled_out(clause) else None
            )
            if further in ("visit", "call"):
                kind, end = further, after.end
        due = next(iter(times_within(clause, times)), None)
        if kind and due and not _is_ruled_out(clause):
            assert not isinstance(due.value, str)
            yield Appointment(
                kind,
                context.message[clause.start : end],
                clause.start,
                end,
                {"start": due.value["start"], "end": due.value["end"]},
            )


def _kind(clause: Clause) -> str | None:
    return next((kind for kind in _KINDS if _SAID[kind].search(clause.said)), None)


def _is_ruled_out(clause: Clause) -> bool:
    said = clause.said
    return bool(_SAID["ruled_out"].search(said) or _SAID["past"].search(said))
