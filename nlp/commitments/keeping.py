"""What a rep's message shows to be done: 报价单已发, 样品寄出了，单号…, 合同发您邮箱了.

Told from a promise (明天发), a question (发您了吗), a negation (还没发) and from what went to
somebody else (发财务了). Where it is not clear, nothing is found.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from nlp.commitments.actions import thing_named
from nlp.commitments.clauses import FUTURE, Clause, clauses_of, masked, times_within
from nlp.context import Context
from nlp.facts import Entity, Kept
from nlp.folding import lower
from nlp.phrases import expressions

_SAID = {name: re.compile(pattern) for name, pattern in expressions("kept").items()}
_NEVER = (
    *("denied", "unsure", "to_come", "asked"),
    *("of_others", "to_others", "clients_part", "earlier"),
)
SENT, PARCEL = "sent", "parcel"
"""Something was handed over; something was sent by post: what it was is not said."""


def read_keepings(context: Context, entities: tuple[Entity, ...]) -> tuple[Kept, ...]:
    """What the message shows to be done, each kind once."""
    text = lower(context.folded)
    if not _may_show(text):
        return ()
    times = [one for one in entities if one.type == "time"]
    clauses = list(clauses_of(masked(text, entities, context.sent_at)))
    found: dict[str, Kept] = {}
    for _, sentence in groupby(clauses, key=lambda clause: clause.sentence):
        for action, clause in _of_sentence(list(sentence), times, context.sent_at):
            found.setdefault(action, _kept(action, clause, times, context))
    waybill = _SAID["waybill"].search(text)
    if waybill and not found:
        found[PARCEL] = Kept(PARCEL, waybill.start(), waybill.end())
    named = [one for one in found.values() if one.action not in (SENT, PARCEL)]
    return tuple(named or found.values())


def _may_show(text: str) -> bool:
    """Most messages show nothing, and are asked no further."""
    return any(sign in text for sign in _SIGNS)


_SIGNS = (
    "了",
    "啦",
    "咯",
    "已",
    "查收",
    "查阅",
    "过目",
    "附",
    "单号",
    "这是",
    "以下是",
    "下面是",
    "刚",
)


def _of_sentence(
    clauses: list[Clause], times: list[Entity], now: datetime
) -> Iterator[tuple[str, Clause]]:
    named: str | None = None
    is_open = False
    """Whether something was said to be still to come: 请查收 speaks of that, then."""
    for clause in clauses:
        thing = None if _says("mail_sent", clause.said) else thing_named(clause.said)
        about = thing or named
        if _is_ruled_out(clause, times, now):
            is_open = True
        else:
            action = _action(clause.said, thing, about, is_open=is_open)
            if action is not None:
                yield action, clause
        named = about


def _is_ruled_out(clause: Clause, times: list[Entity], now: datetime) -> bool:
    if clause.asked or any(_says(reading, clause.said) for reading in _NEVER if reading != "asked"):
        return not _says("called", clause.said) or clause.asked
    if _says("asked", clause.said):
        return True
    return FUTURE in clause.said and not _is_today(clause, times, now)


def _is_today(clause: Clause, times: list[Entity], now: datetime) -> bool:
    return all(_start(one).date() <= now.date() for one in times_within(clause, times))


def _action(said: str, thing: str | None, about: str | None, *, is_open: bool) -> str | None:
    for reading, needed, action in _DEEDS:
        if needed in (_ANYTHING, thing) and _says(reading, said):
            return action
    if _says("has_done", said) or (_says("did", said) and not _says("bare", said)):
        return about or _handed(said)
    if thing in _THINGS and _says("handed", said):
        return thing
    if thing and _says("here_it_is", said) and not _says("no_thing_itself", said):
        return thing
    return (about or SENT) if _says("look", said) and not is_open else None


_ANYTHING = "anything"
_THINGS = frozenset({"quote", "document", "contract", "invoice", "sample"})
_DEEDS: tuple[tuple[str, str | None, str], ...] = (
    ("called", _ANYTHING, "call"),
    ("repaired", _ANYTHING, "repair"),
    ("invoiced", "invoice", "invoice"),
    ("delivered", None, "delivery"),
    ("on_its_way", "sample", "sample"),
    ("mail_sent", _ANYTHING, SENT),
)
"""What a clause says, the thing that it names with it (None: none), and what that shows."""


def _handed(said: str) -> str | None:
    """What was handed over where no thing is named: 给您报过去了, 发您微信了."""
    if "报" in said:
        return "quote"
    return SENT if _says("opened", said) else None


def _kept(action: str, clause: Clause, times: list[Entity], context: Context) -> Kept:
    ends = [_end(one) for one in times_within(clause, times) if _end(one) <= context.sent_at]
    return Kept(action, clause.start, clause.end, max(ends, default=None))


def _says(reading: str, said: str) -> bool:
    return _SAID[reading].search(said) is not None


def _start(time: Entity) -> datetime:
    assert not isinstance(time.value, str)
    return datetime.fromisoformat(str(time.value["start"]))


def _end(time: Entity) -> datetime:
    assert not isinstance(time.value, str)
    return datetime.fromisoformat(str(time.value["end"]))
