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
    line = _Line.of(whole.pieces)
    return [_of_piece(line, at, wish) for at in range(len(whole.pieces))], whole


@dataclass(frozen=True)
class _Line:
    """What is known of each piece, in a list of its own."""

    pieces: tuple[str, ...]
    kinds: list[str]
    words: list[str]
    """The word in which it stands."""
    places: list[str]
    """Where in that word: single, begins, middle, ends."""
    fields: list[str]
    cues: list[str]
    before: list[str]
    """The marks that stand before it, each once."""
    after: list[str]
    stopped: list[bool]
    """Whether a stop stands before it."""

    @classmethod
    def of(cls, pieces: tuple[str, ...]) -> "_Line":
        kinds = [_kind(piece) for piece in pieces]
        in_words, places = _in_words(pieces)
        return cls(
            pieces,
            kinds,
            in_words,
            places,
            _in_fields("".join(pieces)),
            _in_cues("".join(pieces)),
            *(_marks_before(kinds), _marks_after(kinds)),
            ["," in kinds[:at] for at in range(len(kinds))],
        )

    def piece(self, at: int) -> str:
        return self.pieces[at] if 0 <= at < len(self.pieces) else "^" if at < 0 else "$"

    def kind(self, at: int) -> str:
        return self.kinds[at] if 0 <= at < len(self.kinds) else "^" if at < 0 else "$"


def _in_words(pieces: tuple[str, ...]) -> tuple[list[str], list[str]]:
    in_words, places = [""] * len(pieces), ["-"] * len(pieces)
    for word, start, end in words("".join(pieces)):
        for at in range(start, end):
            is_last = at == end - 1
            places[at] = (
                "S" if end - start == 1 else "B" if at == start else "E" if is_last else "M"
            )
            in_words[at] = word
    return in_words, places


def _in_fields(text: str) -> list[str]:
    found = [""] * len(text)
    for match in fields().finditer(text):
        for at in range(*match.span()):
            found[at] = "FE" if at == match.end() - 1 else "FB" if at == match.start() else "F"
    return found


def _in_cues(text: str) -> list[str]:
    found = ["-"] * len(text)
    for names, start, end in concepts(text):
        for at in range(start, end):
            found[at] = names[0] + ("B" if at == start else "E" if at == end - 1 else "")
    return found


def _marks_before(kinds: list[str]) -> list[str]:
    return [
        "".join(sorted({kind for kind in kinds[:at] if kind in _MARKS})) for at in range(len(kinds))
    ]


def _marks_after(kinds: list[str]) -> list[str]:
    return [
        "".join(sorted({kind for kind in kinds[at + 1 :] if kind in _MARKS}))
        for at in range(len(kinds))
    ]


def _of_piece(line: _Line, at: int, wish: str) -> list[str]:
    return [*_around(line, at), *_with_the_wish(line, at, wish), *_of_its_words(line, at, wish)]


def _around(line: _Line, at: int) -> list[str]:
    here, piece, kind = line.pieces[at], line.piece, line.kind
    return [
        f"0{here}",
        f"-{piece(at - 1)}",
        f"+{piece(at + 1)}",
        f"<{piece(at - 1)}{here}",
        f">{here}{piece(at + 1)}",
        f"<<{piece(at - 2)}{piece(at - 1)}",
        f">>{piece(at + 1)}{piece(at + 2)}",
        f"3{piece(at - 2)}{piece(at - 1)}{here}",
        f"k{kind(at - 1)}{kind(at)}{kind(at + 1)}",
    ]


def _with_the_wish(line: _Line, at: int, wish: str) -> list[str]:
    here, piece, kind = line.pieces[at], line.piece, line.kind
    before, after = line.before[at], line.after[at]
    return [
        f"{wish}:0{here}",
        f"{wish}:-{piece(at - 1)}",
        f"{wish}:<{piece(at - 1)}{here}",
        f"{wish}:<<{piece(at - 2)}{piece(at - 1)}",
        f"{wish}:+{piece(at + 1)}",
        f"{wish}:k{kind(at - 1)}{kind(at)}",
        f"{wish}:b{before}",
        f"{wish}:a{after}",
        f"{wish}:ba{before}/{after}",
        f"{wish}:stop{line.stopped[at]}{before}",
        f"{wish}",
    ]


def _of_its_words(line: _Line, at: int, wish: str) -> list[str]:
    cues, left = line.cues, len(line.pieces) - at
    return [
        f"w{line.words[at]}{line.places[at]}",
        f"p{line.places[at]}",
        f"c{cues[at]}",
        f"{wish}:c{cues[at]}",
        f"{wish}:f{line.fields[at]}",
        f"{wish}:f-{line.fields[at - 1] if at else '^'}",
        f"c-{cues[at - 1] if at else '^'}",
        f"c+{cues[at + 1] if left > 1 else '$'}",
        f"end{min(left, 4)}",
        f"{wish}:end{min(left, 3)}",
    ]


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
