"""更正: a colleague puts right what is known of a client; from then on no rule changes it.

The value is read as the client's words would be; where nothing is read in it, it is taken as it
is written. 「删除」 takes the value out.
"""

import re
from collections.abc import Iterator
from typing import Any

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.models import Client, Lead, Member
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers import clients
from handlers.fields import LABELS, MEANINGS, NEED, SEVERAL, field_called
from handlers.finding import Found, find_lead
from handlers.findings import About, statements
from handlers.growing import Known, Statement
from handlers.learning import note_columns
from handlers.links import Links
from handlers.past import in_a_line
from handlers.reading import REACHABLE, Reader, Reading, of
from handlers.refreshing import refresh_cards
from handlers.router import Reply, Router
from nlp.desensitise import mask
from notifiers.card import Text

router = Router("correcting")

RULE = "correction"
_TAKEN_OUT = frozenset({"删除", "删掉", "去掉", "清空"})
_SETS = re.compile(r"^(?:改成|改为|是|为|成|[:：=])\s*")
_BETWEEN = re.compile(r"[、,，;；]")
_FEWEST_DIGITS = 5
_LONGEST = 200
_LEADS = {"person": "联系人", "company": "我们是", "wechat": "微信号"}
"""Words before a bare value that let the rules see what it is; else the field's own name."""
_BESIDE = {"quantity": "product", "role": "person"}
"""What a field's values stand beside."""


@router.command(
    "更正 {client} {field} {value}",
    "改正 {client} {field} {value}",
    "把 {client} 的 {field} 改成 {value}",
    "把 {client} 的 {field} 改为 {value}",
    help="改正客户的一项资料，以后不会被自动覆盖，写“删除”就去掉：更正 赵主任 预算 30万",
)
async def correct(
    client: str,
    field: str,
    value: str,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    links: Links,
    rules: Rules,
) -> Reply:
    name = field_called(field)
    if name is None:
        known = "、".join(LABELS.values())
        raise CrmError(f"没有“{field}”这一项。可以更正的有：{known}")
    found = await find_lead(tx, sender, client)
    lead = found.lead
    if not lead.is_open:
        raise CrmError(f"{found.client.display}的线索已经关闭")
    said = _read(name, _SETS.sub("", value.strip())[:_LONGEST], lead, tx, reader)
    if name == "product":
        await _keep_to_its_line(tx, lead, said[0], reader)
    stands = await Known.of(tx, lead)
    before = await stands.correct(sender.id, said)
    now = stands.of_field(name)
    await note_columns(tx, lead, now[-1], before=before[-1] if before else None)
    await _recognise(tx, found.client, said, rules)
    lead = await tx.lock_lead(lead.id)
    await refresh_cards(tx, lead, links, rules)
    was, becomes = in_a_line(before), in_a_line(now)
    await _tell_owner(tx, sender, found, f"{LABELS[name]}：{was} → {becomes}")
    # What stood there may be a phone, which only the owner sees whole, as 为什么 shows it.
    seen = was if lead.owner_id == sender.id else mask(was)
    return f"已更正{found.client.display}的{LABELS[name]}：{seen} → {becomes}"


def _read(name: str, value: str, lead: Lead, tx: Transaction, reader: Reader) -> list[Statement]:
    """What the words say of this field; of a field with several, all that they say. Whoever puts
    it right knows what he means: it is certain."""
    if value in _TAKEN_OUT:
        return [Statement(name, None, value, RULE, tx.now)]
    if not any(char.isalnum() for char in value):
        raise CrmError(f"没有看到新的{LABELS[name]}，请写在后面，或写“删除”")
    about = About("", None if name == "product" else lead.product)
    for words in dict.fromkeys((value, f"{_LEADS.get(name, LABELS[name])}{value}")):
        reading = _only(name, reader.read(words, tx.now))
        found = [
            Statement(name, one.value, one.words, RULE, tx.now)
            for one in statements(reading, about, said_at=tx.now, message_id=None)
            if one.name == name
        ]
        if found:
            return found
    return [Statement(name, each, words, RULE, tx.now) for each, words in _as(name, value, lead)]


def _only(name: str, reading: Reading) -> Reading:
    """Nothing but this field, and what its values stand beside."""
    kept = (name, _BESIDE.get(name, name))
    entities = [entity for entity in reading.found.entities if entity.type in kept]
    return of(entities, reading.catalog, reading.text)


def _as(name: str, value: str, lead: Lead) -> Iterator[tuple[Any, str]]:
    """(value, words) for words that no rule reads."""
    if name == "phone" and sum(char.isdigit() for char in value) < _FEWEST_DIGITS:
        raise CrmError(f"“{value}”不像电话号码")
    every = [part.strip() for part in _BETWEEN.split(value)] if name in SEVERAL else [value]
    codes = {label: code for code, label in MEANINGS.get(name, {}).items()}
    for words in filter(None, every):
        meant = codes.get(words, words)
        shapes: dict[str, Any] = {
            "product": {"name": words},
            "person": {"name": words, "title": None},
            "region": {"province": None, "city": None, "district": words},
            "role": {"role": meant, "person": None},
            "quantity": {"min": None, "max": None, "unit": None, "product": lead.product},
            NEED: words,
        }
        yield shapes.get(name, meant), words


async def _keep_to_its_line(tx: Transaction, lead: Lead, said: Statement, reader: Reader) -> None:
    """A product of another line takes the lead there, unless the client has a lead there."""
    product = reader.catalog.by_name.get(said.value["name"]) if said.value else None
    if product is None or not product.line or product.line == lead.line:
        return
    for other in await leads.open_of_client(tx, lead.client_id):
        if other.id != lead.id and other.line == product.line:
            raise CrmError(f"这位客户在{product.line}已有线索 {other.ref}，请到那条线索里更正")
    lead.line = product.line
    tx.add(lead)


async def _recognise(tx: Transaction, client: Client, said: list[Statement], rules: Rules) -> None:
    """He is known by the corrected number from now on, and called by the corrected name where he
    had none."""
    known = [(REACHABLE[one.name], one.value) for one in said if one.name in REACHABLE]
    identifiers = [(kind, value) for kind, value in known if value]
    client = await clients.tie(tx, rules, client, identifiers)
    if said[0].name == "person" and said[0].value and not client.name:
        client.name = f"{said[0].value.get('name') or ''}{said[0].value.get('title') or ''}"[:64]
        tx.add(client)


async def _tell_owner(tx: Transaction, sender: Member, found: Found, change: str) -> None:
    owner_id = found.lead.owner_id
    if owner_id is None or owner_id == sender.id:
        return
    owner = await tx.get(Member, owner_id)
    await tx.notify(
        owner,
        Text(text=f"{sender.name}更正了{found.client.display}的{change}"),
        client_id=found.client.id,
        lead_id=found.lead.id,
    )
