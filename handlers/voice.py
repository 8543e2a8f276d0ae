"""语音: what a client says by voice is kept, and written down where something can.

    MessageIn          the recording is fetched; the owner hears by the usual way that it waits
    voice_fetched      it is kept under the client's key, and given to be written down
    voice_transcribed  its words are the message's, and are taken in as if he had typed them

Where nothing can write it down it is kept as it is, and looked at again every quarter of an hour.
"""

from datetime import timedelta

from config.rules import Rules
from config.settings import Settings
from crm_store import timers
from crm_store.arrival import Arrival
from crm_store.facts import MessageIn, VoiceHeard
from crm_store.lanes import voice_lane
from crm_store.models import ChatMessage, Client, Conversation, Lead, Recording, RecordingState
from crm_store.queries import leads, members, recordings
from crm_store.store import Transaction
from handlers import clients
from handlers.allocation.assignment import send_card
from handlers.events import CallAnswered, Form, RecordingWaits, TimerDue
from handlers.hours import at_any_hour
from handlers.links import Links
from handlers.opening import KF_SOURCE, lead_for
from handlers.reading import Reader, Reading
from handlers.router import Router
from handlers.taking_in import take_in_message
from handlers.waiting_voice import CARD_WAITS
from notifiers.card import Text
from notifiers.speech.recording import seconds_of

router = Router("voice")

_MEDIA_LIVES = timedelta(days=3)
"""WeCom keeps a file for so long (developer.work.weixin.qq.com/document/path/90254)."""
_A_ROUND = timedelta(hours=1)
"""So long a service that is away is asked before the quarter's look begins anew."""
_MOST_ROUNDS = 24
_AT_ONCE = 50
_CARD_WITHIN = timedelta(seconds=8)
"""How long a first card may wait for the words."""


# -- fetching --------------------------------------------------------------------------------


@router.on(MessageIn)
async def fetch(fact: MessageIn, tx: Transaction, settings: Settings) -> None:
    message = await tx.get(ChatMessage, fact.message_id)
    media_id = message.attachment.get("media_id")
    if message.form != Form.VOICE or not media_id or message.conversation_id is None:
        return
    if await tx.find(Recording, message.id) is not None:
        return
    lead = await tx.get(Lead, fact.lead_id)
    tx.add(
        Recording(
            message_id=message.id, client_id=message.client_id, lead_id=lead.id, added_at=tx.now
        )
    )
    conversation = await tx.get(Conversation, message.conversation_id)
    await tx.call(
        "media/get",
        {"media_id": media_id},
        lane=voice_lane(message.client_id),
        account=conversation.account,
        client_id=message.client_id,
        answer_to="voice_fetched",
        recording_of=message.id,
        context={"message_id": message.id},
        expires_in=_MEDIA_LIVES,
    )
    if settings.speech is not None and not lead.carded:
        await tx.set_timer(CARD_WAITS, lead.ref, tx.now + _CARD_WITHIN)


@router.answer("voice_fetched")
async def fetched(
    answer: CallAnswered, tx: Transaction, settings: Settings, rules: Rules, links: Links
) -> None:
    recording = await _in_hand(tx, answer, RecordingState.WANTED)
    if recording is None:
        return
    content = await recordings.content_of(tx, recording.message_id)
    if content is None:
        await _give_up(tx, recording, settings, rules, links, "没有取到")
        return
    await _note_length(tx, recording, seconds_of(content))
    recording.state = RecordingState.KEPT
    tx.add(recording)
    if settings.speech is not None:
        await _ask(tx, recording)


async def _ask(tx: Transaction, recording: Recording) -> None:
    recording.state = RecordingState.ASKED
    recording.tries += 1
    tx.add(recording)
    await tx.call(
        "transcribe",
        {"message_id": recording.message_id},
        platform="speech",
        app="speech",
        lane=voice_lane(recording.client_id),
        account="",
        client_id=recording.client_id,
        answer_to="voice_transcribed",
        context={"message_id": recording.message_id},
        expires_in=_A_ROUND,
    )


@router.schedule("*/15 * * * *")
async def look_again(tx: Transaction, settings: Settings) -> None:
    """Recordings from before there was a service, and from while it was away."""
    if settings.speech is None:
        return
    waiting = [
        RecordingWaits(message_id=recording.message_id, client_id=recording.client_id)
        for recording in await recordings.unheard(tx, last=_AT_ONCE)
    ]
    await tx.arrive(
        [
            Arrival(
                kind=event.kind,
                key=f"voice:again:{event.message_id}:{tx.now.isoformat()}",
                lane=voice_lane(event.client_id),
                payload=event.model_dump(mode="json"),
            )
            for event in waiting
        ]
    )


@router.on(RecordingWaits)
async def ask_again(event: RecordingWaits, tx: Transaction, settings: Settings) -> None:
    """Each client is held in a transaction of his own, and one who is gone stops nobody else."""
    recording = await _held(tx, event.message_id, event.client_id)
    if recording is not None and recording.state == RecordingState.KEPT and settings.speech:
        await _ask(tx, recording)


# -- words -----------------------------------------------------------------------------------


