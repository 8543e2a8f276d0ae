"""Masks what identifies a person, for readers who do not own the client.

What is shown to a stranger is masked rather once too often: the patterns take more than the
extractor's rules do.
"""

import re
from collections.abc import Callable

from nlp.folding import fold_width

HIDDEN = "****"
SHOWN_HEAD = 3
SHOWN_TAIL = 4
MOBILE_DIGITS = 11

SEPARATOR = r"[\s\-.·()]{0,3}"
PHONE = re.compile(
    rf"(?:\(?(?:\+|00)?86\)?{SEPARATOR})?(?<![0-9])1[3-9](?:{SEPARATOR}[0-9]){{9}}(?![0-9])"
    rf"|(?<![0-9])\(?0[1-9][0-9]{{1,2}}{SEPARATOR}[2-9][0-9]{{2,3}}{SEPARATOR}[0-9]{{4}}(?![0-9])"
    rf"|(?<![0-9])400{SEPARATOR}[0-9]{{3,4}}{SEPARATOR}[0-9]{{3,4}}(?![0-9])"
)
EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}(?=@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4})")
ID_CARD = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)
LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{12,25}(?![0-9A-Za-z])")
"""Bank cards, and phones that run into something else."""
WECHAT = re.compile(
    r"(?:微信|威信|薇信|(?<![A-Za-z])(?:wechat|weixin|vx|wx)|[加+]\s?v信?|v信)"
    r"[\s号是为:]{0,4}(?:id|账号)?[\s::]{0,3}(?P<id>[A-Za-z0-9][A-Za-z0-9_\-]{4,29})",
    re.IGNORECASE,
)


def mask_phone(phone: str) -> str:
    """+8613812345678 → 138****5678, +862154321098 → 021****1098."""
    digits = re.sub(r"[^0-9]", "", phone)
    if phone.lstrip("( ").startswith(("+86", "0086")):
        digits = digits.removeprefix("00").removeprefix("86")
        if len(digits) < MOBILE_DIGITS or not digits.startswith("1"):
            digits = f"0{digits}"
    if len(digits) < SHOWN_HEAD + SHOWN_TAIL + 1:
        return HIDDEN
    return f"{digits[:SHOWN_HEAD]}{HIDDEN}{digits[-SHOWN_TAIL:]}"


def mask_email(address: str) -> str:
    """wangjg@kangyuan-med.com → w****@kangyuan-med.com."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}{HIDDEN}{at}{domain}"


def mask(text: str) -> str:
    """Running text with its phones, e-mails, ID cards, long numbers and WeChat ids masked."""
    # What is left of one number may, with what follows it, look like another: again, until
    # nothing is found. Every round leaves fewer characters to find.
    while (masked := _mask_once(text)) != text:
        text = masked
    return text


def _mask_once(text: str) -> str:
    for pattern, group, hide in KINDS:
        # The folded text has the same length, so a find in it is cut out of the text itself.
        pieces, at = [], 0
        for found in pattern.finditer(fold_width(text)):
            start, end = found.span(group)
            pieces += [text[at:start], hide(found[group])]
            at = end
        text = "".join([*pieces, text[at:]])
    return text


KINDS: tuple[tuple[re.Pattern[str], int, Callable[[str], str]], ...] = (
    (EMAIL, 0, lambda found: f"{found[:1]}{HIDDEN}"),
    (WECHAT, 1, lambda found: f"{found[:2]}{HIDDEN}"),
    (ID_CARD, 0, lambda found: f"{found[:SHOWN_HEAD]}{HIDDEN * 3}"),
    (PHONE, 0, mask_phone),
    (LONG_NUMBER, 0, lambda found: f"{HIDDEN * 2}{found[-SHOWN_TAIL:]}"),
)
