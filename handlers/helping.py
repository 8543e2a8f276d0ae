"""帮助: what the assistant can do, by purpose, listed from the commands' own declarations."""

from collections.abc import Iterator, Mapping

from crm_store.models import Member
from handlers.commands import Menu, Words
from handlers.requests.linking import links
from handlers.router import Command, Reply, Router
from nlp.requests.phrasing import intents
from notifiers.card import Button, Card

router = Router("helping")

TOPICS = {
    "clients": "客户",
    "notes": "记录",
    "reminders": "提醒和承诺",
    "figures": "每天和报表",
    "memory": "查过去",
    "team": "团队和规则",
    "": "其他",
}
"""How the files of phrasings are called, in the order in which 帮助 tells them."""
MOST_BYTES = 2048
"""A text of WeCom holds no more (developer.work.weixin.qq.com/document/path/90236)."""
_MOST_OFFERED = 3


@router.command("帮助", "help", "?", "你会什么", "你能做什么", help="列出可以说的话")
async def help_me(sender: Member, menu: Menu) -> Reply:
    head = "可以这样对我说，用自己的话说也行：\n"
    tail = "\n回复“帮助 提醒”这样的话，看其中一类怎么说"
    return _fitting(head, tail, by_topic(menu, sender))


@router.command("帮助 {topic}", "help {topic}", help="只看一类怎么说：帮助 提醒")
async def help_with(topic: str, sender: Member, menu: Menu) -> Reply:
    every = by_topic(menu, sender)
    chosen = [one for name, commands in every.items() if topic in name for one in commands]
    chosen = chosen or [
        one
        for commands in every.values()
        for one in commands
        if topic in one.help or any(topic in pattern for pattern in one.patterns)
    ]
    if not chosen:
        return f"没有关于“{topic}”的说法。可以问：" + "、".join(f"帮助 {name}" for name in every)
    return _with_help(f"关于{topic}，可以这样说：", chosen)


def by_topic(menu: Menu, member: Member) -> Mapping[str, list[Command]]:
    """What he may say, each command under the purpose that it serves."""
    linked = links(menu.commands)
    topics = {link.command: link.intent.topic for every in linked.values() for link in every}
    found: dict[str, list[Command]] = {label: [] for label in TOPICS.values()}
    for command in menu.for_member(member):
        found[TOPICS[topics.get(command, "")]].append(command)
    return {label: commands for label, commands in found.items() if commands}


def _fitting(head: str, tail: str, every: Mapping[str, list[Command]]) -> str:
    """Each topic in a line; as many of its commands as there is room for."""
    shown = {label: [one.usage for one in commands] for label, commands in every.items()}
    cut: set[str] = set()
    while True:
        lines = [
            f"【{label}】{'、'.join(usages)}{'…' if label in cut else ''}"
            for label, usages in shown.items()
        ]
        text = head + "\n".join(lines) + tail
        if len(text.encode()) <= MOST_BYTES:
            return text
        longest = max(shown, key=lambda label: len("".join(shown[label])))
        shown[longest].pop()
        cut.add(longest)


def _with_help(head: str, commands: list[Command]) -> str:
    """A line each; where there is no room for all that can be said of them, what they are."""
    lines = [f"· {command.usage}：{command.help}" for command in commands]
    for place in reversed(range(len(lines))):
        text = "\n".join((head, *lines))
        if len(text.encode()) <= MOST_BYTES:
            return text
        lines[place] = f"· {commands[place].usage}"
    return "\n".join((head, *lines)).encode()[:MOST_BYTES].decode(errors="ignore")


async def not_understood(sender: Member, words: Words, menu: Menu) -> Reply:
    """Nothing is done with words that are not understood; what they come near to is offered."""
    for command in menu.for_member(sender) if words.tidy else ():
        verb = command.usage.split()[0]
        if words.tidy.split()[0] == verb and not command.patterns[0].startswith("{"):
            return f"还差一点：{command.usage}（{command.help}）"
    answer = f"{sender.name}，这句话我没有听懂，什么都没有做"
    near = list(dict.fromkeys(_near(words, sender, menu)))[:_MOST_OFFERED]
    if not near:
        return f"{answer}。回复“帮助”看看可以怎么说"
    return Card(
        title="没有听懂",
        text=f"{answer}。您可以这样说，或者回复“帮助”：",
        buttons=tuple(Button(text=usage, action=f"say:{begins}") for usage, begins in near),
    )


def _near(words: Words, sender: Member, menu: Menu) -> Iterator[tuple[str, str]]:
    """Commands of which a word was said: what a button shows, and how the command begins. What it
    needs besides is asked back."""
    linked, allowed = links(menu.commands), set(menu.for_member(sender))
    for intent in intents():
        if not intent.cores.search(words.folded.lower()):
            continue
        for link in linked.get(intent.name, ())[-1:]:
            begins = link.say.split("{")[0].strip()
            if begins and link.command in allowed and (not link.needs or intent.asks):
                yield link.command.usage, begins
