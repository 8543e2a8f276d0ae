"""A sentence cut into words of the grammar and of the house; the longest word at a place wins."""

import re
import unicodedata
from dataclasses import dataclass

from nlp.normal.text import trimmed
from nlp.numbers.money import MONEY
from nlp.numbers.numerals import NUMBER, Amount, parse
from nlp.ruling.rule import Fact
from nlp.ruling.vocabulary import PERSON, Sense, Vocabulary
from nlp.ruling.words import COUNTERS, FIXED

LONGEST_PLACE = 12
_LONGEST_FIXED = max(map(len, FIXED))
_MOST_QUOTED = 60

_DOCUMENT = re.compile(rf"《([^《》]{{1,{_MOST_QUOTED}}})》")
QUOTES = (("「", "」"), ("“", "”"), ("『", "』"), ("‘", "’"), ('"', '"'), ("'", "'"))
_LITERAL = re.compile("|".join(rf"{o}([^{o}{c}]{{1,{_MOST_QUOTED}}}){c}" for o, c in QUOTES))
_EMPTY = re.compile("|".join(rf"{o}\s*{c}" for o, c in QUOTES))
"""Somebody forgot the word that counts."""
_FROM_NOW_ON = re.compile(
    "(?:从今以后|从今往后|从今天起|从今天开始|从现在起|从现在开始|今后|往后|以后)(?:[,，]|(?![,，]))"
)
_TITLE = re.compile(
    "(?:资深|高级|金牌|首席|初级|中级|见习|课程|学习|客户|大客户|销售|区域|产品|业务){0,2}"
    "(?:顾问|经理|主管|老师|总监|专员|代表|工程师|主任|组长)"
)
"""What stands before a name and only describes it."""
_LONGEST_NAME = 4
_SETS = (
    "标记为|标为|设为|设成|提为|提升为|提升到|提高到|提高为|提到|调为|调到|升为|列为|定为|置为|"
    "标成|调成"
)
_HIGHS = "最?高优先级|高优先|高意向|最?高|重点客户|重点"
_RAISE = re.compile(
    rf"(?:优先级|优先度)?(?:{_SETS})(?:{_HIGHS})"
    "|(?:提高|提升|调高|拉高)(?:优先级|优先度)|(?:优先级|优先度)(?:提高|提升|调高|拉高)"
    "|优先(?:跟进|处理)"
)
_DAYPART = "凌晨|早上|早晨|清晨|上午|中午|下午|傍晚|晚上|夜里|夜间|晚间"
_CLOCK = re.compile(
    rf"(?P<part>{_DAYPART})?(?:(?P<hour>[01]?\d|2[0-4])|(?P<han>[一二两三四五六七八九十]{{1,3}}))"
    r"(?:[点时](?!候)(?:(?P<half>半)|(?P<min>[0-5]?\d)分?|整)?|:(?P<mm>[0-5]\d))"
)
_NUMBER = re.compile(rf"(?:[¥￥])?(?P<figure>{NUMBER})(?:\s?(?P<money>{MONEY}))?")
_COUNTER = re.compile("|".join(sorted(COUNTERS.split(), key=len, reverse=True)))
_ASCII_WORD = re.compile(r"[A-Za-z0-9]")
_AFTERNOON = frozenset(["下午", "傍晚", "晚上", "夜里", "夜间", "晚间"])
_CLIENT = frozenset(["客户", "对方", "客人", "用户", "学员", "家长"])
_NOON = 12
_HAN_HOURS = {
    word: at
    for at, word in enumerate(
        ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
    )
}


