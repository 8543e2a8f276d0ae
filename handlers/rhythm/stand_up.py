"""早会 (#37): in the morning a rep picks of three candidates the one he goes for today; his chief
and the service read it in the 《重点客户日志》.

What was chosen holds for its day. Another choice takes its place, and is said to; the day after it
is history.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from crm_store.errors import CrmError
from crm_store.facts import FocusChosen
from crm_store.models import Lead, Member, SentCard
from crm_store.queries.figures_people import Choice, choices
from crm_store.store import Transaction
from crm_store.timers import set_once
from handlers.events import CardPress
from handlers.finding import find_lead
from handlers.follow_up import owned_lead
from handlers.hours import in_working_time
from handlers.presses import take_press
from handlers.rhythm.parts import Around, DigestPart
from handlers.rhythm.people import company
from handlers.rhythm.periods import day_of
from handlers.rhythm.planning import has_gone_out
from handlers.rhythm.ranked import Ranked, ranked
from handlers.rhythm.top import SALES
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.card import Button, Card, Row, Tone
from notifiers.cards.wording import clock_time

router = Router("stand_up")

LATE = "focus_late"
"""The timer that collects what was chosen after the log went out."""
_ASKED = "今天主攻谁？点一个，或回复「今日主攻 客户」。"


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    """The candidates; nothing for whoever has no open lead, or does not sell."""
    if not member.may_own:
        return None
    candidates = await ranked(tx, member, around, most=around.rules.rhythm.focus.candidates)
    if not candidates:
        return None
    chosen = await chosen_today(tx, member.id, around)
    said = await _said(tx, chosen) if chosen is not None else _ASKED
    return DigestPart(
        title=said,
        rows=tuple(Row(name=one.title, value="；".join(one.reasons)) for one in candidates),
        buttons=_buttons(candidates, chosen, around.today(tx.now)),
    )


@router.command(
    "早会",
    "我的早会",
    "今天主攻谁",
    "今日主攻",
    help="今天主攻谁：三个候选和理由，点一个",
    roles=SALES,
)
async def stand_up(sender: Member, tx: Transaction, around: Around) -> Reply:
    mine = await part(tx, sender, around)
    if mine is None:
        return "您名下现在没有未结的线索"
    return Card(title="早会", text=mine.title, rows=mine.rows, buttons=mine.buttons)


@router.command(
    "今日主攻 {client}",
    "今天主攻 {client}",
    "主攻 {client}",
    help="早会上选定今天主攻的客户：今日主攻 赵主任",
)
async def choose(client: str, sender: Member, tx: Transaction, around: Around) -> Reply:
    found = await find_lead(tx, sender, client)
    if not found.lead.is_open:
        raise CrmError(f"{found.client.display}的线索已经关闭")
    if found.lead.owner_id != sender.id:
        owner = await tx.find(Member, found.lead.owner_id) if found.lead.owner_id else None
        whose = f"由{owner.name}负责" if owner else "现在没有负责人"
        raise CrmError(f"{found.client.display}{whose}，主攻要选自己名下的客户")
    return await _choose(tx, sender, found.lead, around)


@router.button("focus")
async def pressed(
    argument: str, press: CardPress, sender: Member, tx: Transaction, around: Around
) -> Reply:
    ref, _, day = argument.partition(":")
    lead = await owned_lead(tx, sender, ref)
    if day and day != around.today(tx.now).isoformat():
        return "这是前几天的早会了，今天的请回复「早会」"
    # A second press of the same button is one of a changed mind, or the same choice again.
    card = await take_press(tx, press)
    said = await _choose(tx, sender, lead, around)
    if not isinstance(card, SentCard):
        card = await tx.find(SentCard, press.card_key)
    mine = await part(tx, sender, around)
    if mine is not None and card is not None:
        drawn = Card(title="早会", text=mine.title, rows=mine.rows, buttons=mine.buttons)
        await tx.redraw(card, drawn, code=press.code)
    return said


async def _choose(tx: Transaction, sender: Member, lead: Lead, around: Around) -> str:
    """The lead is locked and his."""
    before = await chosen_today(tx, sender.id, around)
    title = await title_of(tx, lead)
    if before is not None and before.lead_id == lead.id:
        return f"今天主攻的就是{title}"
    await tx.record(
        FocusChosen(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=sender.id,
            member_id=sender.id,
        )
    )
    await _tell_late(tx, sender, around)
    if before is None:
        return f"好的，今日主攻：{title}"
    old = await title_of(tx, await tx.get(Lead, before.lead_id))
    return f"好的，今日主攻改为：{title}（原来是{old}）"


async def _tell_late(tx: Transaction, sender: Member, around: Around) -> None:
    """After the log has gone out, what is chosen is collected for a while and told as one."""
    if not await has_gone_out(tx, "log", around):
        return
    people = await company(tx)
    chief = people.chief_of(sender)
    readers = [*([chief] if chief is not None else []), *people.service_leads()]
    wait = timedelta(minutes=around.rules.rhythm.focus.late_minutes)
    for reader in {reader.id: reader for reader in readers}.values():
        due = in_working_time(reader, tx.now + wait, around.calendar)
        if around.today(due) == around.today(tx.now):
            await set_once(tx.session, LATE, reader.id, due, data={"since": tx.now.isoformat()})


async def chosen_today(tx: Transaction, member_id: str, around: Around) -> Choice | None:
    """What holds of today's choices."""
    today = day_of(tx.now, around.zone)
    made = await choices(tx, today.since, today.until, members=[member_id])
    return made[-1] if made else None


async def _said(tx: Transaction, chosen: Choice) -> str:
    title = await title_of(tx, await tx.get(Lead, chosen.lead_id))
    return f"今日主攻：{title}（{clock_time(chosen.at)} 选定，点别的可以换）"


def _buttons(
    candidates: Sequence[Ranked], chosen: Choice | None, today: date
) -> tuple[Button, ...]:
    return tuple(
        Button(
            text=one.title.partition(" · ")[0],
            action=f"focus:{one.lead.ref}:{today.isoformat()}",
            tone=Tone.PLAIN if chosen is not None else Tone.PRIMARY,
        )
        for one in candidates
        if chosen is None or one.lead.id != chosen.lead_id
    )


def since_of(data: dict[str, str]) -> datetime:
    return datetime.fromisoformat(data["since"])
