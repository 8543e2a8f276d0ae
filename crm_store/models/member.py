"""成员: a colleague. The table follows staff.yaml; a removed person is deactivated, not deleted."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Field, SQLModel

from config.schemas.staff import Role
from crm_store.types import Json, Moment

_MAY_OWN = frozenset({Role.REP.value, Role.MANAGER.value, Role.DIRECTOR.value})


class Member(SQLModel, table=True):
    __tablename__ = "members"

    id: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=64, index=True)
    roles: list[str] = Field(default_factory=list, sa_type=Json)
    manager_id: str | None = Field(default=None, max_length=64, index=True)
    team: str = Field(default="", max_length=64)
    regions: list[str] = Field(default_factory=list, sa_type=Json)
    lines: list[str] = Field(default_factory=list, sa_type=Json)
    industries: list[str] = Field(
        default_factory=list, sa_type=Json, sa_column_kwargs={"server_default": text("'[]'")}
    )
    level: str = Field(default="", max_length=32)
    capacity: int
    wecom: str | None = Field(default=None, max_length=64)
    dingtalk: str | None = Field(default=None, max_length=64)
    prefer: str | None = Field(default=None, max_length=16)
    work_hours: str | None = Field(default=None, max_length=16)
    quiet_hours: str | None = Field(default=None, max_length=16)
    active: bool = True
    last_assigned_at: datetime | None = Field(default=None, sa_type=Moment)

    def has_role(self, role: Role) -> bool:
        return role.value in self.roles

    @property
    def may_own(self) -> bool:
        """Whether leads may be his: he works here, sells or leads, and can be told."""
        return self.active and self.is_reachable and not _MAY_OWN.isdisjoint(self.roles)

    @property
    def is_reachable(self) -> bool:
        """Whether there is an account to tell him on."""
        return bool(self.wecom or self.dingtalk)

    def accounts(self) -> list[tuple[str, str]]:
        """(platform, account), the preferred one first, the others to fall back on."""
        known = [("wecom", self.wecom), ("dingtalk", self.dingtalk)]
        present = [(platform, account) for platform, account in known if account]
        return sorted(present, key=lambda pair: pair[0] != self.prefer)
