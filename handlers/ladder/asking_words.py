"""写一句: a button that needs words (接管 wants a reason, 答复 an answer): the presser's next words
are taken as they, unless they are a command.

What is waited for stands in a timer of the member's, so it survives any process, and is over by
itself. One thing at a time: another such button takes the place of the first.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from crm_store import timers
from crm_store.errors import CrmError
from crm_store.models import Member
from crm_store.store import Transaction
from handlers.commands import Words
from handlers.events import TimerDue
from handlers.router import Reply, Router
from notifiers.card import Text

router = Router("asking_words")

KIND = "words_wanted"
_WITHIN = timedelta(minutes=30)
_NOT_NOW = frozenset({"取消", "算了", "不用了", "不了"})

Take = Callable[[Transaction, Member, str, str], Awaitable[str]]
"""Does what the words were wanted for: the subject (a lead's or a question's number), the words."""

_TAKERS: dict[str, tuple[str, Take]] = {}


def taking(verb: str, what: str) -> Callable[[Take], Take]:
    """Registers what is done with the words that `verb` waits for; `what` names them."""

    def register(take: Take) -> Take:
        _TAKERS[verb] = (what, take)
        return take

    return register


async def want_words(tx: Transaction, member: Member, verb: str, subject: str) -> None:
    data: dict[str, Any] = {"member_id": member.id, "verb": verb, "subject": subject}
    await tx.set_timer(KIND, _of(member), tx.now + _WITHIN, data=data)


@router.otherwise()
async def take_words(words: Words, sender: Member, tx: Transaction) -> Reply:
    waiting = [one for one in await timers.of_subject(tx.session, _of(sender)) if one.kind == KIND]
    if not waiting or not words.tidy:
        return None
    await tx.cancel_timer(KIND, _of(sender))
    verb, subject = waiting[0].data["verb"], waiting[0].data["subject"]
    what, take = _TAKERS[verb]
    if words.tidy.rstrip("。.！!") in _NOT_NOW:
        return f"好的，没有{what}"
    try:
        async with tx.savepoint():
            return await take(tx, sender, subject, words.written)
    except CrmError as refused:
        # It is not waited for any more: the refusal must not bring it back.
        return str(refused)


@router.timer(KIND)
async def give_up(due: TimerDue, tx: Transaction) -> None:
    member = await tx.get(Member, due.data["member_id"])
    what, _ = _TAKERS[due.data["verb"]]
    await tx.notify(member, Text(text=f"没有等到您写，这次没有{what}，需要时请再按一次"))


def _of(member: Member) -> str:
    return f"M:{member.id}"[:64]
