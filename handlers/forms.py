"""表单字典: what a source may hand in, and the channel it came by (#7, #10)."""

from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from config.schemas.forms import Forms
from handlers.submission import Submission

_EXTRA = "extra."
_MOST_LISTED = 30
_LONGEST_CHANNEL = 128
_LONGEST_ADDRESS = 4096


class OutsideDictionary(Exception):
    """A value is none of those that this field may have; the message lists them."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def checked(forms: Forms, source: str, submission: Submission) -> Submission:
    """The submission with its channel. Raises OutsideDictionary."""
    for form in forms.of(source):
        for field in form.required:
            if not _value(submission, field):
                raise OutsideDictionary(field, f"{field} 必须填写")
        for field, dictionary in form.choices.items():
            _require_one_of(submission, field, dictionary, forms.dictionaries[dictionary])
        for field in form.dates:
            _require_day(submission, field)
    if submission.campaign is None and (channel := _channel(forms, submission)):
        return submission.model_copy(update={"campaign": channel})
    return submission


def _require_one_of(
    submission: Submission, field: str, name: str, allowed: tuple[str, ...]
) -> None:
    value = _value(submission, field)
    if not value or value in allowed:
        return
    listed = "、".join(allowed[:_MOST_LISTED]) + ("…" if len(allowed) > _MOST_LISTED else "")
    raise OutsideDictionary(field, f"{name}只能填：{listed}")


def _require_day(submission: Submission, field: str) -> None:
    value = _value(submission, field)
    if not value:
        return
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        raise OutsideDictionary(field, f"{field} 应为日期，如 2026-03-18") from None


def _value(submission: Submission, field: str) -> str:
    if field.startswith(_EXTRA):
        found = submission.extra.get(field.removeprefix(_EXTRA))
    else:
        found = getattr(submission, field, None)
    return "" if found is None else str(found).strip()


def _channel(forms: Forms, submission: Submission) -> str:
    """来源渠道 by the tracking parameter: of the form itself, else of its page's address."""
    for given in (submission.extra, *_parameters(forms, submission)):
        for name in forms.tracking:
            value = given.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()[:_LONGEST_CHANNEL]
    return ""


def _parameters(forms: Forms, submission: Submission) -> Iterator[Mapping[str, str]]:
    for name in forms.pages:
        address = submission.extra.get(name)
        if isinstance(address, str) and len(address) <= _LONGEST_ADDRESS:
            try:
                yield dict(parse_qsl(urlsplit(address).query, max_num_fields=100))
            except ValueError:
                continue
