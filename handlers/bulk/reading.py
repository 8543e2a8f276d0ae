"""Submissions read for writing them in bulk. Pure, so that other processes may do it.

What many lines of a file have alike (产品, 地区, 预算) is read once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crm_store.identity.index import Entry
from crm_store.identity.veil import write
from crm_store.models import IdentityKind
from crm_store.vault import Lookups
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
BY_CONTENT = "row:"
"""How ids begin that no source gave: they say what stands in the line."""
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
    identifiers: tuple[tuple[str, str, str], ...]
    """Kind, value, and the hash under which it is found."""
    key: str
    """The hash of the source's own id."""
    entry: Entry
    """What is compared."""
    kept: tuple[str, str]
    """The same as the index keeps it."""
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
    of_new: tuple[Sequence[Statement], ...] = ()
    """What it says of a new lead, in the order in which it is to be heard."""

    @property
    def has_id(self) -> bool:
        """Whether the source gave it one."""
        return not self.external_id.startswith(BY_CONTENT)

    @property
    def about(self) -> About:
        """A new lead of its own."""
        name, line = self.product or (None, "")
        return About(line, name)

    def said(self, about: About, reader: Reader) -> tuple[Sequence[Statement], ...]:
        """What it says of a lead, in the order in which it is to be heard."""
        if about == self.about and self.of_new:
            return self.of_new
        need = Reading(self.found, reader.catalog, self.need, reader.own)
        boxes = of(self.boxed, reader.catalog, self.text)
        return (
            *(
                statements(reading, about, said_at=self.sent_at, message_id=IN_THE_MESSAGE)
                for reading in (need, boxes)
                if reading.found.entities or reading.found.intent.keywords
            ),
            self.plain,
        )


@dataclass(frozen=True)
class LineReader:
    """Reads the lines of one source."""

    source: str
    reader: Reader
    lookups: Lookups
    now: datetime
    remembered: Remembered = field(default_factory=dict)

    def read(self, submission: Submission) -> ReadLine:
        form = Form(submission, self.source, self.now, self.reader, self.remembered)
        in_lines = [replace(one, message_id=IN_THE_MESSAGE) for one in form.in_lines(None)]
        identifiers = tuple(
            (kind.value, value, self.lookups.lookup(kind, value))
            for kind, value in form.identifiers
        )
        record = record_with(as_said(submission, form.sent_at), form.identifiers)
        entry = Entry.of(record, self.lookups)
        line = ReadLine(
            external_id=submission.external_id,
            campaign=(submission.campaign or "")[:LONGEST_CAMPAIGN],
            body=submission.model_dump_json(),
            name=form.name[:LONGEST_NAME],
            company=(submission.company or "")[:LONGEST_COMPANY],
            identifiers=identifiers,
            key=next(key for kind, _, key in identifiers if kind == IdentityKind.FORM),
            entry=entry,
            kept=write(entry.record),
            product=next(iter(form.products), None),
            text=form.text,
            sent_at=form.sent_at,
            need=submission.need or "",
            found=form.need,
            boxed=form.boxes.found.entities,
            plain=(*in_lines, *form.in_boxes()),
        )
        return replace(line, of_new=line.said(line.about, self.reader))
