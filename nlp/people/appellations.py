"""What a person is called: its parts (刘晓燕护士长 is 刘晓燕, a 护士长), whether the model's guess
has the shape of a name, and whether one begins at a place."""

from nlp.lexicon.names import LOOK_LIKE_NAMES
from nlp.people import titles
from nlp.people.naming import STOPS, is_han, is_word, surname_length

ASKED_FOR = frozenset("找问让请跟给是叫见等发和与催约陪加到对替帮喊打听要@")
"""找钱秘书: what stands before a name though the two make a word."""
GIVEN = 2
"""How many characters a given name has at most."""


def value(name: str, title: str | None = None) -> dict[str, str | None]:
    return {"name": name, "title": title}


def divide(said: str) -> dict[str, str | None]:
    """Name and title of a person's surface."""
    for at in range(1, len(said)):
        if titles.TITLE.fullmatch(said, at) and not (at == 1 and said[0] in "小老阿大"):
            return value(said[:at], said[at:])
    return value(said)


def could_be(text: str, start: int, end: int) -> bool:
    """Whether what the model took for a person has a full name's shape."""
    said = text[start:end]
    surname = surname_length(text, start)
    return (
        0 < surname < len(said) <= surname + GIVEN
        and all(is_han(char) for char in said)
        and divide(said)["title"] is None
        and not is_word(said)
        and said not in LOOK_LIKE_NAMES
        and STOPS.isdisjoint(said[surname:])
    )


def begins(text: str, start: int) -> bool:
    """Whether a name may: after what asks for one, and where the two characters are no word."""
    return begins_a_clause(text, start) or not is_word(text[start - 1 : start + 1])


def begins_a_clause(text: str, start: int) -> bool:
    return start == 0 or not is_han(text[start - 1]) or text[start - 1] in ASKED_FOR
