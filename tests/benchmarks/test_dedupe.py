"""230,000 records, 87,000 duplicates: how right, how fast, how large, beside plain Splink."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.benchmarks.crowd import Crowd, Rates, crowd
from tests.benchmarks.crowd.__main__ import write
from tests.benchmarks.folds import Folds, folds, read_clusters
from tests.benchmarks.processes import ROOT, family

pytestmark = pytest.mark.bench

SETS = {"usual": (1, Rates()), "shaken": (7, Rates.shaken(7))}
RIGHT, FOUND, REVIEWED = 0.998, 0.945, 0.03
SECONDS, MEGABYTES, RATIO = 20.0, 1_500, 1.3


@dataclass(frozen=True)
class Cost:
    seconds: float
    cpu: float
    megabytes: float
    """Of all its processes together, what they share counted once."""

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.cpu:.1f} s of processor, {self.megabytes:,.0f} MB"


@pytest.fixture(scope="module", params=SETS)
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Crowd, Path]:
    seed, rates = SETS[request.param]
    whole = crowd(seed, rates=rates)
    return request.param, whole, write(whole, tmp_path_factory.mktemp(request.param))


def test_a_list_of_230_000(made: tuple[str, Crowd, Path], tmp_path: Path) -> None:
    name, whole, given = made
    out, review = tmp_path / "out.csv", tmp_path / "review.csv"
    command = ("-m", "bot", "dedupe", str(given), "--out", str(out), "--review", str(review))
    print(f"\n{name}: {len(whole.rows):,} records, {whole.duplicates:,} duplicates")

    if find_spec("splink"):
        plain = measured("-m", "tests.benchmarks.plain_splink", str(given), str(out))
        told("plain Splink", plain, folds(read_clusters(out, "cid"), whole.whose))
        with_splink = measured(*command, "--engine", "splink")
        told("--engine splink", with_splink, scored(out, review, whole))
        held = with_splink.megabytes
        says("megabytes with Splink", held, MEGABYTES, held <= MEGABYTES)
    rules = measured(*command)
    found = scored(out, review, whole)
    told("genjin dedupe", rules, found)

    says("right merges", found.precision, RIGHT, found.precision >= RIGHT)
    says("recall", found.recall, FOUND, found.recall >= FOUND)
    share = found.review / found.records
    says("pairs in review", share, REVIEWED, share <= REVIEWED)
    says("seconds", rules.seconds, SECONDS, rules.seconds <= SECONDS)
    says("megabytes", rules.megabytes, MEGABYTES, rules.megabytes <= MEGABYTES)
    if find_spec("splink"):
        ratio = rules.seconds / plain.seconds
        says("to plain Splink", ratio, RATIO, ratio <= RATIO)


def scored(out: Path, review: Path, whole: Crowd) -> Folds:
    doubtful = len(review.read_text(encoding="utf-8").splitlines()) - 1
    return folds(read_clusters(out, "cid"), whole.whose, doubtful)


def told(what: str, cost: Cost, found: Folds) -> None:
    print(f"  {what}: {cost}; {found}")


def says(what: str, value: float, bound: float, met: bool) -> None:
    print(f"  {what} {value:.4g}, bound {bound:g} {'met' if met else 'missed'}")


def measured(*arguments: str) -> Cost:
    """A Python program run to its end."""
    before, started, peak = os.times(), time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, sum(_held_kib(pid) for pid in family(process.pid)))
        time.sleep(0.1)
    took, after = time.perf_counter() - started, os.times()
    assert process.returncode == 0
    cpu = after.children_user - before.children_user
    cpu += after.children_system - before.children_system
    return Cost(took, cpu, peak / 1024)


def _held_kib(pid: int) -> int:
    """The process's own memory and its part of what it shares."""
    try:
        told_ = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in told_.splitlines() if line[:4] == "Pss:"), 0)
