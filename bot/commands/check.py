"""`genjin check`: are the business rules valid; if not, where and what."""

from bot.commands.output import complain, say
from bot.names_model import is_unreadable
from config.rules import MODEL, Problem, Rules, RulesError, Whereabouts, load_rules
from config.schemas.staff import Platform
from config.settings import Settings
from nlp.lexicon.review import review


def check(settings: Settings) -> int:
    try:
        rules = load_rules(settings.rules_dir)
    except RulesError as refused:
        for problem in refused.problems:
            say(str(problem))
        complain(f"业务规则有 {len(refused.problems)} 处要改，改好后再运行 genjin check")
        return 1
    where = settings.rules_dir or "默认规则"
    active = sum(member.active for member in rules.staff.members)
    say(f"业务规则没有问题（{where}，在职员工 {active} 人）")
    mute = unreachable(settings, rules)
    if mute:
        say(f"! 这些人在已接的平台上没有账号，收不到消息，也分不到线索：{'、'.join(mute)}")
    for problem in doubtful(settings, rules):
        say(f"! {problem}")
    if is_unreadable(settings.rules_dir):
        say(
            f"! {settings.rules_dir}/{MODEL} 读不了，人名和公司名仍按自带的模型识别；"
            "用 genjin train 重新训练，或删掉这个文件"
        )
    return 0


def doubtful(settings: Settings, rules: Rules) -> list[Problem]:
    """The words that work, and perhaps not as they were meant."""
    whereabouts = Whereabouts(settings.rules_dir)
    doubts = review(rules.catalog, rules.keywords, rules.variants)
    return [whereabouts.problem(*doubt) for doubt in doubts]


def unreachable(settings: Settings, rules: Rules) -> list[str]:
    """The names of those who have no account on a platform that is connected, if any is."""
    connected = settings.platforms or frozenset[Platform](("wecom", "dingtalk"))
    active = [member for member in rules.staff.members if member.active]
    return [member.name for member in active if connected.isdisjoint(member.platforms)]
