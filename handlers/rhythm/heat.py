"""时效热力图 (#40): of what came to whom at which hour by which channel, what timed out. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crm_store.queries.figures_stays import Lapse, Stay

ALL = "全部"


@dataclass(frozen=True)
class Cell:
    leads: int = 0
    broken: int = 0

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.leads + other.leads, self.broken + other.broken)

    @property
    def percent(self) -> int:
        """Of a cell without leads 0."""
        return round(100 * self.broken / self.leads) if self.leads else 0

    def is_red(self, over: int) -> bool:
        """Over it, not on it."""
        return self.leads > 0 and 100 * self.broken > over * self.leads


EMPTY = Cell()


@dataclass(frozen=True)
class Heat:
    """Who stands in which row, the worst first, and what is in the cells."""

    rows: tuple[str, ...]
    channels: tuple[str, ...]
    hours: tuple[int, ...]
    cells: Mapping[tuple[str, int, str], Cell]

    def cell(self, row: str, hour: int, channel: str) -> Cell:
        return self.cells.get((row, hour, channel), EMPTY)

    def of_row(self, row: str, channel: str | None = None) -> Cell:
        return _sum(c for (r, _, ch), c in self.cells.items() if r == row and _in(ch, channel))

    def of_channel(self, channel: str | None = None) -> Cell:
        return _sum(cell for (_, _, ch), cell in self.cells.items() if _in(ch, channel))

    @property
    def total(self) -> Cell:
        return _sum(self.cells.values())


def measure(
    stays: Sequence[Stay],
    lapses: Sequence[Lapse],
    *,
    row_of: Mapping[str, str],
    zone: ZoneInfo,
    first_hour: int,
    last_hour: int,
) -> Heat:
    """`row_of`: owner → the row he is drawn in. An hour outside [first, last] is drawn in the
    nearest one, so that no lead is left out."""
    broken = _broken(stays, lapses)
    cells: dict[tuple[str, int, str], Cell] = defaultdict(Cell)
    for place, stay in enumerate(stays):
        if stay.owner_id not in row_of:
            continue
        hour = min(max(stay.began_at.astimezone(zone).hour, first_hour), last_hour)
        cells[row_of[stay.owner_id], hour, stay.channel] += Cell(1, int(place in broken))
    heat = Heat((), (), tuple(range(first_hour, last_hour + 1)), cells)
    rows = sorted(
        {row for row, _, _ in cells}, key=lambda r: (-heat.of_row(r).percent, -_n(heat, r), r)
    )
    channels = sorted(
        {channel for _, _, channel in cells}, key=lambda c: (-heat.of_channel(c).leads, c)
    )
    return Heat(tuple(rows), tuple(channels), heat.hours, cells)


def _broken(stays: Sequence[Stay], lapses: Sequence[Lapse]) -> set[int]:
    """Places of the stays during which something broke: each lapse belongs to the last time
    before it that the lead came to that owner."""
    began: dict[tuple[int, str], list[tuple[datetime, int]]] = defaultdict(list)
    for place, stay in enumerate(stays):
        began[stay.lead_id, stay.owner_id].append((stay.began_at, place))
    broken = set()
    for lapse in lapses:
        before = [p for at, p in began[lapse.lead_id, lapse.owner_id] if at <= lapse.at]
        if before:
            broken.add(before[-1])
    return broken


def _n(heat: Heat, row: str) -> int:
    return heat.of_row(row).leads


def _in(channel: str, wanted: str | None) -> bool:
    return wanted is None or channel == wanted


def _sum(cells: Iterable[Cell]) -> Cell:
    total = EMPTY
    for cell in cells:
        total += cell
    return total


def rows_for(
    owners: Iterable[str], names: Mapping[str, str], heads: Mapping[str, str | None], *, most: int
) -> dict[str, str]:
    """Owner → what his row is called. More people than fit stand together under whoever leads
    them directly (`heads`: owner → that one's name)."""
    people = sorted(set(owners))
    if len(people) <= most:
        return _told_apart(people, names)
    return {
        owner: f"{heads[owner]}组" if heads.get(owner) else names.get(owner, owner)
        for owner in people
    }


def _told_apart(people: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Two of one name get their id as well."""
    called = [names.get(person, person) for person in people]
    return {
        person: name if called.count(name) == 1 else f"{name}({person})"
        for person, name in zip(people, called, strict=True)
    }
