"""The business rules in force: defaults/*.yaml and talktracks/*.md, under the user's own folder.

A file in the user's folder (`rules_dir`) replaces the default file of that name as a whole: copy
the default one and change it. A folder in which anything is wrong is refused as a whole.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from config import document, talktracks
from config.checking import Fault, Misfit, Strict, fit, nearest
from config.document import Place
from config.schemas.alarms import Alarms
from config.schemas.assignment import Assignment
from config.schemas.calendar import Calendar
from config.schemas.catalog import Catalog
from config.schemas.connections import Connections
from config.schemas.desk import Desk
from config.schemas.escalation import Channel, Escalation
from config.schemas.forms import Forms
from config.schemas.identity import Identity
from config.schemas.imports import Imports
from config.schemas.keeping import Keeping
from config.schemas.keywords import Keywords
from config.schemas.leads import Leads
from config.schemas.promises import Promises
from config.schemas.prompts import Prompts
from config.schemas.ranking import Ranking
from config.schemas.replies import Replies
from config.schemas.results import Results
from config.schemas.rhythm import Rhythm
from config.schemas.staff import Staff
from config.schemas.talktracks import Talktracks
from config.schemas.variants import Variants

DEFAULTS = Path(__file__).parent / "defaults"
_NO_SECOND_CHANNEL = "desk.yaml 里关掉了第二个渠道（active: false），请写 chat，或把它打开"
MODEL = "names.crfsuite"
"""What `genjin train` leaves in the rules' folder."""


@dataclass(frozen=True)
class Rules:
    """One consistent set of rules. Each field is a file of that name, but the talk tracks, which
    are a folder."""

    staff: Staff
    keywords: Keywords
    catalog: Catalog
    variants: Variants
    assignment: Assignment
    escalation: Escalation
    calendar: Calendar
    replies: Replies
    keeping: Keeping
    alarms: Alarms
    leads: Leads
    identity: Identity
    connections: Connections
    imports: Imports
    forms: Forms
    rhythm: Rhythm
    results: Results
    ranking: Ranking
    prompts: Prompts
    promises: Promises
    desk: Desk
    talktracks: Talktracks


CONCERNS: Mapping[str, type[Strict]] = {
    field.name: field.type  # type: ignore[misc]
    for field in fields(Rules)
    if field.name != talktracks.FOLDER
}


@dataclass(frozen=True)
class Problem:
    """What is wrong in a rules file, and where; line 0: the file or folder as a whole."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file} 第 {self.line} 行" if self.line else str(self.file)
        return f"{where}：{self.message}"


class RulesError(Exception):
    """The rules cannot be used."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("；".join(map(str, problems)))
        self.problems = problems


def load_rules(rules_dir: Path | None = None) -> Rules:
    """The defaults under the overlay `rules_dir`. Raises RulesError with every problem found."""
    return _build(_read(rules_dir))


def load_catalog(path: Path) -> Catalog:
    """One catalogue file by itself. Raises RulesError."""
    try:
        content = path.read_bytes()
    except OSError as failed:
        raise RulesError([Problem(path, 1, f"读不了产品目录（{failed.strerror}）")]) from None
    problems: list[Problem] = []
    catalog, _ = _parse(Catalog, path, content, problems)
    if problems or not isinstance(catalog, Catalog):
        raise RulesError(problems)
    return catalog


