"""规则 in one sentence: 「客户咨询雅思课程且预算>3万，自动分配给张敏，并推送《…》」.

The assistant says how it understood the sentence and what that would have done; only a tap on 启用
puts it in force. What it cannot read it says word by word, and stores nothing.
"""

from collections.abc import Mapping

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store.models import HouseRule, Member, RuleState
from crm_store.queries import house_rules, members
from crm_store.store import Transaction
from handlers.commands import Words
from handlers.plain_rules.house import vocabulary_of
from handlers.plain_rules.standing import MAY_WRITE, is_house_wide, missing, people_of
from handlers.plain_rules.trying import conflicts, tried
from handlers.router import Reply, Router
from nlp.ruling import Puzzled, Rule, read
from nlp.ruling.cel import compiled
from nlp.ruling.looks import is_about_telling, looks_like_a_rule, might_be_a_rule
from nlp.ruling.rule import Assign, Notify
from nlp.ruling.wording import sentence
from notifiers.cards.plain_rules import RuleView, details, puzzled, rule_card

router = Router("rule_writing")

STATES: Mapping[str, str] = {
    RuleState.DRAFT: "待启用",
    RuleState.ACTIVE: "启用中",
    RuleState.STOPPED: "已停用",
    RuleState.REPLACED: "已被新版本代替",
    RuleState.CANCELLED: "已取消",
    RuleState.BROKEN: "已失效",
}


@router.command(
    "新规则 {rule}",
    "加一条规则 {rule}",
    "加规则 {rule}",
    "建规则 {rule}",
    "新建规则 {rule}",
    help="用一句话建规则：新规则 咨询雅思且预算大于3万，分配给张敏",
    roles=MAY_WRITE,
)
async def write(
    rule: str,
    sender: Member,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
    settings: Settings,
) -> Reply:
    return await propose(tx, sender, rule, rules, calendar, settings)


async def without_a_command(
    words: Words,
    sender: Member,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
    settings: Settings,
) -> Reply:
    """A manager who simply writes the rule."""
    if not any(map(sender.has_role, MAY_WRITE)):
        return None
    if not might_be_a_rule(words.written):
        return None
    house = await vocabulary_of(tx, rules, settings)
    if not looks_like_a_rule(words.written, house):
        return None
    if is_about_telling(words.written) and isinstance(read(words.written, house), Puzzled):
        return None  # 提醒我下午三点…: words that others understand
    return await propose(tx, sender, words.written, rules, calendar, settings)


async def propose(
    tx: Transaction,
    author: Member,
    said: str,
    rules: Rules,
    calendar: WorkingCalendar,
    settings: Settings,
    *,
    number: int | None = None,
) -> Reply:
    """The sentence as a draft, with its card; `number`: a new version of that rule."""
    house = await vocabulary_of(tx, rules, settings)
    understood = read(said, house)
    if isinstance(understood, Puzzled):
        return puzzled([str(trouble) for trouble in understood.troubles], number=number)
    rule = understood.rule
    wrong = await _beyond(tx, author, rule, rules)
    if wrong:
        return puzzled([wrong], number=number)
    # Of two that write at once, the second sees the first one's number.
    await tx.turn("house_rules")
    number = number or await house_rules.newest_number(tx) + 1
    before = await house_rules.versions(tx, number)
    row = HouseRule(
        number=number,
        version=before[0].version + 1 if before else 1,
        author_id=author.id,
        is_house_wide=is_house_wide(author),
        said=said.strip(),
        sentence=sentence(rule, house),
        rule=rule.model_dump(mode="json"),
        condition=compiled(rule.when),
        created_at=tx.now,
        changed_at=tx.now,
        changed_by=author.id,
    )
    tx.add(row)
    await tx.flush()
    return await shown(tx, author, await draft_view(tx, row, author, calendar))


async def shown(tx: Transaction, reader: Member, rule: RuleView) -> Reply:
    """The rule's card; what it could not hold goes before it in words."""
    words = details(rule)
    if words is not None:
        await tx.notify(reader, words, purpose="reply")
    return rule_card(rule)


async def _beyond(tx: Transaction, author: Member, rule: Rule, rules: Rules) -> str:
    """Why this author may not write the rule, or why it could never act; empty where he may."""
    why = missing(rule, rules, await members.reps(tx))
    if why:
        return why
    if is_house_wide(author):
        return ""
    own = await people_of(tx, author.id)
    named: set[str] = set()
    for deed in rule.do:
        if isinstance(deed, Assign):
            named |= set(deed.to.people)
        if isinstance(deed, Notify) and deed.person:
            named.add(deed.person)
    others = sorted(named - own)
    if not others:
        return ""
    names = await members.names(tx)
    return f"{'、'.join(names.get(one, one) for one in others)}不在您的团队，请总监来写这条规则"


async def draft_view(
    tx: Transaction, row: HouseRule, asker: Member, calendar: WorkingCalendar
) -> RuleView:
    rule = Rule.model_validate(row.rule)
    met = await conflicts(tx, rule, number=row.number, is_house_wide=row.is_house_wide)
    older = [one for one in await house_rules.versions(tx, row.number) if one.version < row.version]
    in_force = next((one for one in older if one.state == RuleState.ACTIVE), None)
    note = f"启用后代替第 {in_force.version} 版：{in_force.sentence}" if in_force else ""
    return RuleView(
        rule_id=row.id,
        number=row.number,
        version=row.version,
        sentence=row.sentence,
        state=STATES[row.state],
        author=asker.name,
        scope=scope_told(row),
        trial=await tried(tx, rule, asker, calendar, is_house_wide=row.is_house_wide),
        conflicts=met,
        note=note,
        is_draft=True,
    )


def scope_told(row: HouseRule) -> str:
    return "全公司的线索" if row.is_house_wide else "本来就归您团队的线索"
