"""Moments, days and spans: 下周三下午三点, 月底前, 三天之内, 国庆后, Q2, 半小时后."""

from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.time.reader import Reader

NEEDS = frozenset(
    "年月日号周星礼天点时半分今明昨后前内季节假午晚晨早夜旦庆清端中秋元除圣国重七:./-Qqh8初情双光平母父感万教建儿青愚植妇女"
)
"""Every time has one of these."""
TAKEN = ("product", "company", "person", "competitor")
"""A name that holds a time's characters: 今日头条."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    for time in Reader(text, context.sent_at).times():
        start, end, span = time.start, time.end, time.span
        if not any(context.claimed(kind, start, end) for kind in TAKEN):
            yield context.entity(
                "time", start, end, span.as_value(), time.by, ambiguous=span.ambiguous
            )
