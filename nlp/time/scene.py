"""What the reading of a date starts from, and what it gives."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nlp.time.span import Span
from nlp.time.tense import is_past
from nlp.time.words import S

OF = rf"(?:{S}的)?{S}"
TO = r" ?(?:到|至|--?|~|——?|–|、) ?"
NOT_HOUSE = (
    r"(?![楼线店仓院门库路厂馆桌柜铺室内电座车码文地井炉井泵标商文字馆栋房单元员技色钢料球位模"
    r"孔螺刀针砂胶粉摊桩泊令链]|机(?![票场])|客服|坐席|方案)"
)
DATE_UNIT = rf"(?:日(?![报本历记常用化立均元币产企语系程志])|号{NOT_HOUSE})"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a date counts from."""

    now: datetime
    text: str = ""
    at: int = 0
    left: Span | None = None
    """Where the range began whose end is read: 3月2日到5日."""

    @property
    def past(self) -> bool:
        """Whether the sentence is about what has been."""
        return is_past(self.text, self.at)


Found = tuple[int, Span]
Read = Callable[[str, int, Scene], Found | None]


def placed(end: int, span: Span | None) -> Found | None:
    """Where it ends and what it means, if it means anything (2月30日 does not)."""
    return None if span is None else (end, span)
