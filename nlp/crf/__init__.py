"""A small trained model (a conditional random field) beside the rules: it decides what they leave
open. nlp/crf/shipped.py tells where the model comes from."""

from collections.abc import Iterable, Iterator, Sequence

from nlp.context import Context
from nlp.crf import shipped
from nlp.crf.model import Guess
from nlp.lexicon.names import GIVEN, SURNAMES
from nlp.segment import NAME_TAGS, Word, of_words, segmenter

__all__ = ["Guess", "guesses", "likely_names"]

AROUND = 8
"""How many characters on either side of what is asked about the model sees."""
CALLS = frozenset("找问让请跟给是叫见等发和与对")
"""找钱 一鸣: what may have been cut to a word with the surname after it."""
PAIR = 2
MOST = 400
"""How many characters are looked at; a message that goes on is a paste, and rules read it."""

Span = tuple[int, int]
_BEGIN = SURNAMES | CALLS
"""What a word begins with where it may be, or hold, a name."""


def guesses(context: Context, text: str, asked: Iterable[Span]) -> Iterator[Guess]:
    """What the model takes for names near the spans that are asked about."""
    model = context.lexicon.names or shipped.model()
    words = context.words
    looked = 0
    for start, end in _windows(words, sorted(asked)):
        looked += words[end - 1][2] - words[start][1]
        if looked > MOST:
            return
        yield from model.guess(text, words, start, end)


def _windows(words: Sequence[Word], asked: list[Span]) -> Iterator[Span]:
    """The words around each span, as positions in `words`; windows that meet are one."""
    at, size = 0, len(words)
    window: Span | None = None
    for start, end in asked:
        while at < size and words[at][2] <= start - AROUND:
            at += 1
        last = at
        while last < size and words[last][1] < end + AROUND:
            last += 1
        if window and at <= window[1]:
            window = window[0], max(window[1], last)
            continue
        if window:
            yield window
        window = (at, last) if at < last else None
    if window:
        yield window


def likely_names(words: Sequence[Word]) -> Iterator[Span]:
    """Where a person's name may be: at a surname that begins no ordinary word."""
    alone = -1
    for word, start, end in words:
        if alone < 0 and word[0] not in _BEGIN:
            continue
        if alone >= 0 and word[0] in GIVEN and end - start <= PAIR:
            yield alone, end
        looks = _looks(word)
        if looks == "name":
            yield start, end
        alone = start if looks == "surname" else -1
        if end - start == PAIR and word[0] in CALLS and word[1] in SURNAMES:
            alone = start + 1


@of_words
def _looks(word: str) -> str:
    if word[0] not in SURNAMES:
        return ""
    if len(word) == 1:
        return "surname"
    tag = segmenter().tag(word)
    return "name" if tag is None or tag in NAME_TAGS else ""
