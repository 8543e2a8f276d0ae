"""分配规则: which preset of assignment.yaml a lead falls under, and why that one. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.schemas.assignment import Assignment, Preset, When
from crm_store.models import Lead
from nlp.searching.trades import trades_of

_WAN = 10_000
_FIELDS = {
    **{"product": "产品", "region": "地区", "budget": "预算", "company": "单位", "phone": "电话"},
    **{"time": "时间", "person": "联系人", "need": "需求", "quantity": "数量", "wechat": "微信"},
}
_PRIORITIES = {"high": "高意向", "normal": "普通意向"}


@dataclass(frozen=True)
class Wish:
    """What is looked at of a lead when its owner is chosen."""

    source: str = ""
    channel: str = ""
    """来源渠道, as the form said it."""
    region: str = ""
    line: str = ""
    product: str = ""
    priority: str = "normal"
    tags: tuple[str, ...] = ()
    budget: int | None = None
    industries: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    """The names of the fields that are known."""
    owner_id: str | None = None

    @classmethod
    def of(
        cls,
        lead: Lead,
        *,
        channel: str = "",
        industries: tuple[str, ...] = (),
        known: frozenset[str] = frozenset(),
    ) -> "Wish":
        columns = {"product": lead.product, "region": lead.region, "budget": lead.budget}
        there = {name for name, value in columns.items() if value is not None and value != ""}
        return cls(
            source=lead.source,
            channel=channel,
            region=lead.region,
            line=lead.line,
            product=lead.product or "",
            priority=lead.priority or "normal",
            tags=tuple(lead.tags),
            budget=lead.budget,
            industries=industries,
            known=known | there,
            owner_id=lead.owner_id,
        )

    def as_json(self) -> dict[str, Any]:
        """The inputs that are stored with the decision; nothing personal is among them."""
        said = {
            "source": self.source,
            "channel": self.channel,
            "region": self.region,
            "line": self.line,
            "product": self.product,
            "priority": self.priority,
            "tags": list(self.tags),
            "budget": self.budget,
            "industries": list(self.industries),
        }
        return {name: value for name, value in said.items() if value not in ("", None, [])}


@dataclass(frozen=True)
class Picked:
    """The preset that decides, what made it fit, and what those before it missed."""

    preset: Preset
    because: str
    passed_over: tuple[tuple[str, str], ...] = ()
    """(name, why it did not fit), in the order of the file."""


def pick(wish: Wish, rules: Assignment) -> Picked:
    """The first active preset that fits. `Assignment.faults` sees to it that there is one."""
    passed_over: list[tuple[str, str]] = []
    for preset in rules.presets:
        if not preset.active:
            continue
        asked = list(_asked(preset.when, wish))
        missed = [words for fits, words in asked if not fits]
        if not missed:
            because = "，".join(words for _, words in asked) or "其余的线索都按这一条"
            return Picked(preset, because, tuple(passed_over))
        passed_over.append((preset.name, "，".join(missed)))
    raise LookupError("assignment.yaml has no preset without conditions")


def _asked(when: When, wish: Wish) -> Iterator[tuple[bool, str]]:
    """Whether each condition holds, in words either way."""
    if when.source:
        yield _one_of("来源", when.source, (wish.source, wish.channel))
    if when.region:
        found = [region for region in when.region if region in wish.region]
        yield bool(found), _is("地区", found, when.region, wish.region)
    if when.line:
        yield _one_of("产品线", when.line, (wish.line,))
    if when.product:
        named = wish.product.casefold()
        found = [word for word in when.product if word.casefold() in named]
        says = f"产品含“{'、'.join(found)}”" if found else f"产品不含“{'、'.join(when.product)}”"
        yield bool(found), says
    if when.industry:
        yield _one_of("行业", when.industry, wish.industries)
    if when.tags:
        yield _one_of("标签", when.tags, wish.tags)
    if when.priority is not None:
        fits = when.priority == wish.priority
        yield fits, f"{'是' if fits else '不是'}{_PRIORITIES[when.priority]}"
    if when.budget_over is not None:
        fits = wish.budget is not None and wish.budget > when.budget_over
        yield fits, f"预算{'超过' if fits else '没有超过'} {_amount(when.budget_over)}"
    for name in when.known:
        fits = name in wish.known
        yield fits, f"{'知道' if fits else '不知道'}{_FIELDS.get(name, name)}"
    for name in when.unknown:
        fits = name not in wish.known
        yield fits, f"{'不知道' if fits else '已经知道'}{_FIELDS.get(name, name)}"


def _one_of(name: str, wanted: tuple[str, ...], said: tuple[str, ...]) -> tuple[bool, str]:
    found = [word for word in wanted if word in said]
    return bool(found), _is(name, found, wanted, "、".join(word for word in said if word))


def _is(name: str, found: list[str], wanted: tuple[str, ...], said: str) -> str:
    if found:
        return f"{name}是{'、'.join(found)}"
    return f"{name}{f'是{said}，' if said else '不清楚，'}不是{'、'.join(wanted)}"


def _amount(yuan: int) -> str:
    return f"{yuan // _WAN}万" if yuan >= _WAN and yuan % _WAN == 0 else f"{yuan}元"


def industries_of(rules: Assignment, company: str, tags: tuple[str, ...]) -> tuple[str, ...]:
    """What trade the client is in: by words in his firm's name, or a tag of that name."""
    named = trades_of(company, rules.industries)
    return tuple(trade for trade in rules.industries if trade in tags or trade in named)
