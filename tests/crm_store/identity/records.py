"""Records as the normaliser writes them."""

from datetime import UTC, datetime
from typing import Any

from crm_store.identity.record import CompanyName, Record
from tests.crm_store.conftest import TUESDAY

SOUNDS = {"康": "kang", "源": "yuan", "园": "yuan", "医": "yi", "疗": "liao"}


def record(brand: str = "", trade: str = "医疗", *, place: str = "上海市", **given: Any) -> Record:
    company = CompanyName(place=place, brand=brand, trade=trade) if brand else None
    said: dict[str, Any] = {
        "company": company,
        "company_sound": sound(brand + trade) if brand else "",
        "at": TUESDAY.astimezone(UTC),
        **given,
    }
    return Record(**said)


def sound(text: str) -> str:
    return "".join(SOUNDS.get(char, char) for char in text)


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)
