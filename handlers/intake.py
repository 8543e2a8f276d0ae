"""表单线索: what a web form, a landing page or a connector hands in becomes a lead (#6).

Known by (source, external_id), a submission changes nothing a second time. What the client typed
is kept as his message, so that each field points at the words it came from.
"""

from dataclasses import dataclass
from datetime import datetime

from config.rules import Rules
from crm_store.facts import MessageIn
from crm_store.models import ChatMessage, Client, Direction, Intake, Lead
from crm_store.queries import intake
from crm_store.store import Transaction
from crm_store.view import View
from handlers import clients, learning
from handlers.form import Form
from handlers.opening import lead_for
from handlers.reading import Reader
from handlers.records import RawClient
from handlers.submission import Submission

_LONGEST_NAME = 64
_LONGEST_COMPANY = 200
_LONGEST_WORD = 128


@dataclass(frozen=True)
class Taken:
    """The answer, the same however often a submission is handed in."""

    lead: str
    client: str
    joined: bool
    is_new: bool


async def known(view: View, source: str, external_id: str) -> Taken | None:
    row = await intake.of(view, source, external_id)
    return _answer(row, is_new=False) if row is not None else None


async def take_in(
    submission: Submission, source: str, tx: Transaction, reader: Reader, rules: Rules
) -> Taken:
    """The lead of this submission, made or joined; `source` is the key's name."""
    before = await known(tx, source, submission.external_id)
    if before is not None:
        return before
    form = Form(submission, source, tx.now, reader)
    client = await clients.find_or_add(
        tx,
        rules,
        form.identifiers,
        name=form.name[:_LONGEST_NAME],
        company=(submission.company or "")[:_LONGEST_COMPANY],
        said=as_said(submission, form.sent_at),
    )
    product = next(iter(form.products), None)
    lead, is_new = await lead_for(tx, client, product=product, source=source)
    await _hear(tx, lead, client, form, source)
    await learning.hear(tx, lead, form.in_boxes())
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


def as_said(submission: Submission, at: datetime) -> RawClient:
    """What the form says of who the client is."""
    return RawClient(
        name=submission.name or "",
        company=submission.company or "",
        phone=submission.phone or "",
        email=submission.email or "",
        wechat=submission.wechat or "",
        credit_code=submission.credit_code or "",
        address=submission.address or "",
        legal_person=submission.legal_person or "",
        region=submission.region or "",
        ip=submission.ip or "",
        at=at,
    )


def _answer(row: Intake, *, is_new: bool) -> Taken:
    return Taken(f"L{row.lead_id}", f"C{row.client_id}", row.joined, is_new)


async def _hear(tx: Transaction, lead: Lead, client: Client, form: Form, source: str) -> None:
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
    await learning.hear(tx, lead, form.in_lines(row.id))
