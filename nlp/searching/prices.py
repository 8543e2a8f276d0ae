"""Whether a colleague quotes a price: an amount of money, and words that make it ours.

A client's budget is no quote, nor is a promise to quote, which names no amount. Precision goes
first: an answer to 「上次报价多少」 that shows something else is worse than none.
"""

import re
from collections.abc import Iterator

from nlp.folding import fold
from nlp.lexicon.spelling import simplify

_NUMBER = r"(?:[0-9][0-9,.]*|[一二两三四五六七八九十百千半]+)"
_AMOUNT = re.compile(
    rf"(?:[¥$€£]\s?[0-9][0-9,.]*|{_NUMBER}\s?(?:[多来几])?\s?(?:万|亿|元|块|美元|美金|欧元|港币|日元"
    r"|rmb|usd|[wk](?![a-z0-9]))"
    r"|(?:报价|单价|总价|价格|价|报)(?:是|为|:|：|\s)*[0-9][0-9,.]{2,}(?!\s?[0-9,.万亿元块千wk]))"
)
_ONE = "[台套个盒箱件只年人支月副瓶次期]"
_QUOTING = re.compile(
    r"报价(?!单?前)|报(?:了|过|的|给|您|你|到|\s?[¥$0-9])|单价|总价|价格(?!表)|价钱|售价|到手价|优惠价|成交价|底价"
    "|一口价|打包价|折后|含税|不含税|最低(?:价|能|可以|给|做到)"
    "|给(?:您|你|贵[司院校]|到)(?:们)?(?:的?价|算|按|优惠)"
    rf"|[一每]{_ONE}(?:是|要|算|只要|大概)?\s?[0-9¥]|[0-9万元块千]\s?(?:/|一|每)\s?{_ONE}"
    "|合计|总共|全套下来|全包"
)
_SHEET = re.compile(
    r"报价[单表](?:.{0,6}(?:已|发|传|寄|附|见|给|查收)|$)|(?:附上|附件|发您|发你|发给).{0,8}报价[单表]"
)
_IS_TO_COME = re.compile(
    r"(?:再|会|将|尽快|稍后|马上|明天|下午|周[一-日]前).{0,10}报价(?![0-9是为:：])"
)
_NO_QUOTE = re.compile(
    "(?:您|你|客户|对方|贵[司院校])们?(?:的|这边|那边)?预算|预算(?:是|有|大概|在|多少|范围)"
    "|定金|订金|押金|回款"
)
_OF_OTHERS = re.compile("竞品|竞争对手|对手|友商|同行|别家|另一家|他们家")


def quotes_a_price(text: str) -> bool:
    """In what a colleague says to a client, or notes."""
    folded = simplify(fold(text))
    return any(_quotes(folded[start:end]) for start, end in _ours(folded))


def _ours(folded: str) -> Iterator[tuple[int, int]]:
    """Where sentences stand; of one that tells of others only the parts that do not."""
    for sentence in re.finditer(r"[^。!！?？\n;；]+", folded):
        if not _OF_OTHERS.search(sentence[0]):
            yield sentence.span()
            continue
        for part in re.finditer(r"[^,，]+", sentence[0]):
            if not _OF_OTHERS.search(part[0]):
                yield sentence.start() + part.start(), sentence.start() + part.end()


def _quotes(sentence: str) -> bool:
    if _SHEET.search(sentence) and not _IS_TO_COME.search(sentence):
        return True
    if not _AMOUNT.search(sentence) or not _QUOTING.search(sentence):
        return False
    return not _NO_QUOTE.search(sentence) or bool(re.search(r"我们?报|报价", sentence))


def amounts_in(text: str) -> list[str]:
    """The amounts of the sentences that quote a price, as they were written: 28万."""
    folded = simplify(fold(text))
    if len(folded) != len(text):
        return []
    found = []
    for start, end in _ours(folded):
        if _quotes(folded[start:end]):
            spans = [one.span() for one in _AMOUNT.finditer(folded[start:end])]
            found += [text[start + a : start + b].strip() for a, b in spans]
    return list(dict.fromkeys(found))
