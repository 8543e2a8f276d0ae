"""录入: a rep's own words become a lead, or go to a client's file.

「线索 …」 and 「录入 …」 always create one. Other words with a contact or a product in them are
asked about: 建线索, 归档到 X, 忽略.
"""

import re

from sqlmodel import col, select

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.facts import MessageFiled
from crm_store.models import ChatMessage, Client, Direction, Draft, Lead, Member, Role
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers import clients, learning
from handlers.allocation.assignment import ENTERED, give
from handlers.commands import Words
from handlers.events import CardPress
from handlers.fields import local_phone
from handlers.finding import Found, find_lead, look_up, note_view
from handlers.opening import lead_for
from handlers.presses import settle_press
from handlers.readable import readable
from handlers.reading import Reader, Reading
from handlers.records import RawClient
from handlers.rights import scope_of
from handlers.router import Reply, Router
from handlers.showing import shortened, title_of
from handlers.suggesting import tell_now
from handlers.tagging import file_if_tagged, is_tagged, without_tag
from notifiers.card import Text
from notifiers.cards.choices import Choice, DraftView, create_or_file

router = Router("entering")

SOURCE = "录入"
_TELLING = ("phone", "email", "wechat", "product")
_LABELS = {
    "phone": "电话",
    "email": "邮箱",
    "wechat": "微信",
    "product": "产品",
    "person": "联系人",
}
_MOST_CLIENTS = 3
_QUESTION = "这段话怎么处理？"
"""The title of notifiers' create_or_file card, which a settled one keeps."""
_DRAFT = re.compile(r"D([0-9]{1,15})")


@router.command(
    "线索 {words}",
    "录入 {words}",
    "新线索 {words}",
    help="录入一条线索：线索 康源医疗王主任 13912345678 想要彩超",
    roles=frozenset({Role.REP, Role.MANAGER, Role.DIRECTOR}),
)
async def enter(
    words: str,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    rules: Rules,
) -> Reply:
    return await create_lead(tx, sender, words, reader, rules)


async def create_lead(
    tx: Transaction, sender: Member, text: str, reader: Reader, rules: Rules
) -> Reply:
    """A lead for each product line that is named; the answer, a line each. Of what is his own now
    its card tells him, and nothing besides."""
    reading = reader.read(text, tx.now)
    client = await clients.find_or_add(
        tx,
        rules,
        reading.identifiers,
        name=reading.name,
        company=reading.company,
        said=RawClient(name=reading.name, company=reading.company),
    )
    others = await _of_somebody_else(tx, sender, client)
    if others is not None:
        row = await _file(tx, sender, client, others, text, rules)
        await learning.take_in(tx, others, reading, message_id=row.id, said_at=tx.now)
        await _tell_owner(tx, sender, client, others)
        return "这位客户已有同事在跟进，内容已归到档案，并告诉了负责人"
    answers = []
    for product in reading.products or (None,):
        lead, is_new = await lead_for(tx, client, product=product, source=SOURCE)
        row = await _file(tx, sender, client, lead, text, rules)
        await learning.take_in(tx, lead, reading, message_id=row.id, said_at=tx.now)
        answers.append(await _entered(tx, sender, client, lead, is_new=is_new))
    return "\n".join(dict.fromkeys(filter(None, answers))) or None


async def _entered(
    tx: Transaction, sender: Member, client: Client, lead: Lead, *, is_new: bool
) -> str | None:
    """Says what became of a lead's words, and gives a new one to the rep who brought it."""
    if is_new and sender.has_role(Role.REP):
        # Whoever brings a client in looks after him, and has seen what he wrote himself.
        await give(tx, lead, sender, reason=ENTERED, by=sender.id)
        await note_view(tx, lead, sender, how=ENTERED)
        if len(sender.accounts()) == 1:
            return None  # the card says so, where he reads it
        return f"已建线索 {lead.ref}：{await title_of(tx, lead)}，由您负责"
    if is_new:
        return f"已建线索 {lead.ref}：{await title_of(tx, lead)}，正在分配"
    if lead.owner_id != sender.id:
        await _tell_owner(tx, sender, client, lead)
    return f"{client.display}已有线索 {lead.ref}，内容已归到档案"


