"""Talk tracks: brought upon an objection, asked for by topic, followed to their effect."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from config.rules import load_rules
from crm_store.models import DocumentOffer, TimelineEntry
from crm_store.queries import offers
from crm_store.queries.offers import Uses
from handlers.prompts.ranking import ranked, worth
from notifiers.card import Card
from tests.world import Opens, Shown, World, in_plain

SOON = timedelta(minutes=2)


async def _zhao(office: World, words: str = "我想了解CT设备") -> str:
    await office.client_writes("wmZhao", words, nickname="赵主任")
    owner = (await office.lead()).owner_id
    assert owner is not None
    return owner


async def _says(office: World, words: str) -> None:
    await office.client_writes("wmZhao", words)
    await office.passes(SOON)


def _prompts(office: World, member: str) -> list[Shown]:
    return [
        shown
        for shown in office.screen(member)
        if isinstance(shown.message, Card) and any(row.name == "话术" for row in shown.message.rows)
    ]


async def _offers(office: World) -> list[DocumentOffer]:
    async with office.store.view() as view:
        rows = await view.session.exec(select(DocumentOffer).order_by(col(DocumentOffer.id)))
        return list(rows.all())


async def _kinds(office: World, *kinds: str) -> list[str]:
    async with office.store.view() as view:
        rows = await view.session.exec(
            select(TimelineEntry)
            .where(col(TimelineEntry.kind).in_(kinds))
            .order_by(col(TimelineEntry.id))
        )
        return [row.kind for row in rows.all()]


# -- upon an objection ------------------------------------------------------------------------


async def test_an_objection_brings_the_talk_track_with_the_words_in_one_message(
    office: World,
) -> None:
    owner = await _zhao(office)
    before = len(office.screen(owner))

    await _says(office, "我们预算有限")

    (shown,) = office.screen(owner)[before:]
    assert isinstance(shown.now, Card)
    assert shown.now.title == "赵主任提到预算"
    assert "我们预算有限" in shown.now.quote
    assert [row.value for row in shown.now.rows] == ["医疗设备预算不足应对话术"]
    assert shown.now.text.startswith("主任，预算的事我们一起想办法")


async def test_an_objection_in_the_first_message_follows_the_lead_s_card(office: World) -> None:
    owner = await _zhao(office, "CT设备你们价格太贵了，有便宜的吗")
    await office.passes(SOON)

    (prompt,) = _prompts(office, owner)
    assert isinstance(prompt.now, Card)
    assert prompt.now.title == "赵主任提到价格"
    await _says(office, "价格太贵了")
    assert len(_prompts(office, owner)) == 1


async def test_the_client_is_never_sent_a_talk_track(office: World) -> None:
    await _zhao(office)

    await _says(office, "我们预算有限，价格太贵了")

    said = [call for call in office.wecom.calls if call[0] == "kf/send_msg"]
    assert not [call for call in said if "预算的事" in str(call)]


async def test_the_same_objection_is_not_answered_twice_within_a_week(office: World) -> None:
    owner = await _zhao(office)
    await _says(office, "我们预算有限")
    await _says(office, "还是预算有限")

    assert len(_prompts(office, owner)) == 1
    assert "还是预算有限" in office.texts(owner)[-1]  # his words are told all the same
    await office.passes(timedelta(days=8))
    lead = await office.lead()
    await _says(office, "预算有限啊")
    assert len(_prompts(office, str(lead.owner_id))) == (2 if lead.owner_id == owner else 1)


async def test_who_muted_the_client_hears_the_words_and_no_talk_track(office: World) -> None:
    owner = await _zhao(office)
    await office.hears(owner, "静音 赵主任")

    await _says(office, "我们预算有限")

    assert _prompts(office, owner) == []
    assert "我们预算有限" in office.texts(owner)[-1]
    assert await _offers(office) == []


async def test_words_that_no_card_can_hold_come_whole_beside_the_talk_track(office: World) -> None:
    owner = await _zhao(office)
    before = len(office.screen(owner))

    await _says(office, "我们预算有限。" + "院里还要再讨论这件事情。" * 15)

    words, prompt = office.screen(owner)[before:]
    assert "院里还要再讨论" in in_plain(words.message)
    assert isinstance(prompt.now, Card)
    assert prompt.now.quote == ""


async def test_who_reads_the_words_in_the_conversation_gets_the_talk_track_alone(
    office: World,
) -> None:
    owner = await _zhao(office)
    await office.servicer_writes(owner, "wmZhao", "您好，我是负责您的顾问")
    before = len(office.screen(owner))

    await _says(office, "价格太贵了")

    (shown,) = office.screen(owner)[before:]
    assert isinstance(shown.now, Card)
    assert shown.now.quote == ""
    assert [row.value for row in shown.now.rows] == ["价格异议应对话术"]


async def test_it_is_there_before_who_reads_the_words_can_answer_them(office: World) -> None:
    owner = await _zhao(office)
    await office.servicer_writes(owner, "wmZhao", "您好，我是负责您的顾问")
    await office.client_writes("wmZhao", "价格太贵了")
    await office.settle()

    brought = len(_prompts(office, owner))
    await office.servicer_writes(owner, "wmZhao", "您看和哪家比呢")
    await office.passes(SOON)

    assert brought == 1
    assert len(_prompts(office, owner)) == 1


def test_a_line_s_own_talk_track_comes_before_a_general_one() -> None:
    rules = load_rules()
    tracks = [track for track in rules.talktracks.entries if "price" in track.against]

    school = ranked(tracks, {}, line="教育培训")

    assert school[0].name == "jia-ge-yi-yi-pei-xun"
    assert [track.name for track in tracks if track.fits("企业软件", "")] == ["jia-ge-yi-yi"]


# -- what was used, and what came of it -------------------------------------------------------


async def test_a_tap_says_that_it_was_used_and_counts_once(office: World) -> None:
    owner = await _zhao(office)
    await _says(office, "我们预算有限")
    (prompt,) = _prompts(office, owner)

    await office.presses(owner, "用了这条", card=prompt)
    assert "已记下：用了这条" in in_plain(prompt.now)
    assert "预算的事" in in_plain(prompt.now)
    await office.presses(owner, "发全文给我", card=prompt)
    assert "报批材料由我们准备" in office.texts(owner)[-1]
    prompt.drawings.clear()  # his phone still shows the old buttons
    await office.presses(owner, "用了这条", card=prompt)

    assert await _kinds(office, "document_used") == ["document_used"]
    (offer,) = await _offers(office)
    assert offer.used_at is not None


async def test_another_s_talk_track_is_not_found(office: World) -> None:
    owner = await _zhao(office)
    await _says(office, "我们预算有限")
    (prompt,) = _prompts(office, owner)
    other = "wanglei" if owner == "lina" else "lina"

    for label in ("用了这条", "发全文给我"):
        await office.presses(other, label, card=prompt)

    assert office.texts(other)[-1] == "没有找到这条话术，请回复“话术”看看有哪些"
    assert (await _offers(office))[0].used_at is None


async def test_the_whole_text_comes_as_words_to_copy(office: World) -> None:
    owner = await _zhao(office)
    await _says(office, "我们预算有限")

    await office.presses(owner, "发全文给我")

    assert office.texts(owner)[-1].startswith("《医疗设备预算不足应对话术》\n\n主任，")
    assert "报批材料由我们准备" in office.texts(owner)[-1]


@pytest.mark.parametrize("days", [2, 9])
async def test_progress_counts_within_the_days_and_once(office: World, days: int) -> None:
    owner = await _zhao(office)
    await _says(office, "我们预算有限")
    await office.presses(owner, "用了这条")
    await office.passes(timedelta(days=days))
    owner = str((await office.lead()).owner_id)

    await office.hears(owner, "跟进 L1 已约好周五看方案")
    await office.hears("gao", "赢单 L1")

    (offer,) = await _offers(office)
    assert (offer.progressed_at is not None) == (days <= 7)
    async with office.store.view() as view:
        uses = await offers.uses(view, [offer.document])
    assert uses[offer.document] == Uses(1, 1, 1 if days <= 7 else 0)


async def test_a_follow_up_that_was_taken_back_is_no_progress(office: World) -> None:
    owner = await _zhao(office)
    await _says(office, "我们预算有限")
    await office.presses(owner, "用了这条")
    await office.passes(timedelta(minutes=5))

    await office.hears(owner, "刚和赵主任通了电话，他们月底前要定")
    (noted,) = await _offers(office)
    await office.presses(owner, "撤销")

    assert noted.progressed_at is not None
    assert [one.progressed_at for one in await _offers(office)] == [None]
    await office.hears(owner, "跟进 L1 已约好周五看方案")
    assert [one.progressed_at is not None for one in await _offers(office)] == [True]


async def test_progress_after_the_one_that_was_taken_back_counts(office: World) -> None:
    owner = await _zhao(office)
    await _says(office, "我们预算有限")
    await office.presses(owner, "用了这条")
    await office.passes(timedelta(minutes=5))

    await office.hears(owner, "刚和赵主任通了电话，他们月底前要定")
    await office.passes(timedelta(minutes=5))
    await office.hears(owner, "跟进 L1 已约好周五看方案")
    (first,) = await _offers(office)
    await office.presses(owner, "撤销")

    (offer,) = await _offers(office)
    assert first.progressed_at is not None
    assert offer.progressed_at == first.progressed_at + timedelta(minutes=5)


def test_what_helped_comes_first_and_a_single_failure_sinks_nothing() -> None:
    tracks = [track for track in load_rules().talktracks.entries if "timing" in track.against]
    first, second = ranked(tracks, {})

    assert ranked(tracks, {second.name: Uses(10, 8, 6)})[0] is second
    assert ranked(tracks, {first.name: Uses(12, 0, 0)})[0] is second
    assert worth(Uses()) == 0.25
    assert worth(Uses(1)) > 0.15
    assert worth(Uses(1, 1, 1)) < worth(Uses(20, 18, 12))


# -- asked for --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["话术 售后", "话术 保修", "快捷回复 售后", "有没有售后的话术", "话术 售后政策"]
)
async def test_a_quick_reply_is_found_by_topic(office: World, words: str) -> None:
    answer = await office.hears("lina", words)

    assert answer.startswith("《售后政策答复》\n\n售后这样安排")
    assert "用上了请回复：用了 售后政策答复" in answer


@pytest.mark.parametrize("words", ["客户嫌贵怎么回", "话术 嫌贵", "他说你们太贵了我怎么回"])
async def test_what_a_client_says_finds_what_helps_against_it(office: World, words: str) -> None:
    assert (await office.hears("lina", words)).startswith("《价格异议应对话术》\n\n理解")


async def test_a_client_s_question_asks_for_words_and_for_no_client(office: World) -> None:
    await _zhao(office)

    answer = await office.hears("lina", "赵主任问售后怎么保修，我怎么说")

    assert answer.startswith("《售后政策答复》")


async def test_a_misspelt_topic_still_finds_it(office: World) -> None:
    assert "《高净值客户沟通话术》" in await office.hears("lina", "话术 高净植客户沟通")


async def test_the_library_is_listed_and_an_unknown_topic_said_so(office: World) -> None:
    listed = await office.hears("lina", "话术")

    assert "· 高净值客户沟通话术（高净值" in listed
    assert "没有找到“星座运势”的话术" in await office.hears("lina", "话术 星座运势")


async def test_what_was_asked_for_may_be_said_to_be_used(office: World) -> None:
    await office.hears("lina", "话术 售后")

    assert await office.hears("lina", "用了 售后政策答复") == "已记下：用了《售后政策答复》"
    assert await office.hears("lina", "用了 售后政策答复") == "《售后政策答复》已经记过了"


async def test_prompts_can_be_kept_to_some_objections(opens: Opens) -> None:
    async with opens(rules={"prompts": {"objections": ["价格"]}}) as office:
        owner = await _zhao(office)

        await _says(office, "我们预算有限")
        assert _prompts(office, owner) == []
        await _says(office, "价格太贵了")

        assert len(_prompts(office, owner)) == 1
