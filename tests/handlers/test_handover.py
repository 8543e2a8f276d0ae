from datetime import timedelta

from crm_store.models import ServiceState
from crm_store.queries import conversations
from handlers.events import ConversationChange, ConversationEvent
from notifiers.errors import Undeliverable
from tests.world import STORY, World

LANE = "kf:wkShop:wmZhao"


def _said_to_client(office: World) -> list[str]:
    return [
        arguments["text"]["content"]
        for api, arguments in office.wecom.calls
        if api in ("kf/send_msg", "kf/send_msg_on_event")
    ]


async def _event(office: World, change: ConversationChange, **detail: object) -> None:
    event = ConversationEvent(
        account="wkShop",
        client_ref="wmZhao",
        message_id=f"e{len(detail)}{change}",
        sent_at=office.clock.now(),
        change=change,
        detail=dict(detail),
    )
    await office.happens(event, lane=LANE)


async def test_a_new_client_is_answered_at_once(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    assert _said_to_client(office) == ["已收到您的消息，正在为您安排专属顾问，请稍候。"]


async def test_further_words_are_not_answered_again(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.client_writes("wmZhao", "在吗")

    assert len(_said_to_client(office)) == 1


async def test_old_words_get_no_automatic_answer(office: World) -> None:
    """After an outage the history is pulled; nobody is greeted for yesterday's words."""
    yesterday = office.clock.now() - timedelta(minutes=11)

    await office.client_writes("wmZhao", STORY, nickname="赵主任", at=yesterday)

    assert _said_to_client(office) == []
    assert office.cards("lina")


async def test_where_a_human_answers_the_assistant_is_silent(office: World) -> None:
    office.wecom.service_state["wmZhao"] = (ServiceState.HUMAN, "Somebody")

    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    assert _said_to_client(office) == []


async def test_who_opens_the_window_is_greeted_within_the_codes_life(office: World) -> None:
    await _event(office, ConversationChange.ENTERED, welcome_code="WC1")

    ((api, arguments),) = office.wecom.calls
    assert api == "kf/send_msg_on_event"
    assert arguments["code"] == "WC1"


async def test_an_ended_conversation_is_handed_over_when_the_client_writes_again(
    office: World,
) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    office.wecom.service_state["wmZhao"] = (ServiceState.ENDED, "")
    await office.presses("lina", "已联系")
    assert office.wecom.service_state["wmZhao"] == (ServiceState.ENDED, "")

    office.wecom.service_state["wmZhao"] = (ServiceState.UNHANDLED, "")
    await office.client_writes("wmZhao", "还在吗")

    assert office.wecom.service_state["wmZhao"] == (ServiceState.HUMAN, "LiNa")


async def test_a_rep_who_does_not_take_sessions_is_told_what_to_do(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    office.wecom.refused["kf/service_state/trans"] = Undeliverable("not taking", code="95014")

    await office.presses("lina", "已联系")

    assert any("开始接待" in text for text in office.texts("lina"))
    async with office.store.view() as view:
        conversation = await conversations.find(view, "wecom", "wkShop", "wmZhao")
    assert conversation is not None
    assert conversation.handover_to is None


async def test_a_session_that_ended_begins_anew(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")

    await _event(office, ConversationChange.STATE_CHANGED, change_type=3)

    async with office.store.view() as view:
        conversation = await conversations.find(view, "wecom", "wkShop", "wmZhao")
    assert conversation is not None
    assert conversation.service_state == ServiceState.ENDED


async def test_words_of_a_servicer_who_does_not_own_the_lead_are_no_follow_up(
    office: World,
) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    await office.servicer_writes("wanglei", "wmZhao", "我先帮您看看")

    lead = await office.lead()
    assert lead.first_touched_at is None
    assert not lead.is_unanswered


async def test_a_client_who_comes_back_after_his_session_is_heard_by_the_owner(
    office: World,
) -> None:
    """A session ends by itself after 48 hours, and the platform says nothing of it."""
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.passes(timedelta(hours=50))
    office.wecom.service_state["wmZhao"] = (ServiceState.UNHANDLED, "")

    await office.client_writes("wmZhao", "在吗？参数发我了吗")

    assert office.wecom.service_state["wmZhao"] == (ServiceState.HUMAN, "LiNa")


async def test_where_the_handover_fails_the_owner_is_told_the_words(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.passes(timedelta(hours=50))
    office.wecom.service_state["wmZhao"] = (ServiceState.UNHANDLED, "")
    office.wecom.refused["kf/service_state/trans"] = Undeliverable("not taking", code="95014")

    await office.client_writes("wmZhao", "在吗？参数发我了吗")
    await office.passes(timedelta(minutes=2))

    assert any("参数发我了吗" in text for text in office.texts("lina"))