async def _of_somebody_else(tx: Transaction, sender: Member, client: Client) -> Lead | None:
    """撞单: an open lead of this client that the sender may not see. He opens none beside it,
    and learns neither name nor owner."""
    scope = await scope_of(tx, sender)
    for lead in await leads.open_of_client(tx, client.id):
        if not scope.covers(lead):
            return await tx.lock(Lead, lead.id)
    return None


async def _tell_owner(tx: Transaction, sender: Member, client: Client, lead: Lead) -> None:
    owner = await tx.find(Member, lead.owner_id) if lead.owner_id else None
    if owner is not None:
        await tx.notify(
            owner,
            Text(text=f"{sender.name}录入了您的客户{client.display}的新内容，已归到档案"),
            client_id=client.id,
        )


# -- 归档 ------------------------------------------------------------------------------------


@router.command(
    "归档 {client} {words}",
    "归档到 {client} {words}",
    "备注 {client} {words}",
    help="把一段话存进客户档案：归档 赵主任 客户说预算已批",
)
async def file_words(
    client: str, words: str, sender: Member, tx: Transaction, reader: Reader, rules: Rules
) -> Reply:
    words = readable(words)
    if not words:
        raise CrmError("没有看到内容，请写一句：归档 赵主任 客户说预算已批")
    found = await find_lead(tx, sender, client)
    return await _file_and_learn(tx, sender, found, words, reader, rules)


async def _file_and_learn(
    tx: Transaction, sender: Member, found: Found, words: str, reader: Reader, rules: Rules
) -> str:
    client, lead = found.client, found.lead
    told = [f"已归档到{client.display}"]
    row = await _file(tx, sender, client, lead, words, rules)
    if lead.is_open:
        reading = reader.read(words, tx.now)
        changes = await learning.learn(tx, lead, reading, message_id=row.id, said_at=tx.now)
        client = await clients.tie(tx, rules, client, reading.identifiers)
        if lead.owner_id == sender.id:
            told += await tell_now(tx, client, changes)
    return "\n".join(told)


async def _file(
    tx: Transaction, sender: Member, client: Client, lead: Lead, text: str, rules: Rules
) -> ChatMessage:
    row = ChatMessage(
        client_id=client.id,
        direction=Direction.NOTE,
        member_id=sender.id,
        sent_at=tx.now,
        body=await tx.seal(client.id, text, purpose="message"),
        source=SOURCE,
    )
    tx.add(row)
    await tx.flush()
    await tx.record(
        MessageFiled(
            at=tx.now,
            client_id=client.id,
            lead_id=lead.id,
            by=sender.id,
            message_id=row.id,
        )
    )
    await file_if_tagged(tx, lead, text, rules, message_id=row.id, by=sender.id)
    return row


# -- words that are no command ---------------------------------------------------------------


async def ask_what_to_do(
    words: Words, sender: Member, tx: Transaction, reader: Reader, rules: Rules
) -> Reply:
    """A contact or a product in a rep's words, or the tag: they may be about a client."""
    reading = reader.read(words.written, tx.now)
    tagged = is_tagged(words.written, rules)
    telling = [entity for entity in reading.found.entities if entity.type in _TELLING]
    if not (sender.has_role(Role.REP) or sender.has_role(Role.MANAGER)):
        return None
    if not telling and not tagged:
        return None
    found = await _meant(tx, sender, reading, words.written, rules) if tagged else None
    if found is not None:
        return await _file_and_learn(tx, sender, found, words.written, reader, rules)
    return await ask_about(tx, sender, words.written, reader)


