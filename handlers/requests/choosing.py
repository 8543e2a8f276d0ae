"""说的是哪一位张总？ Asked once and durably, as everything that is missing; whoever is chosen
stands in the command at the name's own place."""

from crm_store.models import Member
from crm_store.store import Transaction
from handlers.commands import Words
from handlers.finding import WhichOne
from handlers.requests.asking import WHICH, Question, ask
from handlers.router import Command, Reply
from notifiers.cards.choices import MOST_CHOICES

_WHOM = ("client", "person")
"""What commands call the slot that names a client: it goes before others with the same words."""


async def ask_which(
    tx: Transaction, sender: Member, several: WhichOne, words: Words, command: Command | None
) -> Reply:
    """One button a client; a press says the words again, the number in the name's place."""
    options = []
    for label, number in several.options[:MOST_CHOICES]:
        said = said_with(words, command, several.name, number)
        if said is None:
            numbers = "，".join(f"{number} 是{label}" for label, number in several.options)
            return f"{several}请把名字换成编号再发一次：{numbers}"
        options.append((label, said))
    hidden = len(several.options) - len(options)
    hint = f"还有 {hidden} 位，请把名字说完整一些" if hidden else ""
    return await ask(tx, sender, Question("", {}, WHICH, str(several), options), hint)


def said_with(words: Words, command: Command | None, name: str, number: str) -> str | None:
    """The words with this number for the name; None where the name does not stand in them."""
    for text in (words.tidy, words.folded):
        place = _in_a_slot(text, command, name) if command else text.find(name)
        if place >= 0:
            return _put(text, place, place + len(name), number)
    return None


def _in_a_slot(text: str, command: Command, name: str) -> int:
    """Where the name stands in what the command takes for one; -1 where it does not."""
    spans = command.spans(text)
    for slot in sorted(spans, key=lambda slot: slot not in _WHOM):
        place = text.find(name, *spans[slot])
        if place >= 0:
            return place
    return -1


def _put(text: str, start: int, end: int, number: str) -> str:
    """张总3月 must not become L123月."""
    before, after = text[:start], text[end:]
    left = " " if before and before[-1].isascii() and before[-1].isalnum() else ""
    right = " " if after and after[0].isascii() and after[0].isalnum() else ""
    return f"{before}{left}{number}{right}{after}"
