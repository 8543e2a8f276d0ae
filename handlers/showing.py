"""Records → what a card may say of a lead, for one reader."""

from collections.abc import Sequence
from dataclasses import replace

from config.rules import Rules
from crm_store.models import ChatMessage, Client, Direction, Lead, Member
from crm_store.models.ladder import TO_THE_MANAGER
from crm_store.queries import fields, leads, promises
from crm_store.queries.fields import KnownField
from crm_store.view import View
from handlers.events import Form
from handlers.fields import NEED, UNSURE, as_budget, shown, value_in_words
from handlers.links import Links
from handlers.next_question import missing, next_question
from handlers.remembering import remembered
from handlers.rights import leads_people
from nlp.desensitise import mask
from notifiers.cards.lead import LeadView
from notifiers.cards.wording import Budget, joined, until

ACTIONS = {
    "quote": "报价",
    "sample": "寄样",
    "document": "发资料",
    "visit": "拜访",
    "call": "打电话",
    "delivery": "发货",
    "invoice": "开票",
    "contract": "合同",
    "repair": "维修",
}
"""What colleagues promise, as people call it."""
_MOST_PHONES = 2
_MOST_SAID = 20
"""Of our own words, so many are looked through for what was asked already."""
_MOST_WORDS = 200
_FORMS = {
    Form.IMAGE: "［图片］",
    Form.VIDEO: "［视频］",
    Form.FILE: "［文件］",
    Form.LOCATION: "［位置］",
    Form.LINK: "［链接］",
}


async def lead_view(view: View, lead: Lead, reader: Member, links: Links) -> LeadView:
    """The lead with everything its owner may see; renderers mask it for others."""
    return await _drawn(view, lead, reader, links, await fields.known(view, lead))


async def working_view(
    view: View, lead: Lead, reader: Member, links: Links, rules: Rules
) -> LeadView:
    """As `lead_view`, with the question worth asking next: for a card that is worked with."""
    found = await fields.known(view, lead)
    drawn = await _drawn(view, lead, reader, links, found)
    return replace(drawn, ask=await question_about(view, lead, found, rules))


async def _drawn(
    view: View, lead: Lead, reader: Member, links: Links, found: Sequence[KnownField]
) -> LeadView:
    client = await view.get(Client, lead.client_id)
    known = _Known(found)
    spoken = await leads.own_words(view, lead)
    needs = known.needs
    phones = [*reversed(known.words_of("phone"))][:_MOST_PHONES]
    return LeadView(
        ref=lead.ref,
        who=client.name,
        product=lead.product or "",
        source=lead.source,
        region=lead.region,
        company=client.company or text_of(known.the("company")),
        needs=(*needs, *(tag for tag in lead.tags if tag not in needs)),
        quantity="、".join(_without(lead.product, known.words_of("quantity"))),
        budget=budget_of(known.the("budget")),
        budget_note=known.note("budget", "budget_status"),
        time=_time(known.the("time")),
        next_contact=shown_of(known.the("next_contact")),
        promised=await _promised(view, lead),
        remembered=await _remembered(view, lead, reader),
        phone=phones[0] if phones else "",
        other_phones=tuple(phones[1:]),
        wechat=text_of(known.the("wechat")),
        objections=tuple(known.words_of("objection")),
        words=shortened(of_message(*spoken)) if spoken else "",
        why=await why_in_short(view, lead),
        url=page_of(lead, reader, links),
        may_give=lead.owner_id == reader.id and leads_people(reader),
    )


async def _remembered(view: View, lead: Lead, reader: Member) -> tuple[str, ...]:
    if lead.owner_id != reader.id:
        return ()
    return await remembered(view, lead.client_id, member_id=reader.id)


def page_of(lead: Lead, reader: Member, links: Links) -> str:
    """What a tap on the card opens: its owner's page to follow up on, else the whole history."""
    if lead.is_open and lead.owner_id == reader.id:
        return links.follow_up(lead, reader)
    return links.history(lead, reader)


async def question_about(view: View, lead: Lead, known: Sequence[KnownField], rules: Rules) -> str:
    """Empty where nothing is left to ask, or the lead is closed."""
    if not lead.is_open:
        return ""
    said: list[str] = []
    if lead.last_answer_at is not None:
        answers = await leads.last_words(
            view, lead.client_id, direction=Direction.OUT, last=_MOST_SAID
        )
        said = [text for row, text in answers if row.sent_at >= lead.opened_at]
    question = next_question(
        rules.leads.for_line(lead.line),
        _names(lead, known),
        {field.name: field.words for field in known if field.is_ambiguous},
        said,
    )
    return question.words if question is not None else ""