@dataclass(frozen=True)
class Token:
    """A word; `value` is what its kind says it is."""

    kind: str
    start: int
    end: int
    text: str
    value: object = None
    senses: tuple[Sense, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A number, and what it counts: money, pieces, or nothing that was said."""

    amount: Amount
    counts: str = ""


def folded(text: str) -> str:
    """Half width, each character in its own place."""
    forms = ((char, unicodedata.normalize("NFKC", char)) for char in text)
    return "".join(form if len(form) == 1 else char for char, form in forms)


def cut(text: str, house: Vocabulary) -> list[Token]:
    """Every word but the fillers. What is no word stands as one token `unknown` a stretch."""
    plain = folded(text)
    found: list[Token] = []
    at = 0
    while at < len(plain):
        token = _longest(plain, at, house)
        if token is None:
            end = at + 1
            while end < len(plain) and _is_letter(plain[end]) and _is_letter(plain[end - 1]):
                end += 1  # a foreign word is one stretch, whatever it begins with
            found.append(Token("unknown", at, end, text[at:end]))
            at = end
            continue
        said = text[at : token.end]
        value = said[1:-1].strip() if token.kind in ("literal", "document") else token.value
        found.append(Token(token.kind, at, token.end, said, value, token.senses))
        at = token.end
    return _without_fillers(_joined(found, text))


def _without_fillers(tokens: list[Token]) -> list[Token]:
    """客户 says nothing, but where something would be given or told to him."""
    kept: list[Token] = []
    for token in tokens:
        if token.kind != "filler":
            kept.append(token)
        elif token.text in _CLIENT and kept and kept[-1].kind in ("assign", "push", "notify"):
            kept.append(Token("receiver", token.start, token.end, token.text, "client"))
    return kept


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _joined(tokens: list[Token], text: str) -> list[Token]:
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last is not None and token.kind == last.kind == "unknown":
            joined[-1] = Token("unknown", last.start, token.end, text[last.start : token.end])
        else:
            joined.append(token)
    return joined


def _longest(text: str, at: int, house: Vocabulary) -> Token | None:
    best: Token | None = None
    for candidate in (
        _from_now_on(text, at),
        _quoted(text, at),
        _raising(text, at),
        _clock(text, at),
        _word(text, at, house),
        _figure(text, at),
        _title(text, at, house),
    ):
        if candidate is not None and (best is None or candidate.end > best.end):
            best = candidate
    return best


def _quoted(text: str, at: int) -> Token | None:
    document = _DOCUMENT.match(text, at)
    if document:
        return Token("document", at, document.end(), document[0], document[1].strip())
    empty = _EMPTY.match(text, at)
    if empty:
        return Token("empty", at, empty.end(), empty[0])
    literal = _LITERAL.match(text, at)
    if literal is None:
        return None
    said = next(group for group in literal.groups() if group is not None)
    if not trimmed(said):  # blanks that nobody sees
        return Token("empty", at, literal.end(), literal[0])
    return Token("literal", at, literal.end(), literal[0], said.strip())


def _from_now_on(text: str, at: int) -> Token | None:
    """以后问核磁的都给李娜: every rule is for what comes."""
    found = _FROM_NOW_ON.match(text, at) if not text[:at].strip() else None
    return Token("filler", at, found.end(), found[0]) if found else None


def _title(text: str, at: int, house: Vocabulary) -> Token | None:
    """资深顾问 before 张敏, whatever the levels of this house are called."""
    found = _TITLE.match(text, at)
    if found is None:
        return None
    ends = range(found.end() + 2, found.end() + _LONGEST_NAME + 1)
    senses = [sense for end in ends for sense in house.senses(text[found.end() : end])]
    names_somebody = any(kind == PERSON for kind, _ in senses)
    return Token("title", at, found.end(), found[0]) if names_somebody else None


def _raising(text: str, at: int) -> Token | None:
    found = _RAISE.match(text, at)
    return Token("raise", at, found.end(), found[0]) if found else None


def _clock(text: str, at: int) -> Token | None:
    """晚上8点半 → the minute of the day."""
    found = _CLOCK.match(text, at)
    if found is None:
        return None
    hour = int(found["hour"]) if found["hour"] else _HAN_HOURS.get(found["han"], -1)
    if hour < 0:
        return None
    if (found["part"] in _AFTERNOON and hour < _NOON) or (found["part"] == "中午" and hour == 1):
        hour += _NOON
    minutes = 30 if found["half"] else int(found["min"] or found["mm"] or 0)
    return Token("clock", at, found.end(), found[0], hour * 60 + minutes)


def _word(text: str, at: int, house: Vocabulary) -> Token | None:
    """The longest word of the grammar or of the house. Where one word is both, the grammar's
    meaning holds; who means the product 「或」 puts it in quotes."""
    most = max(_LONGEST_FIXED, house.longest, LONGEST_PLACE)
    for length in range(min(most, len(text) - at), 0, -1):
        word = text[at : at + length]
        if _splits_a_word(text, at, at + length):
            continue
        fixed = FIXED.get(word.casefold()) or FIXED.get(word)
        senses = house.senses(word) if length > 1 or word.casefold() in house.table else ()
        if fixed is not None and fixed.kind == "value":
            return Token("value", at, at + length, word, None, (*fixed.value, *senses))  # type: ignore[misc]
        if fixed is not None and not (fixed.kind == "unknown" and senses):
            return Token(fixed.kind, at, at + length, word, fixed.value, senses)
        if senses:
            return Token("value", at, at + length, word, None, senses)
    return None


def _splits_a_word(text: str, start: int, end: int) -> bool:
    """Whether it begins or ends inside of a foreign word: the CT of CTX."""
    before = start and _ASCII_WORD.match(text[start - 1]) and _ASCII_WORD.match(text[start])
    letters = "".join(text[max(0, start - 1) : start + 1])
    if before and letters[0].isdigit() == letters[-1].isdigit():
        return True
    return bool(
        end < len(text)
        and text[end - 1].isascii()
        and text[end - 1].isalpha()
        and text[end].isascii()
        and text[end].isalnum()
    )


def _figure(text: str, at: int) -> Token | None:
    found = _NUMBER.match(text, at)
    if found is None:
        return None
    amount = parse(found["figure"])
    if amount is None:
        return None
    end, counts = found.end(), "money" if found["money"] or text[at] in "¥￥" else ""
    if not counts:
        counter = _COUNTER.match(text, end)
        if counter:
            end, counts = counter.end(), "pieces"
    return Token("number", at, end, text[at:end], Figure(amount, counts))


def sense_of(token: Token, facts: tuple[Fact | str, ...]) -> Sense | None:
    """What the word means where one of these is asked for, the first of them first."""
    for fact in facts:
        for sense in token.senses:
            if sense[0] == fact:
                return sense
    return None
