import re
from pathlib import Path

import pytest

from config.settings import Llm, Settings, SettingsError, Speech, load_settings

EXAMPLE = Path(__file__).parents[2] / "config" / "genjin.example.yaml"
KEY = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"


def written(folder: Path, text: str) -> Path:
    path = folder / "genjin.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(written(folder, text), environ or {})
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_the_example_shows_every_setting_and_loads() -> None:
    settings = load_settings(EXAMPLE, {})

    assert settings.wecom is not None
    assert settings.dingtalk is not None
    assert set(settings.wecom.apps) == {"assistant", "kf"}
    assert settings.wecom.apps["assistant"].agent_id == 1000002
    assert settings.dingtalk.receive_id == "dingexample0123456789"
    with pytest.raises(SettingsError, match="示例里的那个"):
        _ = settings.encryption_keys
    said = EXAMPLE.read_text("utf-8")
    for section in (Settings, type(settings.wecom), type(settings.dingtalk), Llm, Speech):
        assert [name for name in section.model_fields if f"{name}:" not in said] == []


def test_the_example_leaves_out_what_nobody_has_to_set(tmp_path: Path) -> None:
    copied = load_settings(EXAMPLE, {})
    # What may be left out stands behind a # without a space.
    uncommented = re.sub(r"(?m)^( *)#(?=\S)", r"\1", EXAMPLE.read_text("utf-8"))
    everything = load_settings(written(tmp_path, uncommented), {})

    assert (copied.redis_url, copied.api_keys, copied.archive.consent) == (None, {}, None)
    assert everything.redis_url == "redis://127.0.0.1:6379/0"
    assert set(everything.api_keys) == {"website"}
    assert copied.wecom is not None
    assert everything.wecom is not None
    assert set(everything.wecom.apps) - set(copied.wecom.apps) == {"contacts"}
    assert (len(copied.wecom.group_robots), len(everything.wecom.group_robots)) == (0, 1)
    assert (copied.metrics_token, everything.metrics_token is None) == (None, False)
    assert (copied.llm, everything.llm is None) == (None, False)
    assert (copied.speech, everything.speech is None) == (None, False)
    assert copied.dingtalk is not None
    assert everything.dingtalk is not None
    assert copied.dingtalk.event_token is None
    assert everything.dingtalk.event_token is not None


def test_without_a_file_the_embedded_defaults_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    settings = load_settings(None, {})

    assert settings.database_url == "sqlite+aiosqlite:///genjin.db"
    assert settings.wecom is None
    assert settings.dingtalk is None
    assert settings.timezone == "Asia/Shanghai"


def test_the_file_in_the_working_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "public_url: https://here.example.com/\n")
    monkeypatch.chdir(tmp_path)

    assert load_settings(None, {}).public_url == "https://here.example.com"


def test_a_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="找不到设置文件"):
        load_settings(tmp_path / "missing.yaml", {})
    with pytest.raises(SettingsError, match="找不到设置文件"):
        load_settings(None, {"GENJIN_CONFIG": str(tmp_path / "missing.yaml")})


@pytest.mark.parametrize("text", ["", "database_url: sqlite+aiosqlite:///genjin.db\n"])
def test_a_relative_database_lies_beside_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    written(tmp_path, text)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    settings = load_settings(Path("../genjin.yaml"), {})

    database = settings.database_url.removeprefix("sqlite+aiosqlite:///")
    assert Path(database).resolve() == tmp_path / "genjin.db"
    assert Path(database).is_absolute()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:////var/lib/genjin/genjin.db",
        "sqlite+aiosqlite:///:memory:",
        "postgresql+asyncpg://u:p@h/d",
    ],
)
def test_any_other_database_is_where_it_says(tmp_path: Path, url: str) -> None:
    assert load_settings(written(tmp_path, f"database_url: '{url}'\n"), {}).database_url == url


def test_a_database_of_the_environment_counts_from_the_current_folder(tmp_path: Path) -> None:
    url = "sqlite+aiosqlite:///here.db"

    settings = load_settings(written(tmp_path, ""), {"GENJIN_DATABASE_URL": url})

    assert settings.database_url == url


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "public_url: https://a.example.com\nlisten: {port: 8000}\n")
    environ = {
        "GENJIN_PUBLIC_URL": " https://b.example.com ",
        "GENJIN_LISTEN__HOST": "0.0.0.0",
        "GENJIN_SOAK": "1",
        "GENJIN_REDIS_URL": "",
        "HOME": "/nowhere",
    }

    settings = load_settings(path, environ)

    assert settings.public_url == "https://b.example.com"
    assert (settings.listen.host, settings.listen.port) == ("0.0.0.0", 8000)
    assert settings.redis_url is None


