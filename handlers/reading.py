"""Reading a client's words: what nlp finds in them, as the handlers need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from config.schemas.catalog import Catalog
from crm_store.models import IdentityKind
from crm_store.view import Known
from handlers.addressing import is_addressed
from nlp.facts import Entity, Extraction, Sender
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


def person_name(entity: Entity) -> str:
    """王主任"""
    if isinstance(entity.value, str):
        return entity.value
    return f"{entity.value.get('name') or ''}{entity.value.get('title') or ''}"


@dataclass(frozen=True)
class Reading:
    """What a message says."""

    found: Extraction
    catalog: Catalog
    text: str = ""
    own: frozenset[str] = frozenset()
    """Names of our own people and company: they are nobody's contact."""

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
            if entity.type in REACHABLE and not entity.ambiguous
        ]

    @property
    def name(self) -> str:
        """王主任; empty where nobody is named."""
        return next(map(person_name, self.people), "")[:_LONGEST_NAME]

    @cached_property
    def people(self) -> list[Entity]:
        """Who is named on the client's side: neither our own people, nor who is spoken to."""
        return [
            one
            for one in self.found.of("person")
            if not self._is_own(one) and not is_addressed(self.text, one.start, one.end)
        ]

    def _is_own(self, person: Entity) -> bool:
        """王磊 is ours with his title as well."""
        bare = "" if isinstance(person.value, str) else str(person.value.get("name") or "")
        return not self.own.isdisjoint((person_name(person), bare))

    @property
    def company(self) -> str:
        named = [str(company.value) for company in self.found.of("company")]
        return next((name for name in named if name not in self.own), "")[:_LONGEST_COMPANY]


@dataclass(frozen=True)
class Reader:
    """Reads with the words of this house, and by its clock: 「今天」 is today here."""

    lexicon: Lexicon
    catalog: Catalog
    zone: ZoneInfo
    own: frozenset[str] = frozenset()
    trades: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Trade → words in a firm's name that tell it."""

    def read(self, text: str, said_at: datetime, *, sender: Sender = "client") -> Reading:
        """`sender`: promises are looked for in a colleague's words to the client ("rep")."""
        found = extract(
            text, sent_at=said_at.astimezone(self.zone), sender=sender, lexicon=self.lexicon
        )
        return Reading(found, self.catalog, text, self.own)


def of(entities: Sequence[Entity], catalog: Catalog, text: str = "") -> Reading:
    """A reading of entities that were found already, in this text."""
    return Reading(Extraction(tuple(entities)), catalog, text)
