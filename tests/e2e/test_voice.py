"""Voice messages from the callback to the card: the sandbox gives the recordings out, a small
speech service writes them down."""

from bot.sandbox.cast import demo_cast
from config.settings import Speech
from tests.e2e.conftest import Opens
from tests.e2e.test_dingtalk import cards
from tests.eventually import eventually
from tests.fakes.fake_speech import KEY, MODEL, running_speech
from tests.fakes.misbehaviour import Mood
from tests.recordings import amr, silk


async def test_what_is_said_by_voice_is_read_like_words(opens: Opens) -> None:
    async with running_speech() as fake:
        fake.says = "我们医院想买一台CT设备，预算三百万左右"
        speech = Speech.model_validate({"base_url": fake.base, "model": MODEL, "api_key": KEY})
        async with opens(cast=demo_cast(), speech=speech) as on:
            on.sandbox.faults.will_answer("media/get", -1)
            fake.will(Mood.RESET)
            await on.sandbox.client_speaks("zhao", silk(3))
            await eventually(lambda: len(cards(on, "lina", "CT设备")) == 1)
            (item,) = cards(on, "lina", "CT设备")
            assert item.card is not None
            assert item.card.quote is not None
            assert "🎤「我们医院想买一台CT设备" in item.card.quote.text

            fake.says = "我的线索"
            await on.sandbox.member_speaks("lina", amr())
            await eventually(lambda: "CT设备" in on.sandbox.screen("lina")[-1].text)
            assert on.sandbox.screen("lina")[-2].text == "🎤「我的线索」"
            assert on.sandbox.ledger.violations == []
            assert [round(heard["seconds"]) for heard in fake.heard] == [3, 1]
