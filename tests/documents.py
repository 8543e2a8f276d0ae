"""The generated part of docs/: what colleagues can say, from the commands' own declarations.

`make docs` writes it; tests/test_documents.py holds it to the code.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from handlers import ROUTERS
from handlers.router import SLOTS, Command

ROOT = Path(__file__).parents[1]
COMMANDS = ROOT / "docs" / "commands.md"

_HEAD = """\
# What one can say

In a private chat with the assistant, on either platform; in a DingTalk group with an @. Spaces
may be left out where nothing becomes unclear, marks at the end do not matter. Where two clients
fit, it asks back with buttons; a client can also be named by his number (`L12`, `C12`).

Nobody has to say it like that: the same in one's own words is understood as well
(「赵主任别再提醒了」, 「帮我把康源转给王磊吧」), what is missing is asked back, and what would harm
waits for a tap. The phrasings stand in `nlp/requests/phrasings/`.

Written by `make docs` from the declarations in `handlers/`; 「帮助」 lists the same.

| say | or | what it does |
|---|---|---|
"""
_REST = """
Other words of a rep or manager with a contact or a product in them bring a card:
建线索, 归档到 X, 忽略.

On cards:

| button | is declared in |
|---|---|
"""
_NAMED = {
    "assign": "a colleague's name, to whom a lead goes",
    "contacted": "已联系",
    "create": "建线索",
    "file": "归档到 X",
    "fill": "an answer to what was asked back: a client's name, 确认, 取消",
    "ignore": "忽略",
    "material": "发送资料",
    "mute": "静音",
    "reassign": "转派",
    "renote": "建线索, in place of a follow-up",
    "unnote": "撤销, of a follow-up that was told of",
    "review": "合并, 不是同一个, 以后再说",
    "support": "需协同支持",
    "unmerge": "撤销合并",
    "visit": "预约拜访",
    "why": "为什么给我",
}
"""How the buttons are called on the cards."""
_SLOT = re.compile(r"\{(\w+)\}")


def commands_page() -> str:
    commands = [command for router in ROUTERS for command in router.commands]
    rows = "".join(_row(command) for command in commands)
    return _HEAD + rows + _REST + "".join(_buttons())


def _row(command: Command) -> str:
    first, *others = map(_as_said, command.patterns)
    help_text = command.help
    if command.roles:
        help_text += f"（{'、'.join(sorted(command.roles))}）"
    return f"| {first} | {'<br>'.join(others)} | {help_text} |\n"


def _as_said(pattern: str) -> str:
    """A pattern as a person reads it: 转派 客户 给 同事."""
    return _SLOT.sub(lambda found: f"*{SLOTS[found[1]]}*", pattern)


def _buttons() -> Iterator[str]:
    for router in ROUTERS:
        for verb, handler in router.buttons.items():
            where = handler.__module__.replace(".", "/") + ".py"
            yield f"| {_NAMED.get(verb, verb)} | `{where}` |\n"


def main() -> int:
    COMMANDS.write_text(commands_page(), encoding="utf-8")
    sys.stdout.write(f"{COMMANDS.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
