"""Reading a client's words: what nlp finds in them, as the handlers need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from config.schemas.catalog import Catalog
from crm_store.models import IdentityKind
from crm_store.view import Known
from nlp.facts import Entity, Extraction
from nlp.lexicon import Lexicon
from nlp.pipeline import extract

REACHABLE = {
    "phone": IdentityKind.PHONE,
    "email": IdentityKind.EMAIL,
    "wechat": IdentityKind.WECHAT,
    "credit_code": IdentityKind.CREDIT_CODE,
}
_LONGEST_NAME = 64
_LONGEST_COMPANY = 200

Product = tuple[str, str]
"""The catalogue's name and its line."""


def product_name(entity: Entity) -> str:
    return entity.value if isinstance(entity.value, str) else str(entity.value["name"])


@dataclass(frozen=True)
class Reading:
    """What a message says."""

    found: Extraction
    catalog: Catalog

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """The first product of each line that is asked for, in the order of the message: each is
        a lead of its own."""
        lines: dict[str, str] = {}
        for entity in self.found.of("product"):
            product = self.catalog.by_name.get(product_name(entity))
            if product is not None:
                lines.setdefault(product.line, product.name)
        return tuple((name, line) for line, name in lines.items())

    @property
    def identifiers(self) -> list[Known]:
        return [
            (REACHABLE[entity.type], str(entity.value))
            for entity in self.found.entities
            if entity.type in REACHABLE
        ]

    @property
    def name(self) -> str:
        """王主任; empty where nobody is named."""
        person = self.found.first("person")
        if person is None or isinstance(person.value, str):
            return ""
        name = f"{person.value.get('name') or ''}{person.value.get('title') or ''}"
        return name[:_LONGEST_NAME]

    @property
    def company(self) -> str:
        company = self.found.first("company")
        return str(company.value)[:_LONGEST_COMPANY] if company is not None else ""

    def for_line(self, line: str) -> tuple[list[Entity], list[str]]:
        """What belongs to the lead of this line: everything but other lines' products, of its
        own the first. The names of its further products come apart: they are needs."""
        kept: list[Entity] = []
        further: list[str] = []
        has_product = False
        for entity in self.found.entities:
            if entity.type != "product":
                kept.append(entity)
                continue
            name = product_name(entity)
            product = self.catalog.by_name.get(name)
            if product is not None and line and product.line != line:
                continue
            if has_product:
                further.append(name)
            else:
                kept.append(entity)
                has_product = True
        return kept, further


@dataclass(frozen=True)
class Reader:
    """Reads with the words of this house, and by its clock: 「今天」 is today here."""

    lexicon: Lexicon
    catalog: Catalog
    zone: ZoneInfo

    def read(self, text: str, said_at: datetime) -> Reading:
        found = extract(
            text, sent_at=said_at.astimezone(self.zone), sender="client", lexicon=self.lexicon
        )
        return Reading(found, self.catalog)


def of(entities: Sequence[Entity], catalog: Catalog) -> Reading:
    """A reading of entities that were found already."""
    return Reading(Extraction(tuple(entities)), catalog)
