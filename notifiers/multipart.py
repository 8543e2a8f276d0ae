"""A file as platforms take it: one form field, always the same bytes for the same file."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Upload:
    body: bytes
    content_type: str


def upload(content: bytes, *, field: str, filename: str, kind: str) -> Upload:
    """`filename` without quotes or line ends, in ASCII: platforms read others differently."""
    boundary = f"genjin{hashlib.sha256(content).hexdigest()[:32]}"
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{field}"; filename="{filename}"; '
        f"filelength={len(content)}\r\n"
        f"Content-Type: {kind}\r\n\r\n"
    )
    body = b"".join([head.encode("ascii"), content, f"\r\n--{boundary}--\r\n".encode()])
    return Upload(body, f"multipart/form-data; boundary={boundary}")
