"""静音: no more reminders about a client for this rep, of every kind or of one. Transfers, the
client's words and what managers measure go on. One tap undoes it."""

from config.rules import Rules
from config.schemas.escalation import Action, Step
from crm_store.errors import CrmError
from crm_store.facts import Muted, Unmuted
from crm_store.models import Client, Lead, Member, Mute
from crm_store.queries import mutes
from crm_store.queries.mutes import EVERY_KIND
from crm_store.store import Transaction
from handlers.events import CardPress, MemberMessage, Platform
from handlers.finding import Found, find_lead
from handlers.presses import settle_press
from handlers.rights import scope_of
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.cards.mutes import MuteLine, muted_card, mutes_card

router = Router("mute")

_EVERY = "全部提醒"
_MORE_KINDS = {mutes.PROMISES: "承诺提醒", mutes.PROMPTS: "话术提醒"}
"""Kinds of nudge that are no rung's."""


def kinds(rules: Rules) -> dict[str, str]:
    """What may be muted, by what people call it."""
    rungs = {step.label: step.name for step in rules.escalation.steps if _may_be_muted(step)}
    return {**rungs, **{label: name for name, label in _MORE_KINDS.items()}}


def _may_be_muted(step: Step) -> bool:
    warns_first = step.announce_before is not None and not step.does(
        Action.REASSIGN, Action.TAKEOVER
    )
    return step.is_nudge or warns_first


@router.command(
    "静音 {client}",
    "别再提醒我 {client}",
    "不要再提醒我 {client}",
    help="不再提醒您跟进这位客户：静音 赵主任",
)
async def mute(
    client: str, message: MemberMessage, sender: Member, tx: Transaction, rules: Rules
) -> None:
    found = await find_lead(tx, sender, client)
    await _mute(tx, found, sender, EVERY_KIND, rules, on=message.platform)


@router.command("静音 {client} {kind}", help="只关掉一种提醒：静音 赵主任 跟进提醒")
async def mute_kind(
    client: str,
    kind: str,
    message: MemberMessage,
    sender: Member,
    tx: Transaction,
    rules: Rules,
) -> None:
    name, what = _split(client, kind, rules)
    await _mute(tx, await find_lead(tx, sender, name), sender, what, rules, on=message.platform)


@router.button("mute")
async def mute_pressed(
    argument: str, press: CardPress, sender: Member, tx: Transaction, rules: Rules
) -> None:
    """`mute:L12`, or `mute:L12:nudge`."""
    ref, _, what = argument.partition(":")
    found = await find_lead(tx, sender, ref)
    await _mute(tx, found, sender, _known(what, rules), rules, on=press.platform)


async def _mute(
    tx: Transaction, found: Found, sender: Member, what: str, rules: Rules, *, on: Platform
) -> None:
    """The answer is a card of the lead's: it is blanked with the client's data."""
    client, lead = found.client, found.lead
    label = _label(what, rules)
    if not mutes.is_silent(await mutes.kinds(tx, sender.id, client.id), what):
        tx.add(Mute(member_id=sender.id, client_id=client.id, what=what, since=tx.now))
        await tx.flush()
        await tx.record(
            Muted(
                at=tx.now,
                client_id=client.id,
                lead_id=lead.id,
                by=sender.id,
                member_id=sender.id,
                what=what,
            )
        )
        said = f"好的，不再提醒您跟进{client.display}" + (f"（{label}）" if what else "")
    else:
        said = f"{client.display}的{label if what else '提醒'}本来就是关着的"
    said += f"。要打开请按“恢复”，或回复：恢复 {client.display}"
    card = muted_card(lead.ref, await title_of(tx, lead), what, said)
    await tx.notify(sender, card, purpose="mute", client_id=client.id, lead_id=lead.id, on=on)


@router.command(
    "恢复 {client}", "取消静音 {client}", "重新提醒我 {client}", help="重新提醒：恢复 赵主任"
)
async def unmute(client: str, sender: Member, tx: Transaction, rules: Rules) -> Reply:
    return await _unmute(tx, await find_lead(tx, sender, client), sender, None, rules)


