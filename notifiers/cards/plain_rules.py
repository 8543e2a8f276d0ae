"""规则卡: a rule as it was understood, what it would have done, and what stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass

from notifiers.card import Button, Card, Row, Text, Tone

_EXAMPLE = "客户咨询雅思课程且预算>3万，自动分配给张敏，并推送《高净值客户沟通话术》"
_MOST_TITLES = 5
_MOST_VERSIONS = 8
RULES_A_PAGE = 15
_MOST_OF_A_RULE = 34
"""Characters: a page fits into one message everywhere."""
_MOST_QUOTED, _MOST_SAID = 120, 150
"""Characters that a card shows whole on every platform: nobody confirms a rule that was cut."""


@dataclass(frozen=True)
class TrialView:
    """What a rule would have done to the leads of the last days that its reader sees."""

    days: int
    looked_at: int
    fitting: int
    titles: Sequence[str] = ()
    """Of the newest of them."""
    is_partial: bool = False
    """Only the newest of those days were looked at."""


@dataclass(frozen=True)
class RuleView:
    rule_id: int
    number: int
    version: int
    sentence: str
    state: str
    """启用中, 已停用, 待启用 …"""
    author: str
    scope: str = ""
    """On whose leads it acts."""
    note: str = ""
    trial: TrialView | None = None
    conflicts: Sequence[str] = ()
    versions: Sequence[str] = ()
    """第 2 版 03-10 14:05 王强：…, the newest first."""
    may_enable: bool = False
    may_stop: bool = False
    is_draft: bool = False


def details(rule: RuleView) -> Text | None:
    """All that there is to say, where a card could not hold it; it goes before the card."""
    said = _said(rule)
    if len(rule.sentence) <= _MOST_QUOTED and len(said) <= _MOST_SAID:
        return None
    return Text(text=f"规则 {rule.number}：{rule.sentence}\n\n{said}".strip())


def _said(rule: RuleView) -> str:
    texts = [_trial(rule.trial)] if rule.trial else []
    texts += [f"注意：{conflict}" for conflict in rule.conflicts]
    texts += [rule.note] if rule.note else []
    texts += [*rule.versions[:_MOST_VERSIONS]]
    return "\n".join(texts)


def rule_card(rule: RuleView) -> Card:
    """The rule as a question (a draft) or as it stands."""
    head = "我这样理解，对吗？" if rule.is_draft else f"规则 {rule.number}"
    is_long = details(rule) is not None
    rows = [
        Row(name="状态", value=f"{rule.state} · 第 {rule.version} 版 · {rule.author}"),
        Row(name="范围", value=rule.scope),
    ]
    return Card(
        title=head,
        subtitle=f"规则 {rule.number}" if rule.is_draft else "",
        rows=tuple(row for row in rows if row.value),
        quote=rule.sentence,
        text="全文和说明见上一条消息" if is_long else _said(rule),
        buttons=tuple(_buttons(rule)),
    )


def _buttons(rule: RuleView) -> list[Button]:
    if rule.is_draft:
        return [
            Button(text="启用", action=f"rule_on:{rule.rule_id}", tone=Tone.PRIMARY),
            Button(text="修改", action=f"rule_edit:{rule.rule_id}"),
            Button(text="取消", action=f"rule_drop:{rule.rule_id}", tone=Tone.DANGER),
        ]
    found = []
    if rule.may_enable:
        found.append(Button(text="启用", action=f"rule_on:{rule.rule_id}", tone=Tone.PRIMARY))
    if rule.may_stop:
        found.append(Button(text="停用", action=f"rule_off:{rule.rule_id}", tone=Tone.DANGER))
        found.append(Button(text="修改", action=f"rule_edit:{rule.rule_id}"))
    return found


def _trial(trial: TrialView) -> str:
    of = f"最近 {trial.days} 天{'里最新的' if trial.is_partial else '的'} {trial.looked_at} 条线索"
    if not trial.looked_at:
        return f"最近 {trial.days} 天没有您能看到的线索可以试。"
    if not trial.fitting:
        return f"{of}里，没有一条符合。"
    named = "、".join(trial.titles[:_MOST_TITLES])
    if not trial.titles:
        return f"{of}里，{trial.fitting} 条符合。"
    more = " 等" if trial.fitting > len(trial.titles) else ""
    return f"{of}里，{trial.fitting} 条符合：{named}{more}"


def puzzled(troubles: Sequence[str], *, number: int | None = None) -> Text:
    """What was not understood, word by word; nothing was stored."""
    again = f"修改规则 {number} 新的一句话" if number else _EXAMPLE
    lines = ["这条规则我没有完全看懂，还没有保存：", *(f"· {trouble}" for trouble in troubles)]
    lines.append(f"改好后再发一次就行，例如：{again}")
    return Text(text="\n".join(lines))


def rule_list(rules: Sequence[tuple[int, str, str]], page: int = 1) -> Text:
    """(number, state, sentence) of each, as many as one message holds."""
    if not rules:
        return Text(text=f"还没有规则。直接写一句话就能建，例如：{_EXAMPLE}")
    pages = -(-len(rules) // RULES_A_PAGE)
    page = min(max(page, 1), pages)
    lines = [f"共有 {len(rules)} 条规则，先后就是生效的先后："]
    for number, state, said in rules[(page - 1) * RULES_A_PAGE : page * RULES_A_PAGE]:
        cut = f"{said[:_MOST_OF_A_RULE]}…" if len(said) > _MOST_OF_A_RULE + 1 else said
        lines.append(f"{number}（{state}）{cut}")
    if page < pages:
        lines.append(f"第 {page} 页，共 {pages} 页，下一页请回复：规则 第{page + 1}页")
    one = rules[(page - 1) * RULES_A_PAGE][0]
    lines.append(f"看全文：规则 {one}；停用：停用规则 {one}；修改：修改规则 {one} 新的一句话")
    return Text(text="\n".join(lines))
