"""A client's voice message: told at once, kept, and read like words once it is written down."""

import asyncio
import csv
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from config.rules import load_rules
from crm_store import outbox as orders
from crm_store.erasure import erase
from crm_store.export import export
from crm_store.keeping import let_go
from crm_store.lanes import lanes_of
from crm_store.models import ChatMessage, Recording, RecordingState
from crm_store.outbox import outbox
from crm_store.queries import fields, recordings
from crm_store.queries.recordings import content_of
from crm_store.store import Transaction
from handlers.events import CallAnswered, Form, MemberMessage, Platform, RecordingWaits, SlotDue
from notifiers.card import Card
from notifiers.errors import DeliveryError, Misconfigured, Retryable, Undeliverable
from notifiers.outcomes import Arrived, write_down
from notifiers.speech.hearing import Pcm
from notifiers.speech.messenger import SpeechMessenger
from tests.recordings import amr, silk
from tests.world import STORY, Opens, World, company, in_plain

SERVICE = {"speech": {"base_url": "https://speech.example.com/v1", "model": "ears"}}
VOICE = amr(2)
MINUTE = timedelta(minutes=1)


@dataclass
class Ears:
    """`SpeechToText` that hears what it is told to."""

    says: deque[str | DeliveryError] = field(default_factory=deque)
    heard: int = 0

    async def transcribe(self, recording: Pcm) -> str:
        self.heard += 1
        word = self.says.popleft() if self.says else Retryable("the connection failed")
        if isinstance(word, DeliveryError):
            raise word
        return word

    def will_hear(self, *words: str | DeliveryError) -> None:
        self.says.extend(words)


@dataclass
class Office:
    """A company that listens."""

    world: World
    ears: Ears

    async def recordings(self) -> list[str]:
        async with self.world.store.view() as view:
            rows = [await view.find(Recording, number) for number in range(1, 5)]
        return [row.state for row in rows if row is not None]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with company(tmp_path, more=SERVICE) as world, _listening(world) as listening:
        yield listening


@pytest.fixture
async def either_office(opens: Opens) -> AsyncIterator[Office]:
    """On both databases."""
    async with opens(more=SERVICE) as world, _listening(world) as listening:
        yield listening


@asynccontextmanager
async def _listening(world: World) -> AsyncIterator[Office]:
    ears = Ears()
    world.messengers["speech"] = SpeechMessenger(world.store, ears, world.wecom.media)
    yield Office(world, ears)


async def _known(world: World) -> dict[str, fields.KnownField]:
    async with world.store.view() as view:
        return {field.name: field for field in await fields.known(view, await world.lead())}


async def test_a_first_voice_message_becomes_one_card_with_its_facts(either_office: Office) -> None:
    office = either_office
    office.ears.will_hear(STORY)

    await office.world.client_speaks("wmZhao", VOICE, nickname="赵主任")

    (card,) = office.world.cards("lina")
    assert card.title == "赵主任 · CT设备"
    assert card.quote == f"🎤「{STORY}」"
    assert "300万" in in_plain(card)
    known = await _known(office.world)
    assert known["budget"].message_id == 1
    assert await office.recordings() == [RecordingState.HEARD]
    replayed = CallAnswered(
        api="transcribe",
        purpose="voice_transcribed",
        context={"message_id": 1},
        answer={"text": "预算大概200万", "seconds": 2},
    )
    await office.world.happens(replayed, lane="voice:C1")
    await office.world.passes(10 * MINUTE)
    assert (office.world.notices("lina"), office.ears.heard) == ([], 1)
    assert (await _known(office.world))["budget"].message_id == 1
    assert "语音转写" in await office.world.hears("lina", "为什么 赵主任 预算")


async def test_what_is_tagged_aloud_is_filed_as_what_is_typed(office: Office) -> None:
    office.ears.will_hear("#客户需求# CT机房只有30平，电话13867452398")

    await office.world.client_speaks("wmZhao", VOICE, nickname="赵主任")

    filed = await office.world.hears("lina", "需求记录 赵主任")
    assert "CT机房只有30平，电话138****2398" in filed


async def test_the_card_does_not_wait_for_long(either_office: Office) -> None:
    office = either_office
    office.ears.will_hear(*[Retryable("the connection failed")] * 4, "预算大概200万")

    await office.world.client_speaks("wmZhao", silk(12), nickname="赵主任")
    assert office.world.cards("lina") == []
    await office.world.passes(timedelta(seconds=9))
    (card,) = office.world.cards("lina")
    await office.world.passes(5 * MINUTE)

    assert card.quote == "［语音 12 秒］请到会话里收听"
    (notice,) = office.world.notices("lina")
    assert "🎤「预算大概200万」" in notice
    assert "预算" in notice.splitlines()[-1]


