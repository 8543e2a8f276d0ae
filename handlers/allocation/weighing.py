"""分配前要知道的: what is asked of the database for one lead, no more than its preset looks at."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.schemas.assignment import Assignment, Criterion, Night
from config.schemas.hours import Hours
from crm_store.models import Client, Lead
from crm_store.queries import absences, fields, intake, leads, members, wins
from crm_store.queries.members import Rep
from crm_store.view import View
from handlers.allocation.assigning import Decision, decide
from handlers.allocation.criteria import Present, Situation, Wanted
from handlers.allocation.presets import Picked, Wish, industries_of, pick
from handlers.plain_rules.deciding import Ruled


async def weigh(
    view: View,
    lead: Lead,
    rules: Rules,
    *,
    tried: Collection[str] = (),
    calendar: WorkingCalendar | None = None,
    ruled: Ruled | None = None,
) -> Decision:
    """Who fits this lead best. Without a `calendar` nobody is asked whether he is at work."""
    wish = await wish_of(view, lead, rules.assignment)
    team = await members.reps(view)
    now = await _situation(view, lead, wish, team, rules.assignment, calendar, ruled)
    return decide(wish, team, rules=rules.assignment, now=now, tried=tried)


async def wish_of(view: View, lead: Lead, rules: Assignment) -> Wish:
    """The lead as presets look at it; what none of them asks about is not looked up."""
    asked = [preset.when for preset in rules.presets if preset.active]
    client = await view.get(Client, lead.client_id)
    channel, known = "", frozenset[str]()
    if any(when.source for when in asked):
        channel = await intake.channel_of(view, lead)
    if any(when.known or when.unknown for when in asked):
        known = frozenset(row.name for row in await fields.in_force(view, lead))
    return Wish.of(
        lead,
        channel=channel,
        industries=industries_of(rules, client.company, tuple(lead.tags)),
        known=known,
    )


async def _situation(
    view: View,
    lead: Lead,
    wish: Wish,
    team: Sequence[Rep],
    rules: Assignment,
    calendar: WorkingCalendar | None,
    ruled: Ruled | None,
) -> Situation:
    picked = pick(wish, rules)
    counted = picked.preset.criteria
    recent = await _won(view, wish, picked) if Criterion.RECENT_WINS in counted else {}
    bought = await wins.of_client(view, lead.client_id) if Criterion.PURCHASES in counted else {}
    away = await absences.away(view, view.now)
    loads = await leads.loads(view)
    return Situation(
        loads=loads,
        away=away,
        at_work=at_work(team, view.now, calendar) if calendar and rules.at_work_first else None,
        on_night=on_night(team, view.now, rules.night, calendar) if calendar else None,
        wins=recent,
        bought=bought,
        present=await _present(view, lead, rules, team, away, loads),
        wanted=_wanted(ruled),
    )


async def _won(view: View, wish: Wish, picked: Picked) -> dict[str, int]:
    won, words = picked.preset.won, picked.preset.when.product
    since = view.now - timedelta(days=won.days)
    if won.same == "line" or not (words or wish.product):
        return await wins.lately(view, since, line=wish.line)
    return await wins.lately(view, since, words=words or (wish.product,))


async def _present(
    view: View,
    lead: Lead,
    rules: Assignment,
    team: Sequence[Rep],
    away: Mapping[str, datetime],
    loads: Mapping[str, int],
) -> Present | None:
    """The first of those who look after the client already that could take this lead as well."""
    if not rules.present_owner.active:
        return None
    since = view.now - timedelta(days=rules.present_owner.won_within_days)
    able = {
        member.id: member
        for member in team
        if member.is_reachable
        and member.id not in away
        and (not lead.line or not member.lines or lead.line in member.lines)
        and loads.get(member.id, 0) < member.capacity
    }
    for one in await wins.looked_after(view, lead, won_since=since):
        if one.member_id in able:
            how = "最近一单由他成交" if one.won_at else "现在由他跟进"
            return Present(one.member_id, f"这位客户的{one.product or '另一条线索'}{how}，优先")
    return None


def _wanted(ruled: Ruled | None) -> Wanted | None:
    if ruled is None:
        return None
    reason = f"规则 {ruled.number} 指定{ruled.to}"
    return Wanted(tuple(ruled.wanted), reason, ruled.by_load, ruled.as_json())


def at_work(team: Sequence[Rep], now: datetime, calendar: WorkingCalendar) -> frozenset[str]:
    """Who works right now, by his own hours where he has some."""
    works: dict[str | None, bool] = {None: calendar.is_working_moment(now)}
    for hours in {member.work_hours for member in team} - {None}:
        own = calendar.with_hours(Hours.model_validate(hours))
        works[hours] = own.is_working_moment(now)
    return frozenset(member.id for member in team if works[member.work_hours])


def on_night(
    team: Sequence[Rep], now: datetime, night: Night, calendar: WorkingCalendar | None
) -> frozenset[str] | None:
    """The night pool, where it is night; None by day, or where there is no such pool."""
    if calendar is None or night.is_empty or calendar.is_working_moment(now):
        return None
    if night.hours is not None and calendar.local(now).time() not in night.hours:
        return None
    found = {
        member.id for member in team if member.id in night.members or member.team in night.teams
    }
    return frozenset(found) or None
