"""The members table follows staff.yaml."""

from config.rules import Rules
from crm_store.models import Member
from crm_store.queries import members
from crm_store.store import Store


async def follow_staff(store: Store, rules: Rules) -> None:
    rows = [
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
    async with store.transaction() as tx:
        await members.follow_staff(tx, rows)
