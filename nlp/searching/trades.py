"""What kind of house a client is, by its name: 江北医院 and 江南中医院 are both hospitals."""

from collections.abc import Mapping, Sequence

_ENDS = "$"


def trades_of(name: str, table: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The trades whose words stand in the name, in the table's order (assignment.yaml,
    industries); 厂$ has to end it."""
    return tuple(
        trade for trade, words in table.items() if any(_stands(word, name) for word in words)
    )


def _stands(word: str, name: str) -> bool:
    if word.endswith(_ENDS):
        return name.endswith(word.removesuffix(_ENDS))
    return word in name
