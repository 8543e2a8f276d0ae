"""What a rule may ask of a lead, looked up: no more than the rules at hand ask about."""

from collections.abc import Collection
from typing import Any

from config.calendar import WorkingCalendar
from crm_store.models import Client, Lead
from crm_store.queries import fields, house_rules, leads
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
SLOW = LEARNED | {Fact.WORDS, Fact.COMPANY, Fact.KNOWN, Fact.WON}
"""They have to be opened or asked for, one lead at a time."""


async def situation_of(
    view: View, lead: Lead, asked: Collection[Fact], calendar: WorkingCalendar | None
) -> Situation:
    """Without a `calendar` nothing is known of the hour at which the lead came."""
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
    if Fact.COMPANY in asked:
        client = await view.get(Client, lead.client_id)
        found[Fact.COMPANY] = folded(client.company).casefold()
    if {Fact.KNOWN, Fact.WON} & set(asked):
        known, won = await house_rules.earlier(view, lead)
        found[Fact.KNOWN], found[Fact.WON] = _flag(known), _flag(won)
    if LEARNED & set(asked):
        found |= await _learned(view, lead)
    if Fact.WORDS in asked:
        found[Fact.WORDS] = await _words(view, lead)
    return Situation({fact.value: value for fact, value in found.items()})


async def _learned(view: View, lead: Lead) -> dict[Fact, Value]:
    several: dict[Fact, list[str]] = {Fact.ROLE: [], Fact.OBJECTION: [], Fact.COMPETITOR: []}
    found: dict[Fact, Value] = {Fact.QUANTITY: -1, Fact.URGENCY: "", Fact.MONEY: ""}
    for field in await fields.known(view, lead):
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


async def _words(view: View, lead: Lead) -> str:
    """What the client said about this lead, folded as the conditions are."""
    said = await leads.heard_since(view, lead, after=0, last=_MOST_MESSAGES)
    return folded("\n".join(text for _, text in said)).casefold()[-_MOST_WORDS:]


def _flag(is_so: bool) -> str:
    return "yes" if is_so else "no"
