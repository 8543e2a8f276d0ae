"""What the model sees of an utterance: marks for names, never a name itself."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ahocorasick_rs import AhoCorasick, MatchKind

from config.document import from_file
from nlp.folding import fold
from nlp.lexicon.spelling import simplify
from nlp.requests import marks
from nlp.requests.marks import Marked
from nlp.requests.phrasing import FOLDER, fields
from nlp.segment import words

_LETTERS = {
    marks.CLIENT: "C",
    marks.COLLEAGUE: "M",
    marks.NAME: "N",
    marks.TIME: "T",
    marks.PRODUCT: "P",
}
_MARKS = "CMNTPDRL"
_PAIR = re.compile(r"(?<![a-z0-9])r[0-9]{1,12}(?![a-z0-9])")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|(?<=第)[一二三四五六七八九十]{1,3}(?=[条个号])")
_LONG_NUMBER = 5
_END = re.compile(r"[\s,.!?~…;:、]+$")
_LONGEST, _FARTHEST = 4, 3
_LENGTHS = (3, 6, 9, 13, 18, 25, 40)


@dataclass(frozen=True)
class Seen:
    """An utterance as pieces: a mark is one, every other character is one."""

    pieces: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    """Where each stands in the utterance."""


def seen(marked: Marked) -> Seen:
    text = marked.text
    numbers: dict[int, tuple[str, int]] = {}
    for found in _PAIR.finditer(text):
        numbers[found.start()] = ("R", found.end())
    for found in _NUMBER.finditer(text):
        if not any(start < found.start() < end for start, (_, end) in numbers.items()):
            is_long = found.end() - found.start() > _LONG_NUMBER
            numbers.setdefault(found.start(), ("L" if is_long else "D", found.end()))
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    # Whom nobody knows may be meant for a client all the same.
    is_only_name = marks.CLIENT not in text
    at = 0
    while at < len(text):
        char = text[at]
        letter = "C" if char == marks.NAME and is_only_name else _LETTERS.get(char)
        end = at + 1
        if letter is not None:
            on = chr(ord(char) + marks.ON)
            while end < len(text) and text[end] == on:
                end += 1
        elif at in numbers:
            letter, end = numbers[at]
        pieces.append(letter or (" " if char.isspace() else char))
        spans.append((at, end))
        at = end
    return Seen(tuple(pieces), tuple(spans))


@lru_cache(maxsize=1)
def _concepts() -> tuple[AhoCorasick, tuple[tuple[str, ...], ...]]:
    whole = from_file(FOLDER.parent / "learnt" / "concepts.yaml").value
    assert isinstance(whole, dict)
    concepts = whole["concepts"]
    assert isinstance(concepts, dict)
    by_word: dict[str, list[str]] = {}
    for name, listed in concepts.items():
        for word in str(listed).split():
            by_word.setdefault(simplify(fold(word)), []).append(name)
    found = sorted(by_word)
    return (
        AhoCorasick(found, matchkind=MatchKind.LeftmostLongest),
        tuple(tuple(by_word[word]) for word in found),
    )


def concepts(text: str) -> list[tuple[tuple[str, ...], int, int]]:
    matcher, names = _concepts()
    return [
        (names[which], start, end) for which, start, end in matcher.find_matches_as_indexes(text)
    ]


def of_whole(marked: Marked) -> list[str]:
    """For: which wish."""
    pieces = seen(marked).pieces
    text = _END.sub("", "".join(pieces))
    found: set[str] = set()
    edged = f"^{text}$"
    for length in range(1, _LONGEST + 1):
        found.update(f"{length}{edged[at : at + length]}" for at in range(len(edged) - length + 1))
    found.update(
        f"s{edged[at]}{edged[at + gap]}"
        for gap in range(2, _FARTHEST + 1)
        for at in range(len(edged) - gap)
    )
    cut = [word for word, _, _ in words(text) if word.strip()]
    found.update(f"w{word}" for word in cut)
    found.update(f"b{one}_{other}" for one, other in pairwise(cut))
    named = [mark for mark in text if mark in _MARKS]
    if fields().search(text):
        named.append("F")
    found.add("m" + "".join(named)[:6])
    found.update(f"has{mark}" for mark in named)
    found.update(f"no{mark}" for mark in "CMTPDRF" if mark not in named)
    found.add(f"first{text[:1]}")
    cues = concepts(text)
    names = [name for every, _, _ in cues for name in every]
    found.update(f"c{name}" for name in names)
    for one, other in pairwise(cues):
        found.update(f"d{left}_{right}" for left in one[0] for right in other[0])
    kinds = "".join(sorted(set(named)))
    found.update(f"k{name}{kinds}" for name in names)
    unique = sorted(set(names))
    found.update(f"p{one}_{other}" for i, one in enumerate(unique) for other in unique[i + 1 :])
    found.add(f"l{sum(len(text) > length for length in _LENGTHS)}")
    if re.search(r"[?吗么呢没]\s*[?]?$", marked.folded.rstrip(" .!~")):
        found.add("asks")
    found.add("bias")
    return sorted(found)


def of_pieces(marked: Marked, wish: str) -> tuple[list[list[str]], Seen]:
    """For: where its slots stand. One list a piece."""
    whole = seen(marked)
    pieces = whole.pieces
    text = "".join(pieces)
    size = len(pieces)
    places = ["-"] * size
    cut = words(text)
    word_at: list[str] = [""] * size
    for word, start, end in cut:
        for at in range(start, end):
            places[at] = (
                "S" if end - start == 1 else "B" if at == start else "E" if at == end - 1 else "M"
            )
            word_at[at] = word
    cue = ["-"] * size
    field = [""] * size
    for match in fields().finditer(text):
        for at in range(*match.span()):
            field[at] = "FE" if at == match.end() - 1 else "FB" if at == match.start() else "F"
    for names, start, end in concepts(text):
        for at in range(start, end):
            cue[at] = names[0] + ("B" if at == start else "E" if at == end - 1 else "")
    kinds = [_kind(piece) for piece in pieces]
    found: list[list[str]] = []
    marks_so_far: set[str] = set()
    after = [""] * (size + 1)
    for at in range(size - 1, -1, -1):
        own = kinds[at] if kinds[at] in _MARKS else ""
        after[at] = after[at + 1] + own if own and own not in after[at + 1] else after[at + 1]

    def piece(at: int) -> str:
        return pieces[at] if 0 <= at < size else "^" if at < 0 else "$"

    def kind(at: int) -> str:
        return kinds[at] if 0 <= at < size else "^" if at < 0 else "$"

    seen_stop = False
    for at in range(size):
        here = piece(at)
        before = "".join(sorted(marks_so_far))
        row = [
            f"0{here}",
            f"-{piece(at - 1)}",
            f"+{piece(at + 1)}",
            f"<{piece(at - 1)}{here}",
            f">{here}{piece(at + 1)}",
            f"<<{piece(at - 2)}{piece(at - 1)}",
            f">>{piece(at + 1)}{piece(at + 2)}",
            f"3{piece(at - 2)}{piece(at - 1)}{here}",
            f"k{kind(at - 1)}{kind(at)}{kind(at + 1)}",
            f"{wish}:0{here}",
            f"{wish}:-{piece(at - 1)}",
            f"{wish}:<{piece(at - 1)}{here}",
            f"{wish}:<<{piece(at - 2)}{piece(at - 1)}",
            f"{wish}:+{piece(at + 1)}",
            f"{wish}:k{kind(at - 1)}{kind(at)}",
            f"{wish}:b{before}",
            f"{wish}:a{''.join(sorted(after[at + 1]))}",
            f"{wish}:ba{before}/{''.join(sorted(after[at + 1]))}",
            f"{wish}:stop{seen_stop}{before}",
            f"{wish}",
            f"w{word_at[at]}{places[at]}",
            f"p{places[at]}",
            f"c{cue[at]}",
            f"{wish}:c{cue[at]}",
            f"{wish}:f{field[at]}",
            f"{wish}:f-{field[at - 1] if at else '^'}",
            f"c-{cue[at - 1] if at else '^'}",
            f"c+{cue[at + 1] if at + 1 < size else '$'}",
            f"end{min(size - at, 4)}",
            f"{wish}:end{min(size - at, 3)}",
        ]
        found.append(row)
        if kinds[at] in _MARKS:
            marks_so_far.add(kinds[at])
        if kinds[at] == ",":
            seen_stop = True
    return found, whole


def _kind(piece: str) -> str:
    if piece in _MARKS:
        return piece
    if piece in ',.:;!?~、…()"':
        return ","
    if piece == " ":
        return "_"
    if "\u4e00" <= piece <= "\u9fff":
        return "h"
    return "x"
