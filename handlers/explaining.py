"""为什么 客户 字段: a field answers with the client's words, when, by which rule, and what it was.

The owner sees everything; to others who may see the client phones and the like are masked.
"""

import re
from collections.abc import Mapping

from crm_store.errors import CrmError
from crm_store.models import ChatMessage, Direction, Member
from crm_store.queries import members
from crm_store.queries.fields import KnownField
from crm_store.store import Transaction
from handlers.events import Form
from handlers.fields import LABELS, shown
from handlers.finding import Found
from handlers.past import Past, text_around
from handlers.showing import title_of
from nlp.desensitise import desensitise, mask
from notifiers.card import Text
from notifiers.cards.wording import day_and_time

_SENTENCE_ENDS = re.compile(r"[。！!？?\n；;]")
_MOST_AROUND = 60
"""Characters of the sentence that are shown on each side of the words."""
_NOTED = frozenset({"跟进备注", "owner"})
"""What a colleague told the assistant, and no message says."""
_MOST_VALUES = 5
_MOST_BEFORE = 5


async def why_field(tx: Transaction, found: Found, name: str, asker: Member) -> Text:
    lead = found.lead
    is_owner = lead.owner_id == asker.id
    past = await Past.of(tx, lead, name=name)
    title = await title_of(tx, lead)
    standing = past.standing
    if not standing:
        raise CrmError(f"「{title}」的{LABELS[name]}还不知道，客户没有说过")
    names = await members.names(tx)
    lines = [f"「{title}」的{LABELS[name]}："]
    for field in standing[-_MOST_VALUES:]:
        lines += [
            f"· {shown(field)}",
            f"  {await _source(tx, found, field, names, is_owner=is_owner)}",
            *_past_and_since(field, past, names),
        ]
    if len(standing) > _MOST_VALUES:
        lines.append(f"另有 {len(standing) - _MOST_VALUES} 项，请看完整历史")
    text = "\n".join(lines)
    return Text(text=text if is_owner else mask(text))


def _past_and_since(field: KnownField, past: Past, names: Mapping[str, str]) -> list[str]:
    lines = []
    before = past.before(field)[-_MOST_BEFORE:]
    if before:
        told = [f"{shown(one)}（{_whose(one, names)}）" for one in before]
        lines.append(f"  之前：{' → '.join(told)}")
    lines += [
        f"  后来又说：{shown(one)}（{day_and_time(one.row.last_said_at)}），记录没有改动"
        for one in past.suggested_against(field)
    ]
    return lines


def _whose(field: KnownField, names: Mapping[str, str]) -> str:
    when = day_and_time(field.row.last_said_at)
    by = names.get(field.row.by or "", "")
    return f"{when} {by}更正" if by else when


async def _source(
    tx: Transaction,
    found: Found,
    field: KnownField,
    names: Mapping[str, str],
    *,
    is_owner: bool,
) -> str:
    """Who said it when, in which words, and by which rule it was read."""
    row = field.row
    when = day_and_time(row.said_at or row.learned_at)
    if row.is_correction:
        wrote = f"，写的是“{field.words}”" if field.words else ""
        return f"{names.get(row.by or '', row.by)} {when} 更正{wrote}"
    message = await tx.find(ChatMessage, field.message_id) if field.message_id else None
    is_noted = message is None and field.rule in _NOTED
    who = "负责人" if is_noted else _speaker(message, found.client.display, names)
    text = await text_around(tx, found.client.id, field)
    quoted = quote(text, field.start, field.end, masks=not is_owner) if text else field.words
    said = f"说：“{quoted}”" if quoted else "填写"
    return f"{who} {when} {said}（规则 {read_by(field, message)}）"


def read_by(field: KnownField, message: ChatMessage | None) -> str:
    """The rule, and that it read what something had heard."""
    is_heard = message is not None and message.form == Form.VOICE
    return f"{field.rule}，语音转写" if is_heard else field.rule


def _speaker(message: ChatMessage | None, client: str, names: Mapping[str, str]) -> str:
    if message is not None and message.direction != Direction.IN:
        return names.get(message.member_id or "", "同事")
    return client


def quote(text: str, start: int, end: int, *, masks: bool = False) -> str:
    """The sentence around the words, which stand in 【】; a long one is cut on both sides.

    `masks`: the whole message is masked before anything is cut off it.
    """
    is_known = 0 <= start < end <= len(text)
    if masks:
        masked = desensitise(text)
        text, (start, end) = masked.text, masked.where(start, end)
    if not is_known:
        return text[: 2 * _MOST_AROUND]
    head, tail = text[max(0, start - _MOST_AROUND) : start], text[end : end + _MOST_AROUND]
    ends = [found.end() for found in _SENTENCE_ENDS.finditer(head)]
    before = head[ends[-1] :] if ends else ("…" if start > _MOST_AROUND else "") + head
    stop = _SENTENCE_ENDS.search(tail)
    after = tail[: stop.start()] if stop else tail + ("…" if end + _MOST_AROUND < len(text) else "")
    return f"{before}【{text[start:end]}】{after}".strip()