def missing_of(lead: Lead, known: Sequence[KnownField], rules: Rules) -> list[str]:
    """#55: the core fields of which nothing is known, as people call them."""
    return missing(rules.leads.for_line(lead.line), _names(lead, known))


def _names(lead: Lead, known: Sequence[KnownField]) -> set[str]:
    return {field.name for field in known} | ({"product"} if lead.product else set())


class _Known:
    """What is known of a lead, ready to be put into words."""

    def __init__(self, known: Sequence[KnownField]) -> None:
        self._known = known

    def the(self, name: str) -> KnownField | None:
        """The value in force; of several the latest."""
        return next((field for field in reversed(self._known) if field.name == name), None)

    @property
    def needs(self) -> list[str]:
        """A word each, also out of the lists that former programs kept."""
        found = [field.value for field in self._known if field.name == NEED]
        return [str(n) for value in found for n in (value if isinstance(value, list) else [value])]

    def words_of(self, name: str) -> list[str]:
        """Every value, oldest first."""
        return [shown(field) for field in self._known if field.name == name]

    def note(self, name: str, status: str) -> str:
        """What stands behind the value: 已批, 待确认, or a colleague's own words for it."""
        field, further = self.the(name), self.the(status)
        said = value_in_words(further) if further is not None else ""
        if field is not None and field.is_ambiguous:
            return "，".join(part for part in (said, UNSURE.strip("（）")) if part)
        if field is not None and isinstance(field.value, str):
            return "，".join(part for part in (field.value, said) if part)
        return said


async def _promised(view: View, lead: Lead) -> str:
    """报价（03-11 15:00 前）、寄样"""
    pending = await promises.pending_of_lead(view, lead.id)
    deeds = []
    for one in pending:
        deed = ACTIONS.get(one.action, "办一件事")
        if one.due_at is not None:
            said = await view.open(one.client_id, one.words, purpose="promise")
            deed = f"{deed}（{until(one.due_at, said)}）"
        deeds.append(deed)
    return "、".join(deeds)


def _time(field: KnownField | None) -> str:
    if field is None:
        return ""
    return field.words + (UNSURE if field.is_ambiguous else "")


def _without(product: str | None, quantities: Sequence[str]) -> list[str]:
    """The lead's own product need not be said beside its number."""
    return [words.removeprefix(f"{product} ") if product else words for words in quantities]


async def why_in_short(view: View, lead: Lead) -> str:
    """The decision in one line: 负责医疗设备，手上 0 条未结线索."""
    entry = await leads.decision(view, lead)
    if entry is None:
        return ""
    giver = await view.find(Member, entry.by) if entry.by else None
    by_hand = _BY_HAND.get(entry.data["reason"], "{}转派")
    reasons = [by_hand.format(giver.name)] if giver else []
    for candidate in (entry.why or {}).get("candidates", []):
        if candidate["member_id"] == lead.owner_id:
            reasons += [candidate["place"]] if candidate.get("place") else []
            reasons += [c["reason"] for c in candidate["criteria"] if c["points"] > 0]
    if not reasons and entry.data["reason"] == TO_THE_MANAGER:
        before = await view.find(Member, entry.data.get("previous_id") or "")
        unseen = [f"{before.name}没有查看"] if before is not None else []
        reasons = [*unseen, "没有其他人可分，由您决定"]
    return "；".join(reasons)


_BY_HAND = {"entered": "{}录入", "manual": "{}指定", "claimed": "{}从公海领取"}


async def title_of(view: View, lead: Lead) -> str:
    """赵主任 · CT设备"""
    client = await view.get(Client, lead.client_id)
    return joined(client.display, lead.product or "")


def text_of(field: KnownField | None) -> str:
    return field.value if field is not None and isinstance(field.value, str) else ""


def shown_of(field: KnownField | None) -> str:
    return shown(field) if field is not None else ""


def budget_of(field: KnownField | None) -> Budget | None:
    return as_budget(field.value) if field is not None else None


def in_words(form: str, text: str, *, seconds: str = "") -> str:
    """A message in words: ［图片］ where it has none of its own; 🎤 where they were heard."""
    if form == Form.VOICE:
        length = f" {seconds} 秒" if seconds else ""
        return f"🎤「{text}」" if text else f"［语音{length}］请到会话里收听"
    return text or _FORMS.get(Form(form), "［消息］")


def of_message(row: ChatMessage, text: str) -> str:
    """`in_words`, with what else is known of the message."""
    return in_words(row.form, text, seconds=row.attachment.get("seconds", ""))


def shortened(text: str, most: int = _MOST_WORDS, *, masks: bool = False) -> str:
    """`masks`: for whoever does not own the client. The whole text is masked before it is cut:
    of half a phone nobody could tell that it is one."""
    if masks:
        text = mask(text)
    return text if len(text) <= most else text[: most - 1] + "…"
