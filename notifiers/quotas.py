"""额度: counts what DingTalk allows the whole company in a month, and tells before it is spent.

The counts are ours alone: other apps of the company use the same quota (dingtalk.md §6).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from config.schemas.alarms import Alarms
from crm_store import quotas
from crm_store.arrival import Accept, Arrival
from crm_store.store import Store, Transaction

log = structlog.get_logger(__name__)

CALLS, PUSHES = "dingtalk.calls", "dingtalk.pushes"
TOLD_AT = (100, 80)
"""Per cent."""
_WRITE_EVERY_SECONDS = 30.0
_MONTHS_OF = ZoneInfo("Asia/Shanghai")
_NAMES = {CALLS: "接口调用", PUSHES: "回调"}


class Usage:
    """What this process has used and not written down yet."""

    def __init__(self) -> None:
        self._used: Counter[str] = Counter()

    def note(self, quota: str, times: int = 1) -> None:
        self._used[quota] += times

    def take(self) -> Counter[str]:
        used, self._used = self._used, Counter()
        return used

    def counting(self, quota: str, accept: Accept) -> Accept:
        """`accept`, each time counted as one use."""

        async def accept_one(arrivals: Sequence[Arrival]) -> None:
            self.note(quota)
            await accept(arrivals)

        return accept_one


class UsageWatch:
    """Writes down what was used, twice a minute and at the end. Less may be lost by a crash."""

    def __init__(self, store: Store, usage: Usage, limits: Callable[[], Alarms]) -> None:
        self._store = store
        self._usage = usage
        self._limits = limits

    async def run(self) -> None:
        """Until cancelled, when whoever counts has ended: what they counted last is written too."""
        try:
            while True:
                await asyncio.sleep(_WRITE_EVERY_SECONDS)
                await self._try_to_write()
        finally:
            await self._try_to_write()

    async def _try_to_write(self) -> None:
        try:
            await self.write_down()
        except (SQLAlchemyError, OSError) as error:
            log.error("usage_not_stored", error=type(error).__name__)  # noqa: TRY400 (rows)

    async def write_down(self) -> None:
        used = self._usage.take()
        if not used:
            return
        alarms = self._limits()
        allowed = {CALLS: alarms.dingtalk_calls_a_month, PUSHES: alarms.dingtalk_pushes_a_month}
        try:
            async with self._store.transaction() as tx:
                for quota, times in sorted(used.items()):
                    await _add(tx, quota, times, allowed)
        except BaseException:
            for quota, times in used.items():
                self._usage.note(quota, times)
            raise


async def _add(tx: Transaction, quota: str, times: int, allowed: Mapping[str, int]) -> None:
    month = tx.now.astimezone(_MONTHS_OF).strftime("%Y-%m")
    used = await quotas.add(tx.session, quota, month, used=times)
    share = 100 * used // allowed[quota]
    reached = next((percent for percent in TOLD_AT if share >= percent), 0)
    await quotas.forget(tx.session, quota, month, above=reached)
    if not await quotas.tell_once(tx.session, quota, month, percent=reached):
        return
    log.warning("quota_reached", quota=quota, percent=reached, used=used)
    words = (
        f"钉钉本月的{_NAMES[quota]}额度已用到 {reached}%（仅本助手就用了 {used} 次，"
        f"额度按 alarms.yaml 是 {allowed[quota]} 次，全公司的应用共用）。"
        "用完之后到下月一日前消息会受阻，请在钉钉管理后台升级版本或购买额度"
    )
    await tx.arrive(
        [
            Arrival(
                kind="alarm_raised",
                key=f"quota:{quota}:{month}:{reached}:{allowed[quota]}",
                lane="alarms",
                payload={
                    "subject": f"quota:{quota}:{reached}",
                    "words": words,
                    "not_on": "dingtalk",
                },
            )
        ]
    )
