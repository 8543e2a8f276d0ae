"""The members table follows staff.yaml."""

from sqlalchemy.exc import IntegrityError

from config.rules import Rules
from crm_store.models import Member
from crm_store.queries import members
from crm_store.store import Store


async def follow_staff(store: Store, rules: Rules) -> None:
    try:
        async with store.transaction() as tx:
            await members.follow_staff(tx, _rows(rules))
    except IntegrityError:
        # Another process started at the same moment and was quicker.
        async with store.transaction() as tx:
            await members.follow_staff(tx, _rows(rules))


def _rows(rules: Rules) -> list[Member]:
    return [
        Member(
            id=member.id,
            name=member.name,
            roles=[role.value for role in member.roles],
            manager_id=member.manager,
            team=member.team,
            regions=list(member.regions),
            lines=list(member.lines),
            level=member.level,
            capacity=member.capacity or rules.assignment.default_capacity,
            wecom=member.wecom,
            dingtalk=member.dingtalk,
            prefer=member.prefer,
            work_hours=str(member.work_hours) if member.work_hours else None,
            quiet_hours=str(member.quiet_hours) if member.quiet_hours else None,
            active=member.active,
        )
        for member in rules.staff.members
    ]
