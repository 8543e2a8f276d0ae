"""WeCom's error codes, each turned into what is to be done about it (doc path/90313).

Judged by the code alone: the vendor changes the words. Only the caller's address, which 60020
names nowhere else, is read out of them, for the advice.
"""

import ipaddress
import re
from datetime import timedelta

from notifiers.errors import DeliveryError, Misconfigured, Puzzling, Retryable, Undeliverable

OK = 0
TOKEN_REFUSED = frozenset({40001, 40014, 41001, 42001})
"""40001 is a wrong secret when it answers gettoken, and a bad token everywhere else."""
TASK_ID_USED = 42014
FORBIDDEN_ADDRESS = 60020

_MINUTE = timedelta(minutes=1)
_BUSY: dict[int, timedelta | None] = {
    -1: None,
    6000: None,
    40014: _MINUTE,  # refused twice: somebody else refreshes too; not now, but not never
    41001: _MINUTE,
    42001: _MINUTE,
    42012: None,  # a page's ticket, which is fetched anew
    45009: _MINUTE,
    45033: timedelta(seconds=5),
}
_RECEIVER = {
    40003: "the userid is invalid",
    40050: "the group chat is unknown",
    41041: "none of the members can be used",
    60111: "the userid is unknown",
    81013: "no receiver is valid",
    82001: "no receiver is named",
    42050: "the card names an unknown userid",
}
_CONTENT = {
    40004: "the media type is refused",
    40006: "the file's size is refused",
    40007: "the media id is invalid or over three days old",
    40008: "the message type is unknown",
    40009: "the picture's size is refused",
    40033: "the text holds characters that are refused",
    40035: "a parameter is invalid",
    40054: "an address is invalid",
    40055: "an address is invalid",
    40058: "a parameter is too long or of the wrong type",
    40063: "a parameter is empty",
    44001: "the file is empty",
    44004: "the text is empty",
    45002: "the text is too long",
    45008: "there are too many articles",
    45034: "an address has no scheme",
    47001: "the body is not JSON",
}
_CARD = frozenset(range(42015, 42052)) - {42022, 42050}
_ELSEWHERE = {
    40029: "the login's code is invalid",
    40093: "a page's signature is refused",
    42003: "the login's code has expired",
    42022: "the login's code was used before",
    93000: "the group robot was removed, or its key is wrong",
}
_CONVERSATION = {
    41050: "the welcome code is used or expired",
    41051: "the conversation has already begun",
    41053: "the client has not agreed",
    41096: "the welcome is being sent already",
    84061: "they are not contacts",
    95000: "the 客服 account's id is invalid",
    95001: "over five messages since the client's last",
    95002: "over 48 hours since the client's last message",
    95003: "the conversation refuses the call",
    95004: "the 客服 account does not exist",
    95007: "the event's token is invalid or expired",
    95008: "too many menu items",
    95013: "the session has ended",
    95014: "the servicer is not taking sessions",
    95016: "the session cannot change to this state",
    95018: "the session's state forbids the call",
    95019: "the conversation refuses the call",
}
_CONSOLE = "企业微信管理后台"
_APP = f"{_CONSOLE} → 应用管理 → 应用「{{app}}」"
_RIGHTS = f"{_APP}：给应用开通这个接口的权限，并把有关的成员放进可见范围"
_KF_RIGHTS = f"{_CONSOLE} → 微信客服 → API：把应用「{{app}}」设为可调用接口的应用"
_SETTING = {
    40001: f"{_APP} → Secret：重新查看并填入设置 wecom.apps.{{app}}.secret",
    40091: f"{_APP} → Secret：重新查看并填入设置 wecom.apps.{{app}}.secret",
    41004: "设置 wecom.apps.{app}.secret 是空的，请填入该应用的 Secret",
    40013: f"{_CONSOLE} → 我的企业 → 企业信息 → 企业ID：核对设置 wecom.corp_id",
    41002: f"{_CONSOLE} → 我的企业 → 企业信息 → 企业ID：填入设置 wecom.corp_id",
    40056: f"{_APP} → AgentId：核对设置 wecom.apps.{{app}}.agent_id",
    41011: f"{_APP} → AgentId：填入设置 wecom.apps.{{app}}.agent_id",
    43012: f"{_APP} → 接收消息 → 设置API接收：先填好回调地址，应用才能发带按钮的卡片",
    48001: _RIGHTS,
    48002: _RIGHTS,
    50001: f"{_APP} → 网页授权及JS-SDK：把链接的域名设为可信域名",
    50002: _RIGHTS,
    60011: _RIGHTS,
    95011: f"{_KF_RIGHTS}；该客服账号现由企业微信内的接待人员使用",
    95012: f"{_KF_RIGHTS}；该客服账号还没有在企业微信内启用",
    95017: f"{_KF_RIGHTS}，并打开「由API管理会话」",
}
_OF_ONE_API = frozenset({43012, 48001, 48002, 50002, 60011})
"""What is missing is the right to this call, or (43012) to cards with buttons: the app's other
messages travel on."""


def failure(errcode: int, errmsg: str, *, app: str) -> DeliveryError:
    """The error that `errcode` means for a call made with the token of `app`."""
    code = str(errcode)
    if errcode in _BUSY:
        return Retryable("the platform is busy or limiting", code=code, after=_BUSY[errcode])
    if errcode == FORBIDDEN_ADDRESS:
        return misconfigured(app, "the caller's address is not trusted", _trust(errmsg), code=code)
    if errcode in _SETTING:
        reason, only = "the app's settings or rights are wrong", errcode in _OF_ONE_API
        return misconfigured(app, reason, _SETTING[errcode], code, only_this_api=only)
    for table in (_RECEIVER, _CONTENT, _CONVERSATION, _ELSEWHERE):
        if errcode in table:
            return Undeliverable(table[errcode], code=code, by_platform=True)
    if errcode == TASK_ID_USED or errcode in _CARD:
        return Undeliverable("the card is refused", code=code, by_platform=True)
    # A code that no table of ours knows: delivery's own patience decides how often to try.
    return Puzzling("an unknown error", code=code)


def refuses_code(errcode: int) -> bool:
    """Whether an update failed for its response_code rather than for anything that passes or heals.

    The vendor documents no code of its own for one that is used or expired (42015: another app's).
    So all is laid on it that is not known for something else: a new card does no harm, and says
    by an error of its own if it was the card's content.
    """
    known = (_BUSY, _SETTING, _RECEIVER, {FORBIDDEN_ADDRESS})
    return not any(errcode in table for table in known)


def misconfigured(
    app: str, reason: str, advice: str, code: str = "", *, only_this_api: bool = False
) -> Misconfigured:
    """`advice` may name the app's settings as `{app}`."""
    return Misconfigured(
        reason,
        app=f"wecom.{app}",
        advice=advice.replace("{app}", app),
        code=code,
        only_this_api=only_this_api,
    )


def _trust(errmsg: str) -> str:
    address = _address_in(errmsg)
    which = f"加入服务器的出口地址 {address}" if address else "加入服务器的出口地址"
    return f"{_APP} → 企业可信IP：{which}（先设好可信域名或回调地址，才能填写）"


def _address_in(errmsg: str) -> str | None:
    found = re.search(r"from ip:\s*([0-9A-Fa-f:.]+)", errmsg)
    if found is None:
        return None
    try:
        return str(ipaddress.ip_address(found[1].rstrip(".:")))
    except ValueError:
        return None
