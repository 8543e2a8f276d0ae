"""A house that the sample rulings speak of, and the notation they are labelled in."""

from nlp.ruling import Person, Vocabulary
from nlp.ruling.rule import (
    AMOUNTS,
    FLAGS,
    LISTS,
    TEXTS,
    All,
    Among,
    AnyOf,
    Assign,
    Compare,
    Condition,
    Deed,
    Notify,
    Push,
    Rule,
    TagIt,
)

HOUSE = Vocabulary(
    products={
        "CT设备": ("CT", "CT机"),
        "移动DR": ("床边DR",),
        "彩超": ("彩超机",),
        "监护仪": (),
        "核磁共振": ("核磁", "MRI"),
        "雅思冲刺班": ("雅思冲刺", "雅思"),
        "客户管理软件": ("CRM",),
        "仓储管理软件": ("WMS",),
    },
    lines=("医疗设备", "教育培训", "企业软件"),
    people=(
        Person("zhangmin", "张敏", "资深顾问", "雅思组"),
        Person("sunyue", "孙悦", "资深顾问", "雅思组"),
        Person("lina", "李娜", "顾问", "华东一组"),
        Person("wanglei", "王磊", "顾问", "华东一组"),
        Person("zhaogang", "赵刚", "大客户经理", "大客户组"),
        Person("chenwei1", "陈伟", "顾问"),
        Person("chenwei2", "陈伟", "顾问"),
        Person("chen", "陈经理"),
    ),
    sources=("微信客服", "录入", "官网", "抖音"),
    tags=("高意向", "着急", "比价", "售后"),
    competitors=("迈瑞", "联影", "西门子"),
    documents=(
        "高净值客户沟通话术",
        "价格异议应对话术",
        "预算有限应对话术",
        "交期异议应对话术",
        "已有供应商应对话术",
        "竞品对比话术",
    ),
)


def when_of(condition: Condition, *, is_inside: bool = False) -> str:
    match condition:
        case All() if not condition.parts:
            return "always"
        case All():
            joined = " & ".join(when_of(part, is_inside=True) for part in condition.parts)
            return f"({joined})" if is_inside else joined
        case AnyOf():
            joined = " | ".join(when_of(part, is_inside=True) for part in condition.parts)
            return f"({joined})" if is_inside else joined
        case Compare():
            assert condition.fact in AMOUNTS
            return f"{condition.fact.value} {condition.op} {condition.number}"
        case Among():
            return _among(condition)


def _among(test: Among) -> str:
    if test.fact in FLAGS:
        assert not test.negated
        return f"{test.fact.value} is {'true' if test.values == ('yes',) else 'false'}"
    verb = "has" if test.fact in LISTS | TEXTS else "in"
    return f"{test.fact.value} {'not ' if test.negated else ''}{verb} [{', '.join(test.values)}]"


def deed_of(deed: Deed) -> str:
    match deed:
        case Assign():
            to = deed.to
            said = [f"person:{','.join(to.people)}"] if to.people else []
            said += [
                f"{kind}:{getattr(to, kind)}"
                for kind in ("level", "team", "region", "line")
                if getattr(to, kind)
            ]
            return " ".join(["assign", *said, *(["lightest"] if to.is_lightest else [])])
        case Push():
            return f"push {deed.title}"
        case TagIt():
            return f"tag {deed.tag}"
        case Notify():
            return f"notify {f'person:{deed.person}' if deed.person else deed.who}"
        case _:
            return "raise"


def in_short(rule: Rule) -> tuple[str, list[str]]:
    return when_of(rule.when), [deed_of(deed) for deed in rule.do]
