"""Every code that the platforms' manuals list is known for what is to be done about it."""

from datetime import timedelta

import pytest

from notifiers import dingtalk_errors, wecom_errors
from notifiers.errors import DeliveryError, Misconfigured, Puzzling, Retryable, Undeliverable

WECOM: dict[type[DeliveryError], str] = {
    # developer.work.weixin.qq.com/document/path/90313: busy, limiting, a token to be fetched anew
    Retryable: "-1 6000 40014 41001 42001 42012 45009 45033",
    Misconfigured: """
        40001 40091 41004 40013 41002 40056 41011 43012 48001 48002 50001 50002 60011 60020
        95011 95012 95017
    """,
    Undeliverable: """
        40003 60111 81013 82001 42050 40050 41041
        40004 40006 40007 40008 40009 40033 40035 40054 40055 40058 40063 44001 44004 45002 45008
        45034 47001
        42014 42015 42016 42017 42018 42019 42020 42027 42028 42029 42030 42031 42033 42035 42036
        42037 42038 42039 42040 42041 42042 42043 42044 42045 42046 42047 42049 42051
        41050 41051 41053 41096 84061
        95000 95001 95002 95003 95004 95007 95008 95013 95014 95016 95018 95019
        40029 40093 42003 42022 93000
    """,
}
DINGTALK: dict[type[DeliveryError], str] = {
    # open.dingtalk.com/document/development/server-api-error-codes-1, robot-message-type
    Retryable: """
        Forbidden.AccessDenied.QpsLimitForAppkeyAndApi Forbidden.AccessDenied.QpsLimitForApi
        send.too.fast send.byToken.tooFast too.many.people too.many.group flowLimit
        InvalidAuthentication invalidParameter.token.invalid token.notExisted
        -1 90002 90018 40001 40014 40078
    """,
    Misconfigured: """
        invalidClientIdOrSecret unauthorized auth.error send.forbidden ip.not.match
        Forbidden.AccessDenied.AccessTokenPermissionDenied Forbidden.AccessDenied.IpNotInWhiteList
        Forbidden.AccessDenied.ApiCountLimitForOrg 50002 60020 90020 20001
        invalidParameter.robotCode.empty invalidParameter.robotCode.missing
        invalidParameter.robotCode.invalid invalidParameter.robotCode.auth
        invalidParameter.robotCode.notExsit robot.oto.notExist bot.stopped
        bot.forbidden.sendMessage chatbotId.notAllow.sendOTO keywords.not.match sign.not.match
        template.not.existed template.stopped param.templateUnpublished
    """,
    Undeliverable: """
        invalidParameter.userIds.empty invalidParameter.userIds.overMax staffId.notExisted
        illegal.receivers receivers.exceed 33012 60121 40104
        miss.openConversationId invalid.openConversationId group.disbanded
        conversation.org.notMatch only.groupAdmin.canAtAll
        invalidParameter.msgKey.empty invalidParameter.msgKey.invalid
        invalidParameter.msgParam.invalid invalidParameter.msgParam.tooLong
        invalidParameter.msg.unsupport miss.param.text miss.param.contentOfText
        miss.param.markdown miss.param.actionCard miss.param.photo contain.unsafe.url
        contain.notAllowed.text contain.notAllowed.picture contain.notAllowed.content 43004 40035
        resource.not.found resource.unavailable session.notExisted session.expired
        invalidParameter.processQueryKey.missing invalid.processQueryKey
        invalidParameter.processQueryKeys.overMax
    """,
}


def listed(table: dict[type[DeliveryError], str]) -> list[tuple[str, type[DeliveryError]]]:
    return [(code, kind) for kind, codes in table.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "kind"), listed(WECOM))
def test_wecoms_codes(code: str, kind: type[DeliveryError]) -> None:
    error = wecom_errors.failure(int(code), "words that may change", app="kf")

    assert type(error) is kind
    assert error.code == code


@pytest.mark.parametrize(("code", "kind"), listed(DINGTALK))
def test_dingtalks_codes(code: str, kind: type[DeliveryError]) -> None:
    for spelling in (code, code.upper()):
        error = dingtalk_errors.failure(spelling)
        assert type(error) is kind
        assert error.code == spelling


def test_a_code_that_nobody_listed_is_tried_a_few_times() -> None:
    assert type(wecom_errors.failure(99999, "", app="kf")) is Puzzling
    assert type(dingtalk_errors.failure("something.new")) is Puzzling


@pytest.mark.parametrize("code", [43012, 48001, 48002, 50002, 60011])
def test_a_missing_right_concerns_one_api_and_a_wrong_setting_the_app(code: int) -> None:
    right = wecom_errors.failure(code, "", app="assistant")
    setting = wecom_errors.failure(60020, "from ip: 203.0.113.9", app="assistant")

    assert isinstance(right, Misconfigured)
    assert isinstance(setting, Misconfigured)
    assert (right.only_this_api, setting.only_this_api) == (True, False)
    assert "203.0.113.9" in setting.advice


def test_dingtalks_permission_points_and_templates_concern_one_api() -> None:
    only = {
        code: error.only_this_api
        for code, kind in listed(DINGTALK)
        if isinstance(error := dingtalk_errors.failure(code), Misconfigured)
    }
    assert {code for code, is_one in only.items() if is_one} == {
        "unauthorized",
        "auth.error",
        "send.forbidden",
        "Forbidden.AccessDenied.AccessTokenPermissionDenied",
        "50002",
        "template.not.existed",
        "template.stopped",
        "param.templateUnpublished",
    }


def test_limits_say_how_long_to_wait() -> None:
    waits = {}
    for code in (45009, 45033):
        error = wecom_errors.failure(code, "", app="kf")
        assert isinstance(error, Retryable)
        waits[code] = error.after
    assert waits == {45009: timedelta(minutes=1), 45033: timedelta(seconds=5)}
