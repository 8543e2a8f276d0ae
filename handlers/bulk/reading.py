"""Submissions read for writing them in bulk. Pure, so that other processes may do it.

What many lines of a file have alike (产品, 地区, 预算) is read once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crm_store.identity.record import Record
from crm_store.models import IdentityKind
from crm_store.view import Known
from handlers.findings import About, statements
from handlers.form import Form, Remembered
from handlers.growing import Statement
from handlers.identifying import record_with
from handlers.intake import as_said
from handlers.reading import Product, Reader, Reading, of
from handlers.submission import Submission
from nlp.facts import Entity, Extraction

LONGEST_NAME = 64
LONGEST_COMPANY = 200
LONGEST_CAMPAIGN = 128
IN_THE_MESSAGE = -1
"""Stands for the number of the message, which is not written yet."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A submission, and all that was read in it."""

    external_id: str
    campaign: str
    body: str
    name: str
    company: str
    identifiers: tuple[Known, ...]
    record: Record
    product: Product | None
    text: str
    """The client's words: the need and the boxes of the form."""
    sent_at: datetime
    need: str
    found: Extraction
    """In the need."""
    boxed: tuple[Entity, ...]
    plain: tuple[Statement, ...]
    """What counts as it stands."""

    @property
    def form_key(self) -> Known:
        return next(known for known in self.identifiers if known[0] is IdentityKind.FORM)

    def said(self, about: About, reader: Reader) -> list[Sequence[Statement]]:
        """What it says of a lead, in the order in which it is to be heard."""
        need = Reading(self.found, reader.catalog, self.need, reader.own)
        boxes = of(self.boxed, reader.catalog, self.text)
        return [
            *(
                statements(reading, about, said_at=self.sent_at, message_id=IN_THE_MESSAGE)
                for reading in (need, boxes)
                if reading.found.entities or reading.found.intent.keywords
            ),
            self.plain,
        ]


def read_all(
    submissions: Sequence[Submission],
    source: str,
    reader: Reader,
    now: datetime,
    remembered: Remembered,
) -> list[ReadLine]:
    return [_read(one, source, reader, now, remembered) for one in submissions]


def _read(
    submission: Submission, source: str, reader: Reader, now: datetime, remembered: Remembered
) -> ReadLine:
    form = Form(submission, source, now, reader, remembered)
    in_lines = [replace(one, message_id=IN_THE_MESSAGE) for one in form.in_lines(None)]
    return ReadLine(
        external_id=submission.external_id,
        campaign=(submission.campaign or "")[:LONGEST_CAMPAIGN],
        body=submission.model_dump_json(),
        name=form.name[:LONGEST_NAME],
        company=(submission.company or "")[:LONGEST_COMPANY],
        identifiers=tuple(form.identifiers),
        record=record_with(as_said(submission, form.sent_at), form.identifiers),
        product=next(iter(form.products), None),
        text=form.text,
        sent_at=form.sent_at,
        need=submission.need or "",
        found=form.need,
        boxed=form.boxes.found.entities,
        plain=(*in_lines, *form.in_boxes()),
    )
