"""听懂: a colleague's words that are no command as it is written, and what he wants by them.

What is read for sure is done, and the command's own answer says what was done; what would harm
waits for a tap; what may be meant is asked. In between others are asked: handlers/otherwise.py.
"""

import re

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.models import Member, SentCard
from crm_store.store import Transaction
from handlers.commands import Menu, Words
from handlers.events import CardPress
from handlers.finding import look_up
from handlers.presses import settle_press
from handlers.reading import Reader
from handlers.requests import noting
from handlers.requests.answering import answered
from handlers.requests.asking import (
    CONFIRM,
    NO,
    WHICH,
    WORDS,
    Gone,
    Question,
    ask,
    move_on,
    pending,
    take,
)
from handlers.requests.linking import fitting
from handlers.requests.proceeding import proceed, values_of, ways
from handlers.requests.whom import known_to
from handlers.router import Instead, Reply, Router
from handlers.tagging import is_tagged
from nlp.requests import Request, read_requests
from nlp.requests.reading import SURE

router = Router("understanding")

_NO_DOUBT = 0.85
"""From here on nothing else is asked what the words may be; below are names that are guessed and
what only the model reads."""
_ASKABLE = 0.55
"""From here on a wish is asked about, though it is not sure."""
_RIVALS = 0.02
"""Readings that are no further apart may each be meant."""
_FILL = re.compile(r"([0-9]{1,15}):([0-9]{1,2})")
_MOST_OFFERED = 3
_READINGS = "readings"


async def answer(
    words: Words, sender: Member, tx: Transaction, menu: Menu, reader: Reader, rules: Rules
) -> Reply | Instead:
    """His words complete what he was asked back."""
    asked = await pending(tx, sender)
    if asked is None or _is_for_others(words, rules):
        return None
    requests = await _read(words, sender, tx, menu, reader, rules)
    is_another_wish = await _goes_elsewhere(tx, sender, asked, requests)
    return await answered(tx, sender, menu, asked, words.tidy, is_another_wish)


async def do(
    words: Words, sender: Member, tx: Transaction, menu: Menu, reader: Reader, rules: Rules
) -> Reply | Instead:
    """A wish, or a contact that he tells of, of which the words leave no doubt."""
    if _is_for_others(words, rules):
        return None
    requests = await _read(words, sender, tx, menu, reader, rules)
    if not requests or requests[0].confidence < _NO_DOUBT:
        return None
    return await _judged(words, sender, tx, menu, reader, rules, requests)


async def offer(
    words: Words, sender: Member, tx: Transaction, menu: Menu, reader: Reader, rules: Rules
) -> Reply | Instead:
    """What the words may be as well."""
    if _is_for_others(words, rules):
        return None
    requests = await _read(words, sender, tx, menu, reader, rules)
    return await _judged(words, sender, tx, menu, reader, rules, requests)


def _is_for_others(words: Words, rules: Rules) -> bool:
    """Whether there are none, or they carry the tag: then they are to be filed, whatever else."""
    return not words.tidy or is_tagged(words.written, rules)


async def _read(
    words: Words, sender: Member, tx: Transaction, menu: Menu, reader: Reader, rules: Rules
) -> list[Request]:
    """The readings that he may have meant, the surest first."""
    if _READINGS not in words.worked_out:
        known = await known_to(tx, sender, reader, rules)
        mine = ways(menu, sender)
        every = read_requests(words.written, known, tx.now.astimezone(reader.zone))
        words.worked_out[_READINGS] = [one for one in every if one.is_told or one.intent in mine]
    readings: list[Request] = words.worked_out[_READINGS]
    return readings


async def _judged(
    words: Words,
    sender: Member,
    tx: Transaction,
    menu: Menu,
    reader: Reader,
    rules: Rules,
    requests: list[Request],
) -> Reply | Instead:
    if requests and requests[0].is_told:
        return await noting.note(tx, sender, words.written, requests[0], reader, rules)
    return await _wished(tx, sender, menu, requests)


async def _goes_elsewhere(
    tx: Transaction, sender: Member, asked: Question, requests: list[Request]
) -> bool:
    """Whether his words are a wish of their own. What he tells of the very client he was asked
    about may be the reason that is waited for."""
    if not requests or requests[0].confidence < SURE:
        return False
    told = requests[0].slot("client") if requests[0].is_told else None
    if not asked.is_pressed or told is None:
        return True
    try:
        return (await look_up(tx, sender, told.text)).lead.ref != asked.values.get("client")
    except CrmError:
        return False  # nobody of his: a name within the reason


async def _wished(
    tx: Transaction, sender: Member, menu: Menu, requests: list[Request]
) -> Reply | Instead:
    if not requests or requests[0].confidence < _ASKABLE:
        return None
    best = requests[0]
    close = [one for one in requests if best.confidence - one.confidence <= _RIVALS]
    if best.confidence < SURE:
        close = [one for one in requests if one.confidence >= _ASKABLE]
    if len(close) > 1 or best.confidence < SURE:
        return await _ask_which(tx, sender, menu, close)
    await move_on(tx, sender)
    return await proceed(tx, sender, menu, best.intent, await values_of(tx, sender, best))


async def _ask_which(
    tx: Transaction, sender: Member, menu: Menu, requests: list[Request]
) -> Reply | Instead:
    """您是想…？ with a button for each wish that his words may be."""
    mine = ways(menu, sender)
    options = []
    for request in requests[:_MOST_OFFERED]:
        if request.is_told:
            continue
        values = await values_of(tx, sender, request)
        link = fitting(mine[request.intent], values)
        if set(link.needs) <= values.keys():
            said = link.words(values)
            options.append((said, said))
        elif request is requests[0]:
            # What it still needs is asked for; what acts and harms is confirmed after that.
            return await proceed(tx, sender, menu, request.intent, values)
    if not options:
        return None
    return await ask(tx, sender, Question("", {}, WORDS, "您是想：", options))


@router.button("fill")
async def filled(
    argument: str, press: CardPress, sender: Member, tx: Transaction, menu: Menu
) -> Reply | Instead:
    """`fill:17:2`: the third button of the seventeenth question."""
    found = _FILL.fullmatch(argument)
    if found is None:
        raise Gone
    try:
        question = await take(tx, sender, int(found[1]))
    except Gone as gone:
        await _end(tx, press, sender, gone)
        return str(gone)
    if int(found[2]) >= len(question.options):
        raise Gone
    shown, value = question.options[int(found[2])]
    await settle_press(tx, press, question.title, f"已选：{shown}")
    if question.asks == CONFIRM:
        if value == NO:
            return None
        return await proceed(tx, sender, menu, question.intent, question.values, is_confirmed=True)
    if question.asks in (WORDS, WHICH):
        return Instead(None, {}, value)
    values = {**question.values, question.asks: value}
    return await proceed(tx, sender, menu, question.intent, values, is_confirmed=True)


async def _end(tx: Transaction, press: CardPress, sender: Member, gone: Gone) -> None:
    """A card of his that waits no more has no buttons any more."""
    card = await tx.find(SentCard, press.card_key)
    if card is not None and card.settled_at is None and card.member_id == sender.id:
        await settle_press(tx, press, gone.title or str(gone), "没有办")
