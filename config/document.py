"""A YAML file as plain values that remember the line they stand on.

Scalars stay as written: an account 012345 keeps its nought, and 18:00 is no number of minutes.
The typed schemas turn them into numbers, times and dates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.composer import Composer

Value = str | None | list["Value"] | dict[str, "Value"]
Place = tuple[str | int, ...]
"""Where a value stands: keys and list positions from the top."""

LARGEST = 4 << 20
"""Bytes of a file: a catalogue of tens of thousands of products."""
MOST_VALUES = 500_000
"""Values in a file once its anchors are written out: a few lines could stand for a billion."""

INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060\u00a0\u3000"
"""What copying from a web page leaves at a value's ends."""


class Unreadable(Exception):
    """The file is not the YAML that we read."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True)
class Document:
    """What a file says: `value`, and for each place in it the line (from 1)."""

    value: Value = None
    lines: Mapping[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest thing around it that is written down."""
        for length in range(len(place), 0, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return 1


def tidy(text: str) -> str:
    return text.strip(INVISIBLE + " \t\r\n")


def read(content: bytes) -> Document:
    """Parses one YAML file. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable(1, f"文件太大（超过 {LARGEST >> 20} MB）")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = content.count(b"\n", 0, broken.start) + 1
        raise Unreadable(line, "不是 UTF-8 编码，请用 UTF-8 另存后再试") from None
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        raise Unreadable(
            mark.line + 1 if mark else 1,
            f"YAML 写法有误（{broken.problem}），请检查缩进、冒号和引号",
        ) from None
    except yaml.YAMLError:
        raise Unreadable(1, "YAML 写法有误，文件里有不能识别的字符") from None
    except RecursionError:
        raise Unreadable(1, "YAML 嵌套太深") from None
    lines: dict[Place, int] = {}
    return Document(_value(node, (), lines, ()), lines)


class _Quick(Composer, yaml.CSafeLoader):
    """libyaml's scanner, ten times as quick; nodes are put together in Python, which notices when
    they lie too deep."""

    def __init__(self, stream: str) -> None:
        yaml.CSafeLoader.__init__(self, stream)
        Composer.__init__(self)


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Quick)
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader)  # it says better what is wrong, and where


def _value(
    node: yaml.Node | None, place: Place, lines: dict[Place, int], inside: tuple[int, ...]
) -> Value:
    if node is None:
        return None
    line = node.start_mark.line + 1
    if place:
        # A mapping's key has set the line already; the value may begin on a later one.
        lines.setdefault(place, line)
    if id(node) in inside:
        raise Unreadable(line, "YAML 锚点引用了自己")
    if len(lines) > MOST_VALUES:
        raise Unreadable(line, "YAML 锚点展开后太大")
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else tidy(node.value)
    inside = (*inside, id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, i), lines, inside) for i, item in enumerate(node.value)]
    assert isinstance(node, yaml.MappingNode)
    found: dict[str, Value] = {}
    for key_node, value_node in node.value:
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise Unreadable(key_line, "键必须是一个词")
        key = tidy(key_node.value)
        if key in found:
            raise Unreadable(key_line, f"“{key}”写了两次，请删去一处")
        lines[(*place, key)] = key_line
        found[key] = _value(value_node, (*place, key), lines, inside)
    return found


def from_file(path: Path) -> Document:
    """Raises Unreadable, OSError."""
    return read(path.read_bytes())
