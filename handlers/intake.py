"""表单线索: what a web form, a landing page or a connector hands in becomes a lead (#6).

Known by (source, external_id), a submission changes nothing a second time. What the client typed
is kept as his message, so that each field points at the words it came from.
"""

from dataclasses import dataclass
from datetime import datetime

from crm_store.facts import MessageIn
from crm_store.models import ChatMessage, Client, Direction, IdentityKind, Intake, Lead
from crm_store.queries import intake
from crm_store.store import Transaction
from crm_store.view import Known, View
from handlers import clients, learning
from handlers.growing import Statement
from handlers.opening import lead_for
from handlers.reading import Product, Reader, Reading, of
from handlers.submission import BudgetGiven, Submission
from nlp.facts import Entity, Extraction

NAMELESS = "表单客户"
_LONGEST_NAME = 64
_LONGEST_COMPANY = 200
_LONGEST_WORD = 128
_LONGEST_REGION = 64
_RULE = "form"
_ABROAD = range(7, 16)
"""How many digits an international number has (E.164)."""


@dataclass(frozen=True)
class Taken:
    """The answer, the same however often a submission is handed in."""

    lead: str
    client: str
    joined: bool
    is_new: bool


@dataclass(frozen=True)
class Line:
    """A box of the form as a line of the client's message."""

    field: str
    start: int
    words: str
    found: Entity | None


async def known(view: View, source: str, external_id: str) -> Taken | None:
    row = await intake.of(view, source, external_id)
    return _answer(row, is_new=False) if row is not None else None


async def take_in(submission: Submission, source: str, tx: Transaction, reader: Reader) -> Taken:
    """The lead of this submission, made or joined; `source` is the key's name."""
    before = await known(tx, source, submission.external_id)
    if before is not None:
        return before
    form = _Form(submission, source, tx.now, reader)
    client = await clients.find_or_add(
        tx,
        form.identifiers,
        name=form.name[:_LONGEST_NAME],
        company=(submission.company or "")[:_LONGEST_COMPANY],
    )
    product = next(iter(form.products), None)
    lead, is_new = await lead_for(tx, client, product=product, source=source)
    await _hear(tx, lead, client, form, source)
    await _learn_boxes(tx, lead, submission, form)
    row = Intake(
        source=source,
        external_id=intake.intake_key(tx, source, submission.external_id),
        lead_id=lead.id,
        client_id=client.id,
        joined=not is_new,
        campaign=(submission.campaign or "")[:_LONGEST_WORD],
        body=await tx.seal(client.id, submission.model_dump_json(), purpose="intake"),
        taken_at=tx.now,
    )
    tx.add(row)
    await tx.flush()
    return _answer(row, is_new=True)


def _answer(row: Intake, *, is_new: bool) -> Taken:
    return Taken(f"L{row.lead_id}", f"C{row.client_id}", row.joined, is_new)


class _Form:
    """The submission as the extractor reads it."""

    def __init__(self, submission: Submission, source: str, now: datetime, reader: Reader) -> None:
        self._submission = submission
        self._reader = reader
        self.sent_at = min(submission.created_at or now, now)
        need = submission.need or ""
        self.reading = reader.read(need, self.sent_at)
        self.need = self.reading.found
        self.lines: list[Line] = []
        text = need
        for field, label in (("product", "产品"), ("budget", "预算"), ("region", "地区")):
            words = getattr(submission, field)
            if isinstance(words, str):
                text, line = self._line(text, field, label, words)
                self.lines.append(line)
        self.text = text or f"［提交了表单 {source}］"
        self.phone = e164(submission.phone or "", self._extract(submission.phone or ""))
        self.name = self._name()
        self.identifiers = self._identifiers(source)

    def _extract(self, text: str) -> Extraction:
        return self._reader.read(text, self.sent_at).found

    def _line(self, text: str, field: str, label: str, words: str) -> tuple[str, Line]:
        written = words if label in words else f"{label}：{words}"
        start = len(text) + 1 if text else 0
        found = self._extract(written).first(field)
        if found is not None:
            found = Entity(
                field, found.text, start + found.start, start + found.end, found.value, found.by
            )
        line = Line(field, start + written.find(words), words, found)
        return f"{text}\n{written}" if text else written, line

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

    def _name(self) -> str:
        given, title = " ".join((self._submission.name or "").split()), self._submission.title or ""
        if given:
            # 王 + 经理: a surname alone is not what people are called.
            return given + title if len(given) == 1 else given
        return self.reading.name or ("" if self._submission.company else NAMELESS)

    def _identifiers(self, source: str) -> list[Known]:
        given = self._submission
        code = self._extract(given.credit_code or "").first("credit_code")
        pairs = [
            (IdentityKind.PHONE, self.phone),
            (IdentityKind.EMAIL, (given.email or "").lower()),
            (IdentityKind.WECHAT, given.wechat or ""),
            (IdentityKind.CREDIT_CODE, str(code.value) if code else ""),
            *self.reading.identifiers,
            (IdentityKind.FORM, f"{source}:{given.external_id}"),
        ]
        return list(dict.fromkeys((kind, value) for kind, value in pairs if value))


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


async def _hear(tx: Transaction, lead: Lead, client: Client, form: _Form, source: str) -> None:
    """The client's words, and what is read in them."""
    row = ChatMessage(
        client_id=client.id,
        direction=Direction.IN,
        sent_at=form.sent_at,
        body=await tx.seal(client.id, form.text, purpose="message"),
        source=source,
    )
    tx.add(row)
    await tx.flush()
    await tx.record(
        MessageIn(
            at=tx.now,
            client_id=client.id,
            lead_id=lead.id,
            message_id=row.id,
            sent_at=form.sent_at,
        )
    )
    for learns, reading in ((learning.take_in, form.reading), (learning.learn, form.boxes)):
        await learns(tx, lead, reading, message_id=row.id, said_at=form.sent_at)
    typed = []
    for line in form.lines:
        if line.found is None and line.field != "budget":
            value = (
                {"name": line.words[:_LONGEST_WORD]}
                if line.field == "product"
                else {"province": None, "city": None, "district": line.words[:_LONGEST_REGION]}
            )
            span = (line.start, line.start + len(line.words))
            typed.append(
                Statement(line.field, value, line.words, _RULE, form.sent_at, row.id, span)
            )
    await learning.hear(tx, lead, typed)


async def _learn_boxes(tx: Transaction, lead: Lead, submission: Submission, form: _Form) -> None:
    """Boxes whose meaning is plain: they are taken as they stand."""
    texts = {
        "company": submission.company,
        "phone": form.phone or submission.phone,
        "email": (submission.email or "").lower(),
        "wechat": submission.wechat,
        "credit_code": (submission.credit_code or "").upper(),
    }
    typed = [
        Statement(name, value, getattr(submission, name), _RULE, form.sent_at)
        for name, value in texts.items()
        if value
    ]
    if submission.name or submission.title:
        words = "".join(filter(None, (submission.name, submission.title)))
        person = {"name": submission.name, "title": submission.title}
        typed.append(Statement("person", person, words, _RULE, form.sent_at))
    if isinstance(submission.budget, BudgetGiven):
        budget = {
            "min": _whole(submission.budget.min),
            "max": _whole(submission.budget.max),
            "currency": submission.budget.currency,
        }
        typed.append(Statement("budget", budget, "", _RULE, form.sent_at))
    await learning.hear(tx, lead, typed)


def _whole(amount: float | None) -> int | None:
    return None if amount is None else round(amount)
