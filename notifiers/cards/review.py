"""待查重: two clients side by side, for a person to say whether they are one (#13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_store.identity.verdict import Evidence
from notifiers.card import Button, Card, Row, Text, Tone
from notifiers.cards.evidence import by_effect
from notifiers.cards.wording import SHANGHAI, masked

NO_LEAD = "没有未结线索"
_BESIDE = " ｜ "
_NOT_KNOWN = "—"


@dataclass(frozen=True)
class LeadLine:
    """An open lead: what it is about, and whose it is."""

    topic: str
    """CT设备; empty where no product is known."""
    owner: str
    """Empty: nobody's."""


@dataclass(frozen=True)
class SideView:
    """One of the two. Whatever is not known is empty."""

    ref: str
    """C12"""
    name: str = ""
    company: str = ""
    city: str = ""
    phones: tuple[str, ...] = ()
    is_readers: bool = False
    """Whether the reader owns him: then he reads the phone, else it is masked."""
    source: str = ""
    """Where he came from: 微信客服."""
    since: datetime | None = None
    leads: tuple[LeadLine, ...] = ()

    @property
    def display(self) -> str:
        return self.name or self.company or f"客户 {self.ref}"


@dataclass(frozen=True)
class PairView:
    """Two clients that may be one."""

    ref: str
    """R12"""
    one: SideView
    other: SideView
    score: int
    evidence: tuple[Evidence, ...] = ()
    is_family: bool = False
    """Parts of one house by their names, rather than one client twice."""

    @property
    def title(self) -> str:
        """张主任 / 张伟"""
        return f"{self.one.display} / {self.other.display}"

    @property
    def question(self) -> str:
        return "是一家的两个部分，还是同一个客户？" if self.is_family else "是同一个客户吗？"


def review_card(pair: PairView) -> Card:
    """Presses come back as `review:R12:same`, `…:distinct` and `…:later`."""
    return Card(
        title=pair.title,
        subtitle=f"{pair.ref} · {pair.question} 证据 {pair.score} 分",
        rows=_rows(pair.one, pair.other),
        text=by_effect(pair.evidence),
        buttons=(
            Button(text="合并", action=f"review:{pair.ref}:same", tone=Tone.PRIMARY),
            Button(text="不是同一个", action=f"review:{pair.ref}:distinct"),
            Button(text="以后再说", action=f"review:{pair.ref}:later"),
        ),
    )


def settled_review_card(title: str, status: str) -> Card:
    """What is left of it: neither numbers nor leads."""
    return Card(title=title, status=status)


@dataclass(frozen=True)
class QueueLine:
    """One pair of the queue."""

    ref: str
    title: str
    score: int
    stake: str = ""
    """What is at stake, in few words: 两位同事在跟."""


def queue_text(lines: Sequence[QueueLine], total: int) -> Text:
    """The asker's queue, what matters most first; its first pair's card comes beside it."""
    if not total:
        return Text(text="没有待查重的客户")
    said = [f"待查重 {total} 对，要紧的在前："]
    for line in lines:
        notes = "，".join(part for part in (f"证据 {line.score} 分", line.stake) if part)
        said.append(f"{line.ref} {line.title}（{notes}）")
    if total > len(lines):
        said.append(f"还有 {total - len(lines)} 对")
    said.append("第一对的卡片在下面。也可以回复：查重 编号 合并 / 不是同一个 / 以后再说")
    return Text(text="\n".join(said))


def _rows(one: SideView, other: SideView) -> tuple[Row, ...]:
    pairs = (
        ("姓名", one.name, other.name),
        ("公司", one.company, other.company),
        ("城市", one.city, other.city),
        ("电话", _phones(one), _phones(other)),
        ("来源", _origin(one), _origin(other)),
        ("线索", _leads(one), _leads(other)),
    )
    return tuple(
        Row(name=name, value=f"{left or _NOT_KNOWN}{_BESIDE}{right or _NOT_KNOWN}")
        for name, left, right in pairs
        if left or right
    )


def _phones(side: SideView) -> str:
    return "、".join(side.phones if side.is_readers else map(masked, side.phones))


def _origin(side: SideView) -> str:
    """微信客服 2026-03-10"""
    since = f"{side.since.astimezone(SHANGHAI):%Y-%m-%d}" if side.since else ""
    return " ".join(part for part in (side.source, since) if part)


def _leads(side: SideView) -> str:
    return "、".join(_lead(lead) for lead in side.leads) or NO_LEAD


def _lead(lead: LeadLine) -> str:
    """CT设备（李娜）"""
    owner = lead.owner or "没有负责人"
    return f"{lead.topic}（{owner}）" if lead.topic else owner
