"""《重点客户日志》 (#37): one a chief and day: who goes for whom and why, and who did not say.
The service's leads get it too, without the names of clients that are not theirs to see.
"""

from collections.abc import Sequence

from crm_store.models import LeadState, Member
from crm_store.queries.figures_people import Choice, choices, open_leads
from crm_store.queries.figures_stays import with_clients
from crm_store.store import Transaction
from crm_store.view import View
from handlers.events import TimerDue
from handlers.rhythm.parts import Around, DigestPart
from handlers.rhythm.people import Company, Viewer, company, viewer
from handlers.rhythm.periods import Period, day_of
from handlers.rhythm.ranked import about
from handlers.rhythm.report import Report
from handlers.rhythm.stand_up import LATE, since_of
from handlers.rights import leads_people
from handlers.router import Router
from notifiers.card import Text
from notifiers.cards.wording import joined

router = Router("focus_log")


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    """Nothing for whoever has no reps below him and does not lead the service."""
    people = await company(tx)
    reps = _reps_for(people, member)
    made = await _today(tx, around, reps)
    lines = await _lines(tx, member, made, people, around)
    if leads_people(member):
        lines += await _silent(tx, people, reps, made)
    if not lines:
        return None
    return DigestPart(title="", text="\n".join(lines))


@router.timer(LATE)
async def late(due: TimerDue, tx: Transaction, around: Around) -> None:
    """What was chosen, or changed, after the log had gone out."""
    reader = await tx.find(Member, due.subject)
    if reader is None or not reader.active:
        return
    people = await company(tx)
    if reader.id in people.away or around.today(due.due_at) != around.today(tx.now):
        return
    since = since_of(due.data)
    made = await _today(tx, around, _reps_for(people, reader))
    lines = await _lines(tx, reader, [one for one in made if one.at >= since], people, around)
    if lines:
        await tx.notify(
            reader, Text(text="\n".join(["《重点客户日志》补充：", *lines])), purpose="focus_log"
        )


async def report(view: View, looking: Viewer, around: Around, period: Period) -> Report:
    """The last choice of each rep and day, and of today who has not chosen."""
    people = await company(view)
    made = await choices(view, period.since, period.until, members=looking.owners)
    last: dict[tuple[str, str], Choice] = {}
    for one in made:
        last[one.at.astimezone(around.zone).date().isoformat(), one.member_id] = one
    known = await with_clients(view, {one.lead_id for one in last.values()})
    names = people.names
    rows: list[tuple[str | int, ...]] = []
    for (day, member_id), one in sorted(last.items()):
        lead, client = known[one.lead_id]
        title = joined(client.display, lead.product or "") if looking.knows(lead) else ""
        name = names.get(member_id, member_id)
        rows.append((day, name, f"{one.at.astimezone(around.zone):%H:%M}", lead.ref, title))
    today = around.today(view.now).isoformat()
    if period.until >= view.now:
        has = await open_leads(view)
        for rep in people.reps():
            is_asked = looking.owners is None or rep.id in looking.owners
            if is_asked and has.get(rep.id) and (today, rep.id) not in last:
                rows.append(
                    (today, rep.name, "休假" if rep.id in people.away else "没有选", "", "")
                )
    return Report(
        title=f"今日主攻 · {period.words}",
        head=("日期", "负责人", "选定", "线索", "客户"),
        rows=rows,
        lines=tuple(" ".join(str(part) for part in row if part) for row in rows),
    )


def _reps_for(people: Company, reader: Member) -> list[Member]:
    """His direct ones; for the service everybody's."""
    direct = people.direct_reps(reader) if leads_people(reader) else []
    if direct or leads_people(reader):
        return direct
    return people.reps() if reader in people.service_leads() else []


async def _today(tx: Transaction, around: Around, reps: Sequence[Member]) -> list[Choice]:
    """The choice that holds of each rep."""
    today = day_of(tx.now, around.zone)
    held: dict[str, Choice] = {}
    for one in await choices(tx, today.since, today.until, members=[rep.id for rep in reps]):
        held[one.member_id] = one
    return list(held.values())


async def _lines(
    tx: Transaction, reader: Member, made: Sequence[Choice], people: Company, around: Around
) -> list[str]:
    looking = await viewer(tx, reader)
    known = await about(tx, {one.lead_id for one in made}, around)
    names = people.names
    lines = []
    for one in made:
        chosen = known[one.lead_id]
        lead, who = chosen.lead, names.get(one.member_id, one.member_id)
        if lead.state == LeadState.INVALID:
            continue  # about nobody any more, as after an erasure
        if looking.knows(lead):
            lines.append(f"{who} → {chosen.title}（{'；'.join(chosen.reasons)}）")
        else:
            lines.append(f"{who} → {joined(lead.ref, lead.product or '', lead.region)}")
    return lines


async def _silent(
    tx: Transaction, people: Company, reps: Sequence[Member], made: Sequence[Choice]
) -> list[str]:
    """Who could have chosen and did not."""
    chose, has = {one.member_id for one in made}, await open_leads(tx)
    left = [rep for rep in reps if rep.id not in chose and has.get(rep.id)]
    silent = [rep.name for rep in left if rep.id not in people.away]
    away = [rep.name for rep in left if rep.id in people.away]
    return [
        *([f"还没有选：{'、'.join(silent)}"] if silent else []),
        *([f"休假：{'、'.join(away)}"] if away else []),
    ]
