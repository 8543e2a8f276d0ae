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
    "team": "分配和规则",
}
"""How the files of phrasings are called, in the order in which 帮助 tells them."""
MOST_BYTES = 2048
"""A text of WeCom holds no more (developer.work.weixin.qq.com/document/path/90236)."""
OF_LEADERS = (
    ("TOP5", "TOP5", "今天最该盯的五条"),
    ("逾期", "逾期", "该跟没跟的"),
    ("转派 {client} 给 {successor}", "把赵主任转给王磊", "点一下确认再转"),
    ("提醒 {colleague} {words}", "提醒李娜明天上午回康源", "到时候提醒您的下属"),
    ("谁在请假", "谁在请假", "今天和接下来两周"),
    ("新规则 {rule}", "新规则 预算大于100万，分配给王磊", "用一句话定规则"),
)
DAILY = (
    ("查 {client}", "赵主任什么情况", "客户的全部"),
    ("{client} 上次报价多少", "赵主任上次报价多少", "查说过的话"),
    ("今天该先打哪个电话", "今天先打哪个电话", "按轻重缓急，说明理由"),
    ("跟进 {client} {note}", "刚和赵主任通了电话，他说月底前定", "记成跟进"),
    ("我答应 {words}", "我答应赵主任周五前给报价", "到期前提醒您"),
    ("{time} 提醒我 {words}", "明早10点提醒我给赵主任发报价", "到时候提醒"),
    ("线索 {words}", "线索 康源医疗王主任 13912345678 想要彩超", "录入新客户"),
    ("我的线索", "我的线索", "您名下未结的"),
)
"""What is said every day: the command that it stands for, an example, and what comes of it."""
_MOST_DAILY, _MOST_OFFERED = 8, 3


@router.command("帮助", "help", "?", "你会什么", "你能做什么", help="列出可以说的话")
async def help_me(sender: Member, menu: Menu) -> Reply:
    allowed = {command.patterns[0] for command in menu.for_member(sender)}
    listed = (*OF_LEADERS, *DAILY) if "谁在请假" in allowed else DAILY
    lines = [f"· {example}（{told}）" for pattern, example, told in listed if pattern in allowed]
    more = "、".join(f"帮助 {label}" for label in by_topic(menu, sender))
    return "\n".join(
        ["用自己的话说就行，比如：", *lines[:_MOST_DAILY], f"还有很多，分类看：{more}"]
    )


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
        if command in topics:  # else it is half of another, or its next page
            found[TOPICS[topics[command]]].append(command)
    return {label: commands for label, commands in found.items() if commands}


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
