"""The ladder of deadlines that no lead slips through: escalation.yaml."""

from enum import StrEnum

from pydantic import Field

from config.checking import Strict


class Unit(StrEnum):
    """By which clock a wait is counted."""

    WORKING_MINUTES = "working_minutes"
    HOURS = "hours"
    """Wall time; what comes due outside working time waits for the next working minute."""
    WORKING_DAYS = "working_days"


_UNIT_WORDS = {
    Unit.WORKING_MINUTES: "分钟",
    Unit.HOURS: "小时",
    Unit.WORKING_DAYS: "个工作日",
}


class Rung(Strict):
    """How long nothing may happen before the next rung acts."""

    after: int = Field(gt=0)
    unit: Unit
    active: bool = True

    @property
    def words(self) -> str:
        """15 分钟, 48 小时, 3 个工作日."""
        return f"{self.after} {_UNIT_WORDS[self.unit]}"


class Escalation(Strict):
    first_view: Rung
    """Assigned and not looked at: to somebody else, and the manager is told."""
    nudge: Rung
    """No follow-up: the owner is reminded; he can mute it."""
    quiet: Rung
    """No follow-up: the manager gets the history and decides."""
    takeover: Rung
    """A lead of high intent untouched for days: the manager takes it over."""
    client_words_notice_seconds: int = Field(ge=0)
    """A client's further words within so long are told together."""