class RuleBook:
    """The rules in force, and what becomes of them when somebody edits a file.

    Raises RulesError where the rules are wrong at the start.
    """

    def __init__(self, rules_dir: Path | None = None) -> None:
        self._dir = rules_dir
        found = _read(rules_dir)
        self._tried = self._seen = _digest(found)
        self._current = _build(found)

    @property
    def current(self) -> Rules:
        return self._current

    def reload_if_changed(self) -> list[Problem]:
        """Takes changed files over once two looks in a row find the same: an editor may be at it.

        Returns the problems of a change that was refused, once; the last good rules stay in
        force. Called every few seconds; an unchanged folder costs reading it.
        """
        try:
            found = _read(self._dir)
        except RulesError as unreadable:
            return self._refused(unreadable)
        digest = _digest(found)
        settled, self._seen = digest == self._seen, digest
        if digest == self._tried or not settled:
            return []
        self._tried = digest
        try:
            self._current = _build(found)
        except RulesError as refused:
            return refused.problems
        return []

    def reload(self) -> list[Problem]:
        """Takes the files as they are now, at once. Returns the problems of what was refused."""
        try:
            found = _read(self._dir)
            self._tried = self._seen = _digest(found)
            self._current = _build(found)
        except RulesError as refused:
            return refused.problems
        return []

    def _refused(self, unreadable: RulesError) -> list[Problem]:
        digest = hashlib.sha256(str(unreadable).encode()).digest()
        if digest == self._tried:
            return []
        self._tried = self._seen = digest
        return unreadable.problems


class Whereabouts:
    """Where the rules in `rules_dir` say what they say, to point at it."""

    def __init__(self, rules_dir: Path | None = None) -> None:
        self._dir = rules_dir
        self._read: dict[Path, document.Document] = {}

    def problem(self, concern: str, place: document.Place, message: str) -> Problem:
        """A problem of a concern's file, at the line of `place`."""
        path = DEFAULTS / f"{concern}.yaml"
        if self._dir is not None and (self._dir / path.name).is_file():
            path = self._dir / path.name
        if path not in self._read:
            self._read[path] = document.from_file(path)
        return Problem(path, self._read[path].line(place), message)


@dataclass(frozen=True)
class _Found:
    """The files' contents: those of the known concerns, and names that mean nothing to us."""

    files: Mapping[str, tuple[Path, bytes]]
    strangers: tuple[Path, ...] = ()
    tracks: talktracks.Files = field(default_factory=dict)
    model: str = ""
    """The stamp of the trained model of names, which is taken over with the rules."""


def _read(rules_dir: Path | None) -> _Found:
    """Reads every file once, so that what is checked is what is used. Raises RulesError."""
    paths = {name: DEFAULTS / f"{name}.yaml" for name in CONCERNS}
    strangers = []
    if rules_dir is not None:
        if not rules_dir.is_dir():
            missing = "没有这个文件夹，请建好，或改设置里的 rules_dir"
            raise RulesError([Problem(rules_dir.absolute(), 0, missing)])
        for path in sorted(rules_dir.iterdir()):
            if path.name.startswith(".") or path.suffix not in (".yaml", ".yml"):
                continue
            if path.suffix == ".yaml" and path.stem in CONCERNS:
                paths[path.stem] = path
            else:
                strangers.append(path)
    files = {}
    for name, path in paths.items():
        try:
            files[name] = (path, path.read_bytes())
        except OSError as failed:
            raise RulesError([Problem(path, 1, f"读不了（{failed.strerror}）")]) from None
    return _Found(files, tuple(strangers), _tracks(rules_dir), _stamp(rules_dir))


def _tracks(rules_dir: Path | None) -> talktracks.Files:
    """The user's files over those of the defaults, by name. Raises RulesError."""
    found: dict[str, tuple[Path, bytes]] = {}
    for folder in (DEFAULTS, rules_dir):
        for path in talktracks.find(folder / talktracks.FOLDER) if folder else ():
            try:
                found[path.stem] = (path, talktracks.content(path))
            except OSError as failed:
                raise RulesError([Problem(path, 0, f"读不了（{failed.strerror}）")]) from None
    return found


def _stamp(rules_dir: Path | None) -> str:
    try:
        seen = (rules_dir / MODEL).stat() if rules_dir else None
    except OSError:
        return ""
    return f"{seen.st_mtime_ns} {seen.st_size} {seen.st_ino}" if seen else ""


def _digest(found: _Found) -> bytes:
    digest = hashlib.sha256()
    for path, content in (*found.files.values(), *found.tracks.values()):
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    for path in found.strangers:
        digest.update(f"{path}\0".encode())
    digest.update(found.model.encode())
    return digest.digest()


