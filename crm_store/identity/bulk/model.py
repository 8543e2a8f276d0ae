"""What Splink is told: which fields are compared how, and which pairs are looked at at all.

The same settings and the same statements run on DuckDB and on Spark.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import splink.comparison_level_library as cll
from splink import SettingsCreator, block_on
from splink.comparison_library import CustomComparison
from splink.internals.comparison_level_creator import ComparisonLevelCreator

ID = "unique_id"
FIELDS = (
    "phone", "email", "domain", "wechat", "organisation", "core", "core_sound", "brand", "place",
    "person", "person_sound", "legal_person", "street",
)  # fmt: skip
"""Columns of the table of records; texts, null where not known."""
LARGEST = 40
"""Records of one block: what more of them have alike is no key."""
MOST_LEARNT = 100_000
"""Pairs that a rule of LEARNT_FROM teaches by."""

_Rule = tuple[str, ...]
_KEYS = ("phone", "email", "domain", "wechat", "organisation", "street")
_TOGETHER: tuple[_Rule, ...] = (
    ("core_sound", "place"),
    ("core_sound", "person_sound"),
    ("core_sound", "legal_person"),
    ("core_sound", "street"),
    ("brand", "person_sound"),
    ("brand", "place"),
    ("brand", "legal_person"),
    ("brand", "street"),
    ("person_sound", "street"),
    ("person_sound", "legal_person"),
)


def _block(rule: _Rule) -> str:
    return "_and_".join(rule)


_BLOCKS = ("phone", "email", "organisation", "wechat", *map(_block, _TOGETHER), "domain")
_NAMED: _Rule = (_block(("core_sound", "place")), "core_sound", "place")
_BY_NAME, _BY_PHONE, _BY_MAIL = "name", "phone", "email"
_LEARNT_FROM: dict[str, _Rule] = {_BY_PHONE: ("phone",), _BY_MAIL: ("email",), _BY_NAME: _NAMED}
"""Pairs that have these alike teach the weights of the other fields."""
_SURE: dict[str, _Rule] = {f"sure_{name}": (name, "core_sound") for name in (_BY_PHONE, _BY_MAIL)}
"""Pairs that are one client nearly always: their number tells how many to expect."""
_SURE_SHARE = 0.4
"""Of the pairs that are one client, roughly."""
_ENOUGH = 300
"""Pairs: fewer teach nothing."""
_RAREST = 1e-9


def preparing(source: str) -> str:
    """The query that makes the table of `source`: keys that too many share are none."""
    keys = (
        f"CASE WHEN count(*) OVER (PARTITION BY {name}) <= {LARGEST} THEN {name} END AS {name}"
        for name in _KEYS
    )
    rest = (name for name in FIELDS if name not in _KEYS)
    blocks = (
        f"CASE WHEN {' AND '.join(f'{name} IS NOT NULL' for name in rule)}"
        f" AND count(*) OVER (PARTITION BY {', '.join(rule)}) <= {LARGEST}"
        f" THEN concat_ws('|', {', '.join(rule)}) END AS {_block(rule)}"
        for rule in _TOGETHER
    )
    return f"SELECT {ID}, {', '.join((*keys, *rest, *blocks))} FROM {source}"


def counting(table: str) -> str:
    """The query for how often two records have a field alike: rows of its name and the share."""
    return " UNION ALL ".join(
        f"SELECT '{name}' AS field, sum(n * (n - 1.0)) / nullif(sum(n) * (sum(n) - 1.0), 0) AS u"
        f" FROM (SELECT {name}, count(*) AS n FROM {table}"
        f" WHERE {name} IS NOT NULL GROUP BY {name}) AS counted_{name}"
        for name in FIELDS
    )


def counting_pairs(table: str) -> str:
    """The query for how many pairs there are to learn from: rows of a name and the number."""
    return " UNION ALL ".join(
        f"SELECT '{name}' AS name, coalesce(sum(n * (n - 1) / 2), 0) AS pairs"
        f" FROM (SELECT count(*) AS n FROM {table}"
        f" WHERE {' AND '.join(f'{field} IS NOT NULL' for field in rule)}"
        f" GROUP BY {', '.join(rule)}) AS pairs_{name}"
        for name, rule in {**_LEARNT_FROM, **_SURE}.items()
    )


@dataclass(frozen=True)
class Lesson:
    """What there is to learn from."""

    rules: tuple[_Rule, ...]
    expected: float
    """How many pairs are one client."""


def lesson(pairs: Mapping[str, float]) -> Lesson | None:
    """By the counts of `counting_pairs`; None where there is too little to learn from.

    The rule by the name teaches of phones, and the rule by phone or mailbox teaches of names.
    """
    key = max((_BY_PHONE, _BY_MAIL), key=lambda name: pairs[name])
    sure = max(pairs[name] for name in _SURE)
    if min(pairs[key], pairs[_BY_NAME], sure) < _ENOUGH:
        return None
    return Lesson((_LEARNT_FROM[key], _NAMED), sure / _SURE_SHARE)


def settings(alike: Mapping[str, float | None], chance: float) -> SettingsCreator:
    """`alike`: by field, how often two strangers have it alike (`counting`); `chance`: that any
    two records are one client."""
    u = {name: max(alike.get(name) or 0.0, _RAREST) for name in FIELDS}
    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=chance,
        comparisons=[
            _alike("phone", u),
            _alike("email", u),
            _alike("wechat", u),
            _alike("organisation", u),
            _graded("core", ("core_sound", "brand"), u),
            _alike("place", u),
            _graded("person", ("person_sound",), u),
            _alike("legal_person", u),
            _alike("street", u),
        ],
        blocking_rules_to_generate_predictions=[block_on(block) for block in _BLOCKS],
        em_convergence=0.001,
        max_iterations=15,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        unique_id_column_name=ID,
    )


def _alike(field: str, u: Mapping[str, float]) -> CustomComparison:
    return _graded(field, (), u)


def _graded(field: str, weaker: tuple[str, ...], u: Mapping[str, float]) -> CustomComparison:
    """Equal, or equal in a weaker sense, or not; a rare value says more than a common one."""
    best = cll.ExactMatchLevel(field, term_frequency_adjustments=True)
    levels: list[ComparisonLevelCreator | dict[str, Any]] = [
        cll.NullLevel(field),
        best.configure(u_probability=u[field]),
    ]
    known = u[field]
    for name in weaker:
        share = max(u[name] - known, _RAREST)
        levels.append(cll.ExactMatchLevel(name).configure(u_probability=share))
        known = max(known, u[name])
    levels.append(cll.ElseLevel().configure(u_probability=max(1 - known, _RAREST)))
    return CustomComparison(output_column_name=field, comparison_levels=levels)
