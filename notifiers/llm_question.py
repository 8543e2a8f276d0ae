"""What a language model is asked, and the shape in which it has to answer.

The client's words are data inside a JSON object, never a part of the instructions; what they make
the model say all the same is accepted only where the words bear it out (nlp/hearsay).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field

_MOST_FOUND = 40
_LONGEST_QUOTE = 400
_LONGEST_ANSWER_TOKENS = 1_000
_WORDS: Mapping[str, Any] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)
FIELDS = frozenset(_WORDS["how"])
"""What it can be asked for."""


class Found(BaseModel):
    """One thing that the model says it read, with the words it quotes for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(max_length=32)
    evidence: str = Field(max_length=_LONGEST_QUOTE)
    value: str | None = Field(max_length=_LONGEST_QUOTE)
    min: float | None = Field(allow_inf_nan=False)
    max: float | None = Field(allow_inf_nan=False)
    unit: str | None = Field(max_length=32)
    start: str | None = Field(max_length=40)
    end: str | None = Field(max_length=40)


class Answered(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    found: list[Found] = Field(max_length=_MOST_FOUND)


def request(model: str, text: str, said_at: str, fields: Sequence[str]) -> dict[str, Any]:
    """The body of POST /chat/completions; the same for the same question."""
    how = "\n".join(f"- {name}：{_WORDS['how'][name]}" for name in fields)
    question = orjson.dumps({"message": text, "sent_at": said_at, "fields": list(fields)})
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": f"{_WORDS['ask']}{how}"},
            {"role": "user", "content": question.decode()},
        ],
        "temperature": 0,
        "max_tokens": _LONGEST_ANSWER_TOKENS,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "findings", "strict": True, "schema": schema(fields)},
        },
    }


def schema(fields: Sequence[str]) -> dict[str, Any]:
    """Flat, every key required, nothing else allowed: what strict servers ask, and small local
    ones understand. It says what `Answered` says."""
    text, number = {"type": ["string", "null"]}, {"type": ["number", "null"]}
    properties = {
        "field": {"type": "string", "enum": list(fields)},
        "evidence": {"type": "string"},
        "value": text,
        "min": number,
        "max": number,
        "unit": text,
        "start": text,
        "end": text,
    }
    one = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"found": {"type": "array", "items": one}},
        "required": ["found"],
        "additionalProperties": False,
    }
