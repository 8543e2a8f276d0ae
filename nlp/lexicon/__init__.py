"""The words that the house has configured, ready to be found in a text of any length."""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.schemas.catalog import Catalog
from config.schemas.keywords import Keywords
from config.schemas.variants import Variants
from nlp.lexicon.matcher import Hit, Matcher
from nlp.lexicon.variants import Misspeller, model_in

if TYPE_CHECKING:
    from nlp.crf.model import Model

__all__ = ["Hit", "Keyword", "Lexicon"]


@dataclass(frozen=True)
class Keyword:
    """A word's tag, and whether it tells of high intent."""

    tag: str
    high: bool


class Lexicon:
    """Products, competitors, people and keywords. Built once per set of rules; then read only."""

    def __init__(
        self,
        catalog: Catalog,
        keywords: Keywords | None = None,
        people: Iterable[str] = (),
        variants: Variants | None = None,
        names: "Model | None" = None,
    ) -> None:
        self.names = names
        """The customer's own model of people's and firms' names; None: the shipped one."""
        misspelt = Misspeller(variants) if variants else None
        self._products = Matcher(_products(catalog), misspelt)
        self._competitors = Matcher(
            ((name, name) for names in catalog.competitors.values() for name in names), misspelt
        )
        self._people = Matcher((name, name) for name in (*catalog.staff, *people))
        self._keywords = Matcher(
            (
                (word, Keyword(entry.tag, entry.priority == "high"))
                for entry in (keywords.entries if keywords else ())
                for word in entry.words
            ),
            misspelt,
        )
        self._lines = {product.name: product.line for product in catalog.products}

    def with_names(self, names: "Model | None") -> "Lexicon":
        """The same words, with another model of names."""
        other = copy(self)
        other.names = names
        return other

    def products(
        self, text: str, accept: Callable[[Hit[str]], bool] | None = None
    ) -> Iterator[Hit[str]]:
        """Hits whose value is the catalogue's name; where `accept` refuses one, the next shorter
        is tried."""
        return self._products.find(text, accept)

    def competitors(
        self, text: str, accept: Callable[[Hit[str]], bool] | None = None
    ) -> Iterator[Hit[str]]:
        return self._competitors.find(text, accept)

    def people(self, text: str) -> Iterator[Hit[str]]:
        return self._people.find(text)

    def keywords(self, text: str) -> Iterator[Hit[Keyword]]:
        return self._keywords.find(text)

    def line_of(self, product: str) -> str | None:
        """The product line of a name from the catalogue; None where it is not in it."""
        return self._lines.get(product) or None


def _products(catalog: Catalog) -> list[tuple[str, str]]:
    """Every word for a product, and the model number that a name begins with: what is written in
    the catalogue goes before what is made of it."""
    written = [
        (word, product.name)
        for product in catalog.products
        for word in (product.name, *product.aliases)
    ]
    made = [
        (model, product.name) for product in catalog.products if (model := model_in(product.name))
    ]
    return written + made
