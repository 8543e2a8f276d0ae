"""The words that the house has configured, ready to be found in a text of any length."""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from config.schemas.catalog import Catalog
from config.schemas.keywords import Keywords
from config.schemas.variants import Variants
from nlp.lexicon.matcher import Hit, Matcher, apart, vocabulary
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
        rivals = (name for names in catalog.competitors.values() for name in names)
        kinds: dict[str, dict[str, Any]] = {
            "products": vocabulary(_products(catalog), misspelt),
            "competitors": vocabulary(((name, name) for name in rivals), misspelt),
            "people": vocabulary((name, name) for name in (*catalog.staff, *people)),
            "keywords": vocabulary(
                (
                    (word, Keyword(entry.tag, entry.priority == "high"))
                    for entry in (keywords.entries if keywords else ())
                    for word in entry.words
                ),
                misspelt,
            ),
        }
        together: dict[str, list[tuple[str, Any]]] = {}
        for kind, words in kinds.items():
            for word, value in words.items():
                together.setdefault(word, []).append((kind, value))
        matcher = Matcher(together)

        @lru_cache(maxsize=1)
        def read(text: str) -> dict[str, list[Hit[Any]]]:
            """All hits, by kind. Kept, as several rules ask for those of one message."""
            found: dict[str, list[Hit[Any]]] = {}
            for hit in matcher.every(text):
                for kind, value in hit.value:
                    found.setdefault(kind, []).append(Hit(hit.start, hit.end, value))
            return found

        self._read = read
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
        return apart(self._read(text).get("products", ()), accept)

    def competitors(
        self, text: str, accept: Callable[[Hit[str]], bool] | None = None
    ) -> Iterator[Hit[str]]:
        return apart(self._read(text).get("competitors", ()), accept)

    def people(self, text: str) -> Iterator[Hit[str]]:
        return apart(self._read(text).get("people", ()))

    def keywords(self, text: str) -> Iterator[Hit[Keyword]]:
        return apart(self._read(text).get("keywords", ()))

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