@router.command("恢复 {client} {kind}", help="重新打开一种提醒：恢复 赵主任 跟进提醒")
async def unmute_kind(
    client: str, kind: str, sender: Member, tx: Transaction, rules: Rules
) -> Reply:
    name, what = _split(client, kind, rules)
    return await _unmute(tx, await find_lead(tx, sender, name), sender, what or None, rules)


@router.button("unmute")
async def unmute_pressed(
    argument: str, press: CardPress, sender: Member, tx: Transaction, rules: Rules
) -> Reply:
    """`unmute:L12` takes back what was muted as a whole, `unmute:L12:nudge` one kind, and a second
    tap does no harm."""
    ref, _, what = argument.partition(":")
    found = await find_lead(tx, sender, ref)
    if not mutes.is_silent(await mutes.kinds(tx, sender.id, found.client.id), what):
        said = f"{found.client.display}的提醒已经是开着的"
    else:
        said = await _unmute(tx, found, sender, what or None, rules)
    title = await title_of(tx, found.lead)
    await settle_press(tx, press, title, "已恢复提醒", client_id=found.client.id)
    return said


async def _unmute(
    tx: Transaction, found: Found, sender: Member, what: str | None, rules: Rules
) -> str:
    """`what` None: every kind."""
    client = found.client
    standing = await mutes.kinds(tx, sender.id, client.id)
    if not standing:
        raise CrmError(f"{client.display}的提醒本来就是开着的")
    if what is not None and what not in standing:
        if EVERY_KIND in standing:
            raise CrmError(f"{client.display}的提醒全部关着，要打开请回复：恢复 {client.display}")
        raise CrmError(f"{client.display}的{_label(what, rules)}本来就是开着的")
    for kind in sorted(standing) if what is None else [what]:
        await tx.session.delete(await tx.get(Mute, (sender.id, client.id, kind)))
        await tx.flush()
        await tx.record(
            Unmuted(
                at=tx.now,
                client_id=client.id,
                lead_id=found.lead.id,
                by=sender.id,
                member_id=sender.id,
                what=kind,
            )
        )
    note = f"（{_label(what, rules)}）" if what else ""
    return f"好的，会继续提醒您跟进{client.display}{note}"


@router.command("我的静音", "我静音了谁", "静音列表", help="看自己关掉的提醒，一按就恢复")
async def mine(sender: Member, tx: Transaction, rules: Rules) -> Reply:
    lines = []
    for row, client in await mutes.of_member(tx, sender.id):
        found = await _still_seen(tx, sender, client)
        if found is not None:
            label = _label(row.what, rules)
            lines.append(MuteLine(found.ref, client.display, row.what, label, row.since))
    return mutes_card(lines) if lines else "您没有关掉任何客户的提醒"


async def _still_seen(tx: Transaction, sender: Member, client: Client) -> Lead | None:
    """A lead of his by which the client can be named; a client he may not see is not listed."""
    scope = await scope_of(tx, sender)
    for lead in await mutes.leads_of(tx, client.id):
        if scope.covers(lead):
            return lead
    return None


def _split(client: str, kind: str, rules: Rules) -> tuple[str, str]:
    """A name may have a space in it: what is no kind of nudge belongs to it."""
    what = kinds(rules).get(kind.strip("「」“” 。"))
    if what is not None:
        return client, what
    if kind.strip() in (_EVERY, "全部", "所有提醒"):
        return client, EVERY_KIND
    return f"{client} {kind}", EVERY_KIND


def _known(what: str, rules: Rules) -> str:
    if what and what not in kinds(rules).values():
        raise CrmError("这一种提醒已经没有了，请回复：静音 客户")
    return what


def _label(what: str, rules: Rules) -> str:
    if what == EVERY_KIND:
        return _EVERY
    return next((label for label, name in kinds(rules).items() if name == what), what)
