"""#客户需求#: words that carry the tag are filed in the client's record, desensitised (#61)."""

import re

from config.rules import Rules
from crm_store.facts import NeedFiled
from crm_store.models import Lead, Member
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers.finding import find_lead
from handlers.router import Reply, Router
from handlers.telling import words_of
from nlp.desensitise import mask
from notifiers.card import Text
from notifiers.cards.wording import day_and_time

router = Router("tagging")

_MOST_LISTED = 10


def is_tagged(text: str, rules: Rules) -> bool:
    return _tag(rules).search(text) is not None


def without_tag(text: str, rules: Rules) -> str:
    return _tag(rules).sub(" ", text).strip()


def _tag(rules: Rules) -> re.Pattern[str]:
    """In full width too, and with a blank on either side of the name."""
    return re.compile(rf"[#＃]\s{{0,2}}{re.escape(rules.leads.need_tag)}\s{{0,2}}[#＃]")


async def file_if_tagged(
    tx: Transaction,
    lead: Lead,
    text: str,
    rules: Rules,
    *,
    message_id: int,
    by: str | None = None,
) -> bool:
    """Files what carries the tag, without what identifies a person; once a message."""
    if not is_tagged(text, rules):
        return False
    need = mask(without_tag(text, rules))
    if not need:
        return False
    await tx.record(
        NeedFiled(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=by,
            message_id=message_id,
            words=need,
        )
    )
    return True


@router.command(
    "需求记录 {client}",
    "{client} 的客户需求",
    help="收进档案的 #客户需求#，已去掉个人信息：需求记录 赵主任",
)
async def needs_of(client: str, sender: Member, tx: Transaction) -> Reply:
    found = await find_lead(tx, sender, client)
    entries = await leads.entries(tx, found.lead, NeedFiled.kind, last=_MOST_LISTED)
    if not entries:
        return f"{found.client.display}还没有带 #客户需求# 的记录"
    lines = [f"{found.client.display}的客户需求："]
    lines += [f"· {day_and_time(entry.at)} {await words_of(tx, entry)}" for entry in entries]
    return Text(text="\n".join(lines))
