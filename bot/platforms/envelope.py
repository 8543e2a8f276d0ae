"""The encrypted envelope in which WeCom and DingTalk wrap their callbacks.

    16 random bytes · length N (4 bytes, big-endian) · N bytes of UTF-8 · receive id · padding

AES-256-CBC, padded to blocks of 32, base64, and a SHA-1 signature over it all
(developer.work.weixin.qq.com/document/path/90238). The AES is wechatpy's; it checks too little
(not the padding, not the alphabet, not in constant time), so the checks around it are ours.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import cast

from wechatpy.enterprise.crypto import PrpCrypto

BLOCK = 32
HEAD = 20
RANDOM = 16
KEY_LENGTH = 43


class Fault(IntEnum):
    """WXBizMsgCrypt's codes (document/path/90968)."""

    SIGNATURE = -40001
    AES_KEY = -40004
    RECEIVER = -40005
    AES = -40007
    BUFFER = -40008
    BASE64 = -40010


class EnvelopeError(Exception):
    """The envelope is not what it should be; `code` says at which check it failed.

    `inside` is set where everything was right but the message is no UTF-8: its raw bytes.
    """

    def __init__(self, code: Fault, reason: str, *, inside: bytes | None = None) -> None:
        super().__init__(f"{code.value} {reason}")
        self.code = code
        self.inside = inside

    @property
    def forged(self) -> bool:
        """Whether the sender could not prove that he may speak to this receiver."""
        return self.code in (Fault.SIGNATURE, Fault.RECEIVER)


@dataclass(frozen=True)
class Sealed:
    """A message on its way out, with what its reader needs to check it."""

    encrypt: str
    signature: str
    timestamp: str
    nonce: str


class Envelope:
    """Opens and seals envelopes with one app's callback token and EncodingAESKey.

    `receive_id` is the only receiver that is accepted: the corp id in WeCom, the app key (or what
    the settings say) in DingTalk, empty for a WeCom AI bot.
    """

    def __init__(
        self,
        token: str,
        aes_key: str,
        receive_id: str,
        *,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        if len(aes_key) != KEY_LENGTH:
            raise EnvelopeError(Fault.AES_KEY, f"EncodingAESKey has {len(aes_key)} characters")
        self._token = token
        self._receive_id = receive_id.encode()
        self._cipher = PrpCrypto(base64.b64decode(aes_key + "=")).cipher
        self._entropy = entropy

    def signature(self, timestamp: str, nonce: str, encrypt: str) -> str:
        parts = sorted((self._token, timestamp, nonce, encrypt))
        return hashlib.sha1("".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def open(self, signature: str, timestamp: str, nonce: str, encrypt: str) -> str:
        """The message inside. Raises EnvelopeError at the first check that fails."""
        if not same(self.signature(timestamp, nonce, encrypt), signature):
            raise EnvelopeError(Fault.SIGNATURE, "the signature does not match")
        return self._message(_unpadded(self._decrypted(encrypt)))

    def seal(self, message: str, *, timestamp: str, nonce: str) -> Sealed:
        """Encrypts and signs an answer."""
        body = message.encode()
        plain = self._entropy(RANDOM) + len(body).to_bytes(4, "big") + body + self._receive_id
        pad = BLOCK - len(plain) % BLOCK
        encrypted = cast("bytes", self._cipher.encrypt(plain + bytes([pad]) * pad))
        encrypt = base64.b64encode(encrypted).decode()
        return Sealed(encrypt, self.signature(timestamp, nonce, encrypt), timestamp, nonce)

    def _decrypted(self, encrypt: str) -> bytes:
        try:
            encrypted = binascii.a2b_base64(encrypt, strict_mode=True)
        except ValueError:  # binascii's own error is one, and so is what is not ASCII
            raise EnvelopeError(Fault.BASE64, "no strict base64") from None
        if len(encrypted) < BLOCK or len(encrypted) % BLOCK:
            raise EnvelopeError(Fault.AES, f"{len(encrypted)} bytes are no whole blocks")
        return cast("bytes", self._cipher.decrypt(encrypted))

    def _message(self, plain: bytes) -> str:
        end = HEAD + int.from_bytes(plain[RANDOM:HEAD], "big")
        if len(plain) < HEAD or end > len(plain):
            raise EnvelopeError(Fault.BUFFER, "the length runs past the end")
        body, mine = plain[HEAD:end], hmac.compare_digest(plain[end:], self._receive_id)
        try:
            message = body.decode()
        except UnicodeDecodeError:
            inside = body if mine else None
            raise EnvelopeError(Fault.BUFFER, "the message is no UTF-8", inside=inside) from None
        if not mine:
            raise EnvelopeError(Fault.RECEIVER, "it is for another receiver")
        return message


def same(expected: str, given: str) -> bool:
    """Compares in constant time, whatever characters a stranger sends."""
    return hmac.compare_digest(
        expected.encode("utf-8", "surrogatepass"), given.encode("utf-8", "surrogatepass")
    )


def _unpadded(plain: bytes) -> bytes:
    pad = plain[-1]
    if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise EnvelopeError(Fault.BUFFER, "the padding is wrong")
    return plain[:-pad]
