"""Edited rules are taken over, and the members table follows staff.yaml."""

import asyncio
import hashlib
from collections.abc import Collection, Sequence

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.alarms import Alarms
from bot.faults import describe
from config.rules import Problem, RuleBook, Rules
from crm_store.models import Member
from crm_store.queries import members
from crm_store.store import Store

log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS = 3.0


class RulesWatch:
    """Takes over edited rules; a file that does not validate is refused, logged and told."""

    def __init__(
        self,
        store: Store,
        rules: RuleBook,
        alarms: Alarms,
        *,
        connected: Collection[str] = (),
        every_seconds: float = _LOOK_EVERY_SECONDS,
    ) -> None:
        self._store = store
        self._rules = rules
        self._alarms = alarms
        self._connected = connected
        self._every_seconds = every_seconds

    async def run(self) -> None:
        """Looks every few seconds, until cancelled."""
        followed: Rules | None = self._rules.current
        while True:
            await asyncio.sleep(self._every_seconds)
            before = self._rules.current
            # In a thread: a large file, or one on a slow disk, takes its time.
            problems = await asyncio.to_thread(self._rules.reload_if_changed)
            if problems:
                await self._refuse(problems)
            if self._rules.current is not before:
                followed = None
                log.info("rules_reloaded")
            if self._rules.current is not followed:
                followed = await self._follow_staff()

    async def _refuse(self, problems: Sequence[Problem]) -> None:
        """Another mistake is another alarm; the same one, seen by several processes, is not."""
        for problem in problems:
            log.warning("rules_refused", problem=str(problem))
        more = f"（共 {len(problems)} 处，请运行 genjin check）" if problems[1:] else ""
        words = f"改过的规则没有生效：{problems[0]}{more}"
        mark = hashlib.sha256("".join(map(str, problems)).encode()).hexdigest()[:12]
        await self._alarms.raise_now(f"rules:{mark}", words)

    async def _follow_staff(self) -> Rules | None:
        """The rules whose people are in the table now; None where the database was away."""
        rules = self._rules.current
        try:
            await follow_staff(self._store, rules, connected=self._connected)
        except (SQLAlchemyError, OSError) as error:
            log.error("staff_not_followed", error=describe(error))  # noqa: TRY400 (rows)
            return None
        return rules


async def follow_staff(store: Store, rules: Rules, *, connected: Collection[str] = ()) -> None:
    """Accounts only on the `connected` platforms: nothing can be told on another, so who has no
    account but there gets no leads. Where none is named, as in tests, every account stands."""
    try:
        async with store.transaction() as tx:
            await members.follow_staff(tx, _rows(rules, connected))
    except IntegrityError:
        # Another process started at the same moment and was quicker.
        async with store.transaction() as tx:
            await members.follow_staff(tx, _rows(rules, connected))


def _rows(rules: Rules, connected: Collection[str]) -> list[Member]:
    return [
        Member(
            id=member.id,
            name=member.name,
            roles=[role.value for role in member.roles],
            manager_id=member.manager,
            team=member.team,
            regions=list(member.regions),
            lines=list(member.lines),
            industries=list(member.industries),
            level=member.level,
            capacity=member.capacity or rules.assignment.default_capacity,
            wecom=member.wecom if not connected or "wecom" in connected else None,
            dingtalk=member.dingtalk if not connected or "dingtalk" in connected else None,
            prefer=member.prefer,
            work_hours=str(member.work_hours) if member.work_hours else None,
            quiet_hours=str(member.quiet_hours) if member.quiet_hours else None,
            active=member.active,
        )
        for member in rules.staff.members
    ]
