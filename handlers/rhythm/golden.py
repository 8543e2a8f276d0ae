"""黄金四小时 (#41): how many leads were visited for the first time within hours of being given to
somebody, by region. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_store.queries.figures_stays import Stay

NOWHERE = "未知地区"


@dataclass(frozen=True)
class Golden:
    region: str
    leads: int = 0
    """Whose time is over, or who were visited in time."""
    within: int = 0
    running: int = 0
    """Not visited yet, and still in time."""

    @property
    def percent(self) -> int:
        return round(100 * self.within / self.leads) if self.leads else 0


def measure(
    firsts: Sequence[Stay], visited: Mapping[int, datetime], *, hours: int, now: datetime
) -> list[Golden]:
    """`firsts`: of each lead the first time it came to anybody. Wall time, at night as well. The
    region with the most leads first."""
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for stay in firsts:
        deadline = stay.began_at + timedelta(hours=hours)
        visit = visited.get(stay.lead_id)
        row = counted[stay.region or NOWHERE]
        if visit is not None and visit <= deadline:
            row[0] += 1
            row[1] += 1
        elif now < deadline:
            row[2] += 1
        else:
            row[0] += 1
    rows = [Golden(region, *row) for region, row in counted.items()]
    return sorted(rows, key=lambda row: (-row.leads, -row.running, row.region))


def altogether(rows: Sequence[Golden]) -> Golden:
    return Golden(
        "合计",
        sum(row.leads for row in rows),
        sum(row.within for row in rows),
        sum(row.running for row in rows),
    )
