"""Rules that stopped by themselves are told of: once a day every active one is looked at, as one
that names what is gone would else be silent; and one may go with a client who is erased."""

from config.rules import Rules
from crm_store.facts import RuleChanged
from crm_store.queries import house_rules, members
from crm_store.store import Transaction
from handlers.events import SlotDue
from handlers.plain_rules.standing import active, set_aside, tell_author, why_broken
from handlers.router import Router

router = Router("rule_look")


@router.schedule("50 8 * * *")
async def look_over_rules(slot: SlotDue, tx: Transaction, rules: Rules) -> None:
    team = await members.reps(tx)
    for one in await active(tx):
        why = await why_broken(tx, one, rules, team)
        if why:
            await set_aside(tx, one.row, why)


@router.on(RuleChanged)
async def tell_what_was_forgotten(fact: RuleChanged, tx: Transaction) -> None:
    """It named a client; who that was is not said again."""
    if fact.change != "forgotten":
        return
    every = await house_rules.versions(tx, fact.rule_id)
    author = next(one.author_id for one in every if one.version == fact.version)
    words = (
        f"规则 {fact.rule_id} 已经停下：它写到了一位客户，这位客户的资料已按要求删除。\n"
        "还需要的话请重新写一条，不要写他的名字"
    )
    await tell_author(tx, author, words)
