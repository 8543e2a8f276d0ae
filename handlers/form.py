"""表单: what a form says, read as the client's own words. Pure: a submission in, values out."""

import re
from dataclasses import dataclass
from datetime import datetime

from crm_store.models import IdentityKind
from crm_store.view import Known
from handlers.growing import Statement
from handlers.reading import Product, Reader, Reading, of
from handlers.submission import BudgetGiven, Submission
from nlp.facts import Entity, Extraction

NAMELESS = "表单客户"
_LONGEST_WORD = 128
_LONGEST_REGION = 64
_RULE = "form"
_MOBILE = re.compile(r"(?:(?:\+|00)?86[ -]?)?(1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4})")
"""A mobile number and nothing else: there is nothing to be read in it."""
_ABROAD = range(7, 16)
"""How many digits an international number has (E.164)."""


@dataclass(frozen=True)
class Line:
    """A box of the form as a line of the client's message."""

    field: str
    start: int
    words: str
    found: Entity | None


Remembered = dict[tuple[str, str], Entity | None]
"""What was read in a form's box, by the box and its words: lists have the same words in many."""
_MOST_REMEMBERED = 20_000


class Form:
    """The submission as the extractor reads it."""

    def __init__(
        self,
        submission: Submission,
        source: str,
        now: datetime,
        reader: Reader,
        remembered: Remembered | None = None,
    ) -> None:
        self._submission = submission
        self._reader = reader
        self._remembered = {} if remembered is None else remembered
        self.sent_at = min(submission.created_at or now, now)
        need = submission.need or ""
        self.reading = reader.read(need, self.sent_at) if need else of((), reader.catalog)
        self.need = self.reading.found
        self.lines: list[Line] = []
        text = need
        for field, label in (("product", "产品"), ("budget", "预算"), ("region", "地区")):
            words = getattr(submission, field)
            if isinstance(words, str):
                text, line = self._line(text, field, label, words)
                self.lines.append(line)
        self.text = text or f"［提交了表单 {source}］"
        self.phone = self._phone(submission.phone or "")
        self.name = self._name()
        self.identifiers = self._identifiers(source)

    def _extract(self, text: str) -> Extraction:
        return self._reader.read(text, self.sent_at).found

    def _line(self, text: str, field: str, label: str, words: str) -> tuple[str, Line]:
        written = words if label in words else f"{label}：{words}"
        start = len(text) + 1 if text else 0
        found = self._read_in(field, written)
        if found is not None:
            found = Entity(
                field, found.text, start + found.start, start + found.end, found.value, found.by
            )
        line = Line(field, start + written.find(words), words, found)
        return f"{text}\n{written}" if text else written, line

    def _read_in(self, field: str, written: str) -> Entity | None:
        """A box's words mean the same whenever they are written."""
        if (field, written) not in self._remembered:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[field, written] = self._extract(written).first(field)
        return self._remembered[field, written]

    @property
    def products(self) -> tuple[Product, ...]:
        """What is asked for: the form's own box before words in passing."""
        boxed = [line.found for line in self.lines if line.field == "product" and line.found]
        return of((*boxed, *self.need.of("product")), self._reader.catalog).products

    @property
    def boxes(self) -> Reading:
        """What was read in the form's own boxes."""
        found = [line.found for line in self.lines if line.found is not None]
        return of(found, self._reader.catalog, self.text)

    def _phone(self, written: str) -> str:
        mobile = _MOBILE.fullmatch(written)
        if mobile is not None:
            return "+86" + re.sub(r"[ -]", "", mobile[1])
        return e164(written, self._extract(written)) if written else ""

    def _name(self) -> str:
        given, title = " ".join((self._submission.name or "").split()), self._submission.title or ""
        if given:
            # 王 + 经理: a surname alone is not what people are called.
            return given + title if len(given) == 1 else given
        return self.reading.name or ("" if self._submission.company else NAMELESS)

    def _identifiers(self, source: str) -> list[Known]:
        given = self._submission
        written = given.credit_code or ""
        code = self._extract(written).first("credit_code") if written else None
        pairs = [
            (IdentityKind.PHONE, self.phone),
            (IdentityKind.EMAIL, (given.email or "").lower()),
            (IdentityKind.WECHAT, given.wechat or ""),
            (IdentityKind.CREDIT_CODE, str(code.value) if code else ""),
            *self.reading.identifiers,
            (IdentityKind.FORM, f"{source}:{given.external_id}"),
        ]
        return list(dict.fromkeys((kind, value) for kind, value in pairs if value))

    def in_lines(self, message_id: int | None) -> list[Statement]:
        """The boxes whose words no rule reads: what stands in the message counts as it stands."""
        return [
            Statement(
                line.field,
                {"name": line.words[:_LONGEST_WORD]}
                if line.field == "product"
                else {"province": None, "city": None, "district": line.words[:_LONGEST_REGION]},
                line.words,
                _RULE,
                self.sent_at,
                message_id,
                (line.start, line.start + len(line.words)),
            )
            for line in self.lines
            if line.found is None and line.field != "budget"
        ]

    def in_boxes(self) -> list[Statement]:
        """Boxes whose meaning is plain: they are taken as they stand."""
        given = self._submission
        texts = {
            "company": given.company,
            "phone": self.phone or given.phone,
            "email": (given.email or "").lower(),
            "wechat": given.wechat,
            "credit_code": (given.credit_code or "").upper(),
        }
        said = [
            Statement(name, value, getattr(given, name), _RULE, self.sent_at)
            for name, value in texts.items()
            if value
        ]
        if given.name or given.title:
            words = "".join(filter(None, (given.name, given.title)))
            person = {"name": given.name, "title": given.title}
            said.append(Statement("person", person, words, _RULE, self.sent_at))
        if isinstance(given.budget, BudgetGiven):
            budget = {
                "min": _whole(given.budget.min),
                "max": _whole(given.budget.max),
                "currency": given.budget.currency,
            }
            said.append(Statement("budget", budget, "", _RULE, self.sent_at))
        return said


def e164(written: str, found: Extraction) -> str:
    """+8613800001234 · +14155550100; empty where the number cannot be read."""
    phone = found.first("phone")
    if phone is not None and not phone.ambiguous:
        return str(phone.value)
    bare = written.strip()
    if bare.startswith("+") or bare.startswith("00"):
        digits = "".join(char for char in bare if char in "0123456789").removeprefix("00")
        if len(digits) in _ABROAD:
            return f"+{digits}"
    return ""


def _whole(amount: float | None) -> int | None:
    return None if amount is None else round(amount)