async def test_what_was_typed_since_is_newer_than_what_was_said(office: Office) -> None:
    office.ears.will_hear(*[Retryable("away")] * 5, "预算大概200万")
    await office.world.client_writes("wmZhao", "想了解CT设备", nickname="赵主任")
    said_at = office.world.clock.now()
    office.world.clock.forward(timedelta(seconds=5))
    await office.world.client_speaks("wmZhao", VOICE, at=said_at)
    await office.world.client_writes("wmZhao", "更正一下，预算300万")

    await office.world.passes(10 * MINUTE)

    known = await _known(office.world)
    assert "300万" in known["budget"].words
    told = "\n".join(office.world.notices("lina"))
    assert told.count("［语音 2 秒］") + told.count("🎤「预算大概200万」") in (1, 2)
    assert told.count("🎤「预算大概200万」") == 1


async def test_noise_is_no_words_and_nobody_is_told_twice(office: Office) -> None:
    office.ears.will_hear("<|nospeech|> 。")

    await office.world.client_speaks("wmZhao", VOICE, nickname="赵主任")
    await office.world.passes(10 * MINUTE)

    (card,) = office.world.cards("lina")
    assert card.quote == "［语音 2 秒］请到会话里收听"
    assert office.world.notices("lina") == []
    assert await office.recordings() == [RecordingState.SILENT]


@pytest.mark.parametrize("recording", [b"no recording at all", None], ids=["noise", "gone"])
async def test_what_cannot_be_heard_is_said_once(office: Office, recording: bytes | None) -> None:
    await office.world.client_speaks("wmZhao", recording, nickname="赵主任")
    await office.world.passes(timedelta(hours=3))

    assert len(office.world.cards("lina")) == 1
    (said,) = office.world.notices("lina")
    assert said.startswith("赵主任的语音没")
    assert said.endswith("请到会话里收听")
    assert (office.ears.heard, await office.recordings()) == (0, [RecordingState.FAILED])


async def test_a_refusal_is_final_and_the_recording_stays(office: Office) -> None:
    office.ears.will_hear(Undeliverable("the content is refused", code="http 422"))

    await office.world.client_speaks("wmZhao", VOICE, nickname="赵主任")
    await office.world.passes(timedelta(hours=3))

    assert office.ears.heard == 1
    assert office.world.notices("lina") == ["赵主任的语音没能转成文字，请到会话里收听"]
    async with office.world.store.view() as view:
        assert await content_of(view, 1) == VOICE


async def test_a_service_that_is_away_for_hours_is_asked_again(office: Office) -> None:
    wrong = Misconfigured("wrong", app="speech", advice="核对设置 speech.api_key", code="401")
    office.ears.will_hear(*[wrong] * 100)
    await office.world.client_speaks("wmZhao", VOICE, nickname="赵主任")
    await office.world.passes(timedelta(seconds=9))
    await office.world.presses("lina", "已联系")
    assert any("speech.api_key" in text for text in office.world.texts("root"))
    office.world.clock.forward(timedelta(minutes=90))
    await office.world.settle()
    office.ears.says = deque(["预算大概200万"])

    await _quarter(office.world)

    assert (await _known(office.world))["budget"].message_id == 1
    assert await office.recordings() == [RecordingState.HEARD]


async def _quarter(world: World) -> None:
    """The schedule's slot comes."""
    slot = SlotDue(job="voice.look_again", slot=world.clock.now())
    await world.happens(slot, lane="cron:voice.look_again")


async def test_without_a_service_it_is_kept_until_there_is_one(tmp_path: Path) -> None:
    async with company(tmp_path) as world:
        await world.client_speaks("wmZhao", VOICE, nickname="赵主任")
        await world.client_speaks("wmZhao", silk(3))
        await world.passes(2 * MINUTE)

        (card,) = world.cards("lina")
        assert card.quote.startswith("［语音")
        (notice,) = world.notices("lina")
        assert notice.splitlines()[1:] == ["［语音 3 秒］请到会话里收听"]
        await _quarter(world)
        async with world.store.view() as view:
            assert await content_of(view, 1) == VOICE
            assert (await view.get(Recording, 1)).state == RecordingState.KEPT


