"""`genjin check`: are the business rules valid; if not, where and what."""

from bot.commands.output import complain, say
from config.rules import RulesError, load_rules
from config.settings import Settings


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
    return 0
