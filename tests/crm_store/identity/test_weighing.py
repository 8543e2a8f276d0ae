"""What Splink says of a pair moves a verdict, and never over a veto."""

import os
import signal

import pytest

from bot.dedupe.normalising import record_from
from config.schemas.identity import Identity
from crm_store.identity.bulk import deciding
from crm_store.identity.bulk.deciding import decide
from crm_store.identity.bulk.weighing import DOUBTFUL, SURE, weigh
from crm_store.identity.record import Record
from crm_store.identity.verdict import Effect, Evidence, Outcome, Verdict
from handlers.records import RawClient, record_of
from tests.benchmarks.crowd import Crowd, crowd
from tests.benchmarks.folds import folds

RULES = Identity()
COMPANY = Evidence("company", Effect.AGREES, 60)
PHONE = Evidence("phone", Effect.AGREES, 100)
VETO = Evidence("credit_code", Effect.VETOES, 0)
OTHER_FIRM = Evidence("company", Effect.DIFFERS, -50)


@pytest.mark.parametrize(
    ("outcome", "evidence", "weight", "becomes"),
    [
        (Outcome.REVIEW, (COMPANY,), SURE, Outcome.SAME),
        (Outcome.APART, (COMPANY,), SURE + 10, Outcome.SAME),
        (Outcome.REVIEW, (COMPANY,), SURE - 1, Outcome.REVIEW),
        (Outcome.REVIEW, (COMPANY, VETO), SURE + 10, Outcome.REVIEW),
        (Outcome.REVIEW, (PHONE, OTHER_FIRM), SURE + 10, Outcome.REVIEW),
        (Outcome.SAME, (COMPANY,), DOUBTFUL - 1, Outcome.REVIEW),
        (Outcome.SAME, (COMPANY, PHONE), DOUBTFUL - 1, Outcome.SAME),
        (Outcome.SAME, (COMPANY,), None, Outcome.SAME),
    ],
)
def test_a_weight_moves_what_the_rules_left_open(
    outcome: Outcome, evidence: tuple[Evidence, ...], weight: float | None, becomes: Outcome
) -> None:
    verdict = Verdict(outcome, 70, evidence)

    weighed = weigh(verdict, weight, RULES)

    assert weighed.outcome is becomes
    assert (weighed.score >= RULES.merge_at) == (becomes is Outcome.SAME and weighed != verdict)


def test_a_verdict_that_was_moved_says_so() -> None:
    weighed = weigh(Verdict(Outcome.REVIEW, 70, (COMPANY,)), SURE, RULES)

    assert weighed.evidence == (COMPANY, Evidence("overall", Effect.CLOSE, RULES.merge_at - 70))


@pytest.fixture(scope="module")
def made() -> Crowd:
    return crowd(5, count=1_900, records=3_000)


@pytest.fixture(scope="module")
def records(made: Crowd) -> list[Record]:
    return [record_from(row[1:]) for row in made.rows]


@pytest.mark.parametrize("with_splink", [False, True])
def test_most_duplicates_are_found_and_hardly_a_wrong_one(
    made: Crowd, records: list[Record], *, with_splink: bool
) -> None:
    if with_splink:
        pytest.importorskip("splink")

    decided = decide(records, RULES, with_splink=with_splink)

    found = folds(
        dict(zip(made.whose, decided.clusters.heads, strict=True)),
        made.whose,
        len(decided.clusters.review),
    )
    assert bool(decided.weights) is with_splink
    assert found.precision >= 0.99, found
    assert found.recall >= 0.9, found
    assert found.review <= 0.03 * found.records


@pytest.mark.parametrize("processes", [1, 2])
def test_where_its_memory_does_not_suffice_the_rules_decide_alone(
    records: list[Record], monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    pytest.importorskip("splink")
    monkeypatch.setattr(deciding, "_LEAST", 1)

    decided = decide(records, RULES, processes=processes, with_splink=True, megabytes=1)

    assert decided.lacked_memory
    assert decided.weights == {}
    assert decided.clusters == decide(records, RULES).clusters


def test_splink_that_the_system_kills_leaves_it_to_the_rules(
    records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("splink")
    monkeypatch.setattr(deciding, "_by_splink", lambda *_: os.kill(os.getpid(), signal.SIGKILL))

    decided = decide(records, RULES, processes=2, with_splink=True)

    assert decided.lacked_memory


def test_nothing_to_learn_from_leaves_it_to_the_rules() -> None:
    pytest.importorskip("splink")
    alone = record_of(RawClient(name="赵立", company="云杉医疗器械", phone="13651012233"))

    decided = decide([alone] * 60, RULES, with_splink=True)

    assert decided.weights == {}
    assert len(set(decided.clusters.heads)) == 1
