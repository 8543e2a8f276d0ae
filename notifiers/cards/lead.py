"""线索卡: what a rep sees of a lead, and what is left of it when it is settled."""

from dataclasses import dataclass

from notifiers.card import Button, Card, Row, Tone
from notifiers.cards.wording import Budget, joined, masked, money

SOMEBODY = "一位客户"
CLOSED = "已关闭"


@dataclass(frozen=True)
class LeadView:
    """What a card may say of a lead. Whatever is not known is empty and not shown."""

    ref: str
    """L12"""
    who: str = ""
    """赵主任"""
    product: str = ""
    source: str = ""
    """微信客服"""
    region: str = ""
    company: str = ""
    needs: tuple[str, ...] = ()
    """What is wanted, in few words each: 参数, 招标文件, 高意向."""
    quantity: str = ""
    """2台"""
    budget: Budget | None = None
    budget_note: str = ""
    """What else is known of the money: 已批, 待确认."""
    time: str = ""
    """By when, as the client said it: 下周三前."""
    next_contact: str = ""
    """When the client proposed to meet or talk again: 下周面谈（03-16 至 03-22）."""
    promised: str = ""
    """What the house owes the client: 报价（03-11 15:00 前）."""
    remembered: tuple[str, ...] = ()
    """What he once told of himself: 03-10 女儿在学编程."""
    phone: str = ""
    other_phones: tuple[str, ...] = ()
    wechat: str = ""
    """Shown where no phone is known."""
    objections: tuple[str, ...] = ()
    """What speaks against it: 价格, 交期."""
    ask: str = ""
    """The question worth asking next."""
    words: str = ""
    """The client's own words."""
    why: str = ""
    """In one line, why the reader was chosen."""
    url: str | None = None
    """The lead's signed page."""
    may_give: bool = False
    """Whether its owner leads people, whom he may give it to."""

    @property
    def title(self) -> str:
        """赵主任 · CT设备: who and what, as precisely as it is known."""
        topic = self.product or (self.needs[0] if self.needs else "")
        return joined(self.who or self.company or SOMEBODY, topic)


def lead_card(lead: LeadView, *, for_owner: bool = True) -> Card:
    """The card of an open lead; to anyone but its owner the phone is masked."""
    return Card(
        title=lead.title,
        subtitle=_subtitle(lead),
        rows=_rows(
            ("需求", _needs(lead)),
            ("预算", _budget(lead)),
            ("时间", lead.time),
            ("下次联系", lead.next_contact if for_owner else ""),
            ("答应过", lead.promised if for_owner else ""),
            ("电话", _phones(lead, for_owner=for_owner)),
            ("微信", lead.wechat if for_owner and not lead.phone else ""),
            ("异议", "、".join(lead.objections)),
            ("下一步问", lead.ask if for_owner else ""),
            ("记得", "；".join(lead.remembered) if for_owner else ""),
            ("为什么是您" if for_owner else "分配理由", lead.why),
        ),
        quote=lead.words,
        buttons=(
            Button(text="已联系", action=f"contacted:{lead.ref}", tone=Tone.PRIMARY),
            Button(text="预约拜访", action=f"visit:{lead.ref}"),
            Button(text="发送资料", action=f"material:{lead.ref}"),
            *([Button(text="转派", action=f"reassign:{lead.ref}")] if lead.may_give else []),
        ),
        menu=_menu(lead),
        url=lead.url,
    )


def settled_lead_card(lead: LeadView, status: str, *, still_owner: bool = True) -> Card:
    """The card with `status` in place of its buttons.

    Whoever does not own the lead any more keeps neither phone, words, page nor menu.
    """
    if still_owner:
        return lead_card(lead).model_copy(update={"buttons": (), "status": status})
    return Card(
        title=lead.title,
        subtitle=_subtitle(lead),
        rows=_rows(("需求", _needs(lead)), ("时间", lead.time)),
        status=status,
    )


def transferred_to(name: str) -> str:
    """已转给王磊"""
    return f"已转给{name}"


def _subtitle(lead: LeadView) -> str:
    return joined(lead.source, lead.region, lead.company if lead.who else "")


def _budget(lead: LeadView) -> str:
    """300万（已批）"""
    amount = money(lead.budget) if lead.budget else ""
    if not amount or not lead.budget_note:
        return amount or lead.budget_note
    return f"{amount}（{lead.budget_note}）"


def _phones(lead: LeadView, *, for_owner: bool) -> str:
    every = [number for number in (lead.phone, *lead.other_phones) if number]
    return "、".join(every if for_owner else map(masked, every))


def _needs(lead: LeadView) -> str:
    """The product is said again where it is not all that is wanted."""
    product = " ".join(part for part in (lead.product, lead.quantity) if part)
    wanted = [product, *(need for need in lead.needs if need != lead.product)]
    return "、".join(dict.fromkeys(part for part in wanted if part))


def _rows(*pairs: tuple[str, str]) -> tuple[Row, ...]:
    return tuple(Row(name=name, value=value) for name, value in pairs if value)


def _menu(lead: LeadView) -> tuple[Button, ...]:
    return (
        Button(text="静音", action=f"mute:{lead.ref}"),
        Button(text="为什么给我", action=f"why:{lead.ref}"),
    )
