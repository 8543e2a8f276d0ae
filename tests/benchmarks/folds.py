"""How right a deduplication is: `python -m tests.benchmarks.folds OUT.csv TRUTH.csv [REVIEW.csv]`.

A fold is a record merged away: a cluster of n records makes n - 1. Right are those that leave one
record a customer; what a cluster holds of k customers makes n - k right folds.
"""

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folds:
    made: int
    right: int
    duplicates: int
    review: int = 0
    """Pairs that a person is asked about."""
    records: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.duplicates if self.duplicates else 1.0

    def __str__(self) -> str:
        return (
            f"{self.made:,} folds, {self.precision:.4f} right, recall {self.recall:.4f}, "
            f"{self.review:,} pairs in review ({self.review / max(1, self.records):.2%})"
        )


def folds(given: Mapping[str, object], whose: Mapping[str, int], review: int = 0) -> Folds:
    """`given`: record id → cluster, of every record."""
    clusters: dict[object, Counter[int]] = defaultdict(Counter)
    for id_, cluster in given.items():
        clusters[cluster][whose[id_]] += 1
    made = sum(held.total() - 1 for held in clusters.values())
    right = sum(held.total() - len(held) for held in clusters.values())
    return Folds(made, right, len(whose) - len(set(whose.values())), review, len(whose))


def read_clusters(path: Path, column: str) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row[column] for row in csv.DictReader(file)}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("out", type=Path)
    asked.add_argument("truth", type=Path)
    asked.add_argument("review", type=Path, nargs="?")
    given = asked.parse_args()
    whose = {id_: int(who) for id_, who in read_clusters(given.truth, "customer").items()}
    review = 0
    if given.review:
        with given.review.open(encoding="utf-8", newline="") as file:
            review = sum(1 for _ in csv.DictReader(file))
    print(folds(read_clusters(given.out, "cid"), whose, review))


if __name__ == "__main__":
    main()
