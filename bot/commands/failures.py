"""What an operator reads when a command fails: one line that says what to do."""

import errno

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.faults import describe
from config.rules import RulesError
from config.settings import SettingsError
from crm_store.errors import CrmError, StoreError
from crm_store.vault import Unreadable

FAILED, MISUSED = 1, 2
_WHY_NOT = {
    errno.EADDRINUSE: "端口已被占用",
    errno.EACCES: "没有权限",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
}


class CommandFailed(Exception):
    """The command cannot go on; the message is the line to print."""

    def __init__(self, message: str, *, status: int = FAILED) -> None:
        super().__init__(message)
        self.status = status


def cannot_listen(where: str, refused: OSError) -> CommandFailed:
    why = _WHY_NOT.get(refused.errno or 0, refused.strerror)
    return CommandFailed(
        f"不能在 {where} 监听（{why}），请换一个端口（--port），或停掉占用它的程序"
    )


def in_one_line(error: Exception) -> str | None:
    """The line for a failure that was to be expected; None for a bug of ours."""
    match error:
        case CommandFailed() | SettingsError() | RulesError() | CrmError():
            said = str(error)
        case Unreadable():
            said = "encryption_key 打不开这个数据库，请填回原来的密钥；更换密钥时写“新,旧”"
        case StoreError():
            said = str(error)
        case DBAPIError():
            said = _database(error)
        case SQLAlchemyError():
            said = f"数据库出错（{describe(error)}），请检查设置 database_url"
        case OSError():
            said = f"{error.strerror or type(error).__name__}（{error.filename or '系统'}）"
        case _:
            return None
    return " ".join(said.split())


def _database(error: DBAPIError) -> str:
    """The driver's own words carry no rows: the engine hides parameters."""
    words = str(error.orig).splitlines()[0][:200]
    if "locked" in words or "busy" in words:
        return "数据库正忙：另一个 genjin 正在写，请稍后再试"
    if "unable to open" in words:
        return "打不开数据库文件，请检查设置 database_url 里的文件夹是否存在、是否可写"
    if "disk is full" in words or "No space left" in words:
        return "磁盘已满，请先腾出空间"
    if "not a database" in words:
        return "database_url 指的文件不是 SQLite 数据库，请检查设置"
    return f"数据库出错（{words}），请检查设置 database_url"
