"""What we sell, and who else sells it: catalog.yaml, also `genjin extract --catalog`."""

from collections.abc import Iterator
from functools import cached_property

from pydantic import Field

from config.checking import Fault, Strict
from config.document import Place


class Product(Strict):
    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    """Other spellings that a client may use."""
    line: str = ""


class Catalog(Strict):
    own_company: str | None = None
    products: tuple[Product, ...] = ()
    competitors: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Brands and suppliers of other houses, by product line."""
    staff: tuple[str, ...] = ()
    """Names of our own people, where no staff.yaml tells them."""

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The product lines, in the order of the file."""
        return tuple(dict.fromkeys(product.line for product in self.products if product.line))

    @cached_property
    def by_name(self) -> dict[str, Product]:
        return {product.name: product for product in self.products}

    def faults(self) -> Iterator[Fault]:
        owners: dict[str, str] = {}
        for at, product in enumerate(self.products):
            words: list[tuple[Place, str]] = [(("products", at, "name"), product.name)]
            words += [
                (("products", at, "aliases", alias_at), alias)
                for alias_at, alias in enumerate(product.aliases)
            ]
            for place, word in words:
                if not word:
                    yield Fault(place, "有一个空的别名，请删去")
                    continue
                owner = owners.setdefault(word.casefold(), product.name)
                if owner != product.name or (word == product.name and place[2] == "aliases"):
                    yield Fault(place, f"“{word}”已指“{owner}”，一个叫法只能指一个产品")
