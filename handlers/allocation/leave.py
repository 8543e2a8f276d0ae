"""请假: a colleague says when he is away, in his own words; his manager may say it for him.

Whoever is away gets no new lead. What he has not even looked at is offered on when his leave
begins (handlers/allocation/away.py); what he works on stays his, and its clocks stand still.
"""

from datetime import timedelta

from crm_store.errors import CrmError
from crm_store.facts import MemberAway, MemberBack
from crm_store.models import Absence, Member, Role
from crm_store.queries import absences, leads, members
from crm_store.store import Transaction
from crm_store.view import View
from handlers.allocation.leave_words import Span, read_leave
from handlers.colleagues import the_colleague
from handlers.reading import Reader
from handlers.rights import LEADERS
from handlers.router import Reply, Router
from notifiers.card import Text
from notifiers.cards.allocation import LeaveView, span_in_words, who_is_away

router = Router("leave")

_AHEAD = timedelta(days=14)
_CLIENTS = r"^[\u4e00-\u9fff]{1,3}(?:主任|院长|科长|处长|局长|校长|老师|医生|总)\s*(?:要|想)?请假"
"""王主任请假两天 is said of a client."""
STARTS = "leave_starts"
"""The timer of a leave's beginning; its subject is A and the absence's number."""


@router.command(
    "请假 {time}",
    "我 {time} 请假",
    "我 {time} 休假",
    "休假 {time}",
    "我请假 {time}",
    help="请假期间不分新线索：请假 明天、请假 下周三到周五、今天下午",
)
async def away(time: str, sender: Member, tx: Transaction, reader: Reader) -> Reply:
    absence = await _note(tx, sender, read_leave(time, tx.now, reader), by=sender)
    return f"{_booked('您', absence)}{await _in_hand(tx, sender)}。提前回来请说：销假"


@router.command(
    "给 {colleague} 请假 {time}",
    "帮 {colleague} 请假 {time}",
    "{colleague} 请假 {time}",
    help="替组里的同事请假：给李娜请假 明天",
    roles=LEADERS,
    unless=_CLIENTS,
)
async def colleague_away(
    colleague: str, time: str, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    member = await _his_own(tx, sender, colleague)
    absence = await _note(tx, member, read_leave(time, tx.now, reader), by=sender)
    if member.id != sender.id:
        told = f"{sender.name}替您请了假：{span_in_words(absence.starts_at, absence.ends_at)}"
        await tx.notify(member, Text(text=f"{told}。如果不对请和他说，或回复：销假"))
    return f"{_booked(member.name, absence)}{await _in_hand(tx, member)}"


@router.command("销假", "我销假", "我回来上班了", "取消请假", help="提前回来，或者不请假了")
async def back(sender: Member, tx: Transaction) -> Reply:
    return await _end(tx, sender, by=sender)


@router.command(
    "给 {colleague} 销假", "帮 {colleague} 销假", help="替组里的同事销假：给李娜销假", roles=LEADERS
)
async def colleague_back(colleague: str, sender: Member, tx: Transaction) -> Reply:
    return await _end(tx, await _his_own(tx, sender, colleague), by=sender)


@router.command("我的请假", "我请了哪些假", "我什么时候请假", help="您请了哪些假")
async def my_leave(sender: Member, tx: Transaction) -> Reply:
    found = await absences.lasting(tx, [sender.id], after=tx.now)
    if not found:
        return "您没有请假"
    lines = [f"· {span_in_words(one.starts_at, one.ends_at)}" for one in found]
    return "\n".join(["您请的假：", *lines, "不请了请说：销假"])


@router.command(
    "谁在请假",
    "谁请假了",
    "今天谁请假",
    "请假名单",
    help="组里谁在请假，接下来两周谁请假",
    roles=LEADERS,
)
async def who(sender: Member, tx: Transaction) -> Reply:
    people = {member.id: member for member in await members.active(tx)}
    ids = await _below(tx, sender)
    mine = [one for one in people if ids is None or one in ids]
    found = await absences.lasting(tx, mine, after=tx.now, begun_by=tx.now + _AHEAD)
    return who_is_away(
        [
            LeaveView(
                people[one.member_id].name,
                one.starts_at,
                one.ends_at,
                is_now=one.starts_at <= tx.now,
                note=people[one.member_id].team,
            )
            for one in found
        ]
    )


async def _note(tx: Transaction, member: Member, span: Span, *, by: Member) -> Absence:
    # Said twice in the same moment, it is noted once and refused once.
    await tx.turn(f"leave:{member.id}")
    for known in await absences.lasting(tx, [member.id], after=span.starts_at):
        if known.starts_at < span.ends_at:
            whose = "您" if member.id == by.id else member.name
            raise CrmError(
                f"{whose}在{span_in_words(known.starts_at, known.ends_at)}已经请了假，"
                "和这次重叠。要改请先销假"
            )
    absence = Absence(
        member_id=member.id,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        noted_at=tx.now,
        by=by.id,
    )
    tx.add(absence)
    await tx.flush()
    await tx.record(
        MemberAway(
            at=tx.now,
            by=by.id,
            member_id=member.id,
            absence_id=absence.id,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
        )
    )
    await tx.set_timer(STARTS, f"A{absence.id}", max(span.starts_at, tx.now))
    return absence


async def _end(tx: Transaction, member: Member, *, by: Member) -> Reply:
    """He is back from this moment on; a leave that has not begun is called off, the next one."""
    await tx.turn(f"leave:{member.id}")
    whose = "您" if member.id == by.id else member.name
    found = await absences.lasting(tx, [member.id], after=tx.now)
    if not found:
        raise CrmError(f"{whose}没有请假")
    first, *others = found
    has_begun = first.starts_at <= tx.now
    was = span_in_words(first.starts_at, first.ends_at)
    first.ends_at = max(tx.now, first.starts_at) if has_begun else first.starts_at
    tx.add(first)
    await tx.cancel_timer(STARTS, f"A{first.id}")
    await tx.record(MemberBack(at=tx.now, by=by.id, member_id=member.id, absence_id=first.id))
    done = f"{whose}从现在起在岗，新线索照常分配" if has_begun else f"{was}的假取消了"
    left = "、".join(span_in_words(one.starts_at, one.ends_at) for one in others)
    return f"好的，{done}" + (f"。还请着假：{left}" if left else "")


def _booked(whose: str, absence: Absence) -> str:
    return f"好的，{whose}{span_in_words(absence.starts_at, absence.ends_at)}请假，这期间不分新线索"


async def _in_hand(tx: Transaction, member: Member) -> str:
    """What becomes of the leads he has."""
    mine = await leads.open_of_owner(tx, member.id)
    if not mine:
        return ""
    return f"。手上 {len(mine)} 条未结线索仍归本人，到时还没看过的会转给别人"


async def _below(view: View, sender: Member) -> set[str] | None:
    """Whose leave is his business; None: everybody's."""
    if sender.has_role(Role.DIRECTOR):
        return None
    return {sender.id, *await members.below(view, sender.id)}


async def _his_own(tx: Transaction, sender: Member, name: str) -> Member:
    """The colleague meant, of those whom the sender leads. Whoever he does not lead is not there
    for him."""
    ids = await _below(tx, sender)
    return await the_colleague(
        tx,
        name,
        may_be=lambda member: ids is None or member.id in ids,
        missing="没有找到您团队里的同事“{}”，请写全名",
    )
