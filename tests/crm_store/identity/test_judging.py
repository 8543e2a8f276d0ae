"""A record against a client who has several."""

from dataclasses import replace

from config.schemas.identity import Identity
from crm_store.identity.comparing import NOTHING_SHARED
from crm_store.identity.judging import judge
from crm_store.identity.record import Record
from crm_store.identity.verdict import Effect, Outcome, Verdict
from tests.crm_store.identity.records import record

ONE, OTHER = "91310000MA1K3XYZ0X", "91310000MB2L4ABC1X"
FIRST = record("康源", phones=("+8613800000001",), credit_code=ONE)
LATER = record("康源", phones=("+8613800000001", "+8613800000002"))
STRANGER = record("恒达", "物流", place="苏州市")


def verdict(of: Record, theirs: list[Record], ours: list[Record] | None = None) -> Verdict:
    return judge(of, theirs, ours or [], NOTHING_SHARED, Identity())[1]


def test_the_best_evidence_decides() -> None:
    new = record("康源", phones=("+8613800000002",))

    at, found = judge(new, [STRANGER, FIRST, LATER], [], NOTHING_SHARED, Identity())

    assert (at, found.outcome) == (2, Outcome.SAME)


def test_a_veto_of_any_of_his_records_sends_it_to_a_person() -> None:
    new = record("康源", phones=("+8613800000002",), credit_code=OTHER)

    found = verdict(new, [FIRST, LATER])

    assert found.outcome in (Outcome.REVIEW, Outcome.FAMILY)
    assert Effect.VETOES in {one.effect for one in found.evidence}


def test_a_veto_of_what_else_is_known_of_the_record_s_own_client_counts_too() -> None:
    new = record("康源", phones=("+8613800000002",))
    known = replace(new, credit_code=OTHER)

    assert verdict(new, [FIRST, LATER]).outcome is Outcome.SAME
    assert verdict(new, [FIRST, LATER], [known]).outcome is Outcome.REVIEW


def test_strangers_stay_apart() -> None:
    assert verdict(FIRST, [STRANGER]).outcome is Outcome.APART
