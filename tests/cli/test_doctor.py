"""doctor: each fault, and the page or setting that mends it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.commands import doctor_platforms, doctor_settings
from bot.commands.doctor import examine
from bot.commands.findings import Finding, Findings, Mark
from config.clock import TurnedClock
from config.rules import load_rules
from config.settings import Settings
from crm_store.vault import fresh_key
from tests.cli.installation import REPOSITORY, Installation
from tests.fakes import fake_dingtalk, fake_wecom
from tests.fakes.fake_dingtalk import running_dingtalk
from tests.fakes.fake_wecom import running_wecom


def _wecom(base: str, **secrets: str) -> dict[str, Any]:
    apps = {}
    for name, secret in (fake_wecom.SECRETS | secrets).items():
        apps[name] = {"secret": secret, "token": "T", "aes_key": "a" * 43}
    apps["assistant"]["agent_id"] = fake_wecom.AGENT_ID  # type: ignore[assignment]
    return {"api_base": base, "corp_id": fake_wecom.CORP_ID, "apps": apps}


def _dingtalk(base: str, **changes: Any) -> dict[str, Any]:
    return {
        "api_base": base,
        "oapi_base": base,
        "client_id": fake_dingtalk.CLIENT_ID,
        "client_secret": fake_dingtalk.CLIENT_SECRET,
        "robot_code": fake_dingtalk.ROBOT_CODE,
        "card_template_id": fake_dingtalk.TEMPLATE_ID,
    } | changes


async def nobody_at_the_door(settings: Settings) -> Findings:
    """These tests have no network to look from."""
    nothing: list[Finding] = []
    for found in nothing:
        yield found


async def _faults(home: Installation) -> list[Finding]:
    found = examine(home.config, door=nobody_at_the_door)
    return [one async for one in found if one.mark is Mark.FAULT]


async def _examined(home: Installation) -> list[str]:
    return [str(found) async for found in examine(home.config, door=nobody_at_the_door)]


@pytest.fixture
def ready(home: Installation) -> Installation:
    home.migrated()
    home.genjin("dead", "retry", "1")
    return home


async def test_where_all_is_well_there_is_no_fault(ready: Installation) -> None:
    async with running_wecom() as wecom, running_dingtalk() as dingtalk:
        ready.write(wecom=_wecom(wecom.base), dingtalk=_dingtalk(dingtalk.base))

        said = await _examined(ready)

    assert [line for line in said if line.startswith("✗")] == []
    assert "✓ 企业微信应用 kf 的凭证可用" in said
    assert "✓ 钉钉应用的凭证可用" in said
    assert "✓ 钉钉机器人的接口可以调用" in said
    assert "✓ 钉钉互动卡片的接口可以调用" in said
    assert "✓ 密钥能打开数据库" in said
    assert any(line.startswith("✓ 本机时钟与") for line in said)
    assert any("/callbacks/wecom/kf" in line for line in said)
    assert not any("archive.consent" in line for line in said)


async def test_the_check_itself_says_nothing_to_anybody(ready: Installation) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base))

        await _examined(ready)

        assert wecom.bodies("message/send") == []


async def test_an_address_that_is_not_trusted_is_named(ready: Installation) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base))
        words = "not allow to access from your ip, from ip: 203.0.113.9"
        wecom.will_answer("message/update_template_card", 60020, words)

        (found,) = await _faults(ready)

    assert "60020" in found.text
    assert "203.0.113.9" in found.advice
    assert "企业可信IP" in found.advice


async def test_a_rep_who_is_no_servicer_is_named(ready: Installation) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base))
        wecom.servicers = {"wkShop": [{"userid": "wanglei", "status": 0}]}

        (found,) = await _faults(ready)

    assert found.text.endswith("：李娜")
    assert "接待人员" in found.advice


async def test_a_rep_who_is_in_another_account_only_is_named_with_the_account(
    ready: Installation,
) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base))
        lina = {"userid": "LiNa", "status": 0}
        wecom.servicers = {"wkShop": [lina], "wkService": [{"userid": "wanglei", "status": 0}]}

        (found,) = await _faults(ready)

    assert "「wkService接待」" in found.text
    assert found.text.endswith("：李娜")


async def test_a_rep_who_takes_no_sessions_is_noted(ready: Installation) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base))
        wecom.servicers = {"wkShop": [{"userid": "LiNa", "status": 1}, {"department_id": 2}]}

        said = await _examined(ready)

    assert any("停止接待" in line and "李娜" in line for line in said)
    assert any("按部门" in line for line in said)


async def test_without_an_account_of_kf_the_page_that_makes_one_is_named(
    ready: Installation,
) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base))
        wecom.servicers = {}

        (found,) = await _faults(ready)

    assert "微信客服 → 客服账号" in found.advice


@pytest.mark.parametrize(
    ("errcode", "page"),
    [
        (40013, "wecom.corp_id"),
        (40001, "wecom.apps.assistant.secret"),
        (40056, "wecom.apps.assistant.agent_id"),
        (48002, "开通这个接口的权限"),
        (43012, "设置API接收"),
        (50001, "可信域名"),
    ],
)
async def test_each_refusal_leads_to_its_own_page(
    ready: Installation, errcode: int, page: str
) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base))
        asks = "gettoken" if errcode in (40013, 40001) else "message/update_template_card"
        wecom.will_answer(asks, errcode)

        (found,) = await _faults(ready)

    assert f"（{errcode}）" in found.text
    assert page in found.advice


@pytest.mark.parametrize("errcode", [-1, 45009, 86217])
async def test_an_app_that_gets_no_token_is_a_fault_whatever_the_code(
    ready: Installation, errcode: int
) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base))
        wecom.will_answer("gettoken", errcode)

        (found,) = await _faults(ready)

    assert "没有拿到令牌" in found.text
    assert f"（{errcode}）" in found.text


@pytest.mark.parametrize("errcode", [-1, 45009, 86217])
async def test_an_answer_that_says_nothing_of_the_rights_is_noted_with_its_code(
    ready: Installation, errcode: int
) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base))
        wecom.will_answer("kf/customer/batchget", errcode)

        said = await _examined(ready)

    (line,) = [line for line in said if "看不出能不能用" in line]
    assert line.startswith("! 企业微信应用 kf")
    assert f"（{errcode}）" in line
    assert "✓ 企业微信应用 kf 的凭证可用" not in said


@pytest.mark.parametrize("code", ["ServiceUnavailable", "nobody.knows"])
async def test_dingtalk_without_a_token_is_a_fault(ready: Installation, code: str) -> None:
    async with running_dingtalk() as dingtalk:
        ready.write(dingtalk=_dingtalk(dingtalk.base))
        dingtalk.will_refuse("v1.0/oauth2/accessToken", code)

        (found,) = await _faults(ready)

    assert f"没有拿到令牌（{code}）" in found.text


@pytest.mark.parametrize(
    ("code", "mark"),
    [
        ("Forbidden.AccessDenied.QpsLimit", "!"),
        ("nobody.knows", "!"),
        ("invalidParameter.downloadCode.invalid", "✓"),
    ],
)
async def test_dingtalks_robot_is_well_only_where_the_content_was_looked_at(
    ready: Installation, code: str, mark: str
) -> None:
    async with running_dingtalk() as dingtalk:
        ready.write(dingtalk=_dingtalk(dingtalk.base))
        dingtalk.will_refuse("v1.0/robot/messageFiles/download", code)

        said = await _examined(ready)

    (line,) = [line for line in said if "钉钉机器人" in line]
    assert line.startswith(mark)


async def test_a_wrong_secret_leads_to_its_setting(ready: Installation) -> None:
    async with running_wecom() as wecom:
        ready.write(wecom=_wecom(wecom.base, kf="mistyped"))

        (found,) = await _faults(ready)

    assert "wecom.apps.kf.secret" in found.advice


async def test_wrong_dingtalk_credentials_lead_to_their_settings(ready: Installation) -> None:
    async with running_dingtalk() as dingtalk:
        ready.write(dingtalk=_dingtalk(dingtalk.base, client_secret="mistyped"))

        (found,) = await _faults(ready)

    assert "dingtalk.client_secret" in found.advice


async def test_a_robot_that_is_not_the_apps_leads_to_its_setting(ready: Installation) -> None:
    async with running_dingtalk() as dingtalk:
        ready.write(dingtalk=_dingtalk(dingtalk.base, robot_code="dingmistyped"))

        (found,) = await _faults(ready)

    assert "dingtalk.robot_code" in found.advice


@pytest.mark.parametrize(
    ("code", "page"),
    [
        ("Forbidden.AccessDenied.IpNotInWhiteList", "服务器出口IP"),
        ("Forbidden.AccessDenied.AccessTokenPermissionDenied", "权限管理"),
        ("Forbidden.AccessDenied.ApiCountLimitForOrg", "额度"),
    ],
)
async def test_each_refusal_of_dingtalk_leads_to_its_own_page(
    ready: Installation, code: str, page: str
) -> None:
    async with running_dingtalk() as dingtalk:
        ready.write(dingtalk=_dingtalk(dingtalk.base))
        dingtalk.will_refuse("v1.0/card/instances", code, 403)

        (found,) = await _faults(ready)

    assert code in found.text
    assert page in found.advice


async def test_a_platform_out_of_reach_is_no_wrong_credential(ready: Installation) -> None:
    ready.write(dingtalk=_dingtalk("http://127.0.0.1:9"))

    (found,) = await _faults(ready)

    assert "dingtalk.api_base" in found.advice


@pytest.mark.parametrize(
    ("drift", "mark"), [(1, Mark.GOOD), (60, Mark.NOTE), (-60, Mark.NOTE), (3600, Mark.FAULT)]
)
async def test_a_clock_that_drifts_is_told(home: Installation, drift: int, mark: Mark) -> None:
    async with running_wecom() as wecom:
        home.write(wecom=_wecom(wecom.base))
        clock = TurnedClock(datetime.now(UTC) + timedelta(seconds=drift))
        found = [
            finding
            async for finding in doctor_platforms.platforms(
                home.loaded, load_rules(home.loaded.rules_dir), clock=clock
            )
        ]

    assert found[-1].mark is mark
    assert "本机时钟" in found[-1].text


@pytest.mark.parametrize(
    "url",
    ["http://bot.example.com", "http://127.0.0.1:8080", "https://localhost", "https://10.0.0.2"],
)
async def test_an_address_nobody_can_open_is_a_fault(ready: Installation, url: str) -> None:
    async with running_dingtalk() as dingtalk:
        ready.write(public_url=url, dingtalk=_dingtalk(dingtalk.base))

        (found,) = await _faults(ready)

    assert url in found.text


async def test_the_database_the_key_and_the_people_are_looked_at(home: Installation) -> None:
    home.write(encryption_key=None)
    home.staff([{"id": "lina", "name": "李娜", "roles": ["rep"], "dingtalk": "lina"}])
    async with running_wecom() as wecom:
        home.write(wecom=_wecom(wecom.base))

        said = "\n".join([str(found) for found in await _faults(home)])

    assert "genjin migrate" in said
    assert "genjin key" in said
    assert "这些人收不到消息，也分不到线索：李娜" in said
    assert not (home.folder / "genjin.db").exists()


def test_what_still_stands_from_the_example_is_named(home: Installation) -> None:
    home.config.write_bytes((REPOSITORY / "config" / "genjin.example.yaml").read_bytes())
    settings = home.loaded

    secrets, others = doctor_settings.untouched(settings)

    assert secrets.mark is Mark.FAULT
    assert secrets.text.partition("：")[2].split("、") == [
        "wecom.apps.assistant.secret",
        "wecom.apps.assistant.token",
        "wecom.apps.assistant.aes_key",
        "wecom.apps.kf.secret",
        "wecom.apps.kf.token",
        "wecom.apps.kf.aes_key",
        "dingtalk.client_secret",
    ]
    assert others.mark is Mark.NOTE
    assert others.text.partition("：")[2].split("、") == [
        "public_url",
        "wecom.corp_id",
        "dingtalk.client_id",
        "dingtalk.robot_code",
    ]


async def test_settings_that_others_may_read_are_noted(home: Installation) -> None:
    home.config.chmod(0o640)
    assert any("别人也能读（0640）" in line for line in await _examined(home))

    home.config.chmod(0o600)
    assert not any("别人也能读" in line for line in await _examined(home))


async def test_an_empty_database_needs_no_backup(home: Installation) -> None:
    (home.folder / "genjin.db").touch()

    (found,) = [one for one in await _faults(home) if "数据库是空的" in one.text]

    assert found.advice == "运行 genjin migrate"


async def test_a_folder_that_is_not_there_is_said_before_the_database(home: Installation) -> None:
    home.write(database_url=f"sqlite+aiosqlite:///{home.folder}/nowhere/genjin.db")

    first, *_ = await _faults(home)

    assert first.text == f"没有放数据库的文件夹 {home.folder / 'nowhere'}"


async def test_a_key_that_does_not_fit_is_a_fault(ready: Installation) -> None:
    async with running_dingtalk() as dingtalk:
        ready.write(encryption_key=fresh_key(), dingtalk=_dingtalk(dingtalk.base))

        (found,) = await _faults(ready)

    assert "打不开这个数据库" in found.text


async def test_what_a_key_change_has_left_over_is_noted(ready: Installation) -> None:
    keys = f"{fresh_key()},{ready.settings['encryption_key']}"
    async with running_dingtalk() as dingtalk:
        ready.write(encryption_key=keys, dingtalk=_dingtalk(dingtalk.base))

        said = await _examined(ready)

    assert any("旧密钥" in line and "genjin migrate" in line for line in said)


async def test_redis_out_of_reach_is_a_fault(ready: Installation) -> None:
    async with running_dingtalk() as dingtalk:
        ready.write(redis_url="redis://127.0.0.1:9", dingtalk=_dingtalk(dingtalk.base))

        (found,) = await _faults(ready)

    assert "redis_url" in found.advice


def test_a_fault_is_exit_1_and_one_line_on_stderr(home: Installation) -> None:
    said = home.genjin("doctor")

    assert said.status == 1
    assert "✗ 还没有数据库" in said.out
    assert "genjin doctor" in said.complaint
