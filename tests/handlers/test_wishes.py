"""提醒: what a colleague's words wish, and when; what was read in part is asked about."""

from datetime import datetime

import pytest

from config.calendar import WorkingCalendar
from config.rules import load_rules
from crm_store.errors import CrmError
from handlers.promises.wishes import Asked, about_me, read_wish
from handlers.reading import Reader
from nlp.lexicon import Lexicon
from tests.world import SHANGHAI

RULES = load_rules()
READER = Reader(Lexicon(RULES.catalog, RULES.keywords), RULES.catalog, SHANGHAI)
CALENDAR = WorkingCalendar(RULES.calendar, SHANGHAI)
TEN = datetime(2026, 3, 10, 10, tzinfo=SHANGHAI)
"""A Tuesday."""

ONCE = {
    "下个月1号提醒我续约": "2026-04-01 09:00 续约",
    "下午提醒我交表": "2026-03-10 14:00 交表",
    "提醒我给王主任发报价 明天10点": "2026-03-11 10:00 给王主任发报价",
    "明年1月5日上午10点提醒我续保": "2027-01-05 10:00 续保",
    "下班前提醒我交日报": "2026-03-10 17:30 交日报",
    "周五之前提醒我发合同": "2026-03-12 09:00 发合同",
    "下周一前提醒我发合同": "2026-03-13 09:00 发合同",
    "明天之前提醒我签字": "2026-03-10 17:30 签字",
    "月底提醒我对账": "2026-03-31 09:00 对账",
    "五一后第一个工作日提醒我回访": "2026-05-06 09:00 回访",
    "春节后第一个工作日提醒我": "2027-02-15 09:00",
    "国庆节后第一天提醒我值班": "2026-10-08 09:00 值班",
    "下个月最后一个工作日提醒我结账": "2026-04-30 09:00 结账",
    "后天上午九点半跟赵主任开会，提前半小时叫我": "2026-03-12 09:00 跟赵主任开会",
    "下周三投标，提前一天提醒我": "2026-03-17 09:00 投标",
    "国庆前一周提醒我备货": "2026-09-24 09:00 备货",
    "早八点提醒我打卡": "2026-03-11 08:00 打卡",
    "24点提醒我抢票": "2026-03-11 00:00 抢票",
    "20点提醒我": "2026-03-10 20:00",
    "明天这个时候提醒我复查": "2026-03-11 10:00 复查",
    "在明天下午3点提醒我开会": "2026-03-11 15:00 开会",
    "提醒我周三到康源医院拜访": "2026-03-11 09:00 到康源医院拜访",
    "明天3号楼开会提醒我": "2026-03-11 09:00 3号楼开会",
    # Of several times the one that is wished, the others stay words.
    "周三和赵主任说好周五签合同，明天下午3点提醒我": "2026-03-11 15:00 周三和赵主任说好周五签合同",
    "周五的会提醒我明天带资料": "2026-03-11 09:00 周五的会 带资料",
    "提醒我整理周五的报表 明天下午3点": "2026-03-11 15:00 整理周五的报表",
    "提醒我明天下午3点准备每周一的例会": "2026-03-11 15:00 准备每周一的例会",
    "每周一的例会，周五下午提醒我准备": "2026-03-13 14:00 每周一的例会， 准备",
}
AGAIN = {
    "每天10点站会，提前10分钟提醒我": "每天 09:50 站会",
    "工作日每天9点提醒我打卡": "每个工作日 09:00 打卡",
    "每周一到周五早上9点提醒我看邮件": "每周一、二、三、四、五 09:00 看邮件",
    "逢周三提醒我开会": "每周三 09:00 开会",
    "每月1、15号提醒我对账": "每月1号、15号 09:00 对账",
    "每月1号和15号和20号提醒我": "每月1号、15号、20号 09:00",
    "每月月底提醒我盘点": "每月最后一天 09:00 盘点",
}
ONE_ONLY, NO_DAY, NO_REPEAT = "一次定一个时间", "没看懂是哪一天", "这样重复还不会"
REFUSED = {
    "昨天提醒我开会": "“昨天”已经过了",
    "今天早上8点提醒我": "已经过了",
    "月初提醒我": "“月初”已经开始了",
    "提醒我看周报": "什么时候提醒？",
    "2040年1月1日提醒我": "最远可以定到三年以内",
    "明天开会，提前半小时提醒我": "是几点？",
    "2999年1月1日提醒我开会": NO_DAY,
    "提醒我9999年12月31日开会": NO_DAY,
    "2月30日提醒我": NO_DAY,
    "3-15 10:00提醒我": NO_DAY,
    "下个工作日提醒我": NO_DAY,
    "春节后第三个工作日提醒我": NO_DAY,
    "每月32号9点提醒我对账": NO_REPEAT,
    "提醒我每月32号对账": NO_REPEAT,
    "每个月最后一个周五提醒我开会": NO_REPEAT,
    "每月倒数第二天提醒我": NO_REPEAT,
    "每两周提醒我联系赵主任": NO_REPEAT,
    "隔天提醒我吃药": NO_REPEAT,
    "每3天提醒我看看公海": NO_REPEAT,
    "明天25点提醒我": "“25点”没看懂",
    "明天9点61分提醒我": ONE_ONLY,
    "零点零零零一秒后提醒我": ONE_ONLY,
    "十亿年后提醒我开会": NO_DAY,
    "-5分钟后提醒我喝水": ONE_ONLY,
    "明天9点和15点提醒我吃药": ONE_ONLY,
    "每周一9点和15点提醒我": ONE_ONLY,
    "每天早晚提醒我": ONE_ONLY,
    "每月5日到10日提醒我报税": ONE_ONLY,
    "明天或者后天提醒我": ONE_ONLY,
    "周一到周五9点提醒我看邮件": ONE_ONLY,
    "国庆后一周提醒我": ONE_ONLY,
    "明天上午 王主任那边 9点提醒我": ONE_ONLY,
    "两小时后提醒我，三小时后再提醒我": ONE_ONLY,
}


def understood(words: str) -> str:
    wish = read_wish(about_me(words), READER, TEN, CALENDAR, SHANGHAI)
    when = wish.again.words if wish.again else f"{wish.due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return f"{when} {wish.about}".strip()


def test_the_time_and_what_it_is_about() -> None:
    said = ONCE | AGAIN

    assert {words: understood(words) for words in said} == said


def test_what_is_past_or_unclear_is_refused_with_what_to_say() -> None:
    answers = {}
    for words in REFUSED:
        with pytest.raises(CrmError) as refused:
            answers[words] = understood(words)
        answers[words] = str(refused.value)

    assert {words: REFUSED[words] in said for words, said in answers.items()} == dict.fromkeys(
        REFUSED, True
    )


def test_a_time_alone_is_read_like_one_before_the_verb() -> None:
    wish = read_wish(Asked("周五"), READER, TEN, CALENDAR, SHANGHAI)

    assert f"{wish.due:%m-%d %H:%M}" == "03-13 09:00"
    with pytest.raises(CrmError, match=ONE_ONLY):
        read_wish(Asked("周五和周六"), READER, TEN, CALENDAR, SHANGHAI)
