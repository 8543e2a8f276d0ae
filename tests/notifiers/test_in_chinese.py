"""What an administrator reads of a failure is Chinese; the log keeps the code's own words."""

import re

import pytest

from notifiers import dingtalk_errors, wecom_errors
from notifiers.in_chinese import app_told, reason_told

ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,}")
OF_WECOM = [code for code in range(-1, 100_000) if code]
OF_DINGTALK = ["", *dingtalk_errors._REFUSED, *dingtalk_errors._SETTING, *dingtalk_errors._BUSY]


def test_every_reason_that_a_platform_can_give_is_told_in_chinese() -> None:
    reasons = {wecom_errors.failure(code, "", app="kf").reason for code in OF_WECOM}
    reasons |= {dingtalk_errors.failure(code).reason for code in OF_DINGTALK}

    assert [reason for reason in map(reason_told, reasons) if ENGLISH.search(reason)] == []


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("60111 the userid is unknown", "60111 没有这个账号"),
        ("dingtalk is not connected", "钉钉还没有接上，请检查设置"),
        (
            "the connection failed (ClientConnectorDNSError)",
            "连不上平台 (ClientConnectorDNSError)",
        ),
        ("expired before it could be delivered", "过了有效期还没能送出"),
        ("staffId.notExisted 没有这个人", "staffId.notExisted 没有这个人"),
    ],
)
def test_codes_stay_and_the_words_around_them_are_chinese(reason: str, told: str) -> None:
    assert reason_told(reason) == told


def test_an_app_is_called_by_its_platforms_name() -> None:
    assert app_told("wecom.assistant") == "企业微信应用「assistant」"
    assert app_told("wecom.kf kf/send_msg") == "企业微信应用「kf」（接口 kf/send_msg）"
    assert app_told("dingtalk") == "钉钉"
    assert app_told("webhook.erp") == "相连的系统「erp」"
