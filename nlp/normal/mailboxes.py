"""Mailboxes as one spelling, and whose domain tells of a firm."""

import re

from nlp.folding import fold
from nlp.lexicon.tables import words

FREE = frozenset(words("mailboxes", "free"))
"""Anybody may have a mailbox there: it tells nothing of a firm."""
_NOBODY = frozenset(words("mailboxes", "nobody"))
_SLIPS = {
    slip: right
    for slip, _, right in (one.partition("=") for one in words("mailboxes", "slips"))
}  # fmt: skip
_BY_PHONE = frozenset(words("mailboxes", "by_phone"))
_TAGS = frozenset(("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "icloud.com"))
_DOTLESS = frozenset(("gmail.com", "googlemail.com"))
_AT = re.compile(r"\s*(?:\(at\)|\[at\]|#at#|＠)\s*", re.IGNORECASE)
_SIGN = re.compile(r"＠|[(\[#]at[)\]#]", re.IGNORECASE)
_LONGEST = 300
_BLANK_NEAR_SIGN = re.compile(r"\s*([@.])\s*")
_MAILBOX = re.compile(
    r"[a-z0-9_][a-z0-9._%+\-]{0,63}@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.){1,5}[a-z]{2,24}"
)
_PLAIN = re.compile(
    r"[a-z0-9_][a-z0-9._\-]{0,63}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){0,3}\.[a-z]{2,24}"
)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def mailboxes(text: str) -> tuple[str, ...]:
    """All that a field holds, each once, the first first, lower case and without tags."""
    if "@" not in text and not _SIGN.search(text, 0, _LONGEST):
        return ()
    lowered = text[:_LONGEST].strip().lower()
    if _PLAIN.fullmatch(lowered):
        one = _one(lowered)
        return (one,) if one else ()
    lowered = _BLANK_NEAR_SIGN.sub(r"\1", fold(_AT.sub("@", lowered)).replace("。", "."))
    found = (_one(each) for each in _MAILBOX.findall(lowered))
    return tuple(dict.fromkeys(one for one in found if one))


def _one(written: str) -> str:
    local, _, domain = written.partition("@")
    domain = _SLIPS.get(domain, domain)
    if domain.endswith((".con", ".cmo")) or ".con." in domain:
        # No such domain is given out.
        domain = domain.replace(".cmo", ".com").replace(".con", ".com")
    if domain in _TAGS:
        local = local.partition("+")[0]
        if domain in _DOTLESS:
            local, domain = local.replace(".", ""), "gmail.com"
    local = local.strip(".")
    return "" if not local or local in _NOBODY else f"{local}@{domain}"


def domain_of(mailbox: str) -> str:
    """The firm's domain: without mail. and the like before it; empty for free mail."""
    domain = mailbox.rpartition("@")[2]
    if domain in FREE:
        return ""
    for head in ("mail.", "email.", "vip.", "smtp."):
        if domain.startswith(head) and domain.count(".") > 1:
            domain = domain.removeprefix(head)
    return "" if domain in FREE else domain


def phone_of(mailbox: str) -> str:
    """The mobile that names a mailbox: 13912345678@139.com."""
    local, _, domain = mailbox.partition("@")
    if domain not in _BY_PHONE:
        return ""
    local = local.removeprefix("m")
    return f"+86{local}" if _MOBILE.fullmatch(local) else ""
