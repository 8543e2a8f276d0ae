"""Searching what was said for what is private."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

_PATTERNS = {
    "phone": re.compile(r"(?<![\w.+-])(?:\+86)?1[3-9]\d{9}(?![\w.-])"),
    "e-mail": re.compile(r"[\w.+-]+@[\w-]+\.(?:com|cn|net|org|example)\b"),
    "signed link": re.compile(r"/[tfp]/[\w-]+\.[\w-]{20,}"),
    "token in an address": re.compile(
        r"[?&](?:access_token|corpsecret|secret|msg_signature)=(?!\*)[\w%-]{6,}"
    ),
}
_EXCERPT = 200


@dataclass(frozen=True)
class Leak:
    where: str
    """The test and the event."""
    kind: str
    value: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind} {self.value!r} in {self.excerpt!r}"


def encodable(text: str) -> str:
    """Lone surrogates are what some tests are about; the search is over UTF-8."""
    return text.encode("utf-8", "replace").decode()


def leaks(said: Mapping[str, str], private: Mapping[str, str]) -> Iterator[Leak]:
    """Every private value and everything that looks like one; one find a text and value."""
    values = sorted(private)
    automaton = AhoCorasick(values) if values else None
    for raw, where in said.items():
        text = encodable(raw)
        found: dict[str, str] = {}
        if automaton is not None:
            found |= {
                value: private[value]
                for value in automaton.find_matches_as_strings(text, overlapping=True)
            }
        for kind, pattern in _PATTERNS.items():
            found |= {match.group(): kind for match in pattern.finditer(text)}
        for value, kind in found.items():
            at = max(0, text.find(value) - _EXCERPT // 2)
            yield Leak(where, kind, value, text[at : at + _EXCERPT])
