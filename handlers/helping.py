"""帮助: what the assistant can do, listed from the commands' own declarations."""

from crm_store.models import Member
from handlers.commands import Menu, Words
from handlers.router import Reply, Router

router = Router("helping")


@router.command("帮助", "help", "?", "你会什么", "你能做什么", help="列出可以说的话")
async def help_me(sender: Member, menu: Menu) -> Reply:
    lines = [f"· {command.usage}：{command.help}" for command in menu.for_member(sender)]
    return "可以这样对我说：\n" + "\n".join(lines)


@router.otherwise()
async def not_understood(sender: Member, words: Words, menu: Menu) -> Reply:
    for command in menu.for_member(sender):
        verb = command.usage.split()[0]
        if words.tidy.startswith(verb):
            return f"还差一点：{command.usage}（{command.help}）"
    return f"{sender.name}，这句话我没有听懂。回复“帮助”看看可以怎么说"
