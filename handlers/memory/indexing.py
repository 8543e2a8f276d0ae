"""Words are found from the transaction on in which they were said.

What was there before the index is entered in the background, a bounded piece at a time: how far it
got stands in a cursor, so whoever stops in between goes on there. It goes through what is new as
well, which costs next to nothing, and enters what a failed reaction left out.
"""

from datetime import timedelta

from crm_store import cursors
from crm_store.facts import KINDS, Fact
from crm_store.models import TimelineEntry
from crm_store.search import index
from crm_store.search.catching_up import newest_settled, not_entered
from crm_store.store import Transaction
from handlers.archived import SEARCHED, index_of, words_of
from handlers.events import TimerDue
from handlers.router import Handler, Router

router = Router("indexing")

CURSOR = "search:1"
"""Another number: everything is read once more, by what the words are found by since then."""
_GO_ON = "index_words"
_ALL = "archive"
_AT_ONCE = 500
_PAUSE = timedelta(seconds=1)


def _entering(kind: type[Fact]) -> Handler:
    """The reaction to one kind of fact."""

    async def enter_words(fact: Fact, tx: Transaction) -> None:
        entry = await _entry_of(tx, fact)
        words = await words_of(tx, entry) if entry is not None else None
        if entry is None or words is None:
            return
        found_by, marks = index_of(words)
        await index.enter(tx.session, tx.vault, entry.id, found_by, marks)

    enter_words.__annotations__["fact"] = kind
    return enter_words


for _kind in SEARCHED:
    router.on(KINDS[_kind])(_entering(KINDS[_kind]))


async def _entry_of(tx: Transaction, fact: Fact) -> TimelineEntry | None:
    """The row of a fact; None where a reaction is tried again, which `catch_up` sees to."""
    for entry, recorded in reversed(tx.recorded):
        if recorded is fact:
            if entry.id is None:
                await tx.flush()
            return entry
    return None


@router.schedule("7 * * * *")
async def every_hour(tx: Transaction) -> None:
    await catch_up(tx)


@router.timer(_GO_ON)
async def go_on(due: TimerDue, tx: Transaction) -> None:
    await catch_up(tx)


async def catch_up(tx: Transaction, *, at_once: int = _AT_ONCE) -> bool:
    """Enters the next piece of what is not in the index; False where nothing was left."""
    stood_at = await cursors.position(tx.session, CURSOR)
    end = await newest_settled(tx)
    entries = await not_entered(tx, SEARCHED, after=int(stood_at or 0), most=at_once)
    found = []
    for entry in entries:
        words = await words_of(tx, entry)
        if words is not None:
            found.append((entry.id, *index_of(words)))
    await index.enter_all(tx.session, tx.vault, found)
    is_more = len(entries) == at_once
    now_at = entries[-1].id if is_more else max(end, int(stood_at or 0))
    await cursors.move(tx.session, CURSOR, old=stood_at, new=str(now_at), now=tx.now)
    if is_more:
        await tx.set_timer(_GO_ON, _ALL, tx.now + _PAUSE)
    return is_more
