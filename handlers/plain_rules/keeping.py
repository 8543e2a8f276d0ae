"""「规则」「规则 3」「停用规则 3」「启用规则 3」「修改规则 3 …」, and the buttons of a card."""

import re

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store.errors import CrmError
from crm_store.facts import RuleChanged
from crm_store.models import HouseRule, Member, RuleState
from crm_store.queries import house_rules, members
from crm_store.store import Transaction
from handlers.events import CardPress
from handlers.plain_rules import standing
from handlers.plain_rules.evaluating import compiled
from handlers.plain_rules.standing import MAY_WRITE, is_house_wide, people_of
from handlers.plain_rules.trying import conflicts
from handlers.plain_rules.writing import STATES, propose, scope_told, shown
from handlers.presses import ALREADY, settle_press, take_press
from handlers.router import Reply, Router
from nlp.numbers.numerals import parse
from nlp.ruling.rule import Rule
from notifiers.cards.plain_rules import RuleView, rule_list
from notifiers.cards.wording import day_and_time

router = Router("rule_keeping")

_NUMBER = re.compile(r"(?:第|#|号|编号)?\s*([0-9]{1,6}|[一二三四五六七八九十百]{1,5})\s*(?:号|条)?")
_PAGE = re.compile(r"[0-9]{1,3}")
_NOT_YOURS = "只有主管、总监和管理员可以改规则"


@router.command(
    "规则", "规则列表", "有哪些规则", "看看规则", "现在的规则", help="列出所有规则", roles=MAY_WRITE
)
async def list_rules(sender: Member, tx: Transaction) -> Reply:
    return await _listed(sender, tx)


@router.command("规则 第{page}页", "规则列表 第{page}页", help="规则的下一页", roles=MAY_WRITE)
async def next_rules(page: str, sender: Member, tx: Transaction) -> Reply:
    if not _PAGE.fullmatch(page):
        raise CrmError("请写页数，例如：规则 第2页")
    return await _listed(sender, tx, int(page))


async def _listed(sender: Member, tx: Transaction, page: int = 1) -> Reply:
    rows = [row for row in await house_rules.current(tx) if await _sees(tx, sender, row)]
    rows.sort(key=lambda row: (not row.is_house_wide, row.number))
    return rule_list([(row.number, STATES[row.state], row.sentence) for row in rows], page)


@router.command(
    "规则 {number}",
    "看规则 {number}",
    help="看一条规则和它的历史：规则 3",
    roles=MAY_WRITE,
)
async def show_rule(
    number: str,
    sender: Member,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
    settings: Settings,
) -> Reply:
    asked = _number(number)
    if asked is None:  # 规则：客户咨询…，分配给…
        return await propose(tx, sender, number.lstrip(":： "), rules, calendar, settings)
    row = await _current(tx, sender, asked)
    names = await members.names(tx)
    told = [
        f"第 {one.version} 版 {day_and_time(one.created_at)} {names.get(one.author_id, '')}"
        f"（{STATES[one.state]}）：{one.sentence}"
        for one in await house_rules.versions(tx, asked)
    ]
    may = await _may_change(tx, sender, row)
    return await shown(
        tx,
        sender,
        RuleView(
            rule_id=row.id,
            number=asked,
            version=row.version,
            sentence=row.sentence,
            state=STATES[row.state],
            author=names.get(row.author_id, ""),
            scope=scope_told(row),
            note=row.note,
            versions=told,
            may_enable=may and row.state != RuleState.ACTIVE,
            may_stop=may and row.state == RuleState.ACTIVE,
        ),
    )


@router.command(
    "停用规则 {number}",
    "停掉规则 {number}",
    "关闭规则 {number}",
    "规则 {number} 停用",
    "规则 {number} 停掉",
    "删除规则 {number}",
    help="停用一条规则",
    roles=MAY_WRITE,
)
async def stop_rule(number: str, sender: Member, tx: Transaction) -> Reply:
    row = await _own(tx, sender, number)
    return await _stop(tx, row, sender)


@router.command(
    "启用规则 {number}",
    "打开规则 {number}",
    "恢复规则 {number}",
    "规则 {number} 启用",
    "规则 {number} 恢复",
    help="启用一条规则",
    roles=MAY_WRITE,
)
async def enable_rule(number: str, sender: Member, tx: Transaction, rules: Rules) -> Reply:
    return await _enable(tx, await _own(tx, sender, number), sender, rules)


@router.command(
    "修改规则 {number} {rule}",
    "改规则 {number} {rule}",
    "规则 {number} 改成 {rule}",
    help="用新的一句话代替：修改规则 3 咨询雅思且预算大于5万，分配给张敏",
    roles=MAY_WRITE,
)
async def change_rule(
    number: str,
    rule: str,
    sender: Member,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
    settings: Settings,
) -> Reply:
    row = await _own(tx, sender, number)
    return await propose(tx, sender, rule, rules, calendar, settings, number=row.number)


# -- buttons ----------------------------------------------------------------------------------


