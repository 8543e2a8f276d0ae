"""记得 (#66): what a client once told of himself, for whoever opens him and works with him.

Nothing of it is kept: a message is only marked in the index, and is read again when it is shown.
Whoever merely may see the client (a chief, the service) is not told.
"""

from crm_store.models import TimelineEntry
from crm_store.search.asking import Seen, Sought, facts_saying
from crm_store.view import View
from handlers.archived import words_of
from nlp.desensitise import mask
from nlp.searching.marks import REMARK
from nlp.searching.remarks import remarks_in
from notifiers.cards.wording import SHANGHAI
from notifiers.fitting import fit_chars

_KINDS = ("message_in", "voice_heard", "message_filed")
_LOOKED_AT = 30
_MOST_WORDS = 30


async def remembered(
    view: View,
    client_id: int,
    *,
    member_id: str,
    shared: frozenset[int] = frozenset(),
    most: int = 2,
    masks: bool = False,
) -> tuple[str, ...]:
    """03-10 女儿在学编程: the latest of each topic, of the member's own leads and those (`shared`)
    on which he works with somebody."""
    seen = Seen(frozenset({member_id}), shared=shared)
    sought = Sought(marks=(REMARK,), client_id=client_id, kinds=_KINDS)
    told: dict[str, str] = {}
    for hit in await facts_saying(view, sought, seen, most=_LOOKED_AT):
        words = await words_of(view, await view.get(TimelineEntry, hit.entry_id))
        for remark in remarks_in(words.text) if words is not None else ():
            said = mask(remark.text) if masks else remark.text
            day = f"{hit.at.astimezone(SHANGHAI):%m-%d}"
            told.setdefault(remark.topic, f"{day} {fit_chars(said.strip(), _MOST_WORDS)}")
        if len(told) >= most:
            break
    return tuple(told.values())[:most]
