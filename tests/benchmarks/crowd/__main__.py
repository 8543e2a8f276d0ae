"""`python -m tests.benchmarks.crowd FOLDER --seed N`: writes records.csv and truth.csv."""

import argparse
import csv
from pathlib import Path

from tests.benchmarks.crowd.faults import Rates
from tests.benchmarks.crowd.rows import COLUMNS, CUSTOMERS, RECORDS, Crowd, crowd


def write(made: Crowd, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "records.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        lines.writerows(made.rows)
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("id", "customer"))
        lines.writerows(made.whose.items())
    return path


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--shaken", action="store_true", help="other faults than the usual mixture")
    asked.add_argument("--customers", type=int, default=CUSTOMERS)
    asked.add_argument("--records", type=int, default=RECORDS)
    given = asked.parse_args()
    rates = Rates.shaken(given.seed) if given.shaken else Rates()
    made = crowd(given.seed, count=given.customers, records=given.records, rates=rates)
    path = write(made, given.folder)
    print(f"{len(made.rows):,} records, {made.duplicates:,} duplicates in {path}")


if __name__ == "__main__":
    main()
