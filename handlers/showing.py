"""Records → what a card may say of a lead, for one reader."""

from decimal import Decimal
from typing import Any

from crm_store.models import Client, Lead, Member
from crm_store.queries import leads
from crm_store.queries.leads import KnownField
from crm_store.view import View
from handlers.events import Form
from handlers.learning import NEEDS
from handlers.links import Links
from notifiers.cards.lead import LeadView
from notifiers.cards.wording import Budget, joined

_CHINA = "+86"
_MOST_WORDS = 200
_FORMS = {
    Form.IMAGE: "［图片］",
    Form.VOICE: "［语音］",
    Form.VIDEO: "［视频］",
    Form.FILE: "［文件］",
    Form.LOCATION: "［位置］",
    Form.LINK: "［链接］",
}


async def lead_view(view: View, lead: Lead, reader: Member, links: Links) -> LeadView:
    """The lead with everything its owner may see; renderers mask it for others."""
    client = await view.get(Client, lead.client_id)
    known = {field.name: field for field in await leads.fields(view, lead)}
    spoken = await leads.own_words(view, lead)
    needs = known[NEEDS].value if NEEDS in known else []
    return LeadView(
        ref=lead.ref,
        who=client.name,
        product=lead.product or "",
        source=lead.source,
        region=lead.region,
        company=client.company or text_of(known.get("company")),
        needs=(*needs, *(tag for tag in lead.tags if tag not in needs)),
        budget=budget_of(known.get("budget")),
        time=known["time"].words if "time" in known else "",
        phone=local_phone(text_of(known.get("phone"))),
        words=shortened(in_words(spoken[0].form, spoken[1])) if spoken else "",
        why=await why_in_short(view, lead),
        url=links.history(lead, reader),
    )


async def why_in_short(view: View, lead: Lead) -> str:
    """The decision in one line: 负责医疗设备，手上 0 条未结线索."""
    entry = await leads.decision(view, lead)
    if entry is None:
        return ""
    giver = await view.find(Member, entry.by) if entry.by else None
    reasons = [_BY_HAND[entry.data["reason"]].format(giver.name)] if giver else []
    for candidate in (entry.why or {}).get("candidates", []):
        if candidate["member_id"] == lead.owner_id:
            reasons += [c["reason"] for c in candidate["criteria"] if c["points"] > 0]
    return "；".join(reasons) or _WITHOUT_CANDIDATES.get(entry.data["reason"], "")


_BY_HAND = {"entered": "{}录入", "manual": "{}指定", "escalation": "{}转派"}
_WITHOUT_CANDIDATES = {"manager": "没有其他人可分，由您决定"}


async def title_of(view: View, lead: Lead) -> str:
    """赵主任 · CT设备"""
    client = await view.get(Client, lead.client_id)
    return joined(client.display, lead.product or "")


def text_of(field: KnownField | None) -> str:
    return field.value if field is not None and isinstance(field.value, str) else ""


def budget_of(field: KnownField | None) -> Budget | None:
    if field is None:
        return None
    value: dict[str, Any] = field.value
    return Budget(low=_amount(value["min"]), high=_amount(value["max"]), currency=value["currency"])


def _amount(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def local_phone(phone: str) -> str:
    """+8613800001234 → 13800001234; foreign numbers as they are."""
    return phone.removeprefix(_CHINA)


def in_words(form: str, text: str) -> str:
    """A message in words, where it has none of its own: ［图片］."""
    return text or _FORMS.get(Form(form), "［消息］")


def shortened(text: str, most: int = _MOST_WORDS) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
