"""What the bot's answer to a push may hold, in either transport; what it may not is a violation."""

import json
from dataclasses import dataclass
from typing import Any

CARD_KEYS = {"cardUpdateOptions", "cardData", "userPrivateData"}
OPTIONS = {"updateCardDataByKey", "updatePrivateDataByKey"}


class BadAnswer(Exception):
    """The platform would not understand this answer; the message says why."""


@dataclass(frozen=True)
class CardChange:
    """What a card callback's answer changes. `by_key` False: the whole map is replaced."""

    values: dict[str, str]
    by_key: bool


def card_change(response: Any) -> CardChange | None:
    """None where the answer leaves the card as it is; raises BadAnswer."""
    if response is None or response == {}:
        return None
    if not isinstance(response, dict):
        raise BadAnswer("the answer to a card callback is no object")
    if strange := set(response) - CARD_KEYS:
        raise BadAnswer(f"{sorted(strange)} have no place in the answer to a card callback")
    options = response.get("cardUpdateOptions", {})
    if not isinstance(options, dict) or set(options) - OPTIONS:
        raise BadAnswer("cardUpdateOptions")
    values = response.get("cardData", {}).get("cardParamMap", {})
    check_values(values)
    return CardChange(values, bool(options.get("updateCardDataByKey"))) if values else None


def check_values(values: Any) -> None:
    """A card's variables: a map of text to text, keys at most 100 bytes, values 1 KB."""
    if not isinstance(values, dict):
        raise BadAnswer("cardParamMap is no object")
    for key, value in values.items():
        if not isinstance(value, str):
            raise BadAnswer(f"cardParamMap.{key} is no text")
        if len(key.encode()) > 100 or len(value.encode()) > 1024:  # noqa: PLR2004 vendor's limits
            raise BadAnswer(f"cardParamMap.{key} is over its limit")


def parsed(text: str) -> Any:
    """A JSON text's value; None for an empty text; raises BadAnswer."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadAnswer("the answer is not JSON") from error
