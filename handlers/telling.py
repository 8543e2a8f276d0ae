"""A fact of the timeline as one Chinese sentence; words of others only where they may be read."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from crm_store.models import ChatMessage, TimelineEntry
from crm_store.models.lead import LeadState
from crm_store.view import View
from handlers.fields import LABELS
from handlers.showing import ACTIONS, of_message, shortened
from notifiers.cards.wording import SHANGHAI, part_of_day, until

_HOW = {
    "contacted": "已联系",
    "visit": "约了拜访",
    "material": "发送了资料",
    "note": "记录跟进",
}
_RUNGS = {"first_view": "未查看", "quiet": "没有跟进"}
"""What was not done, of facts that did not say it."""
_NOT_TOLD = {"measured": "已记录", "muted": "已静音，没有提醒", "left": "负责人已离职"}
SPOKEN = {"message_in": "client", "message_out": "colleague", "message_filed": "note"}
"""Facts that are somebody's words, and whose."""
_DECIDED = {"same": "是", "distinct": "不是", "later": "以后再说"}
_RULES = {
    "enabled": "启用",
    "stopped": "停用",
    "replaced": "换下",
    "broken": "停下失效的",
    "forgotten": "随客户资料的删除停下",
}
_MINUTE = timedelta(minutes=1)
_MOST_QUOTED = 40


async def tell(
    view: View, entry: TimelineEntry, names: Mapping[str, str], *, masks: bool = False
) -> str:
    """What happened, who did it, and the words where there are any; see `shortened`."""
    words = shortened(await words_of(view, entry), _MOST_QUOTED, masks=masks)
    return f"{said(entry, names)}：{words}" if words else said(entry, names)


def said(entry: TimelineEntry, names: Mapping[str, str]) -> str:
    """What happened and who did it, without anybody's words."""
    sentence = _SENTENCES.get(entry.kind)
    who = names.get(entry.by or "", "")
    return sentence(entry.data, who, names) if sentence else entry.kind


async def words_of(view: View, entry: TimelineEntry) -> str:
    """The whole words that the fact brought; empty where there are none."""
    if entry.client_id is None:
        return ""
    if entry.words is not None:
        return await view.open(entry.client_id, entry.words, purpose="fact")
    message_id = entry.data.get("message_id") if entry.kind in SPOKEN else None
    message = await view.find(ChatMessage, message_id) if message_id else None
    if message is None:
        return ""
    text = await view.open(entry.client_id, message.body, purpose="message")
    return of_message(message, text)


def _assigned(data: Mapping[str, object], who: str, names: Mapping[str, str]) -> str:
    owner = names.get(str(data["owner_id"]), "")
    previous = names.get(str(data["previous_id"]), "") if data["previous_id"] else ""
    if data["reason"] == "claimed":
        return f"{owner}从公海领取"
    if not previous:
        return f"分配给{owner}"
    by = f"（{who}）" if who else "（自动）"
    return f"从{previous}转给{owner}{by}"


def label(data: Mapping[str, Any]) -> str:
    """The field that a fact is about, as people call it."""
    return LABELS.get(data["field"], str(data["field"]))


def _promised(data: Mapping[str, Any], who: str, names: Mapping[str, str]) -> str:
    what = ACTIONS.get(data["action"], "办一件事")
    due = data.get("due")
    until = f"，最晚 {datetime.fromisoformat(due['end']) - _MINUTE:%m-%d}" if due else ""
    return f"{who or '接待人员'}答应客户{what}{until}"


def _deed(data: Mapping[str, Any]) -> str:
    return ACTIONS.get(data.get("action", ""), "一件事")


def _by_when(moment: str) -> str:
    return until(datetime.fromisoformat(moment))


def _next_contact(data: Mapping[str, Any], who: str, names: Mapping[str, str]) -> str:
    if data["next_at"] is None:
        return "取消下次联系"
    at = datetime.fromisoformat(data["next_at"]).astimezone(SHANGHAI)
    until_then = data.get("until")
    part = (
        part_of_day(at, datetime.fromisoformat(until_then).astimezone(SHANGHAI))
        if until_then
        else ""
    )
    is_a_day = at.time() == time.min or data.get("source") == "page"
    hour = part or ("" if is_a_day else f"{at:%H:%M}")
    return f"下次联系 {at:%m-%d} {hour}".rstrip()


def _escalated(data: Mapping[str, object], who: str, names: Mapping[str, str]) -> str:
    to = names.get(str(data["to"]), "") if data["to"] else "（没有主管）"
    missed = data.get("missed") or _RUNGS.get(str(data["rung"]), data["rung"])
    return f"{data['waited']}{missed}，已通知{to}"


def _mastered(data: Mapping[str, Any], who: str, names: Mapping[str, str]) -> str:
    sources = "、".join(source or "本系统" for source in data["sources"])
    return f"客户主数据变化（第 {data['sequence']} 版，来自{sources or '本系统'}）"


