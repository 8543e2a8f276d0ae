"""Moments, days and spans: 下周三下午三点, 月底前, 三天之内, 国庆后, Q2, 半小时后."""

from collections.abc import Iterator
from itertools import chain

from nlp.context import Context
from nlp.facts import Entity
from nlp.time import english
from nlp.time.reader import Reader, Time

NEEDS = frozenset(
    "年月日号周星礼天儿点时旬季节期假午晚晨早夜前后内过"
    "元黑网清端中秋国重七初除圣情六五双万父母感旦腊历hHmQq:./-·28aeiouAEIOU後週禮點號內時節過曆"
)
"""Every time has one of these."""
SIMPLIFIED = str.maketrans(
    "後週禮點號個內兩時間開鐘這從節國慶聖誕過來農曆舊陰頭兒",
    "后周礼点号个内两时间开钟这从节国庆圣诞过来农历旧阴头儿",
)
TRADITIONAL = frozenset(map(chr, SIMPLIFIED))
"""下週三, 後天: clients abroad write so."""
TAKEN = ("product", "company", "person", "competitor")
"""Names that hold a time's characters: 今日头条."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    if not TRADITIONAL.isdisjoint(text):
        text = text.translate(SIMPLIFIED)
    reader = Reader(text, context.sent_at)
    for time in chain(_english(text, reader, context), reader.times()):
        start, end, span = time.start, time.end, time.span
        if not any(context.claimed(kind, start, end) for kind in TAKEN):
            yield context.entity(
                "time", start, end, span.as_value(), time.by, ambiguous=span.ambiguous
            )


def _english(text: str, reader: Reader, context: Context) -> Iterator[Time]:
    """Those that are told in English, with the 前 or 后 that follows them."""
    try:
        for told in english.times(text, context.sent_at):
            yield reader.finished(*told, "english")
    except (OverflowError, ValueError):
        # The calendar ends with the year 9999.
        return
