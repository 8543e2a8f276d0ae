"""What a fact says, opened, and what it is found by."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm_store.models import ChatMessage, Direction, TimelineEntry
from crm_store.view import GONE, View
from nlp.searching.marks import marks_of
from nlp.searching.words import found_by

OF_A_MESSAGE = ("message_in", "voice_heard", "message_out", "message_filed")
"""Facts that point at the words."""
WITH_WORDS = (
    *("followed_up", "closed", "assigned", "support_asked", "more_time_given"),
    *("colleague_asked", "colleague_answered"),
)
"""Facts that bring them: a note, a reason, a question."""
SEARCHED = (*OF_A_MESSAGE, *WITH_WORDS)


@dataclass(frozen=True)
class Words:
    """Somebody's words as they were said or written."""

    text: str
    direction: Direction
    message: ChatMessage | None = None


async def words_of(
    view: View, entry: TimelineEntry, *, among: Mapping[int, ChatMessage] | None = None
) -> Words | None:
    """None where the fact came without any, or they are kept no more. `among`: the messages by
    their numbers, where they were read before."""
    if entry.client_id is None:
        return None
    if entry.kind in WITH_WORDS:
        if entry.words is None:
            return None
        text = await view.open(entry.client_id, entry.words, purpose="fact")
        return Words(text, Direction.NOTE) if text and text != GONE else None
    message_id = entry.data.get("message_id")
    if among is not None:
        message = among.get(message_id or 0)
    else:
        message = await view.find(ChatMessage, message_id) if message_id else None
    if message is None:
        return None
    text = await view.open(entry.client_id, message.body, purpose="message")
    return Words(text, Direction(message.direction), message) if text and text != GONE else None


def index_of(words: Words) -> tuple[frozenset[str], tuple[str, ...]]:
    """What the words are found by, and what is marked of them."""
    speaker = {Direction.IN: "client", Direction.OUT: "rep"}.get(words.direction, "note")
    return found_by(words.text), marks_of(words.text, speaker)
