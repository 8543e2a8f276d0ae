"""What a colleague tells of a client of his is kept, though it is neither a wish nor a contact:
「赵主任是三院的，设备科预算大概400万」 is offered to be filed, 「报价单已发」 is a follow-up of
whom the one open promise was made to."""

import re

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.models import Lead, Member, Promise
from crm_store.queries import promises
from crm_store.store import Transaction
from handlers import entering
from handlers.commands import Words
from handlers.finding import Found, look_up
from handlers.reading import Reader
from handlers.requests.asking import Question, ask
from handlers.requests.noting import note_of
from handlers.requests.whom import choices, known_to
from handlers.router import Reply
from handlers.tagging import is_tagged

_ASKS = re.compile(
    r"[?？]|[吗么呢][。.!！~]*$|谁|多少|什么(?!的)|哪[个些里家位天儿]|怎么|咋|为啥|要不要|是不是"
)
_WISHES = re.compile("静音|提醒|转派|转给|移交|公海|接管|规则|输单|赢单|无效|请假|撤销|合并|查重")
_PASS_ON = re.compile(r"(?:跟|和|给|告诉|转告).{1,16}?(?:[说讲]一[声下]|带句话|转达)")
_NOT_WRITTEN = (
    "我不给客户发消息，这句话没有转达。要我提醒您自己联系，可以说：半小时后提醒我联系客户"
)
_SOMEBODYS = re.compile(r"(?:^|给|把|跟)(?!我|您|他|她|上次|刚才|今天|昨天|答应|说好)\w{2,12}?的")
_LEAST = 2
"""So many characters tell something besides the name."""


async def of_his_client(
    words: Words, sender: Member, tx: Transaction, reader: Reader, rules: Rules
) -> Reply:
    """A statement that names one client of his own."""
    if not sender.may_own or is_tagged(words.written, rules):
        return None
    if _ASKS.search(words.tidy) or _WISHES.search(words.tidy):
        return None
    found = await _named(tx, sender, words.tidy, reader, rules)
    if found is not None and _PASS_ON.search(words.tidy):
        return _NOT_WRITTEN
    if found is not None:
        return await entering.ask_about(tx, sender, words.written, reader, about=found)
    return await _done_of_promises(tx, sender, words, reader)


async def _named(
    tx: Transaction, sender: Member, said: str, reader: Reader, rules: Rules
) -> Found | None:
    """The one open lead of his own whose client the words name."""
    known = await known_to(tx, sender, reader, rules)
    found: dict[int, Found] = {}
    left = len(said)
    for hit in known.clients.find(said):
        left -= hit.end - hit.start
        try:
            one = await look_up(tx, sender, said[hit.start : hit.end])
        except CrmError:
            return None
        if one.lead.owner_id == sender.id and one.lead.is_open:
            found[one.lead.id] = one
    return next(iter(found.values())) if len(found) == 1 and left >= _LEAST else None


async def _done_of_promises(tx: Transaction, sender: Member, words: Words, reader: Reader) -> Reply:
    """报价单已发: whom he promised it. Of several he says which; and where the words may be about
    somebody else (蓝海的合同已发) as well."""
    found = reader.read(words.written, tx.now, sender="rep").found
    kept = {one.action for one in found.kept}
    if not kept:
        return None
    pending = await promises.pending_of_owners(tx, {sender.id})
    leads = {one.lead_id: await _with_client(tx, one) for one in pending if one.action in kept}
    meant = [found for found in leads.values() if found is not None and found.lead.is_open]
    may_be_anothers = found.of("person") or found.of("company") or _SOMEBODYS.search(words.tidy)
    if len(meant) == 1 and not may_be_anothers:
        return await note_of(tx, sender, words.written, meant[0])
    if not meant:
        return None
    values = {"note": words.written}
    return await ask(
        tx, sender, Question("follow_up", values, "client", "说的是哪一位客户？", choices(meant))
    )


async def _with_client(tx: Transaction, promise: Promise) -> Found | None:
    lead = await tx.find(Lead, promise.lead_id) if promise.lead_id else None
    try:
        return await look_up(tx, await tx.get(Member, promise.owner_id), lead.ref) if lead else None
    except CrmError:
        return None
