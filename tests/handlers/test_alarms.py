from handlers.events import (
    AlarmRaised,
    BreakerChanged,
    DeliveryFailed,
    DirectoryChange,
    Platform,
)
from notifiers.errors import Misconfigured, Undeliverable
from tests.world import STORY, TEAM, Opens, World, in_plain


async def _alarm(office: World, words: str, subject: str = "rules") -> None:
    await office.happens(AlarmRaised(subject=subject, words=words), lane="alarms")


async def test_an_alarm_reaches_the_admins_only(office: World) -> None:
    await _alarm(office, "改过的规则没有生效")

    assert office.texts("root") == ["⚠ 改过的规则没有生效"]
    assert office.texts("lina") == []


async def test_the_same_alarm_is_not_repeated_at_once(office: World) -> None:
    for _ in range(3):
        await _alarm(office, "改过的规则没有生效")
    await _alarm(office, "另一件事", subject="other")

    assert office.texts("root") == ["⚠ 改过的规则没有生效", "⚠ 另一件事"]


async def test_an_undelivered_card_is_told_with_its_reason(office: World) -> None:
    office.dingtalk.errors = [Undeliverable("没有这个人", code="staffId.notExisted")]

    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.hears("chen", "我的线索")

    assert office.texts("root") == ["⚠ 给陈经理的消息在钉钉没有送达：staffId.notExisted 没有这个人"]


async def test_a_wrong_setting_is_told_with_what_mends_it(office: World) -> None:
    office.dingtalk.errors = [
        Misconfigured("refused", app="dingtalk", advice="请在开放平台加白名单", code="60020")
    ]

    await office.hears("chen", "我的线索")

    assert "请在开放平台加白名单" in office.texts("root")[0]


async def test_a_closed_breaker_is_good_news(office: World) -> None:
    change = BreakerChanged(app="dingtalk", change="closed", happened_at=office.clock.now())

    await office.happens(change, lane="alarms")

    assert office.texts("root") == ["⚠ 钉钉已恢复，积压的消息正在发出"]


async def test_a_failure_of_nobody_known_still_reads(office: World) -> None:
    failure = DeliveryFailed(
        outbox_id=1,
        member_id=None,
        platform=Platform.WECOM,
        reason="40003",
        happened_at=office.clock.now(),
    )

    await office.happens(failure, lane="alarms")

    assert office.texts("root") == ["⚠ 给一位成员的消息在企业微信没有送达：40003"]


async def test_a_spent_quota_is_told(office: World) -> None:
    event = DirectoryChange(
        platform=Platform.DINGTALK, change="quota_spent", happened_at=office.clock.now()
    )

    await office.happens(event, lane="dingtalk:events")

    assert "额度已用完" in office.texts("root")[0]


async def test_a_broken_platform_is_told_of_on_the_other(opens: Opens) -> None:
    admin = {
        "id": "root",
        "name": "管理员",
        "roles": ["admin"],
        "wecom": "root01",
        "dingtalk": "root02",
    }
    async with opens(team=[*TEAM[:3], admin]) as office:
        office.wecom.errors = [
            Misconfigured("refused", app="wecom.assistant", advice="加白名单", code="60020")
        ]

        await office.hears("lina", "我的线索")

        assert "root01" not in office.wecom.screens
        (shown,) = office.dingtalk.screens["root02"]
        assert "加白名单" in in_plain(shown.now)
