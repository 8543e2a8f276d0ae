"""Where a Chinese full name stands, and how long it is: 王建国 of 王建国想, 赵敏 of 赵敏您好."""

from functools import lru_cache

from nlp.lexicon.names import COMPOUND_SURNAMES, GIVEN, RARE_SURNAMES, SURNAMES
from nlp.segment import is_ordinary_word

EVERY_SURNAME = SURNAMES | RARE_SURNAMES
STOPS = frozenset(
    "您你我他她它们的了吗呢吧啊这那哪想要在有跟给到好说是不也都就还又很太再别让请把被从对向为与或及而且则但"
    "什么怎几多少个家只位号点半年日周天前后早晚上下里外内联系电话手机微信采购负责公司部"
    "工总局处科"
)
"""No given name has one of them."""
SOONER = frozenset(
    "明天 明年 明早 明晚 明儿 明后 国庆 元旦 春节 春季 秋季 清明 中秋 中午 平时 晚上 早上 可以 可能 可不 会来 会去 会把 "
    "和平 利用 同意 同志 同学 生气 立刻 立即 正在 正好 起来 来自 来电 来过 来找 来问 来了 去了 才能 才到 才来 华为 文件 "
    "海运 海关 发来 发了 发货 发过 发给 发的 发我 进来 进货 言重 成交 志愿 信息 行不 行吗 和我 和你 和他 以后 以前 之前 "
    "一起 一直 一下 一个 一早 一般 二人 三位 三人 三个 两位 月底 月初 月中 星期 时候 时间 群里 家里 家长 生日 先生 有空 "
    "有事 用的 没有 没来 没空 收到 负责 重新 明确 明显 思考 永远 安排 宁可 宁愿 先去 先来 先把 先看 友情 代表 代理 知道 "
    "致电 依旧 依然 子公 方便 方面 才是 常来 常说 展会 建议 建群 建个 升级 升职 兴趣 良好 本人 加我 加一 加微 扬言 "
    "东西 南京 北京 天津 江苏 江西 广东 广西 云南 海南 山东 山西 河南 河北 湖南 湖北 宁波 金华 义乌 青岛 成都 武汉 福建 "
    "德国 英国 美国 泰国".split()
)
"""Words that more often follow a name of two characters than they end one of three."""


def surname_length(text: str, at: int, *, rare: bool = True) -> int:
    """2 of 欧阳雪, 1 of 王建国, 0 where no surname stands."""
    if text[at : at + 2] in COMPOUND_SURNAMES:
        return 2
    char = text[at : at + 1]
    return int(char in SURNAMES or (rare and char in RARE_SURNAMES))


def is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@lru_cache(maxsize=20_000)
def is_word(text: str) -> bool:
    """Whether the dictionary has it, and not as a person's name."""
    return is_ordinary_word(text)


def full_name(text: str, at: int, *, sure: bool = False) -> int:
    """How long a full name that begins here is; 0 where none does.

    `sure`: the place says that a name follows (联系人：), so it may look like a word (高洁).
    """
    surname = surname_length(text, at, rare=sure)
    if not surname:
        return 0
    short, long = at + surname + 1, at + surname + 2
    end = len(text)
    could_be_short = short <= end and _given(text[short - 1], sure)
    if not could_be_short:
        return 0
    could_be_long = long <= end and _given(text[long - 1], sure)
    if could_be_long and _runs_on(text, at, surname):
        could_be_long = False
    if could_be_long and _is_name(text[at:long], surname, sure):
        return surname + 2
    if _is_name(text[at:short], surname, sure) and (
        sure or surname == 2 or not could_be_long or short == end
    ):
        return surname + 1
    return 0


def _given(char: str, sure: bool) -> bool:
    return char in GIVEN or (sure and is_han(char) and char not in STOPS)


def _is_name(name: str, surname: int, sure: bool) -> bool:
    if sure:
        return not is_word(name) or all(char in GIVEN for char in name[surname:])
    if is_word(name):
        return False
    head = name[: surname + 1]
    return len(name) == len(head) or surname == 2 or not is_word(head)


def _runs_on(text: str, at: int, surname: int) -> bool:
    """Whether the third character begins the next word: 李文 of 李文明天来."""
    last = at + surname + 1
    follower = text[last : last + 2]
    if follower in SOONER:
        return True
    return text[last] not in GIVEN and len(follower) == 2 and is_word(follower)
