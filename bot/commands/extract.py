"""`genjin extract`: messages as JSON Lines in, what is read in them as JSON Lines out."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from math import isinf
from pathlib import Path
from typing import IO, Any

from bot.commands.failures import MISUSED, CommandFailed
from bot.commands.output import complain
from bot.commands.progress import LateBar
from bot.names_model import trained_in
from config.rules import load_catalog, load_rules
from config.settings import load_settings
from nlp.lexicon import Lexicon
from nlp.pipeline import SHANGHAI, extract

LONGEST_TEXT = 8192
"""Characters of a message."""
_LONGEST_LINE = 1 << 20
"""Bytes of a line; what is longer is no message."""
_SENDERS = ("client", "rep")


class BadLine(Exception):
    """What is wrong with a line, and the id that it has."""

    def __init__(self, message: str, id_: object = None) -> None:
        super().__init__(message)
        self.id = id_


def extract_lines(config: Path | None, catalog: Path | None, *, pretty: bool) -> int:
    """One line out for each line in, in order; 1 where any was bad."""
    if sys.stdin is None or sys.stdout is None:
        raise CommandFailed("标准输入或标准输出是关着的，请接上消息和写结果的地方", status=MISUSED)
    lexicon = _lexicon(config, catalog)
    if sys.stdin.isatty():
        complain('每行一条 JSON 消息，如 {"id": "1", "text": "…"}；写完按 Ctrl+D')
    bad = 0
    with LateBar("读消息") as bar:
        for line in _lines(sys.stdin.buffer):
            answer = _answer(line, lexicon)
            bad += "error" in answer
            sys.stdout.buffer.write(_written(answer, pretty=pretty))
            # A program at the other end may wait for this answer before it asks again.
            sys.stdout.buffer.flush()
            bar.advance(1)
    if bad:
        complain(f"有 {bad} 行读不懂，原因写在各行的 error 里")
    return 1 if bad else 0


def _lexicon(config: Path | None, catalog: Path | None) -> Lexicon:
    rules_dir = load_settings(config).rules_dir
    rules, names = load_rules(rules_dir), trained_in(rules_dir)
    if catalog is None:
        people = (member.name for member in rules.staff.members)
        return Lexicon(rules.catalog, rules.keywords, people, rules.variants, names)
    if not catalog.exists():
        raise CommandFailed(f"没有文件 {catalog}，请核对 --catalog", status=MISUSED)
    return Lexicon(load_catalog(catalog), rules.keywords, (), rules.variants, names)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Every line. Of one that is too long only the head is kept."""
    while line := stream.readline(_LONGEST_LINE):
        rest = line
        while not rest.endswith(b"\n") and (rest := stream.readline(_LONGEST_LINE)):
            line = line[:_LONGEST_LINE] + b"\0"
        yield line


def _answer(line: bytes, lexicon: Lexicon) -> dict[str, Any]:
    try:
        message = _read(line)
        found = extract(
            message["text"],
            sent_at=_moment(message),
            sender=message.get("sender", "client"),
            lexicon=lexicon,
        )
    except BadLine as bad:
        return {"id": bad.id, "error": str(bad)}
    return {"id": message["id"], **found.as_json()}


def _read(line: bytes) -> dict[str, Any]:
    if len(line) > _LONGEST_LINE:
        raise BadLine(f"一行不能超过 {_LONGEST_LINE} 字节")
    try:
        message = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError:
        raise BadLine("不是 UTF-8 编码") from None
    except (ValueError, RecursionError):
        raise BadLine("不是合法的 JSON") from None
    if not isinstance(message, dict):
        raise BadLine('一行应是一个 JSON 对象，如 {"id": "1", "text": "…"}')
    id_ = message.get("id")
    if id_ is None:
        raise BadLine("缺少 id")
    text = message.get("text")
    if not isinstance(text, str):
        raise BadLine("缺少 text，或 text 不是文字", id_)
    if len(text) > LONGEST_TEXT:
        raise BadLine(f"text 不能超过 {LONGEST_TEXT} 个字", id_)
    if message.get("sender", "client") not in _SENDERS:
        raise BadLine("sender 只能是 client 或 rep", id_)
    return message


def _refuse(constant: str) -> None:
    """NaN and Infinity, which Python reads and JSON does not know."""
    raise ValueError(constant)


def _finite(written: str) -> float:
    number = float(written)
    if isinf(number):
        raise ValueError(written)
    return number


def _moment(message: dict[str, Any]) -> datetime:
    """When it was sent; now, where the line does not say."""
    said = message.get("sent_at")
    if said is None:
        return datetime.now(SHANGHAI)
    try:
        return datetime.fromisoformat(said)
    except (TypeError, ValueError):
        raise BadLine(
            "sent_at 应为带时区的时间，如 2026-03-18T10:24:00+08:00", message["id"]
        ) from None


def _written(answer: dict[str, Any], *, pretty: bool) -> bytes:
    text = json.dumps(answer, ensure_ascii=False, indent=2 if pretty else None)
    try:
        return f"{text}\n".encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair has no UTF-8: JSON can spell it.
        return f"{json.dumps(answer, indent=2 if pretty else None)}\n".encode()
