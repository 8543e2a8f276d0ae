"""Who hands something in: a bearer key, or a signature with the source's key over time and body."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from multidict import CIMultiDictProxy
from pydantic import SecretStr

FRESH = timedelta(minutes=5)
_NOBODY = b"no such source"


class NotKnown(Exception):
    """Neither key nor signature is right; the message may be shown."""


def source_of(
    headers: CIMultiDictProxy[str], body: bytes, keys: Mapping[str, SecretStr], *, now: datetime
) -> str:
    """The name of the source; raises NotKnown. Takes as long whichever key is wrong."""
    secrets = {name: key.get_secret_value().encode() for name, key in keys.items()}
    authorization = headers.get("Authorization")
    if authorization is not None:
        return _by_key(authorization, secrets)
    if "X-Genjin-Signature" in headers:
        return _by_signature(headers, body, secrets, now)
    raise NotKnown("缺少密钥：请带 Authorization: Bearer，或 X-Genjin-Signature")


def _by_key(authorization: str, secrets: Mapping[str, bytes]) -> str:
    scheme, _, key = authorization.partition(" ")
    given = key.strip().encode("utf-8", "surrogateescape")
    found = ""
    for name, secret in secrets.items():
        if hmac.compare_digest(given, secret):
            found = name
    if scheme.lower() != "bearer" or not found:
        raise NotKnown("密钥不对")
    return found


def _by_signature(
    headers: CIMultiDictProxy[str], body: bytes, secrets: Mapping[str, bytes], now: datetime
) -> str:
    source = headers.get("X-Genjin-Source", "")
    parts = [part.strip().partition("=") for part in headers["X-Genjin-Signature"].split(",")]
    stated = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(stated) != 1 or not signatures:
        raise NotKnown("签名应写成 t=秒数,v1=十六进制")
    secret = secrets.get(source, _NOBODY)
    signed = stated[0].encode("utf-8", "surrogateescape") + b"." + body
    expected = hmac.new(secret, signed, hashlib.sha256).hexdigest().encode()
    is_right = False
    for signature in signatures:
        given = signature.lower().encode("utf-8", "surrogateescape")
        is_right |= hmac.compare_digest(given, expected)
    if source not in secrets or not is_right:
        raise NotKnown("来源或签名不对")
    if not _is_fresh(stated[0], now):
        raise NotKnown("签名的时间与现在相差超过 5 分钟")
    return source


def _is_fresh(stated: str, now: datetime) -> bool:
    if not (stated.isascii() and stated.isdigit() and len(stated) <= len("99999999999")):
        return False
    return abs(now.timestamp() - int(stated)) <= FRESH.total_seconds()