def _build(found: _Found) -> Rules:
    """Raises RulesError."""
    problems = [Problem(path, 1, _stranger(path)) for path in found.strangers]
    parsed: dict[str, Any] = {}
    documents: dict[str, document.Document] = {}
    for name, model in CONCERNS.items():
        parsed[name], documents[name] = _parse(model, *found.files[name], problems)
    parsed[talktracks.FOLDER], wrong = talktracks.library(found.tracks)
    problems += [Problem(one.file, one.line, one.message) for one in wrong]
    if not problems:
        rules = Rules(**parsed)
        file = found.files["staff"][0]
        problems = [
            Problem(file, documents["staff"].line(fault.place), f"{fault.key}：{fault.message}")
            for fault in _unknown_lines(rules)
        ]
        problems += _unknown_wares(rules, found.tracks)
        file = found.files["escalation"][0]
        problems += [
            Problem(file, documents["escalation"].line(place), f"channel：{_NO_SECOND_CHANNEL}")
            for place in _strong_without_desk(rules)
        ]
        if not problems:
            return rules
    raise RulesError(problems)


def _parse(
    model: type[Strict], path: Path, content: bytes, problems: list[Problem]
) -> tuple[Strict | None, document.Document]:
    """Adds what is wrong to `problems`."""
    try:
        read = _shipped(content) if path.parent == DEFAULTS else document.read(content)
    except document.Unreadable as broken:
        problems.append(Problem(path, broken.line, broken.message))
        return None, document.Document()
    if read.value is None:
        problems.append(Problem(path, 1, "文件是空的；不要它就删去整个文件，会用默认的那一个"))
        return None, read
    try:
        parsed = fit(model, read.value)
        faults = list(getattr(parsed, "faults", list)())
    except Misfit as misfit:
        parsed, faults = None, misfit.faults
    for fault in faults:
        key = f"{fault.key}：" if fault.place else ""
        problems.append(Problem(path, read.line(fault.place), f"{key}{fault.message}"))
    return parsed, read


@lru_cache(maxsize=len(CONCERNS))
def _shipped(content: bytes) -> document.Document:
    """A file of the defaults, which stay as they are when others are edited."""
    return document.read(content)


def _stranger(path: Path) -> str:
    if path.suffix == ".yml" and path.stem in CONCERNS:
        return f"请改名为 {path.stem}.yaml"
    meant = nearest(path.stem, CONCERNS)
    hint = f"，您要写的可能是 {meant}.yaml" if meant else ""
    return f"没有这一类规则{hint}；可以有的是 {'、'.join(f'{name}.yaml' for name in CONCERNS)}"


def _unknown_lines(rules: Rules) -> Iterator[Fault]:
    """A member's product line that the catalogue lacks could never match a lead."""
    lines = rules.catalog.lines
    if not lines:
        return
    for at, member in enumerate(rules.staff.members):
        for line_at, line in enumerate(member.lines):
            if line not in lines:
                meant = nearest(line, lines)
                hint = f"，您要写的可能是 {meant}" if meant else f"，目录里有：{'、'.join(lines)}"
                yield Fault(("staff", at, "lines", line_at), f"产品目录里没有“{line}”这条线{hint}")


def _strong_without_desk(rules: Rules) -> Iterator[Place]:
    """Rungs on a second channel that desk.yaml has switched off."""
    for at, step in enumerate(rules.escalation.rungs):
        if step.channel is Channel.STRONG and step.active and not rules.desk.active:
            yield ("rungs", at, "channel")


def _unknown_wares(rules: Rules, files: talktracks.Files) -> Iterator[Problem]:
    """A product or a line of a talk track that the catalogue lacks: it would never be brought."""
    known = {"products": tuple(rules.catalog.by_name), "lines": rules.catalog.lines}
    for track in rules.talktracks.entries:
        path = files[track.name][0]
        if path.parent.parent == DEFAULTS:
            continue  # ours speak of our default catalogue, which may have been replaced
        for key, words in known.items():
            for word in getattr(track, key):
                if words and word not in words:
                    meant = nearest(word, words)
                    hint = f"，您要写的可能是 {meant}" if meant else ""
                    yield Problem(path, 1, f"{key}：产品目录里没有“{word}”{hint}")