@router.button("rule_on")
async def enable_pressed(
    argument: str, press: CardPress, sender: Member, tx: Transaction, rules: Rules
) -> Reply:
    row = await _pressed(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    if row.state == RuleState.CANCELLED:
        raise CrmError("这条规则已经取消了，请重新写一次")
    if row.state == RuleState.REPLACED:
        raise CrmError(f"规则 {row.number} 已经有更新的版本，回复“规则 {row.number}”看看")
    told = await _enable(tx, row, sender, rules)
    await settle_press(tx, press, f"规则 {row.number}", f"已启用（第 {row.version} 版）")
    return told


@router.button("rule_off")
async def stop_pressed(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    row = await _pressed(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    told = await _stop(tx, row, sender)
    await settle_press(tx, press, f"规则 {row.number}", "已停用")
    return told


@router.button("rule_drop")
async def cancel_pressed(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    row = await _pressed(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    if row.state != RuleState.DRAFT:
        raise CrmError(
            f"规则 {row.number} {STATES[row.state]}，要停用请回复：停用规则 {row.number}"
        )
    _become(tx, row, RuleState.CANCELLED, sender)
    await settle_press(tx, press, f"规则 {row.number}", "已取消，没有生效")
    return None


@router.button("rule_edit")
async def edit_pressed(argument: str, sender: Member, tx: Transaction) -> Reply:
    """Nothing changes yet: he is told how to write the new sentence."""
    row = await _pressed(tx, sender, argument)
    return f"请把新的一句话发给我：\n修改规则 {row.number} {row.sentence}"


# -- what is done -----------------------------------------------------------------------------


async def _enable(tx: Transaction, row: HouseRule, sender: Member, rules: Rules) -> str:
    """Puts this version in force in the place of any other of its number."""
    await tx.turn("house_rules")
    row = await tx.lock(HouseRule, row.id)
    if row.state == RuleState.ACTIVE:
        return f"规则 {row.number} 已经是启用的"
    why = standing.missing(Rule.model_validate(row.rule), rules, await members.reps(tx))
    if compiled(row.condition) is None:
        why = why or "条件读不出来了"
    if why:
        raise CrmError(
            f"规则 {row.number} 不能启用：{why}。请回复：修改规则 {row.number} 新的一句话"
        )
    for other in await house_rules.versions(tx, row.number):
        if other.state == RuleState.ACTIVE:
            _become(tx, other, RuleState.REPLACED, sender)
            await _changed(tx, other, sender, "replaced")
        elif other.state in (RuleState.STOPPED, RuleState.BROKEN) and other.id != row.id:
            _become(tx, other, RuleState.REPLACED, sender)
    row.note = ""
    _become(tx, row, RuleState.ACTIVE, sender)
    await _changed(tx, row, sender, "enabled")
    # Others may have been put in force since it was a draft.
    met = await conflicts(
        tx,
        Rule.model_validate(row.rule),
        number=row.number,
        is_house_wide=row.is_house_wide,
    )
    warned = [f"注意：{one}" for one in met]
    return "\n".join([f"规则 {row.number} 已启用：{row.sentence}", *warned])


async def _stop(tx: Transaction, row: HouseRule, sender: Member) -> str:
    row = await tx.lock(HouseRule, row.id)
    if row.state != RuleState.ACTIVE:
        return f"规则 {row.number} 现在没有启用（{STATES[row.state]}）"
    _become(tx, row, RuleState.STOPPED, sender)
    await _changed(tx, row, sender, "stopped")
    return f"规则 {row.number} 已停用。要恢复请回复：启用规则 {row.number}"


def _become(tx: Transaction, row: HouseRule, state: RuleState, by: Member) -> None:
    row.state, row.changed_at, row.changed_by = state, tx.now, by.id
    tx.add(row)


async def _changed(tx: Transaction, row: HouseRule, by: Member, change: str) -> None:
    await tx.record(
        RuleChanged(at=tx.now, by=by.id, rule_id=row.number, version=row.version, change=change)
    )


# -- whose ------------------------------------------------------------------------------------


def _number(words: str) -> int | None:
    found = _NUMBER.fullmatch(words.strip())
    amount = parse(found[1]) if found else None
    return int(amount.low) if amount is not None and amount.low == amount.high else None


async def _current(tx: Transaction, sender: Member, number: int) -> HouseRule:
    """The version that counts; one that he may not see is not there."""
    for row in await house_rules.current(tx):
        if row.number == number and await _sees(tx, sender, row):
            return row
    raise CrmError(f"没有规则 {number}，回复“规则”看看有哪些")


async def _own(tx: Transaction, sender: Member, number: str) -> HouseRule:
    parsed = _number(number)
    if parsed is None:
        raise CrmError("请写一条规则的编号，例如：停用规则 3")
    await _current(tx, sender, parsed)
    every = await house_rules.versions(tx, parsed)
    counts = [one for one in every if one.state not in (RuleState.CANCELLED, RuleState.REPLACED)]
    row = next((one for one in counts if one.state == RuleState.ACTIVE), counts[0])
    if not await _may_change(tx, sender, row):
        raise CrmError(f"规则 {row.number} 不是您写的，请找写它的人或总监")
    return row


async def _pressed(tx: Transaction, sender: Member, rule_id: str) -> HouseRule:
    is_number = rule_id.isascii() and rule_id.isdigit() and len(rule_id) <= 15  # noqa: PLR2004
    row = await tx.find(HouseRule, int(rule_id)) if is_number else None
    if row is None or not any(map(sender.has_role, MAY_WRITE)):
        raise CrmError(_NOT_YOURS)
    if not await _may_change(tx, sender, row):
        raise CrmError(f"规则 {row.number} 不是您写的，请找写它的人或总监")
    return row


async def _may_change(tx: Transaction, sender: Member, row: HouseRule) -> bool:
    """A director or an administrator any; a manager his own, and those of whom he leads."""
    if is_house_wide(sender):
        return True
    return not row.is_house_wide and row.author_id in await people_of(tx, sender.id)


async def _sees(tx: Transaction, sender: Member, row: HouseRule) -> bool:
    """What acts on his people's leads: the house's rules, and those of his own line."""
    return row.is_house_wide or await _may_change(tx, sender, row)
