"""Cells that name several: 张三、李四."""

import re

_BETWEEN = re.compile(r"\s*(?:[/、;；|\n\r]|\\n|&&|\s和\s)\s*")
_SIGN = re.compile(r"[/、;；|\n\r\\&和]")
_LONGEST = 200


def first_of(cell: str) -> str:
    """What is named first."""
    if not _SIGN.search(cell, 0, _LONGEST):
        return cell
    parts = [part for part in _BETWEEN.split(cell[:_LONGEST]) if len(part.strip()) > 1]
    return parts[0].strip() if len(parts) > 1 else cell
