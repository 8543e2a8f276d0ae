"""查 康源: everything known of a client on one card (#19), within the asker's rights.

Whoever owns one of his leads sees how to reach him; to others that is masked, and what they look at
is in the audit. A lead that the asker does not see stays closed: its fields, its promises and what
was said about it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from crm_store.models import Client, Direction, IdentityKind, Lead, LeadState, Member
from crm_store.queries import clients, members
from crm_store.queries.fields import KnownField
from crm_store.queries.portrait import KnownIdentity, Portrait, Promise, Said, portrait
from crm_store.store import Transaction
from handlers.fields import LABELS, local_phone, shown
from handlers.finding import note_view
from handlers.finding_clients import look_up_client
from handlers.links import Links
from handlers.newest import newest_note, next_contacts
from handlers.reading import Reader
from handlers.remembering import remembered
from handlers.rights import Scope
from handlers.router import Reply, Router
from handlers.showing import ACTIONS, budget_of, in_words, shortened
from nlp.desensitise import HIDDEN, mask, mask_email, mask_phone
from notifiers.cards.portrait import LeadLine, PortraitView, SaidLine, portrait_card
from notifiers.cards.wording import SHANGHAI, Budget, joined, money

router = Router("portrait")

_MOST_WORDS = 120
_MOST_NUMBERS = 3
_REACH = (
    IdentityKind.PHONE,
    IdentityKind.WECHAT,
    IdentityKind.EMAIL,
    IdentityKind.KF,
    IdentityKind.CREDIT_CODE,
)
_TOLD_ELSEWHERE = frozenset(
    {"product", "budget", "phone", "email", "wechat", "credit_code", "next_contact", "company"}
)
_MINUTE = timedelta(minutes=1)


@router.command(
    "查 {client}",
    "查一下 {client}",
    "查客户 {client}",
    "查询 {client}",
    help="客户的全部情况：查 赵主任、查 13912345678、查 C12",
)
async def show_portrait(
    client: str, sender: Member, tx: Transaction, reader: Reader, links: Links
) -> Reply:
    drawing = await opened(tx, sender, client, reader)
    drawn, scope, owns = drawing.drawn, drawing.scope, drawing.owns
    kin = [one for one in drawn.kin if await _sees(tx, one, scope)]
    about = await remembered(
        tx, drawn.client.id, member_id=sender.id, shared=scope.shared, masks=not owns
    )
    drawn_view = replace(
        drawing.view(links, kin),
        remembered=about,
        next_contact=await next_contacts(tx, drawing.seen),
        noted=await _noted(tx, drawing),
    )
    return portrait_card(drawn_view)


async def _noted(tx: Transaction, drawing: "Drawing") -> SaidLine | None:
    found = await newest_note(tx, drawing.seen)
    if found is None:
        return None
    entry, words = found
    names = drawing.drawn.names if entry.by in drawing.drawn.names else await members.names(tx)
    return SaidLine(
        at=entry.at,
        who=names.get(entry.by or "", "同事"),
        words=shortened(words, _MOST_WORDS, masks=not drawing.owns),
    )


async def opened(tx: Transaction, sender: Member, client: str, reader: Reader) -> "Drawing":
    """What he may know of the client he names, who counts as seen. Raises NotYours, WhichOne."""
    found, scope = await look_up_client(tx, sender, client, reader)
    drawn = await portrait(tx, found, sees=scope.covers)
    owns = any(lead.owner_id == sender.id for lead in drawn.leads)
    for lead in drawn.leads:
        if lead.owner_id == sender.id and lead.state == LeadState.ASSIGNED:
            await note_view(tx, await tx.lock_lead(lead.id), sender, how="command")
    if not owns:
        tx.audit(sender.id, "read_client", client_id=found.id)
    return Drawing(drawn, sender, scope, owns=owns)


async def _sees(tx: Transaction, client: Client, scope: Scope) -> bool:
    """Whether he may know of another client of the same house."""
    return any(map(scope.covers, await clients.leads_of_number(tx, client.id)))


@dataclass(frozen=True)
class Drawing:
    """What one reader is told, put into words."""

    drawn: Portrait
    reader: Member
    scope: Scope
    owns: bool

    def view(self, links: Links, kin: Sequence[Client]) -> PortraitView:
        drawn, client, contacts = self.drawn, self.drawn.client, self.drawn.contacts
        seen = self.seen
        return PortraitView(
            ref=client.ref,
            name=client.display,
            company=client.company if client.company != client.display else "",
            region=client.region,
            also=self._also(),
            numbers=_some([alias.ref for alias in drawn.aliases], _MOST_NUMBERS),
            leads=[self._lead(lead, links) for lead in seen],
            others=self.others(),
            reach=self.reach(*_REACH),
            agreed=[*self.promised(), *self._meetings(seen)],
            known=self._known(seen),
            messages_in=contacts.messages_in,
            messages_out=contacts.messages_out,
            follow_ups=contacts.follow_ups,
            first=contacts.first,
            last=contacts.last,
            said=list(map(self._said, drawn.messages)),
            sources=self._sources(seen),
            helpers=self._helpers(seen),
            kin=[joined(one.display, one.ref) for one in kin],
        )

    @property
    def seen(self) -> list[Lead]:
        return [lead for lead in self.drawn.leads if self.scope.covers(lead)]

    def reach(self, *kinds: IdentityKind) -> list[str]:
        """How he is reached by these."""
        return [self._identity(one) for one in _ranked(self.drawn.identities) if one.kind in kinds]

    def values(self, field: str) -> list[str]:
        """Of the open leads that he sees, else of the latest; the newest first."""
        leads = [lead for lead in self.seen if lead.is_open] or self.seen[:1]
        told = [
            self._shown(one)
            for lead in leads
            for one in reversed(self.drawn.fields.get(lead.id, ()))
            if one.name == field
        ]
        return list(dict.fromkeys(told))

    def promised(self) -> list[str]:
        return [self.promise(one) for one in self.drawn.promises]

    # -- who he is -----------------------------------------------------------------------------

    def _also(self) -> list[str]:
        names = [name for alias in self.drawn.aliases for name in (alias.name, alias.company)]
        own = {"", self.drawn.client.name, self.drawn.client.company}
        return [name for name in dict.fromkeys(names) if name not in own]

    def _identity(self, one: KnownIdentity) -> str:
        match one.kind:
            case IdentityKind.PHONE:
                return local_phone(one.value) if self.owns else mask_phone(one.value)
            case IdentityKind.EMAIL:
                return one.value if self.owns else mask_email(one.value)
            case IdentityKind.WECHAT:
                return f"微信 {one.value if self.owns else f'{one.value[:2]}{HIDDEN}'}"
            case IdentityKind.CREDIT_CODE:
                return f"信用代码 {one.value}"
            case _:
                return "微信客服"

    def _sources(self, seen: Sequence[Lead]) -> list[str]:
        """官网（2 个编号）, 微信客服"""
        counted = self.drawn.sources
        names = dict.fromkeys([*(lead.source for lead in seen), *counted])
        return [f"{name}（{counted[name]} 个编号）" if name in counted else name for name in names]

    # -- his leads -----------------------------------------------------------------------------

    def _lead(self, lead: Lead, links: Links) -> LeadLine:
        budget = self._budget(lead)
        return LeadLine(
            ref=lead.ref,
            product=lead.product or "",
            state=LeadState(lead.state).label,
            owner="您" if lead.owner_id == self.reader.id else self.name(lead.owner_id),
            is_open=lead.is_open,
            budget=money(budget) if budget else "",
            deadline=lead.deadline_at - _MINUTE if lead.deadline_at else None,
            closed_at=lead.closed_at,
            url=links.history(lead, self.reader),
        )

    def _budget(self, lead: Lead) -> Budget | None:
        """As it was said; else the greatest amount that was spoken of."""
        said = [one for one in self.drawn.fields.get(lead.id, ()) if one.name == "budget"]
        if said:
            return budget_of(said[-1])
        return Budget(Decimal(lead.budget), Decimal(lead.budget)) if lead.budget else None

    def others(self) -> list[str]:
        """Who looks after what of his the reader does not see."""
        seen = self.seen
        hidden = [lead.owner_id for lead in self.drawn.open_leads if lead not in seen]
        return list(dict.fromkeys(self.name(owner) or "公海" for owner in hidden))

    def _helpers(self, seen: Sequence[Lead]) -> list[str]:
        members = [who for lead in seen for who in self.drawn.collaborators.get(lead.id, ())]
        return [self.name(who) for who in dict.fromkeys(members)]

    def _known(self, seen: Sequence[Lead]) -> list[tuple[str, str]]:
        """需求 参数、招标文件: of the open leads, else of the latest."""
        values: dict[str, list[str]] = {}
        for lead in [lead for lead in seen if lead.is_open] or seen[:1]:
            for one in self.drawn.fields.get(lead.id, ()):
                if one.name not in _TOLD_ELSEWHERE:
                    values.setdefault(LABELS.get(one.name, one.name), []).append(self._shown(one))
        return [(name, "、".join(dict.fromkeys(told))) for name, told in values.items()]

    def _meetings(self, seen: Sequence[Lead]) -> list[str]:
        fields = [
            one for lead in seen if lead.is_open for one in self.drawn.fields.get(lead.id, ())
        ]
        return [f"下次联系 {self._shown(one)}" for one in fields if one.name == "next_contact"]

    def _shown(self, field: KnownField) -> str:
        return shown(field) if self.owns else mask(shown(field))

    def promise(self, promise: Promise) -> str:
        """李娜答应报价，最晚 03-17，已逾期"""
        until = (
            f"，最晚 {(promise.due - _MINUTE).astimezone(SHANGHAI):%m-%d}" if promise.due else ""
        )
        what = ACTIONS.get(promise.action, "办一件事")
        late = "，已逾期" if promise.is_late else ""
        return f"{self.name(promise.by) or '接待人员'}答应{what}{until}{late}"

    # -- what was said -------------------------------------------------------------------------

    def _said(self, one: Said) -> SaidLine:
        words = in_words(one.form, one.text, seconds=one.attachment.get("seconds", ""))
        is_client = one.direction == Direction.IN
        return SaidLine(
            at=one.at,
            who=self.drawn.client.display if is_client else self.name(one.by) or "接待人员",
            words=shortened(words, _MOST_WORDS, masks=not self.owns),
        )

    def name(self, member_id: str | None) -> str:
        return self.drawn.names.get(member_id or "", "")


def _ranked(identities: Iterable[KnownIdentity]) -> list[KnownIdentity]:
    """Each way to reach him once, the likeliest first; a source's own number is none."""
    apart = {(one.kind, one.value): one for one in identities if one.kind in _REACH}
    by_kind = {(one.kind, ""): one for one in apart.values() if one.kind == IdentityKind.KF}
    rest = {key: one for key, one in apart.items() if one.kind != IdentityKind.KF}
    return sorted((rest | by_kind).values(), key=lambda one: _REACH.index(one.kind))


def _some(words: Sequence[str], most: int) -> list[str]:
    """The first of them, and how many there are."""
    return [*words[:most], f"等 {len(words)} 个"] if len(words) > most else list(words)
