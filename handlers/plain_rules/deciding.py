"""Which rule in plain Chinese decides who gets a lead; asked before the team is weighed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.models import Lead
from crm_store.queries import members
from crm_store.store import Transaction
from handlers.plain_rules.house import people_in
from handlers.plain_rules.situation import situation_of
from handlers.plain_rules.standing import active, people_of, set_aside, wanted, why_broken
from nlp.ruling import Vocabulary
from nlp.ruling.wording import whom as whom_in_words

Otherwise = Callable[[], Awaitable[str | None]]
"""To whom the lead would go without any rule: his id, or None."""


@dataclass(frozen=True)
class Ruled:
    """A rule that fits the lead wants it to go to one of `wanted`."""

    number: int
    version: int
    wanted: tuple[str, ...]
    """Ids of members, any of whom will do: one for a person, several for a level, a team, a
    region. The engine weighs among them, and drops who is away, full or was tried."""
    to: str
    """Who is wanted, in the rule's words: 资深顾问, 负责上海的人."""
    by_load: bool = False
    """The least burdened of them is meant (负荷最低), and nothing else counts."""

    def as_json(self) -> dict[str, Any]:
        """What is stored with the assignment that follows it, for 为什么给我. Its sentence stays
        with the rule alone: it may name a client, and goes when he is erased."""
        return {
            "rule": "plain",
            "number": self.number,
            "version": self.version,
            "to": self.to,
        }


async def ruled_owner(
    tx: Transaction,
    lead: Lead,
    rules: Rules,
    *,
    calendar: WorkingCalendar | None = None,
    otherwise: Otherwise | None = None,
) -> Ruled | None:
    """What the first active rule that fits and names an owner wants; None where none does.

    A manager's rule decides only among leads that would go to his people anyhow: that is what
    `otherwise` is asked for, where such a rule fits. Without it such rules do not act.
    """
    asking = [one for one in await active(tx) if one.rule.assigns]
    if not asking:
        return None
    facts = frozenset(fact for one in asking for fact in one.asks)
    situation = await situation_of(tx, lead, facts, calendar)
    team = None
    for one in asking:
        if not situation.fits(one.row.condition):
            continue
        team = team or await members.reps(tx)
        why = await why_broken(tx, one, rules, team)
        if why:
            await set_aside(tx, one.row, why)
            continue
        whom = one.rule.assigns
        ids = wanted(whom, team) if whom else []
        if not one.row.is_house_wide:
            own = await people_of(tx, one.row.author_id)
            if otherwise is None or await otherwise() not in own:
                continue
            ids = [member_id for member_id in ids if member_id in own]
        if whom is not None and ids:
            return Ruled(
                number=one.row.number,
                version=one.row.version,
                wanted=tuple(ids),
                to=whom_in_words(whom, Vocabulary(people=people_in(rules))),
                by_load=whom.is_lightest,
            )
    return None
