"""图片: a picture is left with the platform first, then shown by the id that came of it.

Two orders, so that each may be tried again by itself: what a killed process repeats is the upload
(a file more that nobody sees), or the sending of the same id, which the platform takes for what it
is. Where a picture cannot be drawn, left or shown, its words are said.
"""

from datetime import timedelta

from crm_store.models import Member
from crm_store.saying import MESSAGE_APP
from crm_store.store import Transaction
from handlers.events import CallAnswered
from handlers.router import Router
from notifiers.card import UPLOAD, Image, Text
from notifiers.pictures.picture import Picture

router = Router("pictures")

_PURPOSE = "picture"
_PATIENCE = timedelta(hours=1)
"""Then its words go out: a picture of the morning is of no use at night."""


async def show_picture(
    tx: Transaction, member: Member, picture: Picture, *, on: str | None = None
) -> None:
    """`on` names the platform that he asked on."""
    accounts = sorted(member.accounts(), key=lambda pair: pair[0] != on) if on else None
    accounts = accounts if accounts is not None else member.accounts()
    if not member.active or not accounts:
        return
    platform, account = accounts[0]
    await tx.call(
        UPLOAD,
        {"name": picture.name, "svg": picture.svg},
        lane=f"upload:{platform}:{account}",
        account=account,
        answer_to=_PURPOSE,
        context={"member_id": member.id, "platform": platform, "words": picture.words},
        expires_in=_PATIENCE,
        platform=platform,
        app=MESSAGE_APP[platform],
    )


@router.answer(_PURPOSE)
async def left(event: CallAnswered, tx: Transaction) -> None:
    member = await tx.find(Member, event.context["member_id"])
    if member is None:
        return
    platform, words = event.context["platform"], event.context["words"]
    if event.answer is None:
        await tx.notify(member, Text(text=words), purpose=_PURPOSE, on=platform)
        return
    image = Image(platform=platform, media_id=event.answer["media_id"], words=words)
    await tx.notify(member, image, purpose=_PURPOSE, on=platform)
