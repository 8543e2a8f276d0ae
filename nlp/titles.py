"""Titles: which there are, where one ends, and how a surface divides into name and title."""

import re

from nlp.lexicon.names import (
    BRANCH_TITLES,
    BRANCHES,
    CLIPPED_TITLES,
    SHORT_TITLES,
    SOFT_TITLES,
    TITLES,
)
from nlp.lexicon.pattern import one_of

HAN = "[\u4e00-\u9fff]"

ENDS = re.compile(
    rf"(?!{HAN})|您|你|好|早|说|让|那|这|在|来|去|要|想|也|都|就|会|已|和|跟|与|及|或|吗|呢|吧|啊|呀|哈|收|签|确认|同意|"
    r"电话|手机|微信|对接|联系|负责(?!人)|加|回|不|没|还|又|刚|帮|先|从|把|拍|做|定|看|了解|转|给|发|催|问|到|看|今|明|后|昨|下|上|周|出差|是|的(?:微信|电话|邮箱|名片)"
)
"""What follows a title that is a title."""
GO_ON = re.compile(
    r"总(?:经|监|部|裁|价|额|结|体|共|数|量|之|局|署|统|店|行(?!吗|不|程|啊|呀|的)|排量|公司|线|站|工时|成本|面积|金额|包|重量?|长度|"
    r"计(?!划)|代理|账|预算|务|院|装机|评|分|闸|阀|动员|经销|承包|览|投资|支出|收入|费用|用量|库存)"
    r"|工(?:作|程|厂|地|人(?!挺|很|好|不|在)|具(?!体)|艺|资|业|期|商|序|时(?!间)|种|单(?!独)|装(?!修)|会(?!来|去|不|过)|学|位|件(?!事)|休|房|"
    r"务|本(?!人|周|月|来)|效|况|费|伤|龄|钱|字|信|头|匠|段|区|棚|夫|整|兵|科|行(?!吗|不|程|啊)|农|贸)"
    r"|董(?:事|秘)|姐(?:姐|妹|夫|弟)|哥(?:哥|们|俩|弟|伦比)|叔(?:叔|侄)|姨(?:妈|姨|夫)|嫂(?:子|嫂)|伯(?:伯|父|母|乐)|婶(?:婶|子)|爷(?:爷|们|们儿)"
    r"|老师傅|经理(?:人|层|室|级)|主任务|主管(?:部门|单位|道|部|机关|领导)|老板(?:娘)?们|院长期|队长期|会长期|代理(?:商|权|费|品牌|加盟|政策|价)|"
    r"代表(?:团|大会|作|们|性|着|什么|公司|我|你|处)|会计(?:部|软件|学|科目|准则|事务所|证|制度|系统|培训|电算|师事务所|报表|核算|考试|班|课|处理)|"
    r"教练(?:车|机|场)|律师(?:事务所|函|团|楼|费|行业)|教授(?:级|了|过|课|的是)|博士(?:生|后|点|伦|学位|能)|医生(?:站|集团|说明书|工作站)|老师傅|"
    r"秘书(?:处|台)|书记(?:员|处)|编辑(?:器|部|了|一|成)|导演(?:了|组)|班长期|顾问(?:式|费|团|公司|合同)|助理(?:工程师|级|研究)|设计师(?:款|品牌)|"
    r"先生产|女士(?:款|包|鞋|内|护|专|香|手|衣|装)|小姐(?:妹|姐)|太太(?:乐|口)|护士(?:站|节|服|鞋|长)|药师(?:证|考)|客服(?:部|系统|中心|机器人|热线|电话|团队|软件)|"
    r"财务(?:部|软件|系统|那边|章|公司|流程|共享|审批|室|科|报)|主持人|工程师(?:团队|证|考试)|店长(?:期|推荐)|老师(?:傅|资格|们|节|资)|采购(?:部|单|合同|流程|方|价|量|清单|中|需求|计划|了|的|商|负责人|经理|员|主管|总监|平台|系统|预算|金额|成本|完|过|回|入|件|货)"
    r"|销售(?:额|部|员|价|经理|总监|主管|团队|易|渠道|商|量|单|合同|公司|数据|的|部门|代表|顾问|助理|系统|业绩|了|完|出)|业务(?:员|部|量|流程|系统|线|经理|范围|的|往来|需求|多|模式|上)|"
    r"同学(?:们|会|录)|阿姨(?:们|保洁)|师傅们|家长(?:会|群|们|委)"
)
"""Where the title's characters go on as another word: 总价, 工程, 主管部门."""

_LONG = {*TITLES, *(branch + title for branch in BRANCHES for title in BRANCH_TITLES)}
TITLE = re.compile(one_of([*_LONG, *SHORT_TITLES, *CLIPPED_TITLES]))
FIRST_CHARACTERS = frozenset(title[0] for title in (*_LONG, *SHORT_TITLES, *CLIPPED_TITLES))


def stands(text: str, start: int, end: int) -> bool:
    """Whether the title there is one, by what comes after it."""
    title = text[start:end]
    longer = GO_ON.match(text, start)
    if longer and longer.end() > end:
        return False
    if title in SOFT_TITLES:
        return ENDS.match(text, end) is not None
    if title in CLIPPED_TITLES:
        return ENDS.match(text, end) is not None
    return True
