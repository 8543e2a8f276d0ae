"""What must not be found: secrets, phones, addresses and words of the tests' people.

Noted where it enters: every SecretStr there is, everything the vault seals or looks up, what
people at the sandbox say, tokens it gives out, and bodies posted to the intake.
"""

import functools
import json
import re
from collections.abc import Callable
from typing import Any

from pydantic import SecretStr

from bot.sandbox.server import Sandbox
from bot.sandbox.tokens import Tokens
from crm_store.models import IdentityKind
from crm_store.vault import Cipher, Vault
from tests.leaks.search import encodable

WORDS, IDENTIFIER, SECRET = "words", "identifier", "secret"
SHORTEST = {SECRET: 8, IDENTIFIER: 6, WORDS: 8}
"""In characters: less than that is found by chance."""
_CLAUSE = re.compile(r"[，。！？；,!?;\n]+")
_CHINESE = re.compile(r"[一-鿿]")
_CHINESE_ENOUGH = 4
_FOREIGN_ENOUGH = 20
_SEALED_WORDS = ("message", "fact", "draft")
_SEALED_SECRETS = ("token", "card code")
_SEALED_OBJECTS = ("inbox", "intake")
_SPOKEN = ("text", "content", "need", "body")
_REACHED_BY = (IdentityKind.PHONE, IdentityKind.EMAIL, IdentityKind.WECHAT)


class Private:
    """Values that may be said to nobody, by what they are."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def secret(self, value: str) -> None:
        self._note(SECRET, value)

    def identifier(self, value: str) -> None:
        self._note(IDENTIFIER, value)
        self._note(IDENTIFIER, value.removeprefix("+86"))

    def words(self, text: str) -> None:
        """Clause by clause: a log would hold a part as soon as the whole."""
        for clause in _CLAUSE.split(text):
            part = clause.strip()
            if len(_CHINESE.findall(part)) >= _CHINESE_ENOUGH or (
                len(part) >= _FOREIGN_ENOUGH and " " in part
            ):
                self._note(WORDS, part)

    def spoken(self, body: Any) -> None:
        """What was said inside a JSON object: its texts, wherever they stand."""
        if isinstance(body, dict):
            for name, value in body.items():
                if name in _SPOKEN and isinstance(value, str):
                    self.words(value)
                else:
                    self.spoken(value)
        elif isinstance(body, list):
            for value in body:
                self.spoken(value)

    def json(self, body: bytes | str) -> None:
        try:
            self.spoken(json.loads(body))
        except (ValueError, RecursionError):
            return

    def _note(self, kind: str, value: str) -> None:
        if len(value) >= SHORTEST[kind]:
            value = encodable(value)
            self.values.setdefault(value, kind)

    # -- where it enters -----------------------------------------------------------------------

    def listen(self) -> None:
        """From now on everything that enters is noted. Once a session: nothing takes it back."""
        after(SecretStr, "__init__", lambda _self, secret_value: self._secret_made(secret_value))
        after(Cipher, "seal", lambda _self, plain, *, purpose: self._sealed(plain, purpose))
        after(Vault, "lookup", lambda _self, kind, value: self._looked_up(kind, value))
        after(Tokens, "issue", lambda _self, *_a, **_k: None, answer=lambda a: self.secret(a[0]))
        after(Sandbox, "client_writes", lambda _self, _client, text: self.words(text))
        after(Sandbox, "servicer_writes", lambda _self, _m, _client, text: self.words(text))
        after(Sandbox, "member_writes", lambda _self, _m, text, **_k: self.words(text))

    def _secret_made(self, value: str) -> None:
        for part in value.split(","):
            self.secret(part)

    def _sealed(self, plain: bytes, purpose: str) -> None:
        if purpose in _SEALED_WORDS:
            self.words(plain.decode("utf-8", "replace"))
        elif purpose in _SEALED_SECRETS:
            self.secret(plain.decode("utf-8", "replace"))
        elif purpose in _SEALED_OBJECTS:
            self.json(plain)

    def _looked_up(self, kind: str, value: str) -> None:
        if kind in _REACHED_BY:
            self.identifier(value)


def after(
    owner: type,
    name: str,
    note: Callable[..., None],
    *,
    answer: Callable[[Any], None] | None = None,
) -> None:
    """Calls `note` with what a method is called with, and `answer` with what it returned."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def listening(*args: Any, **given: Any) -> Any:
        note(*args, **given)
        answered = original(*args, **given)
        if answer is not None:
            answer(answered)
        return answered

    setattr(owner, name, listening)