def tells_of_something_new(reading: Reading, *, but: str | None = None) -> bool:
    """A way to reach somebody, or a product other than `but`: the words may be a lead of their
    own."""
    is_of_his = {name for name, _ in reading.products} == {but}
    return any(
        entity.type in _TELLING and not (entity.type == "product" and is_of_his)
        for entity in reading.found.entities
    )


async def ask_about(
    tx: Transaction, sender: Member, text: str, reader: Reader, about: Found | None = None
) -> Reply:
    """建线索, 归档到 X, 忽略: the words wait for his decision. `about`: the one client whom they
    name; no other is offered."""
    reading = reader.read(text, tx.now)
    draft = Draft(
        member_id=sender.id,
        body=tx.vault.service.seal(text.encode("utf-8", "replace"), purpose="draft"),
        created_at=tx.now,
    )
    tx.add(draft)
    await tx.flush()
    shown = [
        (_LABELS[entity.type], local_phone(entity.text))
        for entity in reading.found.entities
        if entity.type in _LABELS
    ]
    return create_or_file(
        DraftView(f"D{draft.id}", shortened(text), tuple(dict(shown).items())),
        [Choice(about.client.display, about.lead.ref)]
        if about
        else await _likely(tx, sender, reading.name),
        is_his=about is not None,
    )


async def _meant(
    tx: Transaction, sender: Member, reading: Reading, text: str, rules: Rules
) -> Found | None:
    """The one client of his whom tagged words name, at their beginning or as a person."""
    first = re.split(r"[\s:：,，。]", without_tag(text, rules), maxsplit=1)[0]
    for name in dict.fromkeys((first, reading.name, reading.company)):
        if name:
            try:
                return await find_lead(tx, sender, name)
            except CrmError:
                continue
    return None


async def _likely(tx: Transaction, sender: Member, person: str) -> list[Choice]:
    """Clients the words may be about: the one they name, then his latest."""
    choices: dict[str, str] = {}
    if person:
        try:
            named = await look_up(tx, sender, person)
        except CrmError:
            pass
        else:
            choices[named.lead.ref] = named.client.display
    query = (
        select(Lead)
        .where(Lead.owner_id == sender.id)
        .order_by(col(Lead.last_client_at).desc().nulls_last(), col(Lead.id).desc())
        .limit(_MOST_CLIENTS)
    )
    for lead in (await tx.session.exec(query)).all():
        if lead.is_open:
            client = await tx.get(Client, lead.client_id)
            choices.setdefault(lead.ref, client.display)
    return [Choice(name, ref) for ref, name in list(choices.items())[:_MOST_CLIENTS]]


@router.button("create")
async def create_pressed(
    argument: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    rules: Rules,
) -> Reply:
    text = await _take_draft(tx, sender, argument)
    reply = await create_lead(tx, sender, text, reader, rules)
    await settle_press(tx, press, _QUESTION, "已建线索")
    return reply


@router.button("file")
async def file_pressed(
    argument: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    rules: Rules,
) -> Reply:
    """`file:D3:L12`."""
    draft, _, ref = argument.partition(":")
    found = await find_lead(tx, sender, ref)
    text = await _take_draft(tx, sender, draft)
    await _file_and_learn(tx, sender, found, text, reader, rules)
    await settle_press(
        tx, press, _QUESTION, f"已归档到{found.client.display}", client_id=found.client.id
    )
    return None


@router.button("ignore")
async def ignore_pressed(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    await _take_draft(tx, sender, argument)
    await settle_press(tx, press, _QUESTION, "已忽略")
    return None


async def _take_draft(tx: Transaction, sender: Member, ref: str) -> str:
    """The words, once: a second press finds them gone."""
    found = _DRAFT.fullmatch(ref)
    draft = await tx.find(Draft, int(found[1])) if found else None
    if draft is None or draft.member_id != sender.id:
        raise CrmError("这段话已经处理过了")
    text = tx.vault.service.open(draft.body, purpose="draft").decode()
    await tx.session.delete(draft)
    return text
