"""The words that the house has configured, ready to be found in a text of any length."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from config.schemas.catalog import Catalog
from config.schemas.keywords import Keywords
from nlp.lexicon.matcher import Hit, Matcher

__all__ = ["Hit", "Keyword", "Lexicon"]


@dataclass(frozen=True)
class Keyword:
    """A word's tag, and whether it tells of high intent."""

    tag: str
    high: bool


class Lexicon:
    """Products, competitors, people and keywords. Built once per set of rules; then read only."""

    def __init__(
        self, catalog: Catalog, keywords: Keywords | None = None, people: Iterable[str] = ()
    ) -> None:
        self._products = Matcher(
            (word, product.name)
            for product in catalog.products
            for word in (product.name, *product.aliases)
        )
        self._competitors = Matcher(
            (name, name) for names in catalog.competitors.values() for name in names
        )
        self._people = Matcher((name, name) for name in (*catalog.staff, *people))
        self._keywords = Matcher(
            (word, Keyword(entry.tag, entry.priority == "high"))
            for entry in (keywords.entries if keywords else ())
            for word in entry.words
        )
        self._lines = {product.name: product.line for product in catalog.products}

    def products(self, folded: str) -> Iterator[Hit[str]]:
        """Hits whose value is the catalogue's name. `folded` is nlp.folding.fold's."""
        return self._products.find(folded)

    def competitors(self, folded: str) -> Iterator[Hit[str]]:
        return self._competitors.find(folded)

    def people(self, folded: str) -> Iterator[Hit[str]]:
        return self._people.find(folded)

    def keywords(self, folded: str) -> Iterator[Hit[Keyword]]:
        return self._keywords.find(folded)

    def line_of(self, product: str) -> str | None:
        """The product line of a name from the catalogue; None where it is not in it."""
        return self._lines.get(product) or None
