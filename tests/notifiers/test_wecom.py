"""The client of WeCom against a strict little server."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from config.clock import TurnedClock
from config.settings import WeCom, WeComApp
from notifiers.card import Button, Card, Link, Text
from notifiers.errors import (
    CardCodeGone,
    DeliveryError,
    Misconfigured,
    Puzzling,
    Retryable,
    Undeliverable,
)
from notifiers.messenger import Messenger, Receipt
from notifiers.wecom import WeComMessenger
from tests.fakes.fake_wecom import AGENT_ID, CORP_ID, SECRETS, FakeWeCom, running_wecom
from tests.fakes.misbehaviour import Mood
from tests.fakes.token_memory import TokenMemory

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CARD = Card(title="赵主任 · CT设备", buttons=(Button(text="已联系", action="contacted:L12"),))
SETTLED = CARD.model_copy(update={"status": "已联系 · 10:00"})


@dataclass
class Line:
    fake: FakeWeCom
    tokens: TokenMemory
    session: aiohttp.ClientSession
    settings: WeCom
    messenger: WeComMessenger

    def hurried(self) -> WeComMessenger:
        clock = TurnedClock(NOW)
        patience = timedelta(milliseconds=50)
        return WeComMessenger(self.session, self.settings, self.tokens, clock, patience=patience)

    async def says(self, text: str = "你好", *, to: str = "LiNa", key: str = "K1") -> Receipt:
        return await self.messenger.send(to, Text(text=text), key=key, repeat=0)


def an_app(name: str, secret: str) -> WeComApp:
    agent_id = AGENT_ID if name == "assistant" else None
    key = SecretStr("k" * 43)
    return WeComApp(
        agent_id=agent_id, secret=SecretStr(secret), token=SecretStr("tok"), aes_key=key
    )


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with running_wecom() as fake, aiohttp.ClientSession() as session:
        apps = {name: an_app(name, secret) for name, secret in SECRETS.items()}
        settings = WeCom(api_base=fake.base, corp_id=CORP_ID, apps=apps)
        tokens = TokenMemory()
        messenger = WeComMessenger(session, settings, tokens, TurnedClock(NOW))
        yield Line(fake, tokens, session, settings, messenger)


def test_it_is_a_messenger(line: Line) -> None:
    messenger: Messenger = line.messenger

    assert messenger


async def test_a_text_reaches_its_receiver(line: Line) -> None:
    receipt = await line.says("客户回复了")

    assert receipt == Receipt(wire_id="M1")
    assert line.fake.bodies("message/send")[0]["text"] == {"content": "客户回复了"}


async def test_a_card_returns_the_code_that_changes_it_within_72_hours(line: Line) -> None:
    receipt = await line.messenger.send("LiNa", CARD, key="L12-v1", repeat=0)

    assert receipt.card_code == "RC-L12-v1"
    assert receipt.code_expires_at == NOW + timedelta(hours=72)


async def test_a_card_that_was_delivered_before_is_delivered_with_its_code_unknown(
    line: Line,
) -> None:
    await line.messenger.send("LiNa", CARD, key="L12-v1", repeat=0)

    again = await line.messenger.send("LiNa", CARD, key="L12-v1", repeat=0)

    assert again == Receipt()


async def test_a_retry_is_the_same_request_to_the_byte(line: Line) -> None:
    line.fake.will_answer("message/send", -1)
    with pytest.raises(Retryable):
        await line.says()

    await line.says()

    first, again = line.fake.requests
    assert first.raw == again.raw


async def test_the_card_is_updated_once_by_its_code(line: Line) -> None:
    receipt = await line.messenger.send("LiNa", CARD, key="L12-v1", repeat=0)

    await line.messenger.update("LiNa", "L12-v1", SETTLED, code=receipt.card_code)

    update = line.fake.bodies("message/update_template_card")[0]
    assert update["template_card"]["replace_text"] == "已联系 · 10:00"
    with pytest.raises(CardCodeGone):
        await line.messenger.update("LiNa", "L12-v1", SETTLED, code=receipt.card_code)


async def test_a_card_without_a_code_cannot_be_updated(line: Line) -> None:
    with pytest.raises(CardCodeGone):
        await line.messenger.update("LiNa", "L12-v1", SETTLED, code=None)

    assert not line.fake.requests


@pytest.mark.parametrize("errcode", [42014, 42015, 40058, 42033, 40096, 99999])
async def test_an_update_refused_for_its_code_asks_for_a_new_card(line: Line, errcode: int) -> None:
    line.fake.will_answer("message/update_template_card", errcode)

    with pytest.raises(CardCodeGone):
        await line.messenger.update("LiNa", "L12-v1", SETTLED, code="RC")


@pytest.mark.parametrize(
    ("errcode", "error"), [(45009, Retryable), (60020, Misconfigured), (81013, Undeliverable)]
)
async def test_an_update_that_fails_for_another_reason_keeps_its_card(
    line: Line, errcode: int, error: type[DeliveryError]
) -> None:
    line.fake.will_answer("message/update_template_card", errcode)

    with pytest.raises(error):
        await line.messenger.update("LiNa", "L12-v1", SETTLED, code="RC")


async def test_an_update_that_misses_its_receiver_is_undeliverable(line: Line) -> None:
    line.fake.codes["RC"] = "L12-v1"

    with pytest.raises(Undeliverable):
        await line.messenger.update("Nobody", "L12-v1", SETTLED, code="RC")


async def test_an_unknown_receiver_is_undeliverable(line: Line) -> None:
    with pytest.raises(Undeliverable) as refusal:
        await line.says(to="Nobody")

    assert refusal.value.code == "81013"


@pytest.mark.parametrize("listed", ["lina", "wanglei|lina", "LINA"])
async def test_a_receiver_listed_as_invalid_was_not_reached(line: Line, listed: str) -> None:
    line.fake.will_answer("message/send", 0, invaliduser=listed)

    with pytest.raises(Undeliverable):
        await line.says(to="LiNa")


async def test_a_receiver_without_a_licence_was_not_reached(line: Line) -> None:
    line.fake.will_answer("message/send", 0, invaliduser="", unlicenseduser="lina")

    with pytest.raises(Undeliverable):
        await line.says(to="LiNa")


async def test_another_invalid_receiver_does_not_matter(line: Line) -> None:
    line.fake.will_answer("message/send", 0, invaliduser="lina2", msgid="M9")

    assert await line.says(to="LiNa") == Receipt(wire_id="M9")


@pytest.mark.parametrize("to", ["", "LiNa|WangLei", "@all"])
async def test_nothing_is_ever_said_to_more_than_one_person(line: Line, to: str) -> None:
    with pytest.raises(Undeliverable):
        await line.says(to=to)

    assert not line.fake.requests


async def test_a_key_that_wecom_would_refuse_is_a_fault_of_ours(line: Line) -> None:
    with pytest.raises(ValueError, match="key"):
        await line.messenger.send("LiNa", CARD, key="线索", repeat=0)


@pytest.mark.parametrize(
    ("errcode", "error"),
    [
        (-1, Retryable),
        (6000, Retryable),
        (45009, Retryable),
        (45033, Retryable),
        (99999, Puzzling),
        (40003, Undeliverable),
        (60111, Undeliverable),
        (81013, Undeliverable),
        (82001, Undeliverable),
        (40008, Undeliverable),
        (40033, Undeliverable),
        (40058, Undeliverable),
        (44004, Undeliverable),
        (47001, Undeliverable),
        (42033, Undeliverable),
        (40013, Misconfigured),
        (40056, Misconfigured),
        (40091, Misconfigured),
        (43012, Misconfigured),
        (48001, Misconfigured),
        (48002, Misconfigured),
        (60011, Misconfigured),
        (60020, Misconfigured),
        (50001, Misconfigured),
    ],
)
async def test_every_code_says_what_is_to_be_done(
    line: Line, errcode: int, error: type[DeliveryError]
) -> None:
    line.fake.will_answer("message/send", errcode)

    with pytest.raises(error) as failed:
        await line.says()

    assert type(failed.value) is error
    assert failed.value.code == str(errcode)


@pytest.mark.parametrize(
    ("errcode", "error"),
    [
        (95000, Undeliverable),
        (95001, Undeliverable),
        (95002, Undeliverable),
        (95004, Undeliverable),
        (95007, Undeliverable),
        (95013, Undeliverable),
        (95014, Undeliverable),
        (95016, Undeliverable),
        (95018, Undeliverable),
        (95011, Misconfigured),
        (95012, Misconfigured),
        (95017, Misconfigured),
    ],
)
async def test_every_code_of_a_conversation_says_what_is_to_be_done(
    line: Line, errcode: int, error: type[DeliveryError]
) -> None:
    line.fake.will_answer("kf/service_state/trans", errcode)

    with pytest.raises(error) as failed:
        await line.messenger.call("kf/service_state/trans", {"service_state": 3})

    assert failed.value.code == str(errcode)


async def test_too_many_calls_wait_at_least_a_minute(line: Line) -> None:
    line.fake.will_answer("message/send", 45009)

    with pytest.raises(Retryable) as failed:
        await line.says()

    assert failed.value.after == timedelta(seconds=60)


async def test_the_admin_reads_which_address_to_trust(line: Line) -> None:
    said = "not allow to access from your ip, hint: [17], from ip: 203.0.113.7, more info at https"
    line.fake.will_answer("message/send", 60020, said)

    with pytest.raises(Misconfigured) as failed:
        await line.says()

    assert failed.value.app == "wecom.assistant"
    assert "203.0.113.7" in failed.value.advice
    assert "企业可信IP" in failed.value.advice


async def test_an_address_that_is_none_is_not_repeated_to_the_admin(line: Line) -> None:
    line.fake.will_answer("message/send", 60020, "from ip: dead:beef:::: beware")

    with pytest.raises(Misconfigured) as failed:
        await line.says()

    assert "dead" not in failed.value.advice


async def test_advice_names_the_app_and_its_setting(line: Line) -> None:
    line.fake.will_answer("gettoken", 40001)

    with pytest.raises(Misconfigured) as failed:
        await line.messenger.call("kf/sync_msg", {"open_kfid": "wk1"})

    assert failed.value.app == "wecom.kf"
    assert "wecom.apps.kf.secret" in failed.value.advice


async def test_each_call_uses_the_token_of_its_own_app(line: Line) -> None:
    await line.says()
    for api in ("kf/send_msg_on_event", "kf/service_state/trans", "kf/customer/batchget"):
        await line.messenger.call(api, {"a": 1})
    await line.messenger.call("externalcontact/remark", {"userid": "LiNa"})

    apps = [request.app for request in line.fake.requests]
    assert apps == ["assistant", "kf", "kf", "kf", "contacts"]
    assert line.fake.token_count == 3
    assert set(line.tokens.kept) == {
        f"wecom:{CORP_ID}:assistant",
        f"wecom:{CORP_ID}:kf",
        f"wecom:{CORP_ID}:contacts",
    }


async def test_a_call_returns_the_platforms_answer(line: Line) -> None:
    answer = await line.messenger.call(
        "kf/service_state/get", {"open_kfid": "wk1", "external_userid": "wm1"}
    )

    assert answer["service_state"] == 0


async def test_a_call_that_nobody_knows_is_refused_here(line: Line) -> None:
    with pytest.raises(Undeliverable):
        await line.messenger.call("user/delete", {"userid": "LiNa"})

    assert not line.fake.requests


async def test_an_app_that_is_not_in_the_settings_is_a_setting_to_mend(line: Line) -> None:
    del line.settings.apps["kf"]

    with pytest.raises(Misconfigured) as failed:
        await line.messenger.call("kf/sync_msg", {"open_kfid": "wk1"})

    assert "wecom.apps.kf" in failed.value.advice


async def test_a_revoked_token_is_replaced_once(line: Line) -> None:
    await line.says("一")
    old = line.tokens.kept[f"wecom:{CORP_ID}:assistant"]
    line.fake.revoke_tokens()

    await line.says("二")

    assert line.tokens.discarded == [(f"wecom:{CORP_ID}:assistant", old)]
    assert line.fake.token_count == 2
    refused, taken = line.fake.requests[-2:]
    assert refused.raw == taken.raw


@pytest.mark.parametrize("errcode", [40001, 40014, 41001, 42001])
async def test_tokens_that_stay_refused_are_not_fetched_for_ever(line: Line, errcode: int) -> None:
    for _ in range(5):
        line.fake.will_answer("message/send", errcode)

    with pytest.raises(DeliveryError):
        await line.says()

    assert line.fake.token_count == 2
    assert len(line.fake.requests) == 2


@pytest.mark.parametrize("mood", [Mood.RESET, Mood.HTML, Mood.BROKEN])
async def test_a_server_in_a_bad_mood_is_asked_again_later(line: Line, mood: Mood) -> None:
    await line.says("一")
    line.fake.will(mood)

    with pytest.raises(Retryable):
        await line.says("二")


async def test_a_server_that_never_answers_is_not_waited_for(line: Line) -> None:
    await line.says("一")
    line.fake.will(Mood.SILENT)

    with pytest.raises(Retryable) as failed:
        await line.hurried().send("LiNa", Text(text="二"), key="K2", repeat=0)

    assert failed.value.code == "timeout"


async def test_nobody_listening_is_retried(line: Line) -> None:
    nowhere = line.settings.model_copy(update={"api_base": "http://127.0.0.1:9"})
    messenger = WeComMessenger(line.session, nowhere, line.tokens, TurnedClock(NOW))

    with pytest.raises(Retryable):
        await messenger.send("LiNa", Text(text="一"), key="K1", repeat=0)


async def test_no_token_secret_or_word_is_ever_logged(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors = []
    with capture_logs() as logs:
        await line.says("机密的话")
        for mood in (Mood.RESET, Mood.HTML, Mood.BROKEN):
            line.fake.will(mood)
            with pytest.raises(Retryable) as failed:
                await line.says("机密的话")
            errors.append(failed.value)
        line.fake.revoke_tokens()
        await line.says("机密的话")

    told = f"{logs} {caplog.text} {errors} {[(e.__cause__, e.reason) for e in errors]}"
    assert logs
    for secret in ("TOKEN", "assistant-secret", "机密"):
        assert secret not in told


async def test_a_card_that_opens_a_page_needs_no_callback(line: Line) -> None:
    card = Card(title="赵主任", buttons=(Link(text="全部历史", url="https://x.test/t/1"),))

    receipt = await line.messenger.send("LiNa", card, key="L12-v2", repeat=0)

    assert receipt.card_code is None


# -- media -----------------------------------------------------------------------------------


async def test_a_file_comes_as_it_is_by_the_token_of_the_app_that_asks(line: Line) -> None:
    line.fake.files["M"] = b"#!AMR\n{not json}"

    assert await line.messenger.call("media/get", {"media_id": "M"}) == {
        "content": b"#!AMR\n{not json}"
    }
    line.fake.revoke_tokens()
    assert await line.messenger.media("M") == b"#!AMR\n{not json}"
    apps = [request.app for request in line.fake.requests]
    assert apps == ["kf", "assistant"]
    line.fake.revoke_tokens()
    assert await line.messenger.media("M")


async def test_a_file_that_is_gone_too_large_or_empty_will_never_come(line: Line) -> None:
    line.fake.files |= {"large": b"x" * (2 * 1024 * 1024 + 1), "empty": b""}

    failures = []
    for media_id in ("gone", "large", "empty"):
        with pytest.raises(Undeliverable) as failed:
            await line.messenger.media(media_id)
        failures.append(failed.value.code)

    assert failures == ["40007", "too large", "empty"]


async def test_what_is_neither_a_file_nor_a_refusal_is_tried_again(line: Line) -> None:
    line.fake.files["M"] = b"#!AMR\n"
    line.fake.will_answer("media/get", -1)
    for mood in (None, Mood.BROKEN, Mood.HTML):
        if mood is not None:
            line.fake.will(mood)
        with pytest.raises(Retryable):
            await line.messenger.media("M")
