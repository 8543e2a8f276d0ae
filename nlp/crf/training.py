"""Making a model: from our templates, and from messages that a customer has labelled."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from nlp.crf.model import LABELS, Model, train
from nlp.crf.templates import Maker
from nlp.folding import fold_width
from nlp.lexicon import Lexicon
from nlp.pipeline import extract

SENTENCES = 16_000
"""Of our templates the shipped model has seen so many."""
WEIGHT = 3
"""How often each labelled message is shown: there are few of them."""
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)

Span = tuple[str, int, int]


class BadLabels(Exception):
    """A labelled file that cannot be used; says where and why."""


@dataclass(frozen=True)
class Labelled:
    """A message and the names in it."""

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Score:
    """How many names there are, how many were found, and how many of these are right."""

    gold: int = 0
    found: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.gold + self.found) if self.gold + self.found else 0.0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.gold + other.gold, self.found + other.found, self.right + other.right)


def read_labelled(lines: Iterable[str], name: str) -> list[Labelled]:
    """Messages in the contract's gold form, one a line; `name` is what the complaints call them.
    Raises BadLabels."""
    return [
        _labelled(line, f"{name} 第 {number} 行")
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def _labelled(line: str, where: str) -> Labelled:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLabels(f"{where}不是 JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadLabels(f"{where}缺少 text")
    if not isinstance(row.get("entities"), list):
        raise BadLabels(f"{where}缺少 entities（没有人名和公司名时写 []）")
    text = row["text"]
    spans: list[Span] = []
    for entity in row["entities"]:
        kind = entity.get("type") if isinstance(entity, dict) else None
        if not isinstance(kind, str) or kind not in LABELS:
            continue
        start, end = entity.get("start"), entity.get("end")
        if (
            not isinstance(start, int)
            or not isinstance(end, int)
            or not 0 <= start < end <= len(text)
        ):
            raise BadLabels(f"{where}：{entity.get('text', '实体')} 的 start、end 不在消息里")
        if "text" in entity and entity["text"] != text[start:end]:
            raise BadLabels(f"{where}：start、end 处是“{text[start:end]}”，不是“{entity['text']}”")
        spans.append((kind, start, end))
    spans.sort(key=lambda span: span[1])
    for before, after in pairwise(spans):
        if after[1] < before[2]:
            raise BadLabels(f"{where}：“{text[before[1] : before[2]]}”和后一个实体重叠")
    return Labelled(text, tuple(spans))


def made_up(count: int, seed: int) -> list[Labelled]:
    """Sentences of our templates, the same for the same seed."""
    return [Labelled(one.text, one.spans) for one in Maker(seed).sentences(count)]


def divided(
    messages: Sequence[Labelled], held_out: float, seed: int
) -> tuple[list[Labelled], list[Labelled]]:
    """A part to learn from and a part to be examined with. Each message's own words decide, so
    that none changes sides where more are labelled: no model is examined with what an earlier one
    has learnt."""
    parts: tuple[list[Labelled], list[Labelled]] = ([], [])
    for one in messages:
        parts[_share(one.text, seed) < held_out].append(one)
    return parts


def _share(text: str, seed: int) -> float:
    """Between 0 and 1, evenly, and the same for the same text."""
    digest = hashlib.sha256(f"{seed}\n{text}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8]) / 2**64


def learn(
    messages: Iterable[Labelled],
    path: Path,
    *,
    advance: Callable[[int], None] = lambda count: None,
    rounds: int | None = None,
) -> None:
    """Writes a model to `path`. The same messages in the same order make the same model."""
    train(
        ((fold_width(one.text), one.spans) for one in messages),
        path,
        advance=advance,
        rounds=rounds,
    )


def examine(model: Model, lexicon: Lexicon, messages: Iterable[Labelled]) -> dict[str, Score]:
    """What the rules with this model find in messages, by type: names whose span is right."""
    scores = dict.fromkeys(LABELS, Score())
    judged = lexicon.with_names(model)
    for one in messages:
        found = extract(one.text, sent_at=_WHEN, sender="client", lexicon=judged)
        for kind in LABELS:
            gold = {span for span in one.spans if span[0] == kind}
            seen = {(kind, entity.start, entity.end) for entity in found.of(kind)}
            scores[kind] += Score(len(gold), len(seen), len(gold & seen))
    return scores
