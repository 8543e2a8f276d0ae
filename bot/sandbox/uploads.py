"""Files that a bot leaves with a platform: one form field named media, read by the book."""

from email import message_from_bytes
from email.policy import HTTP

from aiohttp import web

from bot.sandbox.wire import Refused, bug

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
SMALLEST, LARGEST = 5, 2 * 1024 * 1024
"""Bytes; the vendors' pages differ, this is the least of what they allow."""


async def picture(request: web.Request, *, too_large: int | str, wrong_kind: int | str) -> bytes:
    """The picture's bytes."""
    if request.content_type != "multipart/form-data":
        bug(wrong_kind, "Content-Type is not multipart/form-data")
    if request.query.get("type") != "image":
        bug(wrong_kind, "the sandbox takes type=image")
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    parts = list(message_from_bytes(head + await request.read(), policy=HTTP).iter_parts())
    if len(parts) != 1:
        bug(wrong_kind, f"{len(parts)} parts instead of one")
    if parts[0].get_param("name", header="content-disposition") != "media":
        bug(wrong_kind, "the field is not called media")
    if not parts[0].get_filename():
        bug(wrong_kind, "filename is missing")
    content = parts[0].get_payload(decode=True)
    if not isinstance(content, bytes) or not SMALLEST <= len(content) <= LARGEST:
        raise Refused(too_large, "invalid file size")
    if not content.startswith((PNG, JPEG)):
        bug(wrong_kind, "the picture is neither PNG nor JPG")
    return content
