"""What may be a date, by the character that it begins with."""

from nlp.time import holidays
from nlp.time.days import day_of_month, relative, week
from nlp.time.feasts import holiday, lunar_date
from nlp.time.figures import in_figures
from nlp.time.months import month, month_away
from nlp.time.quarters import bare_part, half, quarter
from nlp.time.scene import Found, Read, Scene
from nlp.time.years import year, years

_NUMBER_READERS: tuple[Read, ...] = (
    in_figures,
    years,
    year,
    lunar_date,
    month,
    quarter,
    day_of_month,
    holiday,
)
READERS: dict[str, tuple[Read, ...]] = {
    **dict.fromkeys("0123456789", _NUMBER_READERS),
    **dict.fromkeys(
        "零〇一二两三四五六七八九十廿", (year, lunar_date, month, quarter, day_of_month, holiday)
    ),
    "元": (month, holiday),
    **dict.fromkeys("昨", (relative,)),
    **dict.fromkeys("今明前后大", (relative, year, lunar_date, holiday)),
    **dict.fromkeys("去", (year,)),
    **dict.fromkeys("上下", (week, month_away, half, quarter, year, bare_part)),
    "中": (bare_part, holiday),
    **dict.fromkeys("这本", (week, month_away, quarter, year)),
    **dict.fromkeys("周星礼", (week,)),
    **dict.fromkeys("月季", (bare_part,)),
    "年": (lunar_date, bare_part, holiday),
    **dict.fromkeys("Qq首第", (quarter,)),
    **dict.fromkeys("农阴旧正冬腊闰初", (lunar_date, holiday)),
    **dict.fromkeys(
        {name[0] for name in holidays.NAMES} - set("元0123456789一二三四五六七八九十大年腊中"),
        (holiday,),
    ),
}
"""What may begin with a character."""


def read(text: str, at: int, scene: Scene) -> Found | None:
    """The day or the longer stretch that is written at `at`."""
    for reader in READERS.get(text[at], ()):
        found = reader(text, at, scene)
        if found:
            return found
    return None
