"""What a rule may ask of a lead, looked up: no more than the rules at hand ask about."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from config.calendar import WorkingCalendar
from crm_store.models import Lead
from crm_store.queries import many_leads
from crm_store.queries.fields import KnownField
from crm_store.view import View
from handlers.plain_rules.evaluating import Situation, Value
from nlp.ruling.lexing import folded
from nlp.ruling.rule import Fact

_MOST_MESSAGES = 30
_MOST_WORDS = 8_000
"""Characters of the client's words that are looked through."""
LEARNED = frozenset(
    {Fact.QUANTITY, Fact.ROLE, Fact.URGENCY, Fact.MONEY, Fact.OBJECTION, Fact.COMPETITOR}
)
"""They stand in sealed fields; the others on the lead itself."""
SLOW = LEARNED | {Fact.WORDS}
"""They have to be opened, each for itself."""


async def situation_of(
    view: View, lead: Lead, asked: Collection[Fact], calendar: WorkingCalendar | None
) -> Situation:
    """Without a `calendar` nothing is known of the hour at which the lead came."""
    (only,) = await situations_of(view, [lead], asked, calendar)
    return only


async def situations_of(
    view: View, leads: Sequence[Lead], asked: Collection[Fact], calendar: WorkingCalendar | None
) -> list[Situation]:
    """Of each lead, in their order; in as many statements for a thousand leads as for one."""
    facts = [_on_the_lead(lead, calendar) for lead in leads]
    if Fact.COMPANY in asked:
        firms = await many_leads.companies(view, leads)
        for lead, found in zip(leads, facts, strict=True):
            found[Fact.COMPANY] = folded(firms[lead.client_id]).casefold()
    if {Fact.KNOWN, Fact.WON} & set(asked):
        before = await many_leads.earlier(view, leads)
        for lead, found in zip(leads, facts, strict=True):
            known, won = before[lead.id]
            found.update({Fact.KNOWN: _flag(known), Fact.WON: _flag(won)})
    if LEARNED & set(asked):
        learned = await many_leads.known(view, leads)
        for lead, found in zip(leads, facts, strict=True):
            found.update(_learned(learned[lead.id]))
    if Fact.WORDS in asked:
        said = await many_leads.heard(view, leads, last=_MOST_MESSAGES)
        for lead, found in zip(leads, facts, strict=True):
            found[Fact.WORDS] = _words(said[lead.id])
    return [Situation({fact.value: value for fact, value in found.items()}) for found in facts]


def _on_the_lead(lead: Lead, calendar: WorkingCalendar | None) -> dict[Fact, Value]:
    found: dict[Fact, Value] = {
        Fact.PRODUCT: lead.product or "",
        Fact.LINE: lead.line,
        Fact.REGION: lead.region,
        Fact.SOURCE: lead.source,
        Fact.PRIORITY: lead.priority,
        Fact.TAG: list(lead.tags),
        Fact.BUDGET: -1 if lead.budget is None else lead.budget,
    }
    if calendar is not None:
        local = calendar.local(lead.opened_at)
        found[Fact.MINUTE] = local.hour * 60 + local.minute
        found[Fact.WEEKDAY] = str(local.isoweekday())
        found[Fact.WORKING] = _flag(calendar.is_working_moment(lead.opened_at))
    return found


def _learned(known: Iterable[KnownField]) -> dict[Fact, Value]:
    several: dict[Fact, list[str]] = {Fact.ROLE: [], Fact.OBJECTION: [], Fact.COMPETITOR: []}
    found: dict[Fact, Value] = {Fact.QUANTITY: -1, Fact.URGENCY: "", Fact.MONEY: ""}
    for field in known:
        match field.name:
            case "quantity":
                found[Fact.QUANTITY] = max(_pieces(field.value), int(str(found[Fact.QUANTITY])))
            case "urgency":
                found[Fact.URGENCY] = str(field.value)
            case "budget_status":
                found[Fact.MONEY] = str(field.value)
            case "role" if isinstance(field.value, dict):
                several[Fact.ROLE].append(str(field.value.get("role")))
            case "objection" | "competitor":
                value = field.value
                named = value.get("name") if isinstance(value, dict) else value
                several[Fact(field.name)].append(str(named))
    return {**found, **several}


def _pieces(value: Any) -> int:
    """The most that was spoken of; -1 where nothing was."""
    if not isinstance(value, dict):
        return -1
    amount = value.get("max") if value.get("max") is not None else value.get("min")
    return int(amount) if isinstance(amount, int | float) else -1


def _words(said: Sequence[str]) -> str:
    """What the client said about this lead, folded as the conditions are."""
    return folded("\n".join(said)).casefold()[-_MOST_WORDS:]


def _flag(is_so: bool) -> str:
    return "yes" if is_so else "no"
