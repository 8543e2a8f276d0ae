"""Once a day every active rule is looked at: one that names what is gone would else be silent."""

from config.rules import Rules
from crm_store.queries import members
from crm_store.store import Transaction
from handlers.events import SlotDue
from handlers.plain_rules.standing import active, set_aside, why_broken
from handlers.router import Router

router = Router("rule_look")


@router.schedule("50 8 * * *")
async def look_over_rules(slot: SlotDue, tx: Transaction, rules: Rules) -> None:
    team = await members.reps(tx)
    for one in await active(tx):
        why = await why_broken(tx, one, rules, team)
        if why:
            await set_aside(tx, one.row, why)
