"""Bringing documents to a rep: each is noted, so that it can be told what was used and helped."""

from collections.abc import Sequence

from config.rules import Rules
from config.schemas.talktracks import TalkTrack
from config.settings import Settings
from crm_store.facts import DocumentPushed
from crm_store.models import DocumentOffer, Lead, Member
from crm_store.queries import mutes
from crm_store.store import Transaction
from handlers.hours import at_any_hour
from handlers.showing import title_of
from notifiers.cards.talk import TalkView, prompt_card


async def offer(
    tx: Transaction,
    track: TalkTrack,
    member: Member,
    lead: Lead | None,
    *,
    reason: str,
    topic: str = "",
    message_id: int | None = None,
) -> DocumentOffer:
    row = DocumentOffer(
        document=track.name,
        member_id=member.id,
        lead_id=lead.id if lead else None,
        reason=reason,
        topic=topic[:32],
        offered_at=tx.now,
    )
    tx.add(row)
    await tx.flush()
    if lead is not None:
        await tx.record(
            DocumentPushed(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                document=track.title,
                member_id=member.id,
                reason=reason,
                topic=topic[:32],
                message_id=message_id,
            )
        )
    return row


async def is_muted(tx: Transaction, member: Member, lead: Lead) -> bool:
    return await mutes.is_muted(tx, member.id, lead.client_id, mutes.PROMPTS)


async def offer_titles(
    tx: Transaction,
    lead: Lead,
    owner: Member,
    titles: Sequence[str],
    rules: Rules,
    settings: Settings,
    *,
    why: str,
) -> None:
    """What a rule pushes, on one card. Who muted the client is not sent it."""
    tracks = [rules.talktracks.by_title[title] for title in titles]
    if not tracks or await is_muted(tx, owner, lead):
        return
    talks = []
    for track in tracks:
        row = await offer(tx, track, owner, lead, reason="rule", topic=why)
        talks.append(TalkView(row.id, track.title, track.lead))
    await tx.notify(
        owner,
        prompt_card(await title_of(tx, lead), talks, subtitle=f"{why} 推送"),
        purpose="talk",
        client_id=lead.client_id,
        lead_id=lead.id,
        due_at=at_any_hour(owner, tx.now, settings.zone),
    )
