"""Model numbers: XG-600, 6308-ZZ; told from order numbers, sizes, standards and the like."""

import re
from collections.abc import Iterator

TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._/-]*")
SHAPE = re.compile(r"(?=[A-Za-z/-]{0,9}[0-9])[A-Za-z0-9]{1,12}(?:[-/][A-Za-z0-9]{1,12}){0,4}[.]?")
"""Letters and digits in one piece, with at least one digit near the beginning."""
DIGIT = re.compile(r"[0-9]")

NAMED = re.compile(
    r"(?:规格型号|型号|机型|款号|货号|型号规格|产品型号)\s?(?:应该|就)?(?:是|为|叫|填|写)?\s?[:：(]?\s?$"
)
"""Before a token: it is called a model."""
STRONG = re.compile(
    r"(?:[A-Z]{2,5}-[0-9]{2,5}[A-Z]{0,3}|[A-Z]{1,4}[0-9]{2,4}-[0-9]{2,4}[A-Z]{0,2}"
    r"|[0-9]{3,5}-?(?:2?RS[12]?|2?ZZ|2?Z|LLU|DDU|NR|ETN9)|[A-Z]{2,4}-[A-Z]{0,3}[0-9]{2,5}[A-Z]{0,2})"
    r"(?:[-/][A-Z0-9]{1,4})?"
)
"""What looks like a model and like little else."""
WEAK = re.compile(
    r"(?:[A-Za-z]{1,5}-?[0-9]{2,5}[A-Za-z]{0,3}|[0-9]{3,5}-?[A-Za-z]{1,4}[0-9]{0,2}"
    r"|[A-Za-z]{1,4}[0-9]{1,4}-[A-Za-z0-9]{1,4})(?:[-/][A-Za-z0-9]{1,4})?"
)
"""What may be one where the words around it tell."""
KIN = frozenset("、,，/和跟与及或 ")
"""What stands between two models in a list."""

SOMETHING_ELSE = re.compile(
    r"(?:COVID|UTF|ISO|GBT?|IEC|EN|DIN|JIS|ASTM|SUS|IPX?|DN|PN|PM|CR|M|Q|QQ|CET|HSK|TEM|FY|SHA|MD|RS|RJ|"
    r"CAT|USB|HDMI|MP|WIN|IOS|VIP|TOP|NO|N|KN|A|B|C|D|F|G|H|K|L|P|R|S|T|V|W|X|PO|SO|HT|DD|DH|INV|SN|ID|"
    r"REF|FP|XS|CG|SF|YT|JD|ZT|EMS|ERR|LED|ZB|ZC|XM|RMA|USD|RMB|CNY|EUR|HKD?|JPY|GBP|CO|PH|VOL|VER|PART|CPU|RAM|AM|"
    r"PVC|PE|PP|ABS|SKU|ASIN|UPC|EAN|HS|LA|NY|UK|US|CN|DE|JP)-?[0-9]{1,4}[A-Z]{0,2}"
    r"|(?:PO|SO|HT|DD|DH|INV|SN|NO|ID|REF|FP|XS|CG|SF|YT|JD|ZT|RMA|ORD|QT|BJ|KP)-?[0-9A-Z-]+"
    r"|[0-9]+(?:W|KW|V|A|AH|MAH|MM|CM|M|KM|ML|L|KG|G|MG|T|K|GB|TB|MB|P|FPS|HZ|GHZ|MHZ|RPM|PSI|MPA|BAR|CC|"
    r"H|MIN|S|PCS|PX|DPI|D|ST|ND|RD|TH|AM|PM|X[0-9]+)"
    r"|[A-Z]{0,6}-?(?:19|20)[0-9]{2}-[0-9A-Z-]+|[0-9]{4}-?Q[1-4]|[A-Z]2[A-Z]|[0-9]D|CO2|H2O",
    re.IGNORECASE,
)
"""Standards, sizes, places and numbers of orders: no product, except where called a model."""
SINGLE = re.compile(r"[A-Za-z]-?[0-9]+")
NUMBERED = re.compile(
    r"\s?(?:号(?!机)|单号|订单|工单|合同|协议|批次|这一?单|那一?单|楼|室|房|栋|座|航站|航班|次列车|次车|班|口|门|"
    r"出口|展位|馆|路|车位|发票|文件|报错|错误|邮箱|元|块|万|美|欧|港|刀|股|度|[%°℃\"寸])"
)
"""After a token: it numbers something else."""
ELSEWHERE = re.compile(
    r"(?:订单|单号|工单|合同|编号|批号|批次|流水|运单|快递|物流|发票|卡号|账号|密码|验证码|微信|[vVwW][xX]|加[vV]|QQ|"
    r"[iI][dD]|房|车牌|航班|学号|工号|版本|错误码?|报错|代码|提取码|邀请码|优惠码|群|图号|税号|信用|专利|证号|"
    r"尾号|车次|展位|单元|楼)(?:号|码)?\s?(?:是|为)?\s?[:：#]?\s?$"
)
"""Before a token: it numbers something else."""
GOODS_AFTER = re.compile(
    r"\s?(?:的?(?:有没有|有货|有现货|现货|还有|没货|缺货|断货|到货|多少|啥价|什么价|怎么卖|价格|价位|报价|报个|参数|说明书|"
    r"彩页|资料|配件|库存|样机|样品|图片|型号|交期|货期|能替|可以替|质量|性能|配置|售后|质保|保修)|这款|那款|这个型|呢|"
    r"这型|型(?![的]?号)|款|轴承|轮胎|电机|主机|机器|机型|[要来订拿买报]?\s?[一二两三四五六七八九十百千0-9]+"
    r"\s?[台套个件条只把箱盒支根片])"
)
"""After a token: it is asked for."""
GOODS_BEFORE = re.compile(
    r"(?:[要买报看换用配询订拿]|问一?下|有没有|替代|代替|你们的?|您的?|那款|这款|新款|老款|升级|换成|改成|"
    r"同款|轴承|轮胎|主机|[机仪器泵车钻])的?\s?$"
)
_CONTEXT = 10
_GLUE = ("@", ".", "_", "-")
"""Before a token: it is the rest of an address."""


def model_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where model numbers stand in a width-folded text."""
    if not DIGIT.search(text):
        return
    listed = -1
    for found in TOKEN.finditer(text):
        token = found[0].rstrip("./-_")
        start = found.start()
        end = start + len(token)
        before = text[max(0, start - _CONTEXT) : start]
        if token.isdigit():
            is_model = ("号" in before or "型" in before) and bool(NAMED.search(before))
        else:
            continues = listed >= 0 and start - listed == 1 and text[listed] in KIN
            is_model = (
                not token.isalpha()
                and before[-1:] not in _GLUE
                and bool(SHAPE.fullmatch(token))
                and _is_model(token, before, text, end, continues=continues)
            )
        listed = end if is_model else -1
        if is_model:
            yield start, end


def _is_model(token: str, before: str, text: str, end: int, *, continues: bool) -> bool:
    if ELSEWHERE.search(before):
        return False
    if NAMED.search(before):
        return True
    if NUMBERED.match(text, end) or SOMETHING_ELSE.fullmatch(token):
        return False
    if STRONG.fullmatch(token):
        return True
    if not WEAK.fullmatch(token) or SINGLE.fullmatch(token):
        return False
    return continues or bool(GOODS_AFTER.match(text, end) or GOODS_BEFORE.search(before))
