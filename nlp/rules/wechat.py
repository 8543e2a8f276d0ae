"""WeChat ids that the text declares as such."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity

SEALS = True
NEEDS = frozenset("微威薇徽维薇卫信wWvV")

CALLED = (
    r"[微威薇徽]信|维信|卫星(?=号|[::\s])|(?<![A-Za-z])(?:wechat|weixin|(?:vx|wx)(?!id_)(?![iu][a-z])|wxh)|[vV]信|"
    r"(?:[加+➕]|加我|加个|加下|加一下)\s?(?:[vV]|微)(?![A-Za-z]*\b信)|(?<![A-Za-z0-9])v(?:我\s?|\s?(?=[::]))"
)
LINKED = (
    r"(?:吧|哈|呗|呀|啦|哦)?\s{0,2}(?:号码?|id|账号|帐号|名)?\s{0,2}(?:(?:可以|直接)?(?:加|搜索?|添加)(?:我|一下)?|就?[是用]|为|叫|发)?\s{0,2}"
    r"(?:,(?=\s?(?-i:[a-z]{3,15}[0-9_])))?[::;=【\[(「\"'“→]{0,2}\s{0,2}"
)
ID = r"[A-Za-z](?=[A-Za-z0-9_\-]{4,19}(?![A-Za-z0-9_\-@]))[A-Za-z0-9_\-]{3,18}[A-Za-z0-9_]"
DECLARED = re.compile(
    rf"(?:{CALLED}){LINKED}(?P<id>{ID}|wxid_[a-z0-9]{{8,20}})(?!\.[A-Za-z])", re.IGNORECASE
)
NUMBERED = re.compile(
    r"(?:微信号|(?<![A-Za-z])(?:vx|wx)号?)\s?(?:是|为)?\s?[::]\s?(?P<id>[1-9][0-9]{5,9})(?![0-9A-Za-z_\-])",
    re.IGNORECASE,
)
AFTERWARDS = re.compile(
    rf"(?<![A-Za-z0-9_\-@.])(?P<id>{ID})\s?[,(]?\s?(?:这?(?:就?是|为)?我?(?:的|们的)?|(?:加|搜)这个)"
    r"(?:微信|[vV]信|vx|wx)号?(?![A-Za-z号]|同|支付|群|里|上|"
    r"[ \t]{0,2}[::=是为]?[ \t]{0,2}[A-Za-z0-9])",
    re.IGNORECASE,
)
BARE = re.compile(r"(?<![A-Za-z0-9_\-])(?P<id>wxid_[a-z0-9]{8,20})(?![A-Za-z0-9_\-])")
PATTERNS = {
    "wechat_declared": DECLARED,
    "wechat_number": NUMBERED,
    "wechat_afterwards": AFTERWARDS,
    "wxid": BARE,
}
SHORTEST = 6
ORDINARY = re.compile(
    r"(?:wechat|weixin|please|iphone|android|windows|business|paypal|applepay|payment|service|thanks?|"
    r"hello|online|offline|report|excel|phone|mobile|email|number|group|google|amazon|chatgpt|mini|"
    r"miniprogram|official|account|invite)[0-9]*",
    re.IGNORECASE,
)
"""English words that stand after the word WeChat and are no ids."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    for by, pattern in PATTERNS.items():
        for found in pattern.finditer(text):
            start, end = found.span("id")
            if _is_id(found["id"]):
                yield context.entity("wechat", start, end, context.message[start:end], by)


def _is_id(written: str) -> bool:
    """No English word; of letters alone six make one, with a digit or a sign five."""
    if ORDINARY.fullmatch(written):
        return False
    return len(written) >= SHORTEST or not written.isalpha()
