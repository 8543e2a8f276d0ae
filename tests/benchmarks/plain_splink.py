"""Plain Splink, to be measured against: `python -m tests.benchmarks.plain_splink IN.csv OUT.csv`.

As its documentation has it: cells tidied in SQL, levels of likeness, weights learnt by sampling and
by expectation maximisation, clusters from a probability of one half. No rule of ours.
"""

import csv
import logging
import sys
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.comparison_creator import ComparisonCreator

from tests.benchmarks.crowd.vocabulary import CITIES, TITLES

CHANCE = 0.5
_PLACES = "|".join(CITIES)
_ENDINGS = "(股份有限公司|有限责任公司|有限公司|公司|集团|分公司|运营中心)"
_TIDIED = f"""
    CREATE TABLE tidied AS SELECT *, left(core, 2) AS brand FROM (
        SELECT unique_id, phone, email, person, code, legal, wechat,
            nullif(coalesce(nullif(regexp_extract(written, '{_PLACES}'), ''),
                            regexp_extract(address, '{_PLACES}')), '') AS city,
            nullif(regexp_replace(regexp_replace(written,
                '({_PLACES}|[^省]*省|广西|市)', '', 'g'),
                '{_ENDINGS}', '', 'g'), '') AS core
        FROM (
            SELECT id AS unique_id, address,
                nullif(right(regexp_replace(translate(phone, '０１２３４５６７８９', '0123456789'),
                                            '[^0-9]', '', 'g'), 11), '') AS phone,
                nullif(lower(trim(regexp_replace(email, '\\+[^@]*', ''))), '') AS email,
                regexp_replace(company, '[\\s()（）]', '', 'g') AS written,
                nullif(regexp_replace(trim(name), '({"|".join(TITLES)})$', ''), '') AS person,
                nullif(upper(credit_code), '') AS code,
                nullif(legal_person, '') AS legal, nullif(wechat, '') AS wechat
            FROM read_csv(?, all_varchar = true, header = true)
        )
    )
"""


def main(given: Path, out: Path) -> None:
    base = duckdb.connect()
    base.execute(_TIDIED, [str(given)])
    linker = Linker(DuckDBAPI(connection=base).register("tidied"), _settings(), log_level=None)
    learn = linker.training
    learn.estimate_probability_two_random_records_match(
        [block_on("phone", "person"), block_on("email"), block_on("code")], recall=0.5
    )
    learn.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    learn.estimate_parameters_using_expectation_maximisation(block_on("phone"))
    learn.estimate_parameters_using_expectation_maximisation(block_on("core", "city"))
    pairs = linker.inference.predict(threshold_match_probability=CHANCE)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        pairs, threshold_match_probability=CHANCE
    )
    rows = base.execute(f"SELECT unique_id, cluster_id FROM {clusters.physical_name}").fetchall()
    with out.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("id", "cid"))
        lines.writerows(rows)


def _settings() -> SettingsCreator:
    def rare(field: str) -> ComparisonCreator:
        return cl.ExactMatch(field).configure(term_frequency_adjustments=True)

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.LevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True),
            rare("email"),
            cl.JaroWinklerAtThresholds("core", [0.92, 0.8]).configure(
                term_frequency_adjustments=True
            ),
            rare("city"),
            rare("person"),
            cl.ExactMatch("code"),
            rare("legal"),
            cl.ExactMatch("wechat"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("phone"),
            block_on("email"),
            block_on("core", "city"),
            block_on("code"),
            block_on("wechat"),
            block_on("core", "person"),
        ],
    )


if __name__ == "__main__":
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
