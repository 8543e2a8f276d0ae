"""康源电话多少, 谁负责康源, 给康源的报价发了吗, 上次联系康源是什么时候: one thing about a client,
of what the asker may see; what is not known is said to be so."""

import re
from collections.abc import Mapping
from datetime import datetime

from crm_store.models import IdentityKind, LeadState, Member
from crm_store.queries.portrait import Said
from crm_store.search.asking import Sought
from crm_store.store import Transaction
from handlers.archived import Words
from handlers.fields import LABELS, field_called
from handlers.memory.quoting import BY_US, NOTED, Quoter
from handlers.portrait import Drawing, opened
from handlers.reading import Reader
from handlers.router import Reply, Router
from handlers.showing import ACTIONS, shortened
from nlp.commitments.actions import thing_named
from nlp.searching.content import content_words
from nlp.searching.prices import quotes_a_price
from notifiers.cards.memory import AnswerView, QuoteLine, answer
from notifiers.cards.wording import day_and_time

router = Router("particulars")

_MOST, _LOOKED_AT = 3, 100
_MOST_WORDS = 60
_ONE_OF_A_KIND = ("quote", "contract", "invoice")
"""Of other things (资料) there are many: the word itself has to be there."""
_REACHED_BY: Mapping[str, tuple[IdentityKind, ...]] = {
    "phone": (IdentityKind.PHONE,),
    "wechat": (IdentityKind.WECHAT,),
    "email": (IdentityKind.EMAIL,),
    "credit_code": (IdentityKind.CREDIT_CODE,),
}
_LABELS: Mapping[str, str] = {"reach": "联系方式", "quantity": "数量要求", "time": "时间要求"}
_CALLED = (
    ("联系方式", "reach"),
    ("微信", "wechat"),
    ("邮", "email"),
    ("电话|手机|座机|号码", "phone"),
    ("下次|约的|再联系", "next_contact"),
    ("预算", "budget"),
    ("要几|要多少|数量|[台件]数", "quantity"),
    ("什么时候|几时|啥时|哪天|几号|多久|交期|期限|时间", "time"),
    ("单位|公司|医院|学校|哪家", "company"),
    ("拍板|说了算|做主|决[定策]", "role"),
    ("嫌|顾虑|异议|担心", "objection"),
    ("竞品|对手|比|对比", "competitor"),
    ("税号|信用代码", "credit_code"),
    ("地|城市|省|哪", "region"),
)
"""What a question asks for; the first that is in it."""


