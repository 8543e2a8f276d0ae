"""Whether somebody's words are meant as a rule, understood or not."""

import re

from nlp.ruling.lexing import cut
from nlp.ruling.stream import DEEDS
from nlp.ruling.vocabulary import Vocabulary

_GENERAL = ("规则", "如果", "凡是", "只要", "一旦", "每当", "若", "当", "所有线索", "所有客户")
"""How a rule begins that is told by its first word."""
_STATES = frozenset(
    {
        "noun", "before", "after", "asks", "mentions", "from", "has", "is", "value", "if",
        "weekday", "always", "vague",
    }
)  # fmt: skip
_MANY = re.compile(r"的新?(?:客户|线索|商机|咨询|询盘|单子)|(?:客户|线索)都|一律|凡|自动")
"""It is said of more than one."""
_LONGEST = 1_000
_NOBODY = Vocabulary()


def might_be_a_rule(text: str) -> bool:
    """Told without the words of the house: whether it asks for anything that a rule does."""
    text = text.strip()
    if len(text) > _LONGEST:
        return text.startswith(_GENERAL)
    return any(token.kind in DEEDS for token in cut(text, _NOBODY))


def is_about_telling(text: str) -> bool:
    """What it asks for first is to tell or remind somebody, and it does not begin as a rule."""
    kinds = [token.kind for token in cut(text.strip()[:_LONGEST], _NOBODY)]
    deeds = [kind for kind in kinds if kind in DEEDS]
    return not text.strip().startswith(_GENERAL) and deeds[:1] == ["notify"]


def looks_like_a_rule(text: str, house: Vocabulary) -> bool:
    """It says when, and then what to do. An order about one client begins with him, who is no word
    of the house, or says no when: 把王总转给李娜."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return len(text) > _LONGEST and text.startswith(_GENERAL)
    kinds = [token.kind for token in cut(text, house)]
    deed = next((at for at, kind in enumerate(kinds) if kind in DEEDS), None)
    if deed is None:
        return False
    states = [kind for kind in kinds[:deed] if kind in _STATES]
    figures = any(kind in ("number", "clock") for kind in kinds[:deed])
    opens = text.startswith(_GENERAL) and not text.startswith(("当面", "当天", "当时", "若干"))
    if opens or kinds[0] == "unknown":
        return opens
    return len(states) > 1 or (bool(states) and (figures or bool(_MANY.search(text))))
