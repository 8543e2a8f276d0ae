"""追问: what is still missing is asked back, durably: a press or his next words complete it, once.

The question is a row, replaced by the next one, and lapses after minutes. Its card loses its
buttons with it, however it was answered.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from crm_store.errors import CrmError
from crm_store.models import Member, Talk
from crm_store.queries import sent_cards
from crm_store.store import Transaction
from handlers.requests.whom import talk_of
from notifiers.card import Button, Card, Image, Text
from notifiers.cards.choices import Choice, asked_back

WAITS = timedelta(minutes=10)
"""So long an answer is taken for one."""
_AT_ONCE = timedelta(minutes=2)
"""So long a bare 可以 can only mean what he was asked."""
CONFIRM = "confirm"
"""In place of a missing slot: whether it is to be done at all."""
WORDS = "command"
"""In its place too: which command is meant; the answer is the command."""
WHICH = "which"
"""As WORDS, where one of the command's names fits several."""
YES, NO = "yes", "no"
_PURPOSE = "talk"
_FILL = "fill"
_GONE = "这个问题已经处理过了"
_LAPSED = f"这个问题过了 {WAITS // timedelta(minutes=1)} 分钟，没有办，请再说一遍"
_REPLACED = "后面又问了别的，这里没有办"


class Gone(CrmError):
    """The question waits for no answer any more. `title`: what it was, where that is known."""

    def __init__(self, words: str = _GONE, title: str = "") -> None:
        super().__init__(words)
        self.title = title


@dataclass(frozen=True)
class Question:
    """What he wants, as far as it is known, and what he was asked."""

    intent: str
    values: Mapping[str, str]
    asks: str
    """The slot that is missing, or CONFIRM."""
    title: str
    options: Sequence[tuple[str, str]] = ()
    """What each button says, and the value that it stands for."""
    is_pressed: bool = False
    """Whether a button said all but the words that are missing: there is nothing to confirm."""
    is_past: bool = False
    """Whether he went on to something else: his words are no answer any more, a tap still is."""


async def ask(tx: Transaction, sender: Member, question: Question, hint: str = "") -> Card:
    """Puts it down in place of any earlier one, and draws it."""
    talk = await _put_down(tx, sender, replace(question, is_past=False))
    buttons = [
        Choice(label, f"{_FILL}:{talk.number}:{place}")
        for place, (label, _) in enumerate(question.options)
    ]
    return asked_back(question.title, buttons, hint)


async def want_words(
    tx: Transaction,
    sender: Member,
    intent: str,
    values: Mapping[str, str],
    *,
    asks: str,
    title: str,
) -> str:
    """A button needs words (接管 a reason, 答复 an answer): his next ones are taken as they, unless
    they are a wish of their own."""
    await _put_down(tx, sender, Question(intent, dict(values), asks, title, is_pressed=True))
    return f"{title}，您的下一句话就是（{WAITS // timedelta(minutes=1)} 分钟内）。不写请回复：取消"


async def _put_down(tx: Transaction, sender: Member, question: Question) -> Talk:
    talk = await talk_of(tx, sender)
    await _settle_card(tx, talk, _REPLACED)
    talk.number += 1
    talk.question = _sealed(tx, question)
    talk.asked_at = tx.now
    tx.add(talk)
    return talk


async def is_last_word(tx: Transaction, sender: Member) -> bool:
    """Whether the question was asked just now and nothing has come to him since."""
    talk = await tx.find(Talk, sender.id)
    if talk is None or talk.asked_at is None or tx.now - talk.asked_at > _AT_ONCE:
        return False
    return not await sent_cards.was_told_since(tx, sender.id, talk.asked_at)


async def pending(tx: Transaction, sender: Member) -> Question | None:
    """What he has not answered yet; None where that is too long ago."""
    talk = await tx.find(Talk, sender.id)
    question = _read(tx, talk) if talk is not None else None
    return question if question is None or not question.is_past else None


async def take(tx: Transaction, sender: Member, number: int) -> Question:
    """The question of this number, once: it is answered from now on."""
    if await tx.find(Talk, sender.id) is None:
        raise Gone
    talk = await tx.lock(Talk, sender.id)
    if talk.number != number or talk.question is None:
        raise Gone
    question = _read(tx, talk)
    if question is None:
        raise Gone(_LAPSED, _opened(tx, talk.question).title)
    talk.question = None
    tx.add(talk)
    return question


async def let_go(tx: Transaction, sender: Member, status: str) -> None:
    """He answered it in words: its buttons go, and the card says what became of it."""
    if await tx.find(Talk, sender.id) is None:
        return
    talk = await tx.lock(Talk, sender.id)
    if talk.question is not None:
        await _settle_card(tx, talk, status)
        talk.question = None
        tx.add(talk)


def purpose_of(message: Text | Card | Image) -> str:
    """What an answer is sent as: a question's card is found again by it."""
    buttons = message.buttons if isinstance(message, Card) else ()
    for button in buttons:
        if isinstance(button, Button) and button.action.startswith(f"{_FILL}:"):
            return _card_of(int(button.action.split(":")[1]))
    return "reply"


def _card_of(number: int) -> str:
    return f"asked:{number}"


async def _settle_card(tx: Transaction, talk: Talk, status: str) -> None:
    """The open question's card, if it went out as one."""
    if talk.question is None or talk.asked_at is None:
        return
    purpose = _card_of(talk.number)
    drawn = Card(title=_opened(tx, talk.question).title, status=status)
    for card in await sent_cards.live_of(tx, talk.member_id, purpose, since=talk.asked_at):
        await tx.redraw(card, drawn, settles=True, or_nothing=True)


async def move_on(tx: Transaction, sender: Member) -> None:
    """He went on to something else: his words answer it no more, its buttons do, while it waits."""
    if await tx.find(Talk, sender.id) is None:
        return
    talk = await tx.lock(Talk, sender.id)
    question = _read(tx, talk)
    if talk.question is not None:
        talk.question = _sealed(tx, replace(question, is_past=True)) if question else None
        tx.add(talk)


def _sealed(tx: Transaction, question: Question) -> bytes:
    body = json.dumps(asdict(question), ensure_ascii=False).encode("utf-8", "replace")
    return tx.vault.service.seal(body, purpose=_PURPOSE)


def _read(tx: Transaction, talk: Talk) -> Question | None:
    if talk.question is None or talk.asked_at is None or tx.now - talk.asked_at > WAITS:
        return None
    return _opened(tx, talk.question)


def _opened(tx: Transaction, sealed: bytes) -> Question:
    body = json.loads(tx.vault.service.open(sealed, purpose=_PURPOSE))
    body["options"] = [(label, value) for label, value in body["options"]]
    return Question(**body)
