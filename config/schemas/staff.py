"""Who works here: rules_dir/staff.yaml."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import Field, field_validator

from config.checking import Fault, Strict, nearest
from config.schemas.hours import Hours


class Role(StrEnum):
    REP = "rep"
    MANAGER = "manager"
    DIRECTOR = "director"
    SERVICE = "service"
    FINANCE = "finance"
    ADMIN = "admin"


Platform = Literal["wecom", "dingtalk"]


class Member(Strict):
    """One colleague."""

    id: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=64)
    roles: tuple[Role, ...] = Field(min_length=1)
    manager: str | None = None
    team: str = ""
    regions: tuple[str, ...] = ()
    """Provinces or cities as people say them: 上海, 江苏. Empty: everywhere."""
    lines: tuple[str, ...] = ()
    """Product lines of the catalogue. Empty: every line."""
    industries: tuple[str, ...] = ()
    """Whose clients he knows, as assignment.yaml names them: 医院, 连锁零售. Empty: every one."""
    level: str = Field(default="", max_length=32)
    capacity: int | None = Field(default=None, gt=0)
    """Open leads he can carry; None: assignment's `default_capacity`."""
    wecom: str | None = None
    """The account in WeCom (userid), whose case does not matter there."""
    dingtalk: str | None = None
    prefer: Platform | None = None
    """Where he wants to be written to; None: WeCom where he has it."""
    work_hours: Hours | None = None
    """None: the calendar's."""
    quiet_hours: Hours | None = None
    """When not even a new lead's card may ring."""
    active: bool = True

    @field_validator("wecom", "dingtalk")
    @classmethod
    def _an_account(cls, account: str | None) -> str | None:
        return account or None

    def account(self, platform: Platform) -> str | None:
        return self.wecom if platform == "wecom" else self.dingtalk

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """Where he can be reached, the preferred one first."""
        every: tuple[Platform, ...] = ("wecom", "dingtalk")
        reachable = [platform for platform in every if self.account(platform)]
        return tuple(sorted(reachable, key=lambda platform: platform != self.prefer))


def account_key(platform: Platform, account: str) -> tuple[Platform, str]:
    """What makes an account the same account: WeCom does not tell case apart."""
    return platform, account.lower() if platform == "wecom" else account


class Staff(Strict):
    members: tuple[Member, ...] = Field(default=(), alias="staff")

    @cached_property
    def by_id(self) -> dict[str, Member]:
        return {member.id: member for member in self.members}

    @cached_property
    def _by_account(self) -> dict[tuple[Platform, str], Member]:
        return {
            account_key(platform, member.account(platform) or ""): member
            for member in self.members
            for platform in member.platforms
        }

    def by_account(self, platform: Platform, account: str) -> Member | None:
        return self._by_account.get(account_key(platform, account))

    def below(self, member_id: str) -> tuple[Member, ...]:
        """Everyone under this manager, transitively."""
        found: list[Member] = []
        above = {member_id}
        while above:
            reports = [member for member in self.members if member.manager in above]
            found += reports
            above = {member.id for member in reports}
        return tuple(found)

    def faults(self) -> Iterator[Fault]:
        """What no single member shows: doubled ids and accounts, managers that lead nowhere."""
        ids: dict[str, str] = {}
        accounts: dict[tuple[Platform, str], str] = {}
        for at, member in enumerate(self.members):
            if member.id in ids:
                yield Fault(("staff", at, "id"), f"“{member.id}”已是{ids[member.id]}的 id")
            ids.setdefault(member.id, member.name)
            for platform in member.platforms:
                key = account_key(platform, member.account(platform) or "")
                if key in accounts:
                    yield Fault(
                        ("staff", at, platform),
                        f"账号“{member.account(platform)}”已属于{accounts[key]}，一个账号只能给一个人",
                    )
                accounts.setdefault(key, member.name)
            if member.prefer and not member.account(member.prefer):
                yield Fault(
                    ("staff", at, "prefer"),
                    f"{member.name}没有 {member.prefer} 账号，请补上账号或改 prefer",
                )
        yield from self._faults_above(ids)

    def _faults_above(self, ids: dict[str, str]) -> Iterator[Fault]:
        managers = {member.id: member.manager for member in self.members}
        for at, member in enumerate(self.members):
            if member.manager is None:
                continue
            place = ("staff", at, "manager")
            if member.manager not in ids:
                meant = nearest(member.manager, ids)
                hint = f"，您要写的可能是 {meant}" if meant else ""
                yield Fault(place, f"没有 id 为“{member.manager}”的员工{hint}")
            elif _leads_back(member.id, managers):
                yield Fault(place, f"{member.name}的上级链绕回了自己，请改 manager")


def _leads_back(member_id: str, managers: dict[str, str | None]) -> bool:
    seen: set[str] = set()
    above = managers.get(member_id)
    while above is not None and above not in seen:
        if above == member_id:
            return True
        seen.add(above)
        above = managers.get(above)
    return False
