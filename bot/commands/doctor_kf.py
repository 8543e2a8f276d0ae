"""doctor at 微信客服: is there an account, and can every rep be handed its conversations?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.commands.findings import Finding, Findings, fault, good, note
from config.rules import Rules
from config.schemas.staff import Role
from notifiers.wecom_errors import OK, failure
from notifiers.wire import Wire, as_json

KF = "kf"
_CONSOLE = "企业微信管理后台 → 微信客服 → 客服账号"
_MOST_ACCOUNTS = 100
_RECEPTION = 0
"""`status` of a servicer who takes sessions (developer.work.weixin.qq.com/document/path/94645)."""


async def servicers(wire: Wire, base: str, token: str, rules: Rules | None) -> Findings:
    """Raises the errors of notifiers/errors.py where WeCom refuses to say."""
    listing = as_json({"offset": 0, "limit": _MOST_ACCOUNTS})
    query = {"access_token": token}
    answer = (await wire.post(f"{base}/cgi-bin/kf/account/list", listing, query=query)).body
    accounts = _listed(answer, "account_list")
    if not accounts:
        yield fault(
            "微信客服还没有客服账号", f"{_CONSOLE}：新建账号，选「由API管理会话」，交给应用「{KF}」"
        )
        return
    for account in accounts:
        query = {"access_token": token, "open_kfid": str(account.get("open_kfid", ""))}
        answer = (await wire.get(f"{base}/cgi-bin/kf/servicer/list", query)).body
        found = _listed(answer, "servicer_list")
        people = {str(one["userid"]).casefold(): one for one in found if one.get("userid")}
        taking = {name for name, one in people.items() if one.get("status") == _RECEPTION}
        where = f"微信客服账号「{account.get('name', '')}」"
        yield good(f"{where}有接待人员 {len(people)} 人")
        if len(people) < len(found):
            yield note(
                f"{where}有接待人员是按部门设置的，看不出是谁",
                f"{_CONSOLE} → 接待人员：把销售逐个加上",
            )
        for finding in _of_reps(rules, where, set(people), taking):
            yield finding


def _of_reps(
    rules: Rules | None, where: str, known: set[str], taking: set[str]
) -> Iterator[Finding]:
    """A conversation is handed on within its own account."""
    members = rules.staff.members if rules is not None else ()
    reps = [m for m in members if m.active and m.wecom and Role.REP in m.roles]
    missing = [m.name for m in reps if str(m.wecom).casefold() not in known]
    resting = [m.name for m in reps if str(m.wecom).casefold() in known - taking]
    if missing:
        yield fault(
            f"这些销售不是{where}的接待人员，客户的会话转不给他们：{'、'.join(missing)}",
            f"{_CONSOLE} → 接待人员：加上他们",
        )
    if resting:
        yield note(
            f"这些销售在{where}现在停止接待，会话转给他们会被拒绝（95014）：{'、'.join(resting)}",
            "请他们在企业微信 → 工作台 → 微信客服里改为「接待中」",
        )


def _listed(answer: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    errcode = answer.get("errcode")
    if errcode != OK:
        code = errcode if isinstance(errcode, int) else -1
        raise failure(code, str(answer.get("errmsg", "")), app=KF)
    listed = answer.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
