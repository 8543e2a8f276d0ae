"""A person's name without what is said around it: 王丽经理 is 王丽, 小王 and 王总 are 王."""

import re
from functools import lru_cache

from nlp.lexicon.names import COMPOUND_SURNAMES, RARE_SURNAMES, SURNAMES, TITLES
from nlp.lexicon.tables import words
from nlp.normal.endings import Endings
from nlp.normal.text import folded

_LABEL = re.compile(r"^(?:联系人|姓名|客户|收货人|收件人|经办人|对接人|name|contact)[:=]+")
_BRACKETED = re.compile(r"\([^()]*\)?")
_TITLE = Endings({*TITLES, *words("people", "titles"), *words("people", "short_titles")})
_HEADS = tuple(words("people", "heads"))
_NOBODY = frozenset(words("people", "nobody"))
_SIGNS = re.compile(r"[^\u4e00-\u9fff0-9a-z]+")
_LATIN_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|dr)[. ]+", re.IGNORECASE)
_LONGEST_CELL = 200
_LONGEST = 24
_LONGEST_CHINESE = 4
_LONGEST_SIMPLE = 3
"""With a surname of one character."""
_WORD = re.compile(r"[\u4e00-\u9fff]+")


def person(text: str) -> str:
    """The name; one character where only the surname is told; empty where nobody is named."""
    return _person(text[:_LONGEST_CELL])


@lru_cache(maxsize=50_000)
def _person(text: str) -> str:
    name = folded(_LATIN_TITLE.sub("", text.strip()))
    if not _WORD.fullmatch(name):
        name = _SIGNS.sub("", _BRACKETED.sub("", _LABEL.sub("", name)))
    if name in _NOBODY or len(name) > _LONGEST or name.isdecimal():
        return ""
    name = _without_title(name)
    if name[:1] in _HEADS and 1 < len(name) <= _LONGEST_SIMPLE and _is_surname(name[1:]):
        name = name[1:]
    return "" if name in _NOBODY else name


def _without_title(name: str) -> str:
    while (end := _TITLE.of(name)) and len(name) > len(end):
        cut = name[: -len(end)]
        # 张工 is a surname with a title, 李建工 a name.
        if len(end) == 1 and not _is_surname(cut):
            break
        name = cut
    return name


def _is_surname(text: str) -> bool:
    return text in SURNAMES or text in COMPOUND_SURNAMES or text in RARE_SURNAMES


def is_person(text: str) -> bool:
    """Whether a field's text looks like a Chinese name and like nothing else."""
    name = _without_title(folded(text))
    if not _WORD.fullmatch(name) or not 1 < len(name) <= _LONGEST_CHINESE:
        return False
    return name[:2] in COMPOUND_SURNAMES or (name[0] in SURNAMES and len(name) <= _LONGEST_SIMPLE)
