"""What the sandbox's page says of a clock that runs: what happens when it runs out."""

from collections.abc import Mapping, Sequence

from config.schemas.escalation import Action, Step
from crm_store.timers import Timer
from handlers.ladder.clocks import ANY, OWN_KINDS, Deadline

_DEEDS = {
    Action.REASSIGN: "转派",
    Action.TAKEOVER: "请主管接管",
    Action.WARN: "请主管决定",
    Action.ASK_RESULT: "问结果",
    Action.REMIND: "提醒",
    Action.MEASURE: "只记录",
}
"""What a rung does, its weightiest action first."""

LABELS: Mapping[str, str] = {
    "leave_starts": "请假开始 → 没看过的线索转给别人",
    "offer_on": "负责人请假 → 转给别人",
    "ladder_list": "多条升级 → 合成一条清单",
    "ladder_soon": "快到时间 → 合成一条提前提醒",
    "question": "问同事还没答复 → 替您催",
    "client_words": "客户又来信 → 一并告诉负责人",
    "voice_card": "语音转成文字 → 发出卡片",
    "suggestion": "客户说的和记录不同 → 告诉负责人",
    "talk_prompt": "第一通电话前 → 送上话术",
    "promises_shown": "记下的承诺 → 给负责人过目",
    "promises_which": "跟进对上几条承诺 → 问是哪一条",
    "promise_soon": "承诺快到时间 → 提醒",
    "promise_late": "承诺到时间 → 算作逾期",
    "promises_late": "承诺逾期 → 告诉负责人",
    "promise_grace": "承诺逾期没人处理 → 请主管看",
    "promises_overdue": "逾期的承诺 → 合成一张给主管的卡片",
    "reminder": "自己定的提醒 → 到点说",
    "contact_soon": "下次联系快到了 → 提醒",
    "contact_later": "之后还约了见面 → 再记成下次联系",
    "contact_met": "下次联系过了 → 问联系了没有",
    "agenda": "待办和日程 → 核对一遍",
    "digest": "每天固定的时间 → 发给每个人",
    "digest_own": "他的工作时间开始 → 发给他",
    "focus_late": "还没选今日主攻 → 告诉主管",
    "merge_report": "合并的客户 → 合成一条告诉管理员",
    "index_words": "还有话没编进索引 → 接着编",
    "alarm_silence": "同一件事暂不再报警",
    "alarm_told": "告警还没有解除",
}
"""By kind of timer, but for the ladder's, which escalation.yaml tells."""


def label_of(timer: Timer, standing: Sequence[Deadline], steps: Sequence[Step]) -> str:
    """15 分钟未查看 → 转派. `standing`: the deadlines of the timer's lead, if it is a lead's."""
    if timer.kind != ANY and timer.kind not in OWN_KINDS:
        return LABELS.get(timer.kind, timer.kind)
    named = timer.data.get("rungs", [timer.kind])
    meant = [
        _drawn(one)
        for one in standing
        if one.due_at == timer.due_at
        and one.step.name in named
        and (timer.kind == ANY or not one.announces)
    ]
    # Due already, or of rules that changed meanwhile: the ladder looks again when it wakes.
    outdated = [_of_step(step) for step in steps if step.name in named and not meant]
    return "；".join(dict.fromkeys([*meant, *outdated])) or "重新算一遍这条线索的计时"


def _drawn(one: Deadline) -> str:
    """A rung that is announced before has two clocks: what the first does is to say so."""
    return f"{one.step.rule} → 提前提醒" if one.announces else _of_step(one.step)


def _of_step(step: Step) -> str:
    return f"{step.rule} → {_deed(step)}"


def _deed(step: Step) -> str:
    return next(words for action, words in _DEEDS.items() if step.does(action))
