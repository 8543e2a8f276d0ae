"""What a language model says it read, and what may be believed of it.

doubt     of what the rules are unsure in a message: only about that is it asked
covering  what it does not get to see
evidence  where the words that it quotes stand, and whether they may be its to read
values    what those words give in the contract's form, read by our own rules and parsers
belief    the entities that come of it

A claim without words in the message is nothing. What is believed stands as an entity whose rule is
`RULE`; unless our rules had read the same there, unsure themselves, it is marked ambiguous: people
see that it is to be confirmed.
"""

from dataclasses import dataclass

RULE = "llm"
ONE_VALUE = frozenset(
    {"budget", "time", "product", "region", "company", "budget_status", "urgency"}
)
"""Fields of which a message has one: where the rules are sure of it, nobody else is heard."""
REACHING = frozenset({"phone", "email", "wechat", "credit_code"})
"""What somebody is reached or known by: it is neither shown to a model nor asked of it."""
VALUES = frozenset(
    {"budget", "quantity", "time", "product", "company", "person", "region", "competitor"}
)
"""What words name, each a thing of its own: where one is, no other can be."""
SENSES: dict[str, frozenset[str]] = {
    "role": frozenset({"decider", "buyer", "user", "approver", "influencer"}),
    "budget_status": frozenset({"approved", "pending", "none"}),
    "objection": frozenset({"price", "budget", "timing", "incumbent", "delivery", "trust", "need"}),
    "urgency": frozenset({"high"}),
}
"""What words mean, in the contract's vocabulary."""
ASKED = VALUES | SENSES.keys()


@dataclass(frozen=True)
class Claim:
    """One thing that the model says it read. Nothing of it is believed yet."""

    field: str
    evidence: str
    value: str | None = None
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    start: str | None = None
    end: str | None = None
