"""From what he wants to its being done: what is missing is asked back, what harms is confirmed."""

from collections.abc import Mapping

from crm_store.errors import CrmError
from crm_store.models import Member
from crm_store.store import Transaction
from handlers.commands import Menu
from handlers.finding import Found, WhichOne, label, look_up
from handlers.requests.asking import CONFIRM, NO, YES, Question, ask
from handlers.requests.linking import Link, fitting, links
from handlers.requests.whom import choices, dealt_with_last, likely
from handlers.router import Instead, Reply
from nlp.requests import Request
from nlp.requests.phrasing import by_name

_HINT = "点一下，或者直接回复名字"
_NO_BUTTONS = "直接回复就行"


def ways(menu: Menu, sender: Member) -> Mapping[str, tuple[Link, ...]]:
    """The commands that he may give, by intent."""
    allowed = set(menu.for_member(sender))
    return {
        intent: mine
        for intent, every in links(menu.commands).items()
        if (mine := tuple(link for link in every if link.command in allowed))
    }


async def values_of(tx: Transaction, sender: Member, request: Request) -> dict[str, str]:
    """What fills the slots; 「他」 is whom he dealt with last, and so is nobody in 电话多少."""
    values = request.values()
    client = request.slot("client")
    is_he = client.is_pronoun if client is not None else by_name()[request.intent].of_him
    if is_he:
        values.pop("client", None)
        found = await dealt_with_last(tx, sender)
        if found is not None:
            values["client"] = found.lead.ref
    return values


async def proceed(
    tx: Transaction,
    sender: Member,
    menu: Menu,
    intent: str,
    values: Mapping[str, str],
    *,
    is_confirmed: bool = False,
) -> Reply | Instead:
    """The command, or the question that comes before it."""
    mine = ways(menu, sender).get(intent)
    if mine is None:
        return None
    link = fitting(mine, values)
    missing = next((slot for slot in link.needs if slot not in values), None)
    if missing is not None:
        return await _ask_for(tx, sender, link, missing, values)
    # The first way is the one that acts; a further one (转派 without a successor) asks by itself.
    if link.intent.dangerous and not is_confirmed and link.say == link.intent.say[0]:
        return await _confirm(tx, sender, link, values)
    return Instead(link.command, link.arguments(values), link.words(values))


async def confirm(
    tx: Transaction, sender: Member, menu: Menu, intent: str, values: Mapping[str, str]
) -> Reply | Instead:
    """The question whether this is to be done at all."""
    mine = ways(menu, sender).get(intent)
    return await _confirm(tx, sender, fitting(mine, values), values) if mine else None


async def _ask_for(
    tx: Transaction, sender: Member, link: Link, slot: str, values: Mapping[str, str]
) -> Reply:
    title = link.intent.asks.get(slot)
    if title is None:
        return f"还差一点：{link.command.usage}（{link.command.help}）"
    options = choices(await likely(tx, sender)) if slot == "client" else []
    question = Question(link.intent.name, dict(values), slot, title, options)
    card = await ask(tx, sender, question, _HINT if options else "")
    return card if options else f"{title}{_NO_BUTTONS}"


async def _confirm(
    tx: Transaction, sender: Member, link: Link, values: Mapping[str, str]
) -> Reply | Instead:
    """What was read out of free words and would harm if it was read wrongly waits for a tap."""
    values = dict(values)
    if "client" in values:
        try:
            found = await look_up(tx, sender, values["client"])
        except WhichOne as several:
            title = f"{link.words(values)}：说的是哪一位{several.name}？"
            missing = {slot: value for slot, value in values.items() if slot != "client"}
            question = Question(link.intent.name, missing, "client", title, several.options)
            return await ask(tx, sender, question)
        except CrmError:
            # The command itself says so, in the one sentence.
            return Instead(link.command, link.arguments(values), link.words(values))
        if await _is_so_already(tx, found, link.arguments(values)):
            return Instead(link.command, link.arguments(values), link.words(values))
        values["client"] = found.lead.ref
        shown = link.words({**values, "client": label(found)})
    else:
        shown = link.words(values)
    question = Question(
        link.intent.name, values, CONFIRM, f"确认一下：{shown}", [("确认", YES), ("取消", NO)]
    )
    return await ask(tx, sender, question)


async def _is_so_already(tx: Transaction, found: Found, said: Mapping[str, str]) -> bool:
    """转派 to whoever has the lead: the command says so, and there is nothing to confirm."""
    if "successor" not in said or found.lead.owner_id is None:
        return False
    owner = await tx.find(Member, found.lead.owner_id)
    return owner is not None and owner.name == said["successor"]
