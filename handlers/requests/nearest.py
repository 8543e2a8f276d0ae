"""A command named a client whom the sender does not have: perhaps his words mean something else,
perhaps the name was mistyped. Only his own clients are offered."""

from collections.abc import Mapping

from config.rules import Rules
from crm_store.errors import NotYours
from crm_store.models import Member
from crm_store.store import Transaction
from handlers.commands import Menu, Words
from handlers.finding import REF
from handlers.reading import Reader
from handlers.requests.asking import Question, ask
from handlers.requests.linking import Link
from handlers.requests.proceeding import proceed, values_of, ways
from handlers.requests.whom import choices, known_to, nearly_called
from handlers.router import Instead, Reply, Router
from nlp.requests import read_requests
from nlp.requests.reading import SURE

router = Router("nearest")

Ways = Mapping[str, tuple[Link, ...]]


@router.unknown_name()
async def nobody_of_that_name(
    instead: Instead,
    refusal: NotYours,
    words: Words,
    sender: Member,
    tx: Transaction,
    menu: Menu,
    reader: Reader,
    rules: Rules,
) -> Reply | Instead:
    """None: he is told the one sentence."""
    mine = ways(menu, sender)
    link = _given_by(mine, instead)
    if link is None:
        return None
    called = instead.slots[dict(link.parameters)["client"]].strip()
    if REF.fullmatch(called):
        return None
    if instead.is_written:
        other = await _meant_otherwise(tx, sender, menu, reader, rules, words, called)
        if other is not None:
            return other
    near = await nearly_called(tx, sender, called)
    if not near:
        return None
    values = {slot: instead.slots[name] for slot, name in link.parameters if slot != "client"}
    whom = f" {near[0].client.display} 吗" if len(near) == 1 else "哪一位"
    title = f"{refusal}，您是说{whom}？"
    question = Question(link.intent.name, values, "client", title, choices(near))
    done = link.words({**values, "client": near[0].client.display if len(near) == 1 else "客户"})
    return await ask(tx, sender, question, f"点了就办：{done}" if link.intent.acts else "")


def _given_by(mine: Ways, instead: Instead) -> Link | None:
    """How the intent of this command names its slots; None where it has no client."""
    for every in mine.values():
        for link in every:
            names = [name for _, name in link.parameters]
            is_it = link.command == instead.command and set(names) <= instead.slots.keys()
            if is_it and "client" in link.needs:
                return link
    return None


async def _meant_otherwise(
    tx: Transaction,
    sender: Member,
    menu: Menu,
    reader: Reader,
    rules: Rules,
    words: Words,
    called: str,
) -> Reply | Instead:
    """A pattern that takes any words for a name took too many: 康源我来 in 康源我来跟进一下."""
    mine = ways(menu, sender)
    known = await known_to(tx, sender, reader, rules)
    for request in read_requests(words.written, known, tx.now.astimezone(reader.zone)):
        client = request.slot("client")
        if request.is_told or request.intent not in mine or request.confidence < SURE:
            continue
        if client is not None and client.is_marked and client.text != called:
            values = await values_of(tx, sender, request)
            return await proceed(tx, sender, menu, request.intent, values)
    return None
