"""逾期 (#39): which leads broke a rung, by whose they were then; who has most comes first. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_store.queries.figures_stays import Lapse


@dataclass(frozen=True)
class Late:
    """A lead that was late with one owner, counted once however often it was."""

    lead_id: int
    owner_id: str
    missed: Mapping[str, int]
    """What was not done → how often: 15 分钟未查看 → 2."""
    last_at: datetime

    @property
    def times(self) -> int:
        return sum(self.missed.values())


def by_lead(lapses: Sequence[Lapse]) -> list[Late]:
    """The owner with the most late leads first; of his, the one that broke most."""
    grouped: dict[tuple[str, int], list[Lapse]] = defaultdict(list)
    for lapse in lapses:
        grouped[lapse.owner_id, lapse.lead_id].append(lapse)
    late = [
        Late(lead, owner, dict(Counter(one.words for one in them)), max(one.at for one in them))
        for (owner, lead), them in grouped.items()
    ]
    many = Counter(one.owner_id for one in late)
    return sorted(
        late,
        key=lambda one: (
            -many[one.owner_id],
            one.owner_id,
            -one.times,
            -one.last_at.timestamp(),
            one.lead_id,
        ),
    )


def worst(late: Sequence[Late], most: int) -> list[Late]:
    """Those that broke most, whoever's: what a stand-up looks at."""
    return sorted(late, key=lambda one: (-one.times, -one.last_at.timestamp(), one.lead_id))[:most]
