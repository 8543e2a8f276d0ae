"""Plain values against a typed schema: what is wrong, where, and what was probably meant."""

import difflib
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from config.document import Place

Model = TypeVar("Model", bound=BaseModel)

UNKNOWN_KEY = "extra_forbidden"


class Strict(BaseModel):
    """A frozen value that refuses unknown keys and never shows what was put in."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong at `place`."""

    place: Place
    message: str
    meant: str | None = None
    """For an unknown key: the dotted path of the nearest known one."""

    @property
    def key(self) -> str:
        return dotted(self.place)


class Misfit(Exception):
    """The values do not fit the schema."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("；".join(f"{fault.key}：{fault.message}" for fault in faults))
        self.faults = faults


def fit(model: type[Model], value: object) -> Model:
    """The value as a `model`. Raises Misfit with every fault that was found."""
    try:
        return model.model_validate(value)
    except ValidationError as refused:
        details = refused.errors(include_url=False, include_input=False)
        # A misspelt key explains the missing one: it comes first.
        details.sort(key=lambda detail: detail["type"] != UNKNOWN_KEY)
        raise Misfit([_fault(model, detail) for detail in details]) from None


def dotted(place: Place) -> str:
    """`products[3].name`: list positions count from 1, as a reader counts."""
    text = ""
    for step in place:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be."""
    folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.5)
    return folded[close[0]] if close else None


def unknown_key(model: type[BaseModel], place: Place) -> Fault:
    """Says that there is no such key, and names the nearest one by its whole path."""
    meant = _meant(model, place)
    if meant:
        return Fault(place, f"没有这个设置，您要写的可能是 {meant}", meant)
    known = "、".join(known_keys(model, place[:-1]))
    return Fault(place, f"没有这个设置，这里只能写：{known}" if known else "没有这个设置")


def _meant(model: type[BaseModel], place: Place) -> str | None:
    around, name = place[:-1], str(place[-1])
    sibling = nearest(name, known_keys(model, around))
    if sibling:
        return dotted((*around, sibling))
    everywhere = list(all_keys(model))
    of_that_name = [path for path in everywhere if path.rpartition(".")[2] == name]
    return of_that_name[0] if of_that_name else nearest(dotted(place), everywhere)


def known_keys(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that may stand under `place`."""
    for annotation in _parts(annotation_at(model, place)):
        if _is_model(annotation):
            return list(written_fields(annotation))
    return []


def all_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every dotted path of a schema; a free key (an app's name) stands as `*`."""
    for name, annotation in written_fields(model).items():
        yield from _keys_below(annotation, f"{prefix}{name}")


def written_fields(model: type[BaseModel]) -> dict[str, Any]:
    """A schema's fields and their types, by the names that stand in a file."""
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def _keys_below(annotation: Any, path: str) -> Iterator[str]:
    yield path
    for part in _parts(annotation):
        if _is_model(part):
            yield from all_keys(part, f"{path}.")
        elif get_origin(part) in (dict, Mapping):
            below = list(_keys_below(get_args(part)[1], f"{path}.*"))
            yield from below[1:]


def annotation_at(model: type[BaseModel], place: Place) -> Any:
    """The type that the schema gives to `place`, or None where it knows no such place."""
    annotation: Any = model
    for step in place:
        annotation = _below(annotation, step)
    return annotation


def _below(annotation: Any, step: str | int) -> Any:
    for part in _parts(annotation):
        origin, arguments = get_origin(part), get_args(part)
        if _is_model(part) and step in written_fields(part):
            return written_fields(part)[str(step)]
        if origin in (dict, Mapping) and isinstance(step, str):
            return arguments[1]
        if origin in (list, tuple, frozenset) and isinstance(step, int):
            return arguments[0]
    return None


def holds_secret(annotation: Any) -> bool:
    """Whether a value of this type is hidden."""
    return SecretStr in _parts(annotation)


def is_leaf(annotation: Any) -> bool:
    """Whether a value of this type is one scalar, not a section or a list."""
    return not any(
        _is_model(part) or get_origin(part) in (dict, Mapping, list, tuple, frozenset)
        for part in _parts(annotation)
    )


def _parts(annotation: Any) -> tuple[Any, ...]:
    """What an annotation may stand for: `X | None` is X and None, `Annotated[X, …]` is X."""
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(part for choice in get_args(annotation) for part in _parts(choice))
    if get_origin(annotation) is Annotated:
        return _parts(get_args(annotation)[0])
    return (annotation,)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


SENTENCES = {
    "missing": "缺少这一项，请补上",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "string_type": "这一项是空的，应为文字",
    "list_type": "应为列表，每项以“- ”开头，或写成 [甲, 乙]",
    "tuple_type": "应为列表，每项以“- ”开头，或写成 [甲, 乙]",
    "frozen_set_type": "应为列表，每项以“- ”开头，或写成 [甲, 乙]",
    "dict_type": "应为一组“名称: 值”",
    "model_type": "应为一组“名称: 值”",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "finite_number": "应为有限的数",
    "string_too_short": "不能少于 {min_length} 个字",
    "string_too_long": "不能多于 {max_length} 个字",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "date_from_datetime_parsing": "应为日期，如 2026-10-01",
    "date_parsing": "应为日期，如 2026-10-01",
    "date_type": "应为日期，如 2026-10-01",
    "value_error": "{error}",
}


def _fault(model: type[BaseModel], detail: ErrorDetails) -> Fault:
    place = tuple(detail["loc"])
    kind = detail["type"]
    if kind == UNKNOWN_KEY:
        return unknown_key(model, place)
    sentence = SENTENCES.get(kind)
    if sentence is None:
        return Fault(place, detail["msg"])
    context = detail.get("ctx", {})
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace("'", "").replace(" or ", "、")
    return Fault(place, sentence.format(**context))
