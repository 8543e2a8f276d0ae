"""A talk track's file: YAML between two lines of ---, then Markdown.

What comes of it is shown in chats as plain words, so HTML is refused, and nothing in it is run.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config import document
from config.checking import Misfit, fit
from config.schemas.talktracks import LONGEST_LEAD, TalkTrack, Talktracks

FOLDER = "talktracks"
LARGEST = 64 << 10
"""Bytes of a file; a talk track is a page."""
MOST = 500
"""Files in a folder."""

_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[\w\-]{1,64}")
_TAG = re.compile(r"<\s*/?\s*[A-Za-z!][^>\n]*>?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Wrong:
    """What is wrong in a file, and on which line."""

    file: Path
    line: int
    message: str


Files = Mapping[str, tuple[Path, bytes]]
"""By the name without .md."""


def find(folder: Path) -> Iterator[Path]:
    """Every file of the folder that is not hidden, in order; nothing where there is no folder."""
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def content(path: Path) -> bytes:
    """One byte more than is allowed at most: who reads it sees that it is too large."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def library(files: Files) -> tuple[Talktracks, list[Wrong]]:
    """The documents in use, and what is wrong in the files."""
    found: list[TalkTrack] = []
    wrong: list[Wrong] = []
    if len(files) > MOST:
        path = next(iter(files.values()))[0]
        wrong.append(Wrong(path.parent, 0, f"话术太多了（最多 {MOST} 个文件）"))
    for name, (path, written) in sorted(files.items()):
        track = _track(name, path, written, wrong)
        if track is not None and track.active:
            found.append(track)
    tracks = Talktracks(entries=tuple(found))
    for name, fault in tracks.doubled():
        wrong.append(Wrong(files[name][0], 1, fault.message))
    return tracks, wrong


def _track(name: str, path: Path, written: bytes, wrong: list[Wrong]) -> TalkTrack | None:
    if path.suffix != ".md" or not _NAME.fullmatch(name):
        wrong.append(Wrong(path, 0, "话术的文件名要以 .md 结尾，只用字母、数字、汉字、-、_"))
        return None
    if len(written) > LARGEST:
        wrong.append(Wrong(path, 0, f"文件太大（超过 {LARGEST >> 10} KB）"))
        return None
    try:
        text = written.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        wrong.append(Wrong(path, 1, "不是 UTF-8 编码，请用 UTF-8 另存后再试"))
        return None
    fences = list(_FENCE.finditer(text))
    if len(fences) < 2 or fences[0].start() != 0:  # noqa: PLR2004 (above and below)
        wrong.append(Wrong(path, 1, "开头要有两行 ---，中间写 title 等"))
        return None
    head = text[: fences[1].start()].replace("---", "", 1)
    try:
        above = document.read(head.encode())
    except document.Unreadable as broken:
        wrong.append(Wrong(path, broken.line, broken.message))
        return None
    rest = text[fences[1].end() :]
    body = rest.strip()
    begins = text.count("\n", 0, fences[1].end() + len(rest) - len(rest.lstrip())) + 1
    return _fitted(name, path, above, _Body(body, begins), wrong)


@dataclass(frozen=True)
class _Body:
    text: str
    begins: int
    """The line of the file on which it begins."""

    def line(self, at: int) -> int:
        return self.begins + self.text.count("\n", 0, at)


def _fitted(
    name: str, path: Path, above: document.Document, body: _Body, wrong: list[Wrong]
) -> TalkTrack | None:
    said = above.value if isinstance(above.value, dict) else {}
    before = len(wrong)
    wrong += [
        Wrong(path, above.line((key,)), f"{key}：没有这个设置")
        for key in sorted({"name", "body"} & set(said))
    ]
    track = None
    try:
        track = fit(TalkTrack, {**said, "name": name, "body": body.text})
    except Misfit as misfit:
        for fault in misfit.faults:
            is_below = fault.place[:1] == ("body",)
            line = body.begins if is_below else above.line(fault.place)
            wrong.append(Wrong(path, line, f"{'正文' if is_below else fault.key}：{fault.message}"))
    strange = _TAG.search(body.text) or _CONTROL.search(body.text)
    if strange:
        line = body.line(strange.start())
        wrong.append(Wrong(path, line, "正文里不能有 HTML 标签或控制字符"))
    if track is not None and len(track.lead) > LONGEST_LEAD:
        wrong.append(
            Wrong(path, body.begins, f"第一段是能直接发给客户的话，最多 {LONGEST_LEAD} 字")
        )
    return track if len(wrong) == before else None
