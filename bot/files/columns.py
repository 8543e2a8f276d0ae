"""Which column of a sheet means what, and a line of it as one submission.

A line is taken as it stands or refused with the reason; nothing in it is guessed at.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError

from bot.files.table import FileRefused, Line, Sheet, without_empty
from bot.wording import in_words, place_of
from config.schemas.imports import FieldName, Imports, folded
from handlers.bulk.reading import BY_CONTENT
from handlers.submission import Submission

ASIDE = ("原文件位置", "拒绝原因")
"""Columns that a file of refused lines begins with: they say nothing of a client."""
_HEADER_WITHIN = 15
"""Lines above the header (a title, a date, who exported it), at most."""
REACHED_BY: frozenset[FieldName] = frozenset({"phone", "email", "wechat", "need"})
_EXACT: frozenset[FieldName] = frozenset({"phone", "external_id", "credit_code", "wechat"})
"""Fields that a digit lost makes somebody else's."""
_SCIENTIFIC = re.compile(r"([0-9])\.?([0-9]*)[Ee]\+([0-9]{1,3})")
_FORMULA = re.compile(r"=|[+\-@].*\|.*!", re.DOTALL)
_DAY = re.compile(
    r"(?P<year>[0-9]{4})\s*[-/.年]\s*(?P<month>[0-9]{1,2})\s*[-/.月]\s*(?P<day>[0-9]{1,2})\s*日?"
    r"(?:[\sT,]*(?P<hour>[0-9]{1,2})[:：时点](?P<minute>[0-9]{1,2})?分?(?:[:：](?P<second>[0-9]{1,2}))?"
    r"(?:\.[0-9]+)?秒?)?"
)
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_SERIALS_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 (a spreadsheet's days have no zone)
_HALF_A_SECOND = timedelta(milliseconds=500)
"""A fraction of a day hardly ever is a whole second."""
_SERIALS = range(20_000, 80_000)
"""1954 to 2119: other numbers are no dates."""
_LONGEST_EXTRA = 64


class LineRefused(Exception):
    """This line is not taken; the message says why."""


@dataclass(frozen=True)
class Columns:
    """A sheet's header, understood."""

    names: tuple[str, ...]
    """The header as it stands; 第 3 列 where a column has none."""
    fields: Mapping[int, FieldName]
    imports: Imports
    zone: ZoneInfo

    @property
    def has_ids(self) -> bool:
        return "external_id" in self.fields.values()

    def submission(self, line: Line) -> Submission:
        """Raises LineRefused."""
        if line.trouble:
            raise LineRefused(line.trouble)
        if any(line.cells[len(self.names) :]):
            raise LineRefused(f"有 {len(line.cells)} 格，表头只有 {len(self.names)} 列")
        values, extra = self._values(line)
        given: dict[str, object] = dict(values)
        if extra:
            given["extra"] = extra
        given.setdefault("external_id", self._content_key(line))
        try:
            return Submission.model_validate(given)
        except ValidationError as invalid:
            raise LineRefused(self._in_words(invalid)) from None

    def _content_key(self, line: Line) -> str:
        """A line without an id of its own is known by what stands in it: taken again, it is the
        same, also where its columns are understood otherwise by then."""
        said = zip(self.names, line.cells, strict=False)
        filled = sorted((name, cell) for name, cell in said if cell and name not in ASIDE)
        return f"{BY_CONTENT}{hashlib.sha256(orjson.dumps(filled)).hexdigest()[:40]}"

    def _values(self, line: Line) -> tuple[dict[str, str], dict[str, str]]:
        values: dict[str, str] = {}
        extra: dict[str, str] = {}
        for at, cell in enumerate(line.cells[: len(self.names)]):
            if cell.casefold() in self.imports.blanks:
                continue
            if _FORMULA.match(cell):
                raise LineRefused(f"{self.names[at]}：像是公式，没有导入")
            field = self.fields.get(at)
            if self.names[at] in ASIDE:
                continue
            if field is None or field in values:
                extra[self.names[at][:_LONGEST_EXTRA]] = cell
            else:
                values[field] = self._value(field, cell)
        return values, extra

    def _value(self, field: FieldName, cell: str) -> str:
        if field in _EXACT:
            return self._digits(field, cell)
        if field == "created_at":
            return self._moment(cell)
        return cell

    def _digits(self, field: FieldName, cell: str) -> str:
        """1.3800001234E+10 is 13800001234; 1.38E+10 was one of ten million numbers."""
        number = _SCIENTIFIC.fullmatch(cell)
        if number is None:
            return cell
        whole, places, power = number.groups()
        if len(places) < int(power):
            name = self.imports.label(field)
            raise LineRefused(f"{name}：“{cell}”丢了数字，请把这一列的格式改成文本，重新填写")
        return f"{whole}{places}"[: int(power) + 1]

    def _moment(self, cell: str) -> str:
        """ISO 8601, in our zone where none is said."""
        found = _DAY.fullmatch(cell)
        try:
            if found is not None:
                parts = {name: int(part or 0) for name, part in found.groupdict().items()}
                return datetime(**parts, tzinfo=self.zone).isoformat()
            if _SERIAL.fullmatch(cell) and int(float(cell)) in _SERIALS:
                day = _SERIALS_BEGIN + timedelta(days=float(cell)) + _HALF_A_SECOND
                return day.replace(tzinfo=self.zone).isoformat(timespec="seconds")
        except ValueError:
            pass
        return cell

    def _in_words(self, invalid: ValidationError) -> str:
        first = invalid.errors(include_url=False, include_input=False)[0]
        sentence = in_words(first)
        if not first["loc"]:
            return sentence
        return f"{self.imports.label(place_of(first))}：{sentence}"


@dataclass(frozen=True)
class Understood:
    """A sheet whose header was found, and the lines below it."""

    sheet: Sheet
    columns: Columns
    lines: Iterator[Line]


def understand(
    sheet: Sheet,
    imports: Imports,
    zone: ZoneInfo,
    chosen: Mapping[str, FieldName] | None = None,
) -> Understood:
    """`chosen`: what a person said of headers. Raises FileRefused where no header is found."""
    known = {**imports.by_header, **{folded(name): field for name, field in (chosen or {}).items()}}
    lines = without_empty(sheet.lines)
    first = list(islice(lines, _HEADER_WITHIN))
    if not first:
        raise FileRefused(f"{_where(sheet)}没有内容")
    at = max(range(len(first)), key=lambda at: (_known(first, at, known), -at))
    columns = _columns(first, at, known, imports, zone)
    if not _known(first, at, known):
        raise FileRefused(
            f"{_where(sheet)}认不出表头（第 {first[0].number} 行是“{first[0].shown}”）："
            "请在第一行写上姓名、电话、公司这样的列名，或用 --map 表头=字段 指明"
        )
    if not REACHED_BY & set(columns.fields.values()):
        names = "、".join(imports.label(field) for field in ("phone", "email", "wechat", "need"))
        raise FileRefused(
            f"{_where(sheet)}的表头（{first[at].shown}）里没有 {names} 中的任何一列：请补上，"
            "或用 --map 表头=字段 指明"
        )
    missing = [name for name in chosen or () if folded(name) not in map(folded, columns.names)]
    if missing:
        raise FileRefused(f"{_where(sheet)}的表头里没有“{missing[0]}”，请核对 --map")
    return Understood(sheet, columns, chain(first[at + 1 :], lines))


def _where(sheet: Sheet) -> str:
    return f"工作表“{sheet.name}”" if sheet.name else "文件"


def _known(first: Sequence[Line], at: int, known: Mapping[str, FieldName]) -> int:
    """How many fields a line names, were it the header. A cell merged over many counts once."""
    if not any(folded(cell) in known for cell in first[at].cells):
        return 0
    return len({known[folded(cell)] for cell in _header(first, at, known) if folded(cell) in known})


def _header(first: Sequence[Line], at: int, known: Mapping[str, FieldName]) -> list[str]:
    """It may stand in two lines: 联系方式 over 手机 and 邮箱, 姓名 beside them."""
    cells = list(first[at].cells)
    above = first[at - 1].cells if at else ()
    for column, cell in enumerate(above):
        if column < len(cells) and not cells[column] and folded(cell) in known:
            cells[column] = cell
    return cells


def _columns(
    first: Sequence[Line],
    at: int,
    known: Mapping[str, FieldName],
    imports: Imports,
    zone: ZoneInfo,
) -> Columns:
    cells = _header(first, at, known)
    while cells and not cells[-1]:
        cells.pop()
    fields = {
        column: known[folded(cell)] for column, cell in enumerate(cells) if folded(cell) in known
    }
    return Columns(tuple(_names(cells)), fields, imports, zone)


def _names(cells: Iterable[str]) -> Iterator[str]:
    """Each column's own: what is kept of it in `extra` must not overwrite another."""
    seen: set[str] = set()
    for at, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"第 {at} 列"
        if name in seen:
            name = f"{name}（第 {at} 列）"
        seen.add(name)
        yield name
