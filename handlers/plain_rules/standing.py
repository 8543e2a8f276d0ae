"""Rules in force, as they are asked for each lead, and whether what they name is still there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from config.rules import Rules
from config.schemas.staff import Role
from crm_store.facts import RuleChanged
from crm_store.models import HouseRule, Member, RuleState
from crm_store.queries import house_rules, members
from crm_store.queries.house_rules import InForce
from crm_store.queries.members import Rep
from crm_store.store import Transaction
from crm_store.view import View
from handlers.plain_rules.evaluating import compiled
from nlp.ruling.cel import asks_for
from nlp.ruling.rule import Assign, Fact, Notify, Push, Rule, Whom, tests_of
from nlp.ruling.vocabulary import places_in
from notifiers.card import Text

MAY_WRITE = frozenset({Role.MANAGER, Role.DIRECTOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Active:
    """A rule in force, read."""

    row: InForce
    rule: Rule
    asks: frozenset[Fact]

    @property
    def key(self) -> tuple[int, int]:
        return self.row.number, self.row.version


_last_read: WeakKeyDictionary[object, tuple[int, list[Active]]] = WeakKeyDictionary()
"""By database, as of so many changes. It saves reading hundreds of rows for each message; whether
anything changed is asked of the database every time."""


async def active(view: View) -> list[Active]:
    """In the order in which they are asked."""
    changes = await house_rules.changes(view)
    if not changes:
        return []
    if isinstance(view, Transaction) and _has_changed(view):
        return await _in_force(view)  # it may yet be undone
    database = view.session.get_bind()
    known = _last_read.get(database)
    if known is None or known[0] != changes:
        known = _last_read[database] = (changes, await _in_force(view))
    return known[1]


def _has_changed(tx: Transaction) -> bool:
    return any(isinstance(fact, RuleChanged) for _, fact in tx.recorded)


async def _in_force(view: View) -> list[Active]:
    return [Active(row, *_read(row.rule)) for row in await house_rules.in_force(view)]


@lru_cache(maxsize=4096)
def _read(written: str) -> tuple[Rule, frozenset[Fact]]:
    rule = Rule.model_validate_json(written)
    return rule, asks_for(rule.when)


def is_house_wide(author: Member) -> bool:
    return author.has_role(Role.DIRECTOR) or author.has_role(Role.ADMIN)


async def people_of(view: View, author_id: str) -> frozenset[str]:
    """Whom a manager's rule is about: those below him, and himself."""
    return frozenset({author_id} | await members.below(view, author_id))


def wanted(whom: Whom, team: Sequence[Rep]) -> list[str]:
    """Who of the team is meant. Who covers every region is meant by one only where nobody covers
    that one by name."""
    if whom.people:
        return [rep.id for rep in team if rep.id in whom.people]
    found = [
        rep
        for rep in team
        if (not whom.level or rep.level == whom.level) and (not whom.team or rep.team == whom.team)
    ]
    if whom.region:
        places = places_in(whom.region)
        named = [
            rep
            for rep in found
            if any(one in place or place in one for one in rep.regions for place in places)
        ]
        found = named or [rep for rep in found if not rep.regions]
    if whom.line:
        named = [rep for rep in found if whom.line in rep.lines]
        found = named or [rep for rep in found if not rep.lines]
    return [rep.id for rep in found]


def missing(rule: Rule, rules: Rules, team: Sequence[Rep]) -> str:
    """What the rule names that is not there (any more); empty where all is."""
    for test in tests_of(rule.when):
        known = {
            Fact.PRODUCT: ("产品", rules.catalog.by_name),
            Fact.LINE: ("产品线", rules.catalog.lines),
        }.get(test.fact)
        for value in getattr(test, "values", ()) if known else ():
            if known and value not in known[1]:
                return f"{known[0]}“{value}”已经不在产品目录里"
    for deed in rule.do:
        if isinstance(deed, Push) and deed.title not in rules.talktracks.by_title:
            return f"《{deed.title}》已经不在话术库里"
        if isinstance(deed, Notify) and deed.person and not _works_here(rules, deed.person):
            return f"{_name(rules, deed.person)}已经不在名单里"
        if isinstance(deed, Assign):
            for person in deed.to.people:
                if not any(rep.id == person for rep in team):
                    return f"{_name(rules, person)}现在不接线索（离职，或者不是销售）"
            if not wanted(deed.to, team):
                return "要分配给的人现在一个也没有"
    return ""


def _works_here(rules: Rules, member_id: str) -> bool:
    member = rules.staff.by_id.get(member_id)
    return member is not None and member.active


def _name(rules: Rules, member_id: str) -> str:
    member = rules.staff.by_id.get(member_id)
    return member.name if member is not None else member_id


async def set_aside(tx: Transaction, one: InForce, why: str) -> None:
    """The rule acts no more, and its author is told why; once."""
    row = await tx.lock(HouseRule, one.id)
    if row.state != RuleState.ACTIVE:
        return
    row.state, row.note, row.changed_at, row.changed_by = RuleState.BROKEN, why, tx.now, None
    tx.add(row)
    await tx.record(
        RuleChanged(at=tx.now, rule_id=row.number, version=row.version, change="broken")
    )
    words = (
        f"规则 {row.number} 已经停下：{why}。\n{row.sentence}\n"
        f"改好了请回复：修改规则 {row.number} 新的一句话"
    )
    await tell_author(tx, row.author_id, words)


async def tell_author(tx: Transaction, author_id: str, words: str) -> None:
    """Whoever wrote the rule; whoever may write any, where he is gone."""
    author = await tx.find(Member, author_id)
    told = [author] if author is not None and author.active else []
    for member in told or await members.with_role(tx, Role.DIRECTOR, Role.ADMIN):
        await tx.notify(member, Text(text=words))


async def why_broken(tx: Transaction, one: Active, rules: Rules, team: Sequence[Rep]) -> str:
    """Empty where the rule may act."""
    if compiled(one.row.condition) is None:
        return "条件读不出来了"
    if not one.row.is_house_wide:
        author = await tx.find(Member, one.row.author_id)
        if author is None or not author.active or not author.has_role(Role.MANAGER):
            return "写它的主管已经不在这个岗位"
    return missing(one.rule, rules, team)