async def test_it_is_exported_erased_and_let_go_with_its_client(
    either_office: Office, tmp_path: Path
) -> None:
    office = either_office
    office.ears.will_hear("预算大概200万")
    world = office.world
    await world.client_speaks("wmZhao", VOICE, nickname="赵主任")
    database, vault = world.store.database, world.store.vault
    folder = tmp_path / "out"

    await export(database, vault, folder, now=world.clock.now(), client_id=1)
    with (folder / "recordings.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    async with world.store.transaction() as tx:
        await erase(tx, 1)
    async with world.store.view() as view:
        assert await view.find(Recording, 1) is None
        assert (await view.get(ChatMessage, 1)).attachment == {}
    # #!AMR
    assert row["content"].startswith("IyFBTVI")


async def test_an_erasure_while_a_recording_comes_waits_and_takes_it_too(
    either_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, store = either_office, either_office.world.store
    office.ears.will_hear("预算大概200万")
    await office.world.client_speaks("wmZhao", VOICE, nickname="赵主任")
    async with store.transaction() as tx:
        await tx.call(
            "media/get",
            {},
            lane="x",
            account="",
            client_id=1,
            answer_to="voice_fetched",
            recording_of=1,
        )
        heads = await orders.heads(tx.session, now=tx.now, vault=tx.vault)
        rows = await orders.lease(tx.session, heads, now=tx.now)
    here, go_on, keep = asyncio.Event(), asyncio.Event(), recordings.keep

    async def slowly(tx: Transaction, message_id: int, content: bytes) -> None:
        here.set()
        await go_on.wait()
        await keep(tx, message_id, content)

    async def comes() -> None:
        async with store.transaction() as tx:
            await write_down(tx, [Arrived(rows[0], {"content": VOICE})])

    async def goes() -> None:
        async with store.transaction() as tx:
            await erase(tx, 1)

    monkeypatch.setattr(recordings, "keep", slowly)
    async with asyncio.TaskGroup() as both:
        both.create_task(comes())
        await here.wait()
        both.create_task(goes())
        await asyncio.sleep(0.1)
        go_on.set()

    assert await office.recordings() == []


async def test_what_is_let_go_before_it_is_asked_about_fails_nothing(office: Office) -> None:
    await office.world.client_speaks("wmZhao", VOICE, nickname="赵主任")

    await office.world.happens(RecordingWaits(message_id=99, client_id=1), lane="voice:C1")

    assert office.world.worker.failed == 0


async def test_it_is_let_go_with_its_message(office: Office) -> None:
    office.ears.will_hear("预算大概200万")
    await office.world.client_speaks("wmZhao", VOICE, nickname="赵主任")
    office.world.clock.forward(timedelta(days=40))
    keeping = load_rules().keeping.model_copy(update={"archive_days": 30})

    async with office.world.store.transaction() as tx:
        await let_go(tx.session, keeping, now=tx.now)

    assert await office.recordings() == []


# -- colleagues -------------------------------------------------------------------------------


async def _says(world: World, platform: Platform, account: str, **more: str) -> None:
    message = MemberMessage(
        platform=platform,
        account=account,
        message_id="v1",
        sent_at=world.clock.now(),
        form=Form.VOICE,
        **more,
    )
    await world.happens(message, lane=f"member:{platform}:{account.lower()}")


async def test_a_colleagues_voice_is_a_command(office: Office) -> None:
    office.ears.will_hear("我的线索。")
    office.world.wecom.files["M"] = amr()

    await _says(office.world, Platform.WECOM, "LiNa", media_id="M")

    said = office.world.notices("lina")
    assert said == ["🎤 收到，正在转成文字", "🎤「我的线索。」", "您名下现在没有未结的线索"]


async def test_a_colleague_may_be_called_as_clients_are_numbered(tmp_path: Path) -> None:
    team = [{"id": "C1", "name": "陈一", "roles": ["rep"], "wecom": "C1"}]
    async with company(tmp_path, more=SERVICE, team=team) as world, _listening(world):
        await _says(world, Platform.WECOM, "C1", media_id="M")
        async with world.store.transaction() as tx:
            lanes = (await tx.session.execute(select(outbox.c.lane))).scalars().all()

    assert not set(lanes) & set(lanes_of(1))


async def test_a_colleagues_voice_that_says_nothing_or_cannot_be_heard(office: Office) -> None:
    office.ears.will_hear("")
    office.world.wecom.files["M"] = amr()
    await _says(office.world, Platform.WECOM, "LiNa", media_id="M")
    await _says(office.world, Platform.WECOM, "WangLei", media_id="gone")
    await _says(office.world, Platform.DINGTALK, "chenjl01", media_id="code")

    assert office.world.notices("lina")[1:] == ["这条语音没有听出话来，请再说一遍，或者打字告诉我"]
    assert office.world.notices("wanglei")[1:] == ["这条语音没能转成文字，请打字告诉我"]
    assert office.world.texts("chen") == ["这条语音没有听出话来，请再说一遍，或者打字告诉我"]


async def test_dingtalks_own_transcript_is_taken_as_it_comes(tmp_path: Path) -> None:
    async with company(tmp_path) as world:
        await _says(world, Platform.DINGTALK, "chenjl01", text="我的线索。", media_id="code")
        await _says(world, Platform.WECOM, "LiNa", media_id="M")

        assert world.texts("chen") == ["您名下现在没有未结的线索"]
        assert world.notices("lina") == ["语音还转不成文字（没有接语音服务），请打字告诉我"]
        assert not any(isinstance(shown.now, Card) for shown in world.screen("lina"))
