"""Many words as one regular expression that looks at each character once."""

from collections.abc import Iterable
from re import escape

_Branch = dict[str, "_Branch"]
_END = ""


def one_of(words: Iterable[str]) -> str:
    """An expression for any of the words, the longest that fits; words that begin alike share
    their beginning, so that a text is not held against every one of them in turn."""
    root: _Branch = {}
    for word in sorted(set(words)):
        branch = root
        for char in word:
            branch = branch.setdefault(char, {})
        branch[_END] = {}
    return _expression(root)


def _expression(branch: _Branch) -> str:
    leaves = [char for char, more in branch.items() if char and set(more) == {_END}]
    parts = [
        escape(char) + _expression(more)
        for char, more in branch.items()
        if char and set(more) != {_END}
    ]
    if leaves:
        parts.append(escape(leaves[0]) if len(leaves) == 1 else f"[{''.join(map(escape, leaves))}]")
    if not parts:
        return ""
    whole = parts[0] if len(parts) == 1 and _END not in branch else f"(?:{'|'.join(parts)})"
    return f"{whole}?" if _END in branch else whole
