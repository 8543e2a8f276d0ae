"""Organisations: a name that ends as organisations end (有限公司, 医院, 贸易 …), and what a
trained model takes for one."""

import re
from collections.abc import Iterator

from nlp import crf, organisations
from nlp.context import SEALED, Context
from nlp.facts import Entity
from nlp.lexicon.names import SURNAMES
from nlp.organisations import Name

INTRODUCES = re.compile(
    r"(?:我是|我们是|这边是|这里是|代表|来自|抬头[写是:]?|单位[:是]|名称[:是]|公司[:叫]|户名:?|供应商|"
    rf"客户[是:]|的(?<=[\u4e00-\u9fff]{{2}}的)(?=[{''.join(sorted(SURNAMES))}][\u4e00-\u9fff]))"
    r"(?=[\u4e00-\u9fffA-Z]{2})"
)
"""Where the model is asked though nothing ends as organisations end."""
ENGLISH = re.compile(
    r"[A-Z](?<![A-Za-z0-9@.].)[A-Za-z0-9&'\-]{0,30}(?:[ .][A-Z&][A-Za-z0-9&'\-]{0,30}){0,5}?,? "
    r"(?:Co\.? ?,? ?Ltd\.?|Company Limited|Limited|Ltd\.?|"
    r"Inc\.?|LLC|GmbH|Corp\.?|Corporation|Group|S\.A\.|Pte\.? Ltd\.?)(?![A-Za-z])"
)
STATE_BUILDERS = re.compile(
    r"中(?:铁|建|交|冶|核|水|化|煤|电建|能建)[一二三四五六七八九十]{1,3}(?:局|公司|院|处|航局|冶|建)(?!部|长)"
)
ENDING = "organisation_ending"
ALLOWED = 0.35
"""How sure the model has to be of a name that has an organisation's end."""
REACH = 4
"""How much further to the left than the rule the model may begin a name."""
FOUND = 0.9
"""How sure it has to be of one that no rule saw."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    for found in ENGLISH.finditer(text):
        yield entity(context, *found.span(), "english_ending")
    for found in STATE_BUILDERS.finditer(text):
        yield entity(context, *found.span(), "state_builder")
    names = list(_with_an_end(text, context))
    open_names = [name for name in names if not name.sure]
    for name in names:
        if name.sure:
            yield entity(context, name.start, name.end, ENDING)
    introductions = [found.span() for found in INTRODUCES.finditer(text)]
    if not (open_names or introductions):
        return
    taken = bytearray(len(text))
    for name in names:
        if name.sure:
            taken[name.start : name.end] = b"\1" * (name.end - name.start)
    asked = [(name.start, name.end) for name in open_names]
    asked += (
        (start, end) for start, end in introductions if 1 not in taken[max(0, start - 1) : end + 1]
    )
    if not asked:
        return
    guesses = [guess for guess in crf.guesses(context, text, asked) if guess.type == "company"]
    for name in open_names:
        start, end, by = _decide(text, name, guesses)
        if by:
            taken[start:end] = b"\1" * (end - start)
            yield entity(context, start, end, by)
    for guess in guesses:
        if guess.probability >= FOUND and _is_news(guess, taken, text, context):
            yield entity(context, guess.start, guess.end, "crf")


def _with_an_end(text: str, context: Context) -> Iterator[Name]:
    """Names that end as organisations end."""
    if "ending" in context.spots:
        for name in organisations.find(text, context.words):
            if _is_free(name, text, context):
                yield name


def _is_free(name: Name, text: str, context: Context) -> bool:
    """锦业轴承有限公司 has a product in its name, CRM系统 no firm in its."""
    if not context.claimed("product", name.start, name.end - 1):
        return True
    return text.endswith("公司", 0, name.end) and not context.claimed(
        "product", name.start, name.start + 2
    )


def _decide(text: str, name: Name, guesses: list[crf.Guess]) -> tuple[int, int, str]:
    """The model's word on a name whose left end, or whose being one, is open."""
    start, end, by = name.start, name.end, ENDING if name.stays else ""
    for guess in guesses:
        if guess.start >= name.end or name.start >= guess.end:
            continue
        if guess.probability < ALLOWED:
            break
        if guess.end < name.end:
            return start, end, ENDING
        if guess.start > name.start:
            return (start, end, ENDING) if name.stays else (guess.start, guess.end, "crf")
        is_near = guess.start >= name.start - REACH
        if is_near and organisations.part(text[guess.start : name.start] or "a") != "before":
            return guess.start, guess.end, "crf"
        return start, end, ENDING
    return start, end, by


def _is_news(guess: crf.Guess, taken: bytearray, text: str, context: Context) -> bool:
    start, end = guess.start, guess.end
    said = text[start:end]
    return (
        end - start > 1
        and any(
            organisations.part(word) not in ("generic", "before")
            for word, word_start, word_end in context.words
            if word_start < end and start < word_end
        )
        and SEALED not in said
        and not said.isascii()
        and 1 not in taken[start:end]
        and not any(context.claimed(kind, start, end) for kind in ("competitor", "product"))
    )


def entity(context: Context, start: int, end: int, by: str) -> Entity:
    value = context.folded[start:end].replace(" ", "")
    return context.entity("company", start, end, value, by)