@router.command("查 {client} 的 {field}", help="只看一项，没有就说没有：查 赵主任 的 电话")
async def one_particular(
    client: str, field: str, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    wanted = field_called(field) or next(
        (name for words, name in _CALLED if re.search(words, field)), None
    )
    drawing = await opened(tx, sender, client, reader)
    who = drawing.drawn.client.display
    if wanted is None:
        return f"没有“{shortened(field)}”这一项，回复“查 {drawing.drawn.client.ref}”看{who}的全部"
    label = _LABELS.get(wanted) or LABELS[wanted]
    known = _known(drawing, wanted)
    if not known:
        return f"还不知道{who}的{label}，客户没有说过，也没有人记过"
    told = f"{who} · {label}：{'、'.join(known)}"
    is_hidden = not drawing.owns and wanted in ("reach", *_REACHED_BY)
    return f"{told}\n不是您名下的客户，号码只显示一部分" if is_hidden else told


def _known(drawing: Drawing, wanted: str) -> list[str]:
    client = drawing.drawn.client
    if wanted == "reach":
        return drawing.reach(*(kind for kinds in _REACHED_BY.values() for kind in kinds))
    if wanted in _REACHED_BY:
        return drawing.reach(*_REACHED_BY[wanted])
    values = drawing.values(wanted)
    if wanted == "company" and client.company:
        return [client.company]
    if wanted == "region" and not values and client.region:
        return [client.region]
    if wanted == "product" and not values:
        return [lead.product for lead in drawing.seen if lead.product]
    return values


@router.command(
    "谁负责 {client}", "{client} 谁负责", "{client} 谁在跟", help="现在由谁负责：谁负责 康源"
)
async def who_has_him(client: str, sender: Member, tx: Transaction, reader: Reader) -> Reply:
    drawing = await opened(tx, sender, client, reader)
    who = drawing.drawn.client.display
    lines = []
    for lead in [lead for lead in drawing.seen if lead.is_open] or drawing.seen[:1]:
        owner = "您" if lead.owner_id == sender.id else drawing.name(lead.owner_id)
        state = LeadState(lead.state).label
        since = f"，{day_and_time(lead.assigned_at)} 分到" if lead.assigned_at else ""
        about = f"{lead.ref} {lead.product or who}"
        by = f"由{owner}负责（{state}{since}）" if owner else f"没有人负责（{state}）"
        lines.append(f"{about} {by}")
    others = drawing.others()
    if others:
        lines.append(f"另有线索由{'、'.join(others)}负责")
    return "\n".join([f"{who}：", *lines]) if len(lines) > 1 else f"{who}：{lines[0]}"


@router.command(
    "上次联系 {client} 是什么时候",
    "上次跟 {client} 聊是什么时候",
    help="最近一次跟进和客户最近的话：上次联系 康源 是什么时候",
)
async def last_contact(client: str, sender: Member, tx: Transaction, reader: Reader) -> Reply:
    drawing = await opened(tx, sender, client, reader)
    drawn = drawing.drawn
    touched = [lead.last_followed_up_at for lead in drawing.seen if lead.last_followed_up_at]
    if touched:
        lines = [f"最近一次跟进{drawn.client.display}：{_when(max(touched), tx.now)}"]
    else:
        lines = [f"还没有跟进过{drawn.client.display}"]
    if drawn.messages:
        lines.append(f"最近的话：{_told(drawing, drawn.messages[-1])}")
    return "\n".join(lines)


def _when(moment: datetime, now: datetime) -> str:
    days = (now - moment).days
    return f"{day_and_time(moment)}（{days} 天前）" if days else day_and_time(moment)


def _told(drawing: Drawing, said: Said) -> str:
    who = drawing.name(said.by) if said.by else drawing.drawn.client.display
    words = shortened(said.text, _MOST_WORDS, masks=not drawing.owns)
    return f"{day_and_time(said.at)} {who or '接待人员'}：{words}"


@router.command(
    "我答应了 {client} 什么",
    "答应过 {client} 什么",
    help="答应过这位客户、还没有做的事：我答应了 康源 什么",
)
async def promised_to_him(client: str, sender: Member, tx: Transaction, reader: Reader) -> Reply:
    drawing = await opened(tx, sender, client, reader)
    who, owed = drawing.drawn.client.display, drawing.promised()
    if not owed:
        return f"没有记着答应过{who}、还没有做的事"
    return "\n".join([f"答应{who}、还没有做的事：", *(f"· {one}" for one in owed)])


# -- whether it was sent --------------------------------------------------------------------


@router.command(
    "{client} 的 {thing} 发了吗",
    "给 {client} 的 {thing} 发了吗",
    "{thing} 发给 {client} 了吗",
    help="发没发过，谁在什么时候发的：给 康源 的 报价 发了吗",
)
async def whether_sent(
    client: str, thing: str, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    drawing = await opened(tx, sender, client, reader)
    who, kind = drawing.drawn.client.display, thing_named(thing) or ""
    what = ACTIONS[kind] if kind == "quote" else shortened(thing)
    lines = await _sent(tx, sender, drawing, kind, thing, reader)
    owed = [drawing.promise(one) for one in drawing.drawn.promises if one.action == kind]
    if lines:
        head = f"发过，最近一次 {day_and_time(lines[0].at)}（{lines[0].who}）"
        return answer(AnswerView(f"{who} · {what}", lines, head=head, below=owed))
    told = f"没有看到给{who}发过{what}的记录"
    return "\n".join([told, *owed] if owed else [f"{told}，也没有记着答应过"])


async def _sent(
    tx: Transaction, sender: Member, drawing: Drawing, kind: str, words: str, reader: Reader
) -> list[QuoteLine]:
    """Where our words or notes say that it was done, the latest first."""
    quoter = await Quoter.of(tx, sender)
    sought = content_words(words) or (words,)
    about = Sought(client_id=drawing.drawn.client.id, kinds=(*BY_US, *NOTED))
    lines: list[QuoteLine] = []
    async for hit, said in quoter.found(about, most=_LOOKED_AT):
        if _is_done(said, kind, sought, reader, hit.at):
            lines.append(await quoter.line(hit, said, around=sought))
        if len(lines) >= _MOST:
            break
    return lines


def _is_done(said: Words, kind: str, sought: tuple[str, ...], reader: Reader, at: datetime) -> bool:
    if kind == "quote" and quotes_a_price(said.text):
        return True
    kept = {one.action for one in reader.read(said.text, at, sender="rep").found.kept}
    return kind in kept and (kind in _ONE_OF_A_KIND or any(one in said.text for one in sought))
