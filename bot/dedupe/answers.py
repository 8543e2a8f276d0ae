"""What `genjin dedupe` writes: whole files or none, and no cell that is a formula."""

import csv
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from marshal import dumps, loads
from pathlib import Path

from bot.commands.failures import CommandFailed
from crm_store.identity.bulk.deciding import Decided
from crm_store.identity.verdict import Evidence, Verdict
from notifiers.cards.evidence import doubts, reasons

OUT = ("id", "cid", "score", "reason")
REVIEW = ("id_a", "id_b", "score", "reason")
ALONE = "没有发现重复"
_CERTAIN = 100
_STRIDE = 5_000

_Tie = tuple[int, str]
"""How sure it is that two records are one client, and why."""


def client_rows(
    ids: Sequence[str], decided: Decided, *, processes: int = 1
) -> Iterator[tuple[str, str, int, str]]:
    """Every id once, in the file's order, with what tied it to its client."""
    clusters = decided.clusters
    ties: dict[int, _Tie] = {}
    for link, tie in zip(clusters.merged, _ties(decided, processes), strict=True):
        ties.setdefault(link.one, tie)
        ties.setdefault(link.other, tie)
    numbers: dict[int, int] = {}
    for at, id_ in enumerate(ids):
        number = numbers.setdefault(clusters.heads[at], len(numbers) + 1)
        yield id_, f"C{number}", *ties.get(at, (0, ALONE))


def _ties(decided: Decided, processes: int) -> Iterator[_Tie]:
    """Of each link that clients were put together by, by as many processes as there are cores."""
    starts = range(0, len(decided.clusters.merged), _STRIDE)
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    _given.append(decided)
    try:
        if processes < 2 or len(starts) < 2 or not can_fork:  # noqa: PLR2004 (nothing to share)
            for start in starts:
                yield from _tied(start)
            return
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            for packed in pool.imap(_packed_ties, starts):
                yield from loads(packed)
    finally:
        _given.clear()


_given: list[Decided] = []
"""What the forked processes read: they inherit it, nothing is copied over."""


def _packed_ties(start: int) -> bytes:
    return dumps(_tied(start))


def _tied(start: int) -> list[_Tie]:
    decided = _given[-1]
    found: list[_Tie] = []
    for link in decided.clusters.merged[start : start + _STRIDE]:
        verdict = decided.verdict_on(link.one, link.other)
        found.append((_score(verdict), _for(verdict.evidence)))
    return found


def review_rows(ids: Sequence[str], decided: Decided) -> Iterator[tuple[str, str, int, str]]:
    """The pairs that a person should look at, the likeliest first."""
    for link in decided.clusters.review:
        verdict = decided.verdict_on(link.one, link.other)
        yield ids[link.one], ids[link.other], _score(verdict), _for_and_against(verdict.evidence)


def _score(verdict: Verdict) -> int:
    return max(0, min(_CERTAIN, verdict.score))


@lru_cache(maxsize=10_000)
def _for(evidence: tuple[Evidence, ...]) -> str:
    return reasons(evidence)


@lru_cache(maxsize=10_000)
def _for_and_against(evidence: tuple[Evidence, ...]) -> str:
    return "；".join(filter(None, (reasons(evidence), doubts(evidence))))


class Pending:
    """Files that appear under their names together, once all of them are written."""

    def __init__(self) -> None:
        self._written: dict[Path, Path] = {}

    def __enter__(self) -> "Pending":
        return self

    def write(self, file: Path, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        part = file.with_name(f".{file.name}.{os.getpid()}.part")
        self._written[file] = part
        try:
            with part.open("w", encoding="utf-8", newline="") as opened:
                lines = csv.writer(opened)
                lines.writerow(titles)
                lines.writerows(rows)
                opened.flush()
                os.fsync(opened.fileno())
        except OSError as failed:
            raise CommandFailed(f"写不了 {file}（{failed.strerror}）") from None

    def publish(self) -> None:
        for file, part in self._written.items():
            try:
                part.replace(file)
            except OSError as failed:
                raise CommandFailed(f"写不了 {file}（{failed.strerror}）") from None

    def __exit__(self, *_: object) -> None:
        for part in self._written.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)
