"""Which rule in plain Chinese decides who gets a lead; asked before the team is weighed."""

from dataclasses import dataclass
from typing import Any

from config.rules import Rules
from crm_store.models import Lead
from crm_store.store import Transaction


@dataclass(frozen=True)
class Ruled:
    """A rule that fits the lead wants it to go to one of `wanted`."""

    number: int
    version: int
    sentence: str
    """The rule as it was understood, in one normalised sentence."""
    wanted: tuple[str, ...]
    """Ids of members, any of whom will do: one for a person, several for a level, a team, a
    region. The engine weighs among them, and drops who is away, full or was tried."""
    to: str
    """Who is wanted, in the rule's words: 资深顾问张敏, 负责上海的人."""
    by_load: bool = False
    """The least burdened of them is meant (负荷最低), and nothing else counts."""

    def as_json(self) -> dict[str, Any]:
        """What is stored with the assignment that follows it, for 为什么给我."""
        return {
            "rule": "plain",
            "number": self.number,
            "version": self.version,
            "sentence": self.sentence,
            "to": self.to,
        }


async def ruled_owner(tx: Transaction, lead: Lead, rules: Rules) -> Ruled | None:
    """What the first active rule that fits and names an owner wants; None where none does."""
    return None
