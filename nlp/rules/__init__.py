"""The rules, in the order in which they read a message: what is unmistakable comes first.

A rule is a module with `extract(text, context)`, which yields entities; with `SEALS = True` what
it finds is hidden from the rules after it. `NEEDS`, where it has one, is a set of characters: the
rule is asked only about messages that hold at least one of them.
"""

from collections.abc import Iterable
from typing import Protocol

from nlp.context import Context
from nlp.facts import Entity
from nlp.rules import (
    budget,
    budget_status,
    company,
    competitor,
    credit_code,
    email,
    moment,
    objection,
    person,
    phone,
    product,
    quantity,
    region,
    role,
    supplier,
    urgency,
    wechat,
)


class Rule(Protocol):
    def extract(self, text: str, context: Context) -> Iterable[Entity]: ...


RULES: tuple[Rule, ...] = (
    email,
    credit_code,
    wechat,
    phone,
    competitor,
    product,
    company,
    person,
    supplier,
    moment,
    quantity,
    budget,
    region,
    role,
    budget_status,
    objection,
    urgency,
)
