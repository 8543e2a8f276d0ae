"""The platforms' side of signatures and envelopes, written apart from the bot's own."""

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
PREFIX = 16
LENGTH = 4


class BadEnvelope(Exception):
    """A sealed text cannot be opened; the message says at which step."""


class Envelope:
    """WeCom's and DingTalk's AES envelope, for one receiver (doc path/90238)."""

    def __init__(
        self,
        token: str,
        aes_key: str,
        receive_id: str,
        *,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.token = token
        self.receive_id = receive_id
        self._key = base64.b64decode(aes_key + "=")
        self._random_bytes = random_bytes

    def sign(self, timestamp: str, nonce: str, sealed: str) -> str:
        parts = sorted((self.token, timestamp, nonce, sealed))
        return hashlib.sha1("".join(parts).encode()).hexdigest()

    def seal(self, message: str) -> str:
        body = message.encode()
        content = (
            self._random_bytes(PREFIX)
            + struct.pack(">I", len(body))
            + body
            + self.receive_id.encode()
        )
        pad = BLOCK - len(content) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(
            encryptor.update(content + bytes([pad]) * pad) + encryptor.finalize()
        ).decode()

    def open(self, sealed: str) -> str:
        """The message within; raises BadEnvelope."""
        try:
            secret = base64.b64decode(sealed, validate=True)
        except ValueError as error:
            raise BadEnvelope("not base64") from error
        if not secret or len(secret) % BLOCK:
            raise BadEnvelope(f"{len(secret)} bytes are not a multiple of {BLOCK}")
        decryptor = self._cipher().decryptor()
        padded = decryptor.update(secret) + decryptor.finalize()
        return self._message(self._unpad(padded))

    def _unpad(self, padded: bytes) -> bytes:
        pad = padded[-1]
        if not 1 <= pad <= BLOCK or padded[-pad:] != bytes([pad]) * pad:
            raise BadEnvelope("padding")
        return padded[:-pad]

    def _message(self, content: bytes) -> str:
        start = PREFIX + LENGTH
        if len(content) < start:
            raise BadEnvelope("too short")
        (length,) = struct.unpack(">I", content[PREFIX:start])
        if start + length > len(content):
            raise BadEnvelope("message length")
        if content[start + length :] != self.receive_id.encode():
            raise BadEnvelope("receiveid")
        try:
            return content[start : start + length].decode()
        except UnicodeDecodeError as error:
            raise BadEnvelope("not UTF-8") from error

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def robot_sign(app_secret: str, timestamp: str) -> str:
    """The `sign` header of a robot callback over HTTP (doc receive-message)."""
    return _hmac(app_secret, f"{timestamp}\n{app_secret}")


def card_sign(api_secret: str, timestamp: str) -> str:
    """`x-ddpaas-signature` of a card callback over HTTP (doc event-callback-card)."""
    return _hmac(api_secret, timestamp)


def _hmac(key: str, message: str) -> str:
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