_POOLED = {
    "": "没有合适的人，进入公海",
    "busy": "合适的人都满了或请假，进入公海",
    "returned": "{}放回公海",
    "imported": "导入公海",
}
_SENTENCES: Mapping[str, Callable[[Mapping[str, Any], str, Mapping[str, str]], str]] = {
    "lead_created": lambda data, who, names: f"来自{data['source']}的新线索",
    "field_learned": lambda data, who, names: f"得知{label(data)}",
    "field_corrected": lambda data, who, names: f"{who}更正{label(data)}",
    "field_suggested": lambda data, who, names: f"后来说的{label(data)}和记录不同",
    "priority_raised": lambda data, who, names: (
        "标记" + "、".join(data["tags"]) if data["tags"] else "提升为高意向"
    ),
    "client_named": lambda data, who, names: "得知客户称呼",
    "assigned": _assigned,
    "pooled": lambda data, who, names: _POOLED.get(data["reason"], _POOLED[""]).format(who),
    "viewed": lambda data, who, names: f"{who}已查看",
    "followed_up": lambda data, who, names: f"{who}{_HOW.get(data['how'], data['how'])}",
    "follow_up_withdrawn": lambda data, who, names: f"{who}撤销了一条跟进",
    "message_in": lambda data, who, names: "客户来信",
    "voice_heard": lambda data, who, names: "语音转成了文字",
    "message_out": lambda data, who, names: f"{who or '接待人员'}回复客户",
    "message_filed": lambda data, who, names: f"{who}归档",
    "need_filed": lambda data, who, names: "收进客户需求",
    "promise_made": _promised,
    "promise_kept": lambda data, who, names: f"兑现承诺：{_deed(data)}",
    "promise_reopened": lambda data, who, names: f"承诺还没兑现：{_deed(data)}",
    "promise_moved": lambda data, who, names: (
        f"{who}把承诺（{_deed(data)}）改到 {_by_when(data['due_at'])}"
    ),
    "promise_dropped": lambda data, who, names: f"{who}放弃承诺：{_deed(data)}",
    "promise_late": lambda data, who, names: (
        f"承诺逾期：{names.get(data['owner_id'] or '', '')}答应的{_deed(data)}"
    ),
    "next_contact_set": _next_contact,
    "client_answered": lambda data, who, names: "自动回复客户",
    "escalated": _escalated,
    "support_asked": lambda data, who, names: f"{who}安排协同支持",
    "reminded": lambda data, who, names: (
        f"{data['waited']}{data.get('missed', '没有跟进')}，"
        f"已提醒{names.get(data['member_id'], '')}"
    ),
    "rung_passed": lambda data, who, names: (
        f"{data['waited']}{data['missed']}（{_NOT_TOLD.get(data['reason'], data['reason'])}）"
    ),
    "rung_announced": lambda data, who, names: (
        f"预告了{names.get(data['member_id'], '')}：再没有动作就升级"
    ),
    "more_time_given": lambda data, who, names: f"{who}决定再等一天",
    "result_asked": lambda data, who, names: f"问{names.get(data['member_id'], '')}跟进的结果",
    "result_given": lambda data, who, names: f"{who}登记结果：{data['result']}",
    "colleague_asked": lambda data, who, names: f"{who}请教{names.get(data['to'], '')}",
    "colleague_answered": lambda data, who, names: f"{who}答复了请教",
    "colleague_chased": lambda data, who, names: (
        f"{data['waited']}没有答复，已催{names.get(data['to'], '')}"
    ),
    "muted": lambda data, who, names: f"{names.get(data['member_id'], '')}静音提醒",
    "unmuted": lambda data, who, names: f"{names.get(data['member_id'], '')}恢复提醒",
    "focus_chosen": lambda data, who, names: (
        f"{names.get(data['member_id'], '') or who}选为今日主攻"
    ),
    "conversation_handed_over": lambda data, who, names: (
        f"微信客服会话转给{names.get(data['member_id'], '')}"
    ),
    "handover_refused": lambda data, who, names: "微信客服会话没有转成",
    "conversation_ended": lambda data, who, names: "微信客服会话结束",
    "system_recorded": lambda data, who, names: f"系统 {data['system']} 送来客户资料",
    "master_changed": _mastered,
    "client_erased": lambda data, who, names: "客户资料已删除",
    "member_away": lambda data, who, names: f"{names.get(data['member_id'], '')}请假",
    "member_back": lambda data, who, names: f"{names.get(data['member_id'], '')}销假",
    "closed": lambda data, who, names: f"{who}标记{LeadState(data['outcome']).label}",
    "clients_merged": lambda data, who, names: (
        f"{who or '自动'}合并了客户档案 C{data['merged_id']}"
    ),
    "clients_unmerged": lambda data, who, names: f"{who}撤销了和 C{data['merged_id']} 的合并",
    "lead_folded": lambda data, who, names: f"并入线索 L{data['into_id']}",
    "lead_unfolded": lambda data, who, names: "合并撤销，线索恢复单独跟进",
    "collaborator_added": lambda data, who, names: f"{names.get(data['member_id'], '')}成为协作人",
    "collaborator_removed": lambda data, who, names: f"{names.get(data['member_id'], '')}不再协作",
    "rule_changed": lambda data, who, names: (
        f"{who or '系统'}{_RULES.get(data['change'], data['change'])}"
        f"规则 {data['rule_id']} 第 {data['version']} 版"
    ),
    "rule_applied": lambda data, who, names: (
        f"符合规则 {data['rule_id']}（第 {data['version']} 版）"
    ),
    "document_pushed": lambda data, who, names: (
        f"给{names.get(data['member_id'], '')}推送《{data['document']}》"
    ),
    "document_used": lambda data, who, names: (
        f"{names.get(data['member_id'], '')}用了《{data['document']}》"
    ),
    "review_opened": lambda data, who, names: f"和 C{data['other_id']} 像同一个客户，等人确认",
    "review_decided": lambda data, who, names: (
        f"{who}看过和 C{data['other_id']} 是不是同一个：{_DECIDED[data['outcome']]}"
    ),
}
