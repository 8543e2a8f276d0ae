"""What the model sees of each character: itself, its word, and what our word lists say of it."""

from collections.abc import Sequence
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, MatchKind

from nlp.lexicon.names import GIVEN, RARE_SURNAMES, SURNAMES
from nlp.lexicon.organisations import ENDINGS
from nlp.organisations import part
from nlp.people import titles
from nlp.segment import Word, of_words, segmenter

_TITLES = AhoCorasick(sorted(titles.WORDS), matchkind=MatchKind.LeftmostLongest)
_ENDS = AhoCorasick(sorted(ENDINGS), matchkind=MatchKind.LeftmostLongest)
FAR = 5
"""From how far a title or an end is seen."""


@lru_cache(maxsize=10_000)
def _character(char: str) -> tuple[str, str]:
    """The character as the model knows it, and its kind."""
    if "\u4e00" <= char <= "\u9fff":
        surname = "S" if char in SURNAMES else "R" if char in RARE_SURNAMES else "-"
        return char, surname + ("G" if char in GIVEN else "-")
    if char.isdigit():
        return "0", "digit"
    if char.isascii() and char.isalpha():
        return "a", "Upper" if char.isupper() else "lower"
    if char in ",.;:!?、。…~()[]【】「」《》<>“”\"'—-|/":
        return char, "mark"
    if char.isspace():
        return "_" if char != "\n" else "/", "space"
    return "*", "other"


@of_words
def _word(word: str) -> tuple[str, str]:
    """A word's tag in the dictionary, and what it is within a name."""
    if not "\u4e00" <= word[0] <= "\u9fff":
        return "x", "x"
    return segmenter().tag(word) or "?", part(word)[:2]


def features(
    text: str, words: Sequence[Word], start: int = 0, end: int | None = None
) -> list[list[str]]:
    """One list of features for each character of the words from `start` to `end` (positions in
    `words`), which make up `text`."""
    end = len(words) if end is None else end
    begin, stop = words[start][1], words[end - 1][2]
    low = max(0, begin - FAR)
    looks = [_character(char) for char in text[low : stop + FAR]]
    looks += _EDGES
    titled = _marks(text, _TITLES, "T", begin, stop)
    ends = _marks(text, _ENDS, "E", begin, stop)
    tag_before, kind_before = _word(words[start - 1][0]) if start else ("^", "^")
    word_before = words[start - 1][0] if start else ""
    word, word_start, word_end = words[start]
    tag, kind = _word(word)
    found: list[list[str]] = []
    for index in range(start, end):
        if index + 1 < len(words):
            word_after, after_start, after_end = words[index + 1]
            tag_after, kind_after = _word(word_after)
        else:
            word_after, after_start, after_end, tag_after, kind_after = "", 0, 0, "$", "$"
        length = word_end - word_start
        shared = (
            f"w{tag}{length}{kind}",
            f"p{tag_before}{kind_before}{kind}",
            f"n{tag_after}{kind_after}{kind}",
            f"W-{word_before}",
            f"W+{word_after}",
        )
        for at in range(word_start, word_end):
            place = (
                "S"
                if length == 1
                else "B"
                if at == word_start
                else "E"
                if at == word_end - 1
                else "M"
            )
            here, look = looks[at - low]
            left, look_left = looks[at - low - 1]
            right, look_right = looks[at - low + 1]
            title, ending = titled[at - begin], ends[at - begin]
            found.append(
                [
                    *shared,
                    f"0{here}",
                    f"-{left}",
                    f"+{right}",
                    f"<{left}{here}",
                    f">{here}{right}",
                    f"m{look_left}{look}{place}",
                    f"q{look}{look_right}{looks[at - low + 2][1]}",
                    f"{place}{tag}{tag_before}",
                    f"{title}{look}{place}",
                    f"{ending}{kind}{kind_before}{place}",
                    f"{title}{ending}",
                ]
            )
        tag_before, kind_before, word_before = tag, kind, word
        word, word_start, word_end, tag, kind = (
            word_after,
            after_start,
            after_end,
            tag_after,
            kind_after,
        )
    return found


_EDGES = [("$", "$"), ("$", "$"), ("^", "^")]
"""Two characters after the text's end, and, by index -1, the one before its beginning."""


def _marks(text: str, words: AhoCorasick, sign: str, begin: int, stop: int) -> list[str]:
    """For each character: in such a word, or how far before one."""
    marks = [f"{sign}-"] * (stop - begin)
    for _, first, last in words.find_matches_as_indexes(text[begin : stop + FAR + 4]):
        start, end = begin + first, begin + last
        length = min(end - start, 3)
        for at in range(start, min(end, stop)):
            marks[at - begin] = f"{sign}{'e' if at == end - 1 else 'i'}{length}"
        for distance in range(1, FAR + 1):
            at = start - distance
            if at >= stop:
                continue
            if at < begin or marks[at - begin][1] in "ie":
                break
            marks[at - begin] = f"{sign}{distance}"
    return marks
