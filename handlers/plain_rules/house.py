"""The words of this house for rules: out of the files, the team and the leads there are."""

from collections.abc import Iterable

from config.rules import Rules
from config.settings import Settings
from crm_store.queries import house_rules
from crm_store.view import View
from handlers.opening import KF_SOURCE
from nlp.ruling import Person, Vocabulary

_ENTERED = "录入"
"""As handlers/entering.py has it, which cannot be imported from here."""


async def vocabulary_of(view: View, rules: Rules, settings: Settings | None = None) -> Vocabulary:
    seen = set(await house_rules.sources(view)) | {KF_SOURCE, _ENTERED}
    if settings is not None:
        seen |= set(settings.api_keys)
    tags = [entry.tag for entry in rules.keywords.entries]
    written = [deed for deed in await _tags_of_rules(view) if deed not in tags]
    return Vocabulary(
        products={product.name: product.aliases for product in rules.catalog.products},
        lines=rules.catalog.lines,
        people=people_in(rules),
        sources=tuple(sorted(seen)),
        tags=(*tags, *written),
        competitors=_each(rules.catalog.competitors.values()),
        documents=tuple(rules.talktracks.by_title),
    )


def people_in(rules: Rules) -> tuple[Person, ...]:
    return tuple(
        Person(member.id, member.name, member.level, member.team)
        for member in rules.staff.members
        if member.active
    )


async def _tags_of_rules(view: View) -> list[str]:
    """Tags that other rules put on leads."""
    found: dict[str, None] = {}
    for row in await house_rules.current(view):
        for deed in row.rule.get("do", []):
            if deed.get("kind") == "tag":
                found.setdefault(str(deed["tag"]))
    return list(found)


def _each(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for group in groups for word in group))
