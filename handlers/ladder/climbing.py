"""升级: a deadline came. Every rung of the lead that is due acts, in order, and each person hears
of them in one message.

What a timer was set for is not asked: the lead is held, and what stands is computed anew. A second
timer of the same moment, another scheduler's or one that is outdated finds nothing due.
"""

from dataclasses import dataclass, field

from config.schemas.escalation import Action, Step
from crm_store.facts import Escalated, Fact, Reminded, ResultAsked, RungAnnounced, RungPassed
from crm_store.models import Lead, Member
from crm_store.queries import members, mutes
from crm_store.store import Transaction
from handlers.allocation.assignment import pass_on
from handlers.events import TimerDue
from handlers.ladder.clocks import KINDS, Deadline
from handlers.ladder.saying import ForManager, ForOwner, Transfer, tell_manager, tell_owner
from handlers.ladder.standing import Ladder
from handlers.links import Links
from handlers.router import Router

router = Router("climbing")


async def climb(due: TimerDue, tx: Transaction, ladder: Ladder, links: Links) -> None:
    lead = await tx.lock_lead(int(due.subject[1:]))
    await _Climb(tx, lead, ladder, links).up()


for kind in KINDS:
    router.timer(kind)(climb)


@dataclass
class _Climb:
    tx: Transaction
    lead: Lead
    ladder: Ladder
    links: Links
    to_owner: ForOwner = field(default_factory=ForOwner)
    to_manager: ForManager = field(default_factory=ForManager)

    async def up(self) -> None:
        owner_id = self.lead.owner_id
        standing = await self.ladder.standing(self.tx, self.lead)
        for one in [one for one in standing if one.due_at <= self.tx.now]:
            # What one rung does may have made the next one pointless: another owner begins anew.
            if any(one.key == left.key for left in standing):
                await self._act(one)
                standing = await self.ladder.standing(self.tx, self.lead)
        if owner_id is not None:
            await tell_manager(self.tx, self.lead, self.to_manager, self.ladder, self.links)
            if self.lead.owner_id == owner_id:
                await tell_owner(self.tx, self.lead, self.to_owner, self.ladder, self.links)
        await self.ladder.settle(self.tx, self.lead)

    async def _act(self, one: Deadline) -> None:
        owner = await self.tx.get(Member, self.lead.owner_id)
        if one.acts_at is not None:
            await self._announce(one, owner)
            return
        if one.step.does(Action.MEASURE):
            await self._pass(one, owner, "measured")
        if one.step.does(Action.REMIND, Action.ASK_RESULT):
            await self._nudge(one, owner)
        if one.step.does(Action.REASSIGN, Action.WARN, Action.TAKEOVER):
            await self._escalate(one, owner)

    async def _announce(self, one: Deadline, owner: Member) -> None:
        if one.acts_at is None or one.acts_at <= self.tx.now:
            return  # nobody was there to say it in time: it happens now
        await self._record(
            RungAnnounced(
                **self._about(one), member_id=owner.id, due_at=one.acts_at, rung=one.step.name
            )
        )
        self.to_owner.announced.append(one)

    async def _pass(self, one: Deadline, owner: Member, reason: str) -> None:
        await self._record(
            RungPassed(**self._about(one), **_missed(one.step), owner_id=owner.id, reason=reason)
        )

    async def _nudge(self, one: Deadline, owner: Member) -> None:
        kinds = await mutes.kinds(self.tx, owner.id, self.lead.client_id)
        if mutes.is_silent(kinds, one.step.name) or not owner.active:
            if one.step.is_nudge:
                await self._pass(one, owner, "muted" if owner.active else "left")
            return
        if one.step.does(Action.REMIND):
            await self._record(
                Reminded(**self._about(one), **_missed(one.step), member_id=owner.id)
            )
            self.to_owner.reminded.append(one.step)
        if one.step.does(Action.ASK_RESULT):
            await self._record(
                ResultAsked(**self._about(one), rung=one.step.name, member_id=owner.id)
            )
            self.to_owner.asked.append(one.step)

    async def _escalate(self, one: Deadline, owner: Member) -> None:
        manager = await members.manager_of(self.tx, owner.id)
        await self._record(
            Escalated(
                **self._about(one),
                **_missed(one.step),
                to=manager.id if manager else None,
                owner_id=owner.id,
            )
        )
        self.to_manager.manager = manager
        self.to_manager.owner = owner
        if one.step.does(Action.REASSIGN):
            assigned_at = self.lead.assigned_at or self.tx.now
            await pass_on(
                self.tx,
                self.lead,
                manager,
                self.ladder.rules,
                self.ladder.times.calendar,
                reason="not_viewed",
            )
            self.to_manager.transfer = Transfer(one.step, owner, assigned_at)
        else:
            self.to_manager.steps.append((one.step, one.nth))

    def _about(self, one: Deadline) -> dict[str, object]:
        return {
            "at": self.tx.now,
            "client_id": self.lead.client_id,
            "lead_id": self.lead.id,
            "since": one.since,
        }

    async def _record(self, fact: Fact) -> None:
        await self.tx.record(fact)


def _missed(step: Step) -> dict[str, str]:
    return {"rung": step.name, "waited": step.words, "missed": step.missed}
