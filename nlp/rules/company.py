"""Organisations: a name that ends as organisations end (有限公司, 医院, 贸易 …)."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.segment import is_ordinary_word

HAN = r"\u4e00-\u9fff"

FORMAL = (
    r"股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|集团|事务所|研究院|研究所|研究中心"
)
INSTITUTE = (
    r"医院|卫生院|诊所|门诊部|大学|学院|中学|小学|学校|幼儿园|疾控中心|体检中心|妇幼保健院|保健院"
)
TRADE = (
    r"医疗科技|医疗器械|医疗|商贸|贸易|教育科技|教育|汽配|置业|地产|五金|科技|电子商务|电子|物流|货代|机械|"
    r"建材|食品|服饰|化工|实业|生物|制药|药业|传媒|文化|网络|软件|智能|家居|餐饮|酒店"
)
LOOSE_TRADE = re.compile(r"电子商务|电子|物流|食品|生物|传媒|文化|网络|软件|智能|家居|餐饮|酒店")
"""Trades whose name often stands alone: the brand before them must be no ordinary word."""
NAME = re.compile(
    rf"(?P<name>[{HAN}A-Za-z0-9()·]{{2,24}}?)(?P<ending>{FORMAL}|{INSTITUTE}|{TRADE})(?P<formal>{FORMAL})?"
)
RUN = re.compile(rf"[{HAN}A-Za-z0-9()·]{{2,60}}")

BEFORE = re.compile(
    r".*(?:我们是|我们|你们|他们|咱们|我是|我|你|您|他|她|是|的|了|在|到|给|从|和|与|跟|及|或|叫|问|找|发|去|来|"
    r"让|请|帮|把|被|向|对|对方|换|抬头写|抬头|写|名称|单位|客户|有|要|这|那|想|也|都|就|用|比|贵|本|该|各|某|"
    r"一家|家|几家|哪家|送|寄|为|吧|呢|吗|啊|好|公司名|开票|搬|还|再|跑|做|主做|搞|原来|以前|现在)"
)
"""What stands before a name and is none of it."""

GENERIC = re.compile(
    r"(?:私立|公立|公办|民办|民营|三甲|二甲|三级|综合|社区|人民|中心|县级|县|市|区|省|镇|乡|村|当地|附近|外地|本地|专科|口腔|宠物|"
    r"中医|儿童|妇产|别家|其他|其它|大型|小型|中型|大|小|老|新|总|分|子|母|贵|国际|国内|智慧|移动|在线|线上|线下|"
    r"素质|跨境|职业|高等|基础|学前|早期|成人|家庭|义务|互联网|进出口|对外|一般|加工|转口|现代|传统|公共|基层|远程|高端|少儿|老年|"
    r"继续|终身|企业|消费|工业|精密|日用|国外|海外|全国|高科技|新兴|先进|应用|医学|精细|生活|休闲|绿色|进口|户外|品牌|"
    r"[一二三四五六七八九十0-9]+)+"
)
NOT_A_TRADE = re.compile(
    r"[设器机行服费保资用耗废局部类系厅战额术件店厂工城市馆园感信单时中产领板界圈展险法方类的?人员]"
)
"""After a trade word: 医疗设备, 教育行业, 物流费 are no organisations."""

SHORT_NAME = (2, 4)
"""How many characters a brand before a bare trade word has: 康源医疗."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    for run in RUN.finditer(text):
        at = run.start()
        while found := NAME.search(text, at, run.end()):
            at = found.end()
            entity = _company(found, text, context)
            if entity:
                yield entity


def _company(found: re.Match[str], text: str, context: Context) -> Entity | None:
    start = found.start() + _length_before(found["name"])
    brand = text[start : found.end("name")]
    if not brand or GENERIC.fullmatch(brand):
        return None
    is_trade = re.fullmatch(TRADE, found["ending"]) and not found["formal"]
    if is_trade:
        least, most = SHORT_NAME
        after = text[found.end() : found.end() + 1]
        if not least <= len(brand) <= most or (after != "的" and NOT_A_TRADE.match(after)):
            return None
        if LOOSE_TRADE.fullmatch(found["ending"]) and is_ordinary_word(brand):
            return None
    elif len(brand) < SHORT_NAME[0]:
        return None
    if context.claimed("product", start, found.end()):
        return None
    value = text[start : found.end()].replace(" ", "")
    return context.entity("company", start, found.end(), value, "organisation_ending")


def _length_before(name: str) -> int:
    """How much of the run's head is other words: 2 of 我是康源. The 和 of 仁和 belongs to it."""
    end = len(name)
    while before := BEFORE.match(name, 0, end):
        cut = before.end()
        earlier = BEFORE.match(name, 0, cut - 1)
        alone = name[earlier.end() if earlier else 0 : cut - 1]
        if name[cut - 1] != "和" or len(alone) != 1:
            return cut
        end = cut - 1
    return 0
