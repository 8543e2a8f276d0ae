"""Addresses below the district: streets, estates, house numbers."""

import re

_HAN = r"[\u4e00-\u9fff]"
_STREET = (
    rf"{_HAN}{{1,7}}?(?:大道|大街|街道|公路|路|街|巷|弄|胡同|镇|乡|村|社区|新村|小区|花园|公寓|"
    r"家园|苑|城|广场|大厦|中心|工业[园区]|科技园|产业园|园区|园)"
    r"(?:[东南西北中上下一二三四五六七八九十]{1,2}[段期])?"
)
_NUMBER = (
    r"\s?[0-9A-Za-z一二三四五六七八九十百\-]{1,8}\s?"
    r"(?:号(?!线|出口|机|令|到|前|之前|以前|发|来|去|交|左右)院?|弄|幢|栋|座|单元|室|楼|层|#|组|户|房)"
)
ADDRESS = re.compile(
    # Atomic, so that a row of 路路路路 is not split in every way there is.
    rf"(?>{_STREET})(?>(?:{_STREET}){{0,3}}){_NUMBER}(?:{_HAN}{{0,8}}?{_NUMBER}){{0,5}}"
    r"(?:\s?[0-9]{2,4}(?![0-9年月日.]))?"
)
_BEFORE_DETAIL = re.compile(r".*(?:[省市区县旗州盟]|[在到是去来住寄送往于从了给我们的])", re.DOTALL)
_FIRST_STREET = re.compile(_STREET)


def start_of_detail(found: re.Match[str]) -> int:
    """Where the part below the district begins: after 余杭区."""
    first = _FIRST_STREET.match(found[0])
    # The street's own last character is never cut off: 园区 is no district.
    head = first[0][:-2] if first else ""
    cut = _BEFORE_DETAIL.match(head)
    return found.start() + (cut.end() if cut else 0)
