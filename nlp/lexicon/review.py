"""What is doubtful in the words of the house: two that are one, and words that say too little."""

from collections.abc import Iterator
from typing import NamedTuple

from config.document import Place
from config.schemas.catalog import Catalog
from config.schemas.keywords import Keywords
from config.schemas.variants import Variants
from nlp.lexicon.spelling import same
from nlp.lexicon.tables import patterns, words
from nlp.segment import segmenter

VAGUE_TAGS = frozenset(
    {"v", "vd", "vi", "vn", "a", "ad", "an", "d", "r", "p", "c", "u", "m", "q", "f", "t"}
)
"""Parts of speech that no product is named by."""
COMMON_TAGS = VAGUE_TAGS | {"n", "s", "i", "l"}
"""Those of words that are brands only now and then: 骆驼, 粉笔."""


class Doubt(NamedTuple):
    """Something that works, and perhaps not as it was meant."""

    concern: str
    """The file: catalog, keywords or variants."""
    place: Place
    message: str


def review(catalog: Catalog, keywords: Keywords, variants: Variants) -> Iterator[Doubt]:
    """Every doubt, file by file, in the order of the file."""
    owners: dict[str, tuple[str, str]] = {}
    yield from _products(catalog, owners)
    yield from _competitors(catalog, owners)
    yield from _keywords(keywords)
    yield from _variants(variants, owners)


def _products(catalog: Catalog, owners: dict[str, tuple[str, str]]) -> Iterator[Doubt]:
    """Notes in `owners` which product a spelling stands for, and as which word."""
    for at, product in enumerate(catalog.products):
        words: list[tuple[Place, str]] = [(("products", at, "name"), product.name)]
        words += [
            (("products", at, "aliases", alias_at), alias)
            for alias_at, alias in enumerate(product.aliases)
        ]
        for place, word in words:
            owner, first = owners.setdefault(same(word), (product.name, word))
            if owner != product.name:
                message = f"“{word}”和“{first}”算同一个写法，会认作“{owner}”，请改掉一个"
                yield Doubt("catalog", place, message)
            elif first != word and first.casefold() == word.casefold():
                message = f"“{word}”和“{first}”只差大小写，可以删去一个"
                yield Doubt("catalog", place, message)
            if _says_little(word):
                message = f"“{word}”太短或全是数字，许多句子里都有，请写长一些"
                yield Doubt("catalog", place, message)
            elif segmenter().tag(word) in VAGUE_TAGS:
                message = f"“{word}”平常另有意思，句子里说到它就会认作“{product.name}”，请写长一些"
                yield Doubt("catalog", place, message)


def _competitors(catalog: Catalog, owners: dict[str, tuple[str, str]]) -> Iterator[Doubt]:
    told_apart = {
        *patterns("brands", "after"),
        *patterns("brands", "before"),
        *words("brands", "unmistaken"),
    }
    for line, names in catalog.competitors.items():
        for at, name in enumerate(names):
            place: Place = ("competitors", line, at)
            if same(name) in owners:
                owner, _ = owners[same(name)]
                message = f"“{name}”又是产品“{owner}”的叫法，会认作竞品，请删去一处"
                yield Doubt("catalog", place, message)
            if _says_little(name) and not name.isupper():
                message = f"“{name}”太短或全是数字，许多句子里都有，请写全称"
                yield Doubt("catalog", place, message)
            elif name not in told_apart and segmenter().tag(name) in COMMON_TAGS:
                message = f"“{name}”也是平常的词，说到它不一定是说竞品；常误认就请写全称"
                yield Doubt("catalog", place, message)


def _keywords(keywords: Keywords) -> Iterator[Doubt]:
    tags: dict[str, str] = {}
    for at, entry in enumerate(keywords.entries):
        for word_at, word in enumerate(entry.words):
            place: Place = ("keywords", at, "words", word_at)
            owner = tags.get(same(word))
            if owner == entry.tag:
                yield Doubt("keywords", place, f"“{word}”在这个标签下写了两次，可以删去一个")
            elif owner is not None:
                message = f"“{word}”已在标签“{owner}”下，只会打上“{owner}”，请留一处"
                yield Doubt("keywords", place, message)
            tags.setdefault(same(word), entry.tag)
            if _says_little(word):
                message = f"“{word}”太短或全是数字，许多句子里都有，请写长一些"
                yield Doubt("keywords", place, message)


def _variants(variants: Variants, owners: dict[str, tuple[str, str]]) -> Iterator[Doubt]:
    for word, written in variants.words.items():
        for at, wrong in enumerate(written):
            if same(wrong) in owners:
                owner, _ = owners[same(wrong)]
                message = f"“{wrong}”本身是产品“{owner}”的叫法，不会当作“{word}”的错写，请删去"
                yield Doubt("variants", ("words", word, at), message)


def _says_little(word: str) -> bool:
    return len(word) < 2 or word.isdigit()  # noqa: PLR2004 (a single character)
