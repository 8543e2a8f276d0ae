"""Encryption at rest: AES-GCM, a data key for each client, and keyed hashes to look things up by.

    settings' key ──wraps──> client's key ──seals──> his phone, his words
                  ──seals──> inbox and outbox bodies, tokens
                  ──wraps──> the index key, drawn once and never changed ──> lookups

Destroying a client's wrapped key makes all he ever said unreadable; the facts stay.
A sealed value is: 1 byte format, 4 bytes that name the key, 12 bytes nonce, ciphertext and tag.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crm_store.errors import CrmError, StoreError

KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME_BYTES = 4
_PIECE_BYTES = 4096
_FORMAT = b"\x01"
NAME_AT = (len(_FORMAT) + 1, _NAME_BYTES)
"""Where a sealed value names its key: the position, counted from 1 as SQL does, and the length."""
_HEADER_BYTES = len(_FORMAT) + _NAME_BYTES + _NONCE_BYTES

Random = Callable[[int], bytes]


class Unreadable(StoreError):
    """A sealed value cannot be opened: its key is gone, or it was tampered with."""


class Erased(Unreadable, CrmError):
    """The client's key was destroyed on purpose; nothing of his is kept any more."""

    def __init__(self) -> None:
        super().__init__("这位客户的资料已按要求删除，不能再查看或添加")


def fresh_key(random: Random = os.urandom) -> str:
    """A new encryption_key for the settings: 32 random bytes in base64url."""
    return base64.urlsafe_b64encode(random(KEY_BYTES)).decode()


class Drawn:
    """Random bytes as the system gives them, asked for in larger pieces: for thousands of values
    that are sealed in a row. One transaction's; none is given out twice."""

    def __init__(self) -> None:
        self._piece = b""
        self._at = 0

    def __call__(self, count: int) -> bytes:
        if self._at + count > len(self._piece):
            self._piece, self._at = os.urandom(max(count, _PIECE_BYTES)), 0
        self._at += count
        return self._piece[self._at - count : self._at]


class Cipher:
    """Seals and opens with one or several keys: the first seals, all of them open."""

    def __init__(self, keys: Sequence[bytes], *, random: Random = os.urandom) -> None:
        if not keys:
            raise ValueError("a cipher needs a key")
        self._keys = {hashlib.sha256(key).digest()[:_NAME_BYTES]: AESGCM(key) for key in keys}
        self._first = hashlib.sha256(keys[0]).digest()[:_NAME_BYTES]
        self._random = random

    def seal(self, plain: bytes, *, purpose: str) -> bytes:
        """`purpose` is bound in: a value sealed for one use does not open for another."""
        nonce = self._random(_NONCE_BYTES)
        sealed = self._keys[self._first].encrypt(nonce, plain, purpose.encode())
        return _FORMAT + self._first + nonce + sealed

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        key = self._keys.get(sealed[1 : 1 + _NAME_BYTES])
        if sealed[:1] != _FORMAT or key is None or len(sealed) < _HEADER_BYTES:
            raise Unreadable(f"no key here opens this {purpose}")
        nonce = sealed[1 + _NAME_BYTES : _HEADER_BYTES]
        try:
            return key.decrypt(nonce, sealed[_HEADER_BYTES:], purpose.encode())
        except InvalidTag:
            raise Unreadable(f"this {purpose} was changed after it was sealed") from None

    @property
    def present(self) -> bytes:
        """The name of the key that seals now, as it stands in a sealed value (`NAME_AT`)."""
        return self._first

    @property
    def names(self) -> list[bytes]:
        """The names of all the keys that it opens with."""
        return list(self._keys)

    def seals_with_first(self, sealed: bytes) -> bool:
        """Whether a value is sealed with the present key (a key change re-seals the others)."""
        return sealed[1 : 1 + _NAME_BYTES] == self._first

    def seal_json(self, value: Any, *, purpose: str) -> bytes:
        return self.seal(orjson.dumps(value), purpose=purpose)

    def open_json(self, sealed: bytes, *, purpose: str) -> Any:
        return orjson.loads(self.open(sealed, purpose=purpose))


class Lookups:
    """The index key: under which hash something is found. It opens nothing."""

    def __init__(self, index_key: bytes) -> None:
        self._index_key = index_key

    def lookup(self, kind: str, value: str) -> str:
        """The keyed hash under which an identifier is found; it says nothing without the key."""
        return hmac.digest(self._index_key, f"{kind}:{value}".encode(), "sha256").hex()

    @property
    def lookups(self) -> "Lookups":
        """This alone, for a process that needs no more."""
        return Lookups(self._index_key)


class Vault(Lookups):
    """The service's cipher and the index key; hands out the clients' ciphers."""

    def __init__(
        self, keys: Sequence[bytes], index_key: bytes, *, random: Random = os.urandom
    ) -> None:
        super().__init__(index_key)
        self.service = Cipher(keys, random=random)
        self._random = random

    def fresh_client_key(self, client_id: int) -> bytes:
        """A new data key for a client, wrapped."""
        return self.service.seal(self._random(KEY_BYTES), purpose=f"client key {client_id}")

    def client_cipher(
        self, keys: Sequence[tuple[int, bytes]], *, random: Random | None = None
    ) -> Cipher:
        """The cipher of a client who holds these keys, his own first: (for whom it was drawn,
        wrapped)."""
        opened = [
            self.service.open(wrapped, purpose=f"client key {drawn_for}")
            for drawn_for, wrapped in keys
        ]
        return Cipher(opened, random=random or self._random)
