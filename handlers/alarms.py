"""告警: what the administrators have to know, told once in a while and not over and over."""

from datetime import timedelta

from config.rules import Rules
from crm_store.breakers import opened
from crm_store.facts import LeadPooled
from crm_store.models import Role
from crm_store.queries import members
from crm_store.store import Transaction
from crm_store.timers import cancel_beyond, set_once
from handlers.events import (
    AlarmRaised,
    BreakerChanged,
    DeliveryFailed,
    DirectoryChange,
    TimerDue,
)
from handlers.router import Router
from notifiers.card import Text
from notifiers.in_chinese import app_told, platform_told, reason_told

router = Router("alarms")

_SILENCE = "alarm_silence"
_MEANWHILE = {
    "llm": "用不了，这期间只用规则",
    "speech": "用不了，这期间语音先存着",
    "webhook": "收不到客户资料的变化，这期间先存着",
}
_OVER = {
    "llm": "重新开始问它",
    "speech": "存着的语音接着转成文字",
    "webhook": "积压的变化正在发出",
}
_A_MOMENT = timedelta(minutes=1)
"""Further apart than two processes' clocks."""


@router.on(BreakerChanged)
async def breaker_changed(event: BreakerChanged, tx: Transaction, rules: Rules) -> None:
    """A setting is wrong: the advice says which page of the console mends it."""
    if event.change == "closed":
        # Not oftener than its opening is told: a right missing for one call opens and closes it
        # with every message.
        over = _OVER.get(event.app.partition(".")[0], "积压的消息正在发出")
        words = f"{app_told(event.app)}已恢复，{over}"
        await tell_admins(tx, rules, words, subject=f"closed:{event.app}")
        return
    # Not on the platform that is broken, where the admin has another.
    broken = event.app.partition(".")[0]
    for breaker in await opened(tx.session):
        if breaker.name == event.app:
            why = f"{reason_told(breaker.reason)}。{breaker.advice}"
            what = _MEANWHILE.get(broken, "发不出消息")
            words = f"{app_told(event.app)}{what}：{why}"
            await tell_admins(tx, rules, words, subject=f"breaker:{event.app}", not_on=broken)


@router.on(DeliveryFailed)
async def delivery_failed(event: DeliveryFailed, tx: Transaction, rules: Rules) -> None:
    names = await members.names(tx)
    who = names.get(event.member_id or "", "一位成员")
    where = platform_told(event.platform.value)
    words = f"给{who}的消息在{where}没有送达：{reason_told(event.reason)}"
    await tell_admins(tx, rules, words, subject=f"delivery:{event.member_id}")


@router.on(DirectoryChange)
async def quota_spent(event: DirectoryChange, tx: Transaction, rules: Rules) -> None:
    """DingTalk's monthly quota is over: its callbacks come without words until it is raised."""
    if event.change == "quota_spent":
        words = "钉钉本月的回调额度已用完，同事的话收不到内容，请在钉钉开放平台增加额度"
        await tell_admins(tx, rules, words, subject="quota:dingtalk", not_on=event.platform)


@router.on(LeadPooled)
async def nobody_takes_it(fact: LeadPooled, tx: Transaction, rules: Rules) -> None:
    """Nobody sells it: no claim from the pool can mend that."""
    if fact.reason != "nobody":
        return
    words = f"线索 L{fact.lead_id} 没有人可以分，请在 staff.yaml 里补上销售或主管"
    await tell_admins(tx, rules, words, subject=f"pooled:{fact.lead_id}")


@router.on(AlarmRaised)
async def raised(event: AlarmRaised, tx: Transaction, rules: Rules) -> None:
    await tell_admins(tx, rules, event.words, subject=event.subject, not_on=event.not_on)


async def tell_admins(
    tx: Transaction,
    rules: Rules,
    words: str,
    *,
    subject: str | None = None,
    not_on: str | None = None,
) -> bool:
    """To everybody whom alarms.yaml names; the same subject not again for a while (then False)."""
    if subject is not None:
        until = tx.now + timedelta(minutes=rules.alarms.repeat_minutes)
        about = subject[:64]
        # Nobody was told later than now: the clock was put back, or repeat_minutes is shorter.
        await cancel_beyond(tx.session, _SILENCE, about, until + _A_MOMENT)
        if not await set_once(tx.session, _SILENCE, about, until):
            return False
    roles = [Role(role.value) for role in rules.alarms.roles]
    for admin in await members.with_role(tx, *roles):
        sound = next((name for name, _ in admin.accounts() if name != not_on), None)
        await tx.notify(admin, Text(text=f"⚠ {words}"), purpose="alarm", on=sound)
    return True


@router.timer(_SILENCE)
async def silence_over(due: TimerDue) -> None:
    """Nothing to do: from now on the subject may be told again."""
