"""Where a Chinese full name stands, and how long it is: 王建国 of 王建国想, 赵敏 of 赵敏您好."""

from nlp.lexicon.names import (
    COMPOUND_SURNAMES,
    GIVEN,
    LOOK_LIKE_NAMES,
    RARE_SURNAMES,
    SOONER,
    SURNAMES,
)
from nlp.lexicon.regions import gazetteer
from nlp.segment import is_ordinary_word, of_words

COMPOUND = 2
"""How long a compound surname is, and most words."""
BEGIN = "".join(sorted(SURNAMES | RARE_SURNAMES | {name[0] for name in COMPOUND_SURNAMES}))
"""The characters that full names begin with, for a regular expression's class."""
STOPS = frozenset(
    "您你我他她它们的了吗呢吧啊这那哪想要在有跟给到好说是不也都就还又很太再别让请把被从对向为与或及而且则但"
    "什么怎几多少个家只位号点半年日周天前后早晚上下里外内联系电话手机微信采购负责公司部"
    "工总局处科"
)
"""No given name has one of them."""


def surname_length(text: str, at: int, *, rare: bool = True) -> int:
    """2 of 欧阳雪, 1 of 王建国, 0 where no surname stands."""
    if text[at : at + 2] in COMPOUND_SURNAMES:
        return 2
    char = text[at : at + 1]
    return int(char in SURNAMES or (rare and char in RARE_SURNAMES))


def is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@of_words
def is_word(text: str) -> bool:
    """Whether the dictionary has it, and not as a person's name."""
    return is_ordinary_word(text)


def full_name(text: str, at: int, *, sure: bool = False) -> int:
    """How long a full name that begins here is; 0 where none does.

    `sure`: the place says that a name follows (联系人：), so it may look like a word (高洁).
    """
    surname = surname_length(text, at, rare=sure)
    if not surname:
        return 0
    short, long = at + surname + 1, at + surname + 2
    end = len(text)
    could_be_short = short <= end and _given(text[short - 1], sure)
    if not could_be_short or text[short - 1 : short + 1] in SOONER:
        return 0
    could_be_long = long <= end and _given(text[long - 1], sure)
    if could_be_long and _runs_on(text, at, surname):
        could_be_long = False
    if could_be_long and _is_name(text[at:long], surname, sure):
        return surname + 2
    if _is_name(text[at:short], surname, sure) and (
        sure or surname == COMPOUND or not could_be_long or short == end
    ):
        return surname + 1
    return 0


def _given(char: str, sure: bool) -> bool:
    return char in GIVEN or (sure and is_han(char) and char not in STOPS)


def _is_name(name: str, surname: int, sure: bool) -> bool:
    if name in LOOK_LIKE_NAMES or (not sure and name in gazetteer()):
        return False
    if sure:
        return not is_word(name) or all(char in GIVEN for char in name[surname:])
    if is_word(name):
        return False
    head = name[: surname + 1]
    return len(name) == len(head) or surname == COMPOUND or not is_word(head)


def _runs_on(text: str, at: int, surname: int) -> bool:
    """Whether the third character begins the next word: 李文 of 李文明天来."""
    last = at + surname + 1
    follower = text[last : last + 2]
    if follower in SOONER:
        return True
    return text[last] not in GIVEN and len(follower) == COMPOUND and is_word(follower)
