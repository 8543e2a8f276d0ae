"""语音指令: what a colleague says to the assistant by voice is answered as if he had typed it.

DingTalk brings its own transcript. WeCom's recording is fetched and written down; the words come
back as a message of his, and he sees what was understood.
"""

from datetime import timedelta

from config.settings import Settings
from crm_store.arrival import Arrival
from crm_store.models import Member
from crm_store.queries import members
from crm_store.store import Transaction
from handlers.events import CallAnswered, Form, MemberMessage, Platform
from handlers.router import Reply, Router
from handlers.showing import in_words
from notifiers.card import Text

router = Router("spoken")

_WITHIN = timedelta(minutes=5)
"""Whoever asks by voice has asked again by then."""
_NO_WORDS = "这条语音没有听出话来，请再说一遍，或者打字告诉我"
_NOT_HEARD = "这条语音没能转成文字，请打字告诉我"
_NOBODY_LISTENS = "语音还转不成文字（没有接语音服务），请打字告诉我"


async def said_by_voice(
    message: MemberMessage, sender: Member, tx: Transaction, settings: Settings
) -> Reply:
    if message.form is not Form.VOICE or message.text:
        return None
    if message.platform is not Platform.WECOM or not message.media_id:
        return _NO_WORDS
    if settings.speech is None:
        return _NOBODY_LISTENS
    await tx.call(
        "listen",
        {"media_id": message.media_id},
        platform="speech",
        app="speech",
        lane=f"voice:member:{sender.id}",
        account=message.account,
        answer_to="member_voice",
        context={
            "account": message.account,
            "message_id": message.message_id,
            "sent_at": message.sent_at.isoformat(),
        },
        expires_in=_WITHIN,
    )
    return "🎤 收到，正在转成文字"


@router.answer("member_voice")
async def understood(answer: CallAnswered, tx: Transaction) -> None:
    account = answer.context["account"]
    sender = await members.by_account(tx, Platform.WECOM, account)
    if sender is None:
        return
    text = str((answer.answer or {}).get("text") or "")
    if not text:
        said = _NO_WORDS if answer.answer is not None else _NOT_HEARD
        await tx.notify(sender, Text(text=said), purpose="reply", on=Platform.WECOM)
        return
    heard = Text(text=in_words(Form.VOICE, text))
    await tx.notify(sender, heard, purpose="reply", on=Platform.WECOM)
    message = MemberMessage(
        platform=Platform.WECOM,
        account=account,
        message_id=answer.context["message_id"],
        sent_at=answer.context["sent_at"],
        form=Form.VOICE,
        text=text,
    )
    await tx.arrive(
        [
            Arrival(
                kind=message.kind,
                key=f"wecom:voice:{message.message_id}",
                lane=f"member:wecom:{account.lower()}",
                payload=message.model_dump(mode="json"),
            )
        ]
    )
