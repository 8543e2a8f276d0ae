"""A moment in a colleague's words: 周五, 下周一下午三点, 明天下班前."""

import re
from dataclasses import dataclass
from datetime import datetime

from crm_store.errors import CrmError
from handlers.reading import Reader

_TAIL = re.compile(r"(?:之前|以前|前|吧|再说|左右)+$")
_UNCLEAR = "没看懂是什么时候，可以这样说：周五下午三点、明天上午、3月20日"


@dataclass(frozen=True)
class Span:
    """From its first moment to its last; both the same where it is a point in time."""

    start: datetime
    end: datetime
    words: str
    is_unsure: bool = False
    at: int = 0
    """Where its words begin."""

    @property
    def is_exact(self) -> bool:
        return self.start == self.end


def find_spans(words: str, reader: Reader, now: datetime) -> list[Span]:
    """The times that the words name, whether they are past or not."""
    found = []
    for entity in reader.read(words, now).found.of("time"):
        assert not isinstance(entity.value, str)
        start, end = (datetime.fromisoformat(str(entity.value[side])) for side in ("start", "end"))
        found.append(Span(start, end, entity.text, entity.ambiguous, entity.start))
    return found


def find_span(words: str, reader: Reader, now: datetime) -> Span | None:
    """The first of them."""
    return next(iter(find_spans(words, reader, now)), None)


def refuse_past(moment: datetime, now: datetime, words: str) -> None:
    """Said of all that is to come: reminders, promises, next contacts."""
    if moment <= now:
        raise CrmError(f"“{words}”已经过了，请说一个以后的时间")


def read_due(words: str, reader: Reader, now: datetime) -> datetime:
    """Until when something is to be done. Refuses what is no time, or past."""
    span = find_span(words, reader, now) or find_span(_TAIL.sub("", words.strip()), reader, now)
    if span is None:
        raise CrmError(_UNCLEAR)
    refuse_past(span.end, now, span.words)
    return span.end
