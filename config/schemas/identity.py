"""When two records are one client: identity.yaml."""

from collections.abc import Iterator

from pydantic import Field

from config.checking import Fault, Strict

MOST_POINTS = 300


class Weights(Strict):
    """Points for what two records have alike. 100 is certain by itself."""

    phone: int = Field(default=100, ge=0, le=MOST_POINTS)
    email: int = Field(default=90, ge=0, le=MOST_POINTS)
    company: int = Field(default=75, ge=0, le=MOST_POINTS)
    """For the whole name; less where the place is missing or the name is a common one."""
    credit_code: int = Field(default=150, ge=0, le=MOST_POINTS)
    wechat: int = Field(default=90, ge=0, le=MOST_POINTS)
    name: int = Field(default=50, ge=0, le=MOST_POINTS)
    legal_person: int = Field(default=40, ge=0, le=MOST_POINTS)
    street: int = Field(default=30, ge=0, le=MOST_POINTS)
    domain: int = Field(default=35, ge=0, le=MOST_POINTS)
    city: int = Field(default=10, ge=0, le=MOST_POINTS)
    slip: int = Field(default=45, ge=0, le=MOST_POINTS)
    """A phone that differs by one slip of the keys."""
    front_desk: int = Field(default=15, ge=0, le=MOST_POINTS)
    """A shared phone or mailbox, where the firm is the same as well; else it is worth nothing."""


class Against(Strict):
    """Points off for what differs."""

    company: int = Field(default=50, ge=0, le=MOST_POINTS)
    legal_person: int = Field(default=60, ge=0, le=MOST_POINTS)
    city: int = Field(default=60, ge=0, le=MOST_POINTS)
    name: int = Field(default=25, ge=0, le=MOST_POINTS)
    street: int = Field(default=15, ge=0, le=MOST_POINTS)
    suffix: int = Field(default=10, ge=0, le=MOST_POINTS)
    """Both names have a legal form, and it is not the same."""
    contact: int = Field(default=10, ge=0, le=MOST_POINTS)
    """Both have phones or mailboxes, and none is alike."""


class SameIp(Strict):
    """近30天同IP: it only strengthens what else speaks for one client."""

    on: bool = True
    days: int = Field(default=30, ge=1, le=366)
    points: int = Field(default=10, ge=0, le=MOST_POINTS)


class Identity(Strict):
    weights: Weights = Field(default_factory=Weights)
    against: Against = Field(default_factory=Against)
    merge_at: int = Field(default=85, ge=1, le=MOST_POINTS)
    review_at: int = Field(default=60, ge=1, le=MOST_POINTS)
    front_desk_from: int = Field(default=3, ge=2, le=100)
    """So many different brands make a phone or mailbox a front desk's."""
    common_from: int = Field(default=3, ge=2, le=100)
    """In so many different places a firm's name is a common one."""
    same_ip: SameIp = Field(default_factory=SameIp)
    reviews_a_day: int = Field(default=30, ge=0, le=1000)
    """So many pairs each who decides is shown a day; what is not answered yet counts."""
    review_urgent: int = Field(default=60, ge=0, le=MOST_POINTS)
    """From so many points of what is at stake on, a pair does not wait for the morning."""
    review_again_days: int = Field(default=3, ge=1, le=366)
    """以后再说: after so many days."""
    review_share: float = Field(default=0.025, ge=0, le=1)
    """Of a file's records; the pairs with the most points go first."""

    def faults(self) -> Iterator[Fault]:
        if self.review_at >= self.merge_at:
            yield Fault(("review_at",), f"应小于 merge_at（{self.merge_at}）")