def test_an_app_can_be_given_by_the_environment_alone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("  from-file\n", encoding="utf-8")
    environ = {
        "GENJIN_WECOM__CORP_ID": "ww0123456789abcdef",
        "GENJIN_WECOM__APPS__KF__SECRET_FILE": str(tmp_path / "secret"),
        "GENJIN_WECOM__APPS__KF__TOKEN": "Token1",
        "GENJIN_WECOM__APPS__KF__AES_KEY": KEY,
        "GENJIN_API_KEYS": "{website: k1, shop: k2}",
        "GENJIN_API_KEYS__FAIR": "k3",
    }

    settings = load_settings(written(tmp_path, ""), environ)

    assert settings.wecom is not None
    assert settings.wecom.apps["kf"].secret.get_secret_value() == "from-file"
    assert set(settings.api_keys) == {"website", "shop", "fair"}


def test_a_secret_may_lie_in_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "client").write_bytes(b"\xef\xbb\xbfs3cret\r\n")
    (tmp_path / "database").write_text("postgresql+asyncpg://u:p@h/d", encoding="utf-8")
    path = written(
        tmp_path,
        "database_url_file: database\n"
        "dingtalk: {client_id: ding1, client_secret_file: client, robot_code: ding1}\n",
    )

    settings = load_settings(path, {})

    assert settings.dingtalk is not None
    assert settings.dingtalk.client_secret.get_secret_value() == "s3cret"
    assert settings.database_url == "postgresql+asyncpg://u:p@h/d"


def test_a_language_model_needs_an_address_and_a_name(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-of-a-file\n", encoding="utf-8")
    path = written(tmp_path, "llm: {base_url: 'http://127.0.0.1:11434/v1/', model: qwen}\n")

    llm = load_settings(path, {"GENJIN_LLM__API_KEY_FILE": str(tmp_path / "key")}).llm

    assert llm is not None
    assert llm.base_url == "http://127.0.0.1:11434/v1"
    assert (llm.mask, llm.timeout_seconds, llm.calls_a_day) == (True, 20, 500)
    assert llm.api_key is not None
    assert llm.api_key.get_secret_value() == "sk-of-a-file"
    assert "sk-of-a-file" not in repr(llm)
    assert "model" in refusal(tmp_path, "llm: {base_url: http://a}\n")


def test_speech_is_a_service_or_a_model_on_this_machine(tmp_path: Path) -> None:
    local = load_settings(written(tmp_path, "speech: {model_dir: sense-voice}\n"), {}).speech

    assert local is not None
    assert local.model_dir == tmp_path / "sense-voice"
    for wrong in (
        "{}",
        "{base_url: http://a}",
        "{model_dir: m, model: x}",
        "{base_url: http://a, model: x, model_dir: m}",
    ):
        assert "speech" in refusal(tmp_path, f"speech: {wrong}\n")


def test_a_variable_with_a_file_goes_over_the_secret_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", encoding="utf-8")
    path = written(tmp_path, f"encryption_key: {'A' * 43}\n")

    settings = load_settings(path, {"GENJIN_ENCRYPTION_KEY_FILE": str(tmp_path / "key")})

    assert settings.encryption_keys == (b"\x01" + bytes(range(1, 32)),)


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, "encryption_key: a\nencryption_key_file: b\n")

    assert "只能写一个" in said


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, "encryption_key_file: nowhere\n")

    assert "第 1 行" in said
    assert "nowhere" in said


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("databse_url: x\n", "database_url"),
        ("listen:\n  prot: 1\n", "listen.port"),
        ("corp_id: x\n", "wecom.corp_id"),
        ("dingtalk: {client_idd: x}\n", "dingtalk.client_id"),
        (f"wecom: {{apps: {{kf: {{aeskey: {KEY}}}}}}}\n", "wecom.apps.kf.aes_key"),
        ("llm: {base_url: http://a, model: m, maks: true}\n", "llm.mask"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(
    tmp_path: Path, text: str, meant: str
) -> None:
    said = refusal(tmp_path, text)

    assert f"您要写的可能是 {meant}" in said


def test_an_unknown_variable_is_named_with_the_nearest_known_one(tmp_path: Path) -> None:
    said = refusal(tmp_path, "", {"GENJIN_LISTEN__PROT": "1"})

    assert said == (
        "环境变量 GENJIN_LISTEN__PROT：没有这个设置，"
        "您要写的可能是 listen.port，写作 GENJIN_LISTEN__PORT"
    )


def test_a_fault_names_its_line(tmp_path: Path) -> None:
    said = refusal(tmp_path, "# 注释\nlisten:\n  host: 0.0.0.0\n  port: many\n")

    assert "genjin.yaml 第 4 行 listen.port：应为整数" in said


@pytest.mark.parametrize(
    ("text", "what_to_do"),
    [
        ("timezone: Asia/Shangai\n", "Asia/Shanghai"),
        ("public_url: bot.example.com\n", "http://"),
        ("public_url: http://a:b:c\n", "http://"),
        ("database_url: postgres://u:hunter2@h/d\n", "postgresql+asyncpg://"),
        ("redis_url: localhost\n", "redis://"),
        ("encryption_key: short\n", "genjin key"),
        ("wecom: {corp_id: 1, apps: {}}\n", "企业ID"),
        ("dingtalk: {client_id: a, client_secret: b, robot_code: c, mode: ws}\n", "stream、http"),
        (
            "dingtalk: {client_id: a, client_secret: b, robot_code: c, event_token: d}\n",
            "event_aes_key",
        ),
        ("api_keys: {a: same, b: same}\n", "同一个密钥"),
        ("listen: 8080\n", "名称: 值"),
        ("- a\n", "名称: 值"),
        ("a: b: c\n", "YAML"),
        ("timezone: UTC\ntimezone: UTC\n", "写了两次"),
    ],
)
def test_a_wrong_setting_says_what_to_do(tmp_path: Path, text: str, what_to_do: str) -> None:
    said = refusal(tmp_path, text)

    assert what_to_do in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [("aes_key", KEY[:-1], "42 个字符"), ("token", "with space", "Token"), ("secret", "", "空")],
)
def test_a_callback_lock_must_be_copied_whole(
    tmp_path: Path, key: str, value: str, message: str
) -> None:
    app = {"secret": "s", "token": "t", "aes_key": KEY, key: value}
    lines = "".join(f"      {name}: '{text}'\n" for name, text in app.items())
    said = refusal(tmp_path, f"wecom:\n  corp_id: ww0123456789abcdef\n  apps:\n    kf:\n{lines}")

    assert message in said
    assert f"wecom.apps.kf.{key}" in said


