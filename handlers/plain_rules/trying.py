"""What a rule would have done to the leads of the last 30 days, and which rules it meets."""

from datetime import timedelta

from config.calendar import WorkingCalendar
from crm_store.models import Member
from crm_store.queries import house_rules
from crm_store.view import View
from handlers.plain_rules.situation import SLOW, situations_of
from handlers.plain_rules.standing import Active, active, people_of
from handlers.rights import scope_of
from handlers.showing import title_of
from nlp.ruling.cel import asks_for, compiled
from nlp.ruling.overlap import may_both_hold
from nlp.ruling.rule import Rule
from notifiers.cards.plain_rules import TrialView

DAYS = 30
_MOST, _MOST_SLOW = 5_000, 500
"""Leads that are looked at; the second where their words and fields have to be opened."""
_MOST_TITLES = 5


async def tried(
    view: View, rule: Rule, asker: Member, calendar: WorkingCalendar, *, is_house_wide: bool
) -> TrialView:
    """By what is known of those leads today. A rule of the whole house is counted on every lead;
    named are those alone that the asker may see."""
    asked = asks_for(rule.when)
    condition = compiled(rule.when)
    most = _MOST_SLOW if SLOW & asked else _MOST
    since = view.now - timedelta(days=DAYS)
    newest = await house_rules.opened_since(view, since, most=most)
    scope = await scope_of(view, asker)
    own = None if is_house_wide else await people_of(view, asker.id)
    seen = [lead for lead in newest if own is None or (lead.owner_id in own and scope.covers(lead))]
    situations = await situations_of(view, seen, asked, calendar)
    fitting = [
        lead for lead, situation in zip(seen, situations, strict=True) if situation.fits(condition)
    ]
    named = [lead for lead in fitting if scope.covers(lead)][:_MOST_TITLES]
    titles = [await title_of(view, lead) for lead in named]
    return TrialView(DAYS, len(seen), len(fitting), titles, is_partial=len(newest) == most)


async def conflicts(view: View, rule: Rule, *, number: int, is_house_wide: bool) -> list[str]:
    """Other active rules that give away the same leads, and which of the two comes first."""
    if rule.assigns is None:
        return []
    found = []
    for other in await active(view):
        whom = other.rule.assigns
        if other.row.number == number or whom is None or whom == rule.assigns:
            continue
        if not may_both_hold(rule.when, other.rule.when):
            continue
        theirs = _comes_first(other, number, is_house_wide=is_house_wide)
        first = f"规则 {other.row.number}" if theirs else f"规则 {number}"
        found.append(
            f"和规则 {other.row.number}（{other.row.sentence}）可能同时符合，分配时先看{first}"
        )
    return found


def _comes_first(other: Active, number: int, *, is_house_wide: bool) -> bool:
    """As `house_rules.in_force` orders them."""
    if other.row.is_house_wide != is_house_wide:
        return other.row.is_house_wide
    return other.row.number < number