@router.answer("voice_transcribed")
async def transcribed(
    answer: CallAnswered,
    tx: Transaction,
    reader: Reader,
    settings: Settings,
    rules: Rules,
    links: Links,
) -> None:
    recording = await _in_hand(tx, answer, RecordingState.ASKED)
    if recording is None:
        return
    if answer.answer is None:
        # Without a code nobody refused it: the service was away.
        if answer.error_code or recording.tries >= _MOST_ROUNDS:
            await _give_up(tx, recording, settings, rules, links, "没能转成文字")
        else:
            recording.state = RecordingState.KEPT
            tx.add(recording)
            await _card_goes_out(tx, recording.lead_id, settings, rules, links)
        return
    text = str(answer.answer["text"])
    await _note_length(tx, recording, answer.answer["seconds"])
    recording.state = RecordingState.HEARD if text else RecordingState.SILENT
    tx.add(recording)
    if text:
        await _take_in(tx, recording, text, reader, rules)
    else:
        await _card_goes_out(tx, recording.lead_id, settings, rules, links)


async def _take_in(
    tx: Transaction, recording: Recording, text: str, reader: Reader, rules: Rules
) -> None:
    """As of when it was said: what he typed since then is newer."""
    message = await tx.get(ChatMessage, recording.message_id)
    message.body = await tx.seal(message.client_id, text, purpose="message")
    tx.add(message)
    reading = reader.read(text, message.sent_at)
    client = await tx.get(Client, message.client_id)
    client = await clients.tie(tx, rules, client, reading.identifiers)
    recording.lead_id = (await tx.lock_lead(recording.lead_id)).id
    tx.add(recording)
    for place, lead in enumerate(await _about(tx, client, recording, reading)):
        is_noted = lead.id == recording.lead_id
        await take_in_message(
            tx, lead, message, reading, rules, is_first=place == 0, is_noted=is_noted
        )
    await tx.record(
        VoiceHeard(at=tx.now, client_id=client.id, lead_id=recording.lead_id, message_id=message.id)
    )


async def _about(
    tx: Transaction, client: Client, recording: Recording, reading: Reading
) -> list[Lead]:
    """The leads that the words are about: one for each product line, else the one they came to.

    Where all of his leads were closed meanwhile, nothing is opened by words from before.
    """
    if not await leads.open_of_client(tx, client.id):
        return []
    first = await tx.lock(Lead, recording.lead_id)
    if not reading.products and first.is_open:
        return [first]
    found = [
        (await lead_for(tx, client, product=product, source=KF_SOURCE))[0]
        for product in reading.products or (None,)
    ]
    return list({lead.id: lead for lead in found}.values())


# -- what cannot be ---------------------------------------------------------------------------


async def _give_up(
    tx: Transaction,
    recording: Recording,
    settings: Settings,
    rules: Rules,
    links: Links,
    why: str,
) -> None:
    """For good: whoever has the client hears it once. It stays kept."""
    recording.state = RecordingState.FAILED
    tx.add(recording)
    await _card_goes_out(tx, recording.lead_id, settings, rules, links)
    lead = await tx.get(Lead, recording.lead_id)
    owner = await members.acting_for(tx, lead.owner_id) if lead.owner_id else None
    if owner is None or not lead.is_open:
        return
    client = await tx.get(Client, recording.client_id)
    await tx.notify(
        owner,
        Text(text=f"{client.display}的语音{why}，请到会话里收听"),
        client_id=client.id,
        lead_id=lead.id,
        due_at=at_any_hour(owner, tx.now, settings.zone),
    )


# -- the first card ---------------------------------------------------------------------------


@router.on(VoiceHeard)
async def wait_is_over(
    fact: VoiceHeard, tx: Transaction, settings: Settings, rules: Rules, links: Links
) -> None:
    """After client_words has seen that no card told of the voice before it had words."""
    assert fact.lead_id is not None
    await _card_goes_out(tx, fact.lead_id, settings, rules, links)


@router.timer(CARD_WAITS)
async def wait_no_longer(
    due: TimerDue, tx: Transaction, settings: Settings, rules: Rules, links: Links
) -> None:
    await _card_goes_out(tx, int(due.subject[1:]), settings, rules, links, is_due=True)


async def _card_goes_out(
    tx: Transaction,
    lead_id: int,
    settings: Settings,
    rules: Rules,
    links: Links,
    *,
    is_due: bool = False,
) -> None:
    """The card that waited for the words; what he said further waits with it."""
    lead = await tx.lock_lead(lead_id)
    if not is_due and not await timers.is_set(tx.session, CARD_WAITS, lead.ref):
        return
    await tx.cancel_timer(CARD_WAITS, lead.ref)
    if not lead.carded and lead.owner_id is not None and lead.is_open:
        await send_card(tx, lead, links, settings, rules)


# -- helpers ----------------------------------------------------------------------------------


async def _in_hand(
    tx: Transaction, answer: CallAnswered, state: RecordingState
) -> Recording | None:
    """The recording that the answer is about, its client held; None where that is settled."""
    recording = await tx.find(Recording, answer.context["message_id"])
    if recording is None:
        return None
    recording = await _held(tx, recording.message_id, recording.client_id)
    return recording if recording is not None and recording.state == state else None


async def _held(tx: Transaction, message_id: int, client_id: int) -> Recording | None:
    """The recording as it is once its client is held; None where it, or he, is gone."""
    client = await tx.lock_client(client_id)
    if client.erased_at is not None:
        return None
    try:
        recording = await tx.lock(Recording, message_id)
    except LookupError:
        return None  # let go with the chats that are over their time
    tx.came_by(client.id, (await tx.get(ChatMessage, message_id)).origin_id)
    return recording


async def _note_length(tx: Transaction, recording: Recording, seconds: float | None) -> None:
    if seconds is None:
        return
    message = await tx.get(ChatMessage, recording.message_id)
    message.attachment = {**message.attachment, "seconds": str(max(1, round(seconds)))}
    tx.add(message)