def test_what_was_pasted_with_the_value_is_stripped(tmp_path: Path) -> None:
    text = (
        "\ufeffdingtalk: {client_id: '\u200bding1 \ufeff', client_secret: ' s ', robot_code: r}\n"
    )
    settings = load_settings(written(tmp_path, text), {})

    assert settings.dingtalk is not None
    assert settings.dingtalk.client_id == "ding1"
    assert settings.dingtalk.client_secret.get_secret_value() == "s"


def test_a_file_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "genjin.yaml"
    path.write_bytes("timezone: UTC\n# 注释\n".encode("gbk"))

    with pytest.raises(SettingsError, match="第 2 行：不是 UTF-8"):
        load_settings(path, {})


def test_a_number_that_is_a_name_keeps_its_nought(tmp_path: Path) -> None:
    path = written(tmp_path, "dingtalk: {client_id: 0123, client_secret: 0456, robot_code: 1e5}\n")
    settings = load_settings(path, {})

    assert settings.dingtalk is not None
    assert settings.dingtalk.client_id == "0123"
    assert settings.dingtalk.robot_code == "1e5"


def test_secrets_do_not_show_themselves() -> None:
    settings = load_settings(EXAMPLE, {"GENJIN_DATABASE_URL": "postgresql+asyncpg://u:hunter2@h/d"})

    shown = repr(settings)

    assert "hunter2" not in shown
    assert "example-" not in shown
    assert KEY not in shown
    assert "AQECAwQF" not in shown


def test_the_rules_folder_counts_from_the_file_that_names_it(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "rules_dir: rules\n"), {})

    assert settings.rules_dir == tmp_path / "rules"


def test_keys_are_changed_by_writing_the_new_one_first(tmp_path: Path) -> None:
    old = "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    settings = load_settings(written(tmp_path, f"encryption_key: '{'_' * 42}8, {old}='\n"), {})

    assert len(settings.encryption_keys) == 2
    assert settings.encryption_keys[1] == b"\x01" + bytes(range(1, 32))


def test_serving_without_a_key_says_how_to_get_one(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, ""), {})

    with pytest.raises(SettingsError, match="genjin key"):
        _ = settings.encryption_keys
