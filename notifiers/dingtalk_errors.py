"""DingTalk's error codes, each turned into what is to be done about it.

The new host says HTTP 4xx and `{"code", "message", "requestid"}`; codes are words, compared
without regard to case, by their longest known beginning (`invalidParameter.robotCode.auth` →
`invalidparameter.robotcode`). Numbers are the old host's. Nothing is judged by the message.

The month's quota (`…ApiCountLimitForOrg`) is Misconfigured and not Retryable: it comes back only
with the first of the month or with a bigger edition, so the breaker opens, a probe a minute asks
instead of every row, and the admin is told.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from notifiers.errors import DeliveryError, Misconfigured, Puzzling, Retryable, Undeliverable

APP = "dingtalk"
TOKEN_REFUSED = (
    "invalidauthentication",
    "invalidparameter.token.invalid",
    "token.notexisted",
    "40001",
    "40014",
    "40078",
)
CARD_EXISTS = "param.cardalreadyexist"
UNAUTHORIZED = 401
BLOCKED_STATUS = 1111

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_BUSY: dict[str, timedelta | None] = {
    "forbidden.accessdenied.qpslimit": _SECOND,
    "send.too.fast": _SECOND,
    "send.bytoken.toofast": _SECOND,
    "too.many.people": _MINUTE,
    "too.many.group": _MINUTE,
    "flowlimit": _MINUTE,
    "serviceunavailable": None,
    "systemerror": None,
    "system.error": None,
    "-1": None,
    "90002": _SECOND,
    "90018": _SECOND,
    **dict.fromkeys(TOKEN_REFUSED, _MINUTE),
}
_REFUSED = {
    "staffid.notexisted": "the userid is unknown",
    "illegal.receivers": "the receiver is refused",
    "receivers.exceed": "there are too many receivers",
    "invalidparameter.userids": "the receivers are refused",
    "invalidparameter.msgkey": "the kind of message is unknown",
    "invalidparameter.msgparam": "the message's fields are refused",
    "invalidparameter.msg.unsupport": "the kind of message is unknown",
    "miss.": "a field is missing",
    "contain.": "the content is refused",
    "param.": "the card is refused",
    "resource.": "the resource is gone",
    "invalid.openconversationid": "the group is unknown",
    "group.": "the group is gone",
    "conversation.": "the group is not of this company",
    "only.groupadmin": "the group's rules refuse it",
    "session.": "the reply's address has expired",
    "invalid.processquerykey": "the message to recall is unknown",
    "invalidparameter.processquerykey": "the message to recall is unknown",
    "33012": "the userid is invalid",
    "40104": "the phone number is invalid",
    "60121": "the userid is unknown",
    "40035": "a parameter is invalid",
    "43004": "the body is not declared as JSON",
}
_CONSOLE = "钉钉开放平台 → 应用开发 → 您的应用"
_ROBOT = f"{_CONSOLE} → 机器人：核对 RobotCode（设置 dingtalk.robot_code），确认机器人已启用并发布"
_RIGHTS = f"{_CONSOLE} → 权限管理：开通「企业内机器人发送消息」「互动卡片实例写」等权限，再发布版本"
_ADDRESS = f"{_CONSOLE} → 安全设置 → 服务器出口IP：加入服务器的出口地址"
_CREDENTIALS = f"{_CONSOLE} → 凭证与基础信息：核对设置 dingtalk.client_id 和 dingtalk.client_secret"
_TEMPLATE = (
    "钉钉卡片平台 → 模板列表：确认模板已发布并关联此应用，核对设置 dingtalk.card_template_id"
)
_QUOTA = "钉钉管理后台 → 订购升级：本月的接口调用额度已用完，升级版本或购买额度；下月一日自动恢复"
_SETTING = {
    "invalidclientidorsecret": _CREDENTIALS,
    "unauthorized": _RIGHTS,
    "auth.error": _RIGHTS,
    "send.forbidden": _RIGHTS,
    "forbidden.accessdenied.accesstokenpermissiondenied": _RIGHTS,
    "forbidden.accessdenied.ipnotinwhitelist": _ADDRESS,
    "ip.not.match": _ADDRESS,
    "forbidden.accessdenied.apicountlimitfororg": _QUOTA,
    "50002": _RIGHTS,
    "60020": _ADDRESS,
    "20001": _QUOTA,
    "90020": _QUOTA,
    "keywords.not.match": _ROBOT,
    "sign.not.match": _ROBOT,
    "invalidparameter.robotcode": _ROBOT,
    "robot.oto.notexist": _ROBOT,
    "bot.stopped": _ROBOT,
    "bot.forbidden.sendmessage": _ROBOT,
    "chatbotid.notallow.sendoto": _ROBOT,
    "template.": _TEMPLATE,
    "param.template": _TEMPLATE,
    "param.cardtemplate": _TEMPLATE,
}
_OF_ONE_API = frozenset(
    {beginning for beginning, advice in _SETTING.items() if advice in (_RIGHTS, _TEMPLATE)}
)
"""What is missing is a permission point, or the card's template: the app's other calls travel."""


def failure(code: str) -> DeliveryError:
    """The error that the new host's `code` means."""
    beginning = _longest_beginning(code)
    if beginning in _BUSY:
        return Retryable("the platform is busy or limiting", code=code, after=_BUSY[beginning])
    if beginning in _SETTING:
        return Misconfigured(
            "settings or rights are wrong",
            app=APP,
            advice=_SETTING[beginning],
            code=code,
            only_this_api=beginning in _OF_ONE_API,
        )
    if beginning in _REFUSED:
        return Undeliverable(_REFUSED[beginning], code=code, by_platform=True)
    # A code that no table of ours knows: delivery's own patience decides how often to try.
    return Puzzling("an unknown error", code=code)


def refuses_token(status: int, code: str) -> bool:
    return status == UNAUTHORIZED or code.casefold().startswith(TOKEN_REFUSED)


def blocked(body: Mapping[str, Any]) -> Retryable | None:
    """The odd body of an address that asked too often: `{"status":1111,"wait":5,…}`."""
    if body.get("status") != BLOCKED_STATUS:
        return None
    wait = body.get("wait")
    seconds = wait if isinstance(wait, int) and wait > 0 else 60
    code = str(BLOCKED_STATUS)
    return Retryable("our address is blocked", code=code, after=timedelta(seconds=seconds))


def card_is_gone(code: str) -> bool:
    """Whether an update failed for the card itself rather than for what passes or heals.

    The vendor lists no code for a card that was never made or is too old: all is laid on it that
    is not known for something else, since a new card does no harm.
    """
    beginning = _longest_beginning(code)
    return not code.startswith("http ") and beginning not in _BUSY and beginning not in _SETTING


def _longest_beginning(code: str) -> str:
    folded = code.casefold()
    known = [start for table in (_BUSY, _SETTING, _REFUSED) for start in table]
    return max((start for start in known if folded.startswith(start)), key=len, default="")
