"""Where settings come from: the YAML file, environment variables over it, secrets from files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from config import document
from config.checking import Fault, annotation_at, holds_secret, is_leaf
from config.document import Place, Value

PREFIX = "GENJIN_"
DEFAULT_FILE = Path("genjin.yaml")
"""Read where no other is named."""
NOT_SETTINGS = frozenset({"GENJIN_CONFIG", "GENJIN_SOAK"})
"""Variables of ours that choose the file, or belong to the test runs."""

FROM_FILE = frozenset({("database_url",), ("redis_url",)})
"""Addresses that may carry a password, and so may come from a file as secrets do."""

SHOWN_FAULTS = 3


class SettingsError(Exception):
    """The settings cannot be used; the message is one line that says what to do."""


@dataclass
class Sources:
    """The gathered values, and for each place who said so."""

    values: dict[str, Value] = field(default_factory=dict)
    origins: dict[Place, str] = field(default_factory=dict)
    name: str = "设置"
    file: Path | None = None
    """The settings file; None where there is none."""

    @classmethod
    def gather(
        cls, model: type[BaseModel], path: Path | None, environ: Mapping[str, str]
    ) -> "Sources":
        """Raises SettingsError where a file cannot be read."""
        file = _chosen(path, environ)
        sources = cls(name=str(file) if file else "设置", file=file)
        if file:
            sources._take_file(model, file)
        sources._take_environment(model, environ)
        return sources

    def is_from_environment(self, name: str) -> bool:
        return self.origins.get((name,), "").startswith(PREFIX)

    def explain(self, faults: list[Fault]) -> str:
        """The faults in one line, each with who said so."""
        said = [self._sentence(fault) for fault in faults[:SHOWN_FAULTS]]
        rest = len(faults) - len(said)
        return "；".join(said) + (f"；另有 {rest} 处" if rest else "")

    def _sentence(self, fault: Fault) -> str:
        origin = self._origin(fault.place)
        if not origin.startswith(PREFIX):
            return f"{origin} {fault.key}：{fault.message}"
        variable = f"，写作 {variable_name(fault.meant)}" if fault.meant else ""
        return f"环境变量 {origin}：{fault.message}{variable}"

    def _origin(self, place: Place) -> str:
        if place in self.origins:
            return self.origins[place]
        for known, origin in self.origins.items():
            if known[: len(place)] == place:
                return origin
        for length in range(len(place) - 1, 0, -1):
            if place[:length] in self.origins:
                return self.origins[place[:length]]
        return self.name

    def _take_file(self, model: type[BaseModel], file: Path) -> None:
        try:
            read = document.from_file(file)
        except document.Unreadable as broken:
            raise SettingsError(f"{file} 第 {broken.line} 行：{broken.message}") from None
        except OSError as failed:
            raise SettingsError(f"读不了设置文件 {file}（{failed.strerror}）") from None
        if read.value is None:
            return
        if not isinstance(read.value, dict):
            raise SettingsError(f"{file} 第 1 行：设置文件应为一组“名称: 值”")
        self.origins |= {place: f"{file} 第 {line} 行" for place, line in read.lines.items()}
        self.values = self._resolved(model, (), read.value, file.parent)

    def _take_environment(self, model: type[BaseModel], environ: Mapping[str, str]) -> None:
        for variable, raw in sorted(environ.items()):
            if not variable.startswith(PREFIX) or variable in NOT_SETTINGS or not raw.strip():
                continue
            place: Place = tuple(variable.removeprefix(PREFIX).lower().split("__"))
            self._put(model, place, raw, variable)

    def _put(self, model: type[BaseModel], place: Place, raw: str, variable: str) -> None:
        holder: dict[str, Value] = self.values
        path: list[str] = []
        for step in place[:-1]:
            name = _spelt(holder, str(step))
            path.append(name)
            below = holder.get(name)
            if not isinstance(below, dict):
                below = holder[name] = {}
            holder = below
        name = _spelt(holder, str(place[-1]))
        here: Place = (*path, name)
        self.origins[here] = variable
        value: Value = document.tidy(raw)
        annotation = annotation_at(model, here)
        if annotation is not None and not is_leaf(annotation):
            try:
                value = document.read(raw.encode()).value
            except document.Unreadable as broken:
                raise SettingsError(f"环境变量 {variable}：{broken.message}") from None
        elif value == "null":
            value = None
        below = self._resolved(model, tuple(path), {name: value}, Path())
        self.origins |= dict.fromkeys([(*path, key) for key in below], variable)
        holder |= below

    def _resolved(
        self, model: type[BaseModel], place: Place, values: dict[str, Value], base: Path
    ) -> dict[str, Value]:
        """The values with `…_file` read into `…`, and paths counted from `base`."""
        found: dict[str, Value] = {}
        for name, value in values.items():
            here: Place = (*place, name)
            annotation = annotation_at(model, here)
            target = self._secret_behind(model, here)
            if target and isinstance(value, str):
                key = str(target[-1])
                if key in values:
                    raise SettingsError(
                        f"{self._origin(here)}：{key} 和 {name} 只能写一个，请删去一个"
                    )
                self.origins[target] = self._origin(here)
                found[key] = self._content(here, base / Path(value).expanduser())
            elif isinstance(value, dict):
                found[name] = self._resolved(model, here, value, base)
            elif isinstance(value, str) and Path in _choices(annotation):
                found[name] = str(base / Path(value).expanduser())
            else:
                found[name] = value
        return found

    def _secret_behind(self, model: type[BaseModel], place: Place) -> Place | None:
        """The secret that `secret_file` stands for, or None where it stands for none."""
        name = str(place[-1])
        target = (*place[:-1], name.removesuffix("_file"))
        if not name.endswith("_file"):
            return None
        return target if target in FROM_FILE or holds_secret(annotation_at(model, target)) else None

    def _content(self, place: Place, file: Path) -> str:
        try:
            return document.tidy(file.read_text("utf-8-sig"))
        except OSError as failed:
            reason = failed.strerror or "读不了"
        except UnicodeDecodeError:
            reason = "不是文本"
        raise SettingsError(f"{self._origin(place)}：读不了密钥文件 {file}（{reason}）")


def variable_name(key: str) -> str:
    """`wecom.corp_id` as an environment variable."""
    return PREFIX + key.replace(".", "__").upper()


def _chosen(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    if path is None and environ.get("GENJIN_CONFIG"):
        path = Path(environ["GENJIN_CONFIG"])
    if path is None:
        return DEFAULT_FILE if DEFAULT_FILE.is_file() else None
    if not path.is_file():
        raise SettingsError(
            f"找不到设置文件 {path}：请照 config/genjin.example.yaml 写一份，或用 --config 指明"
        )
    return path


def _spelt(values: Mapping[str, Value], name: str) -> str:
    """A variable's name has lost its case: the file's spelling of a free key wins."""
    return next((known for known in values if known.casefold() == name), name)


def _choices(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", (annotation,))
