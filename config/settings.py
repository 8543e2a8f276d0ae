"""How this installation runs: genjin.yaml, over it environment variables, secrets from files.

Every section and key is shown in genjin.example.yaml.
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    SecretStr,
    field_validator,
    model_validator,
)

from config.checking import Misfit, Strict, fit, nearest
from config.schemas.staff import Platform
from config.sources import DEFAULT_FILE, SettingsError, Sources

__all__ = [
    "Connection",
    "DingTalk",
    "Llm",
    "Settings",
    "SettingsError",
    "Speech",
    "WeCom",
    "WeComApp",
    "load_settings",
]

AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
TOKEN = re.compile(r"[A-Za-z0-9]{1,32}")
CORP_ID = re.compile(r"w[wx][0-9A-Za-z]{16}")
APP_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
SOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
KEY_BYTES = 32
_SQLITE = "sqlite+aiosqlite:///"


def _given(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value():
        raise ValueError("这一项是空的，请填上")
    return secret


def _callback_token(secret: SecretStr) -> SecretStr:
    if not TOKEN.fullmatch(secret.get_secret_value()):
        raise ValueError("Token 应为 1 至 32 个字母或数字，请从管理后台重新复制")
    return secret


def _aes_key(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not AES_KEY.fullmatch(text):
        raise ValueError(
            f"EncodingAESKey 应为 43 个字母或数字，现有 {len(text)} 个字符，请从管理后台重新复制"
        )
    return secret


def _web_address(text: str) -> str:
    """An http(s) address without a slash at its end, to which paths are appended."""
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https"):
        raise ValueError("应为以 http:// 或 https:// 开头的网址")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("网址里不能有 ?、# 或用户名")
    return text.rstrip("/")


def _database_address(text: str) -> str:
    if text.startswith(_SQLITE):
        return text
    if text.startswith("postgresql+asyncpg://"):
        return text
    if text.startswith(("postgres:", "postgresql:", "postgresql+")):
        raise ValueError("PostgreSQL 请写成 postgresql+asyncpg://用户:密码@主机/库名")
    if text.startswith("sqlite"):
        raise ValueError("SQLite 请写成 sqlite+aiosqlite:///文件名")
    raise ValueError("应以 sqlite+aiosqlite:/// 或 postgresql+asyncpg:// 开头")


def _redis_address(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("应以 redis://、rediss:// 或 unix:// 开头")
    return text


Secret = Annotated[SecretStr, AfterValidator(_given)]
CallbackToken = Annotated[SecretStr, AfterValidator(_callback_token)]
AesKey = Annotated[SecretStr, AfterValidator(_aes_key)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
DatabaseAddress = Annotated[str, AfterValidator(_database_address)]
RedisAddress = Annotated[str, AfterValidator(_redis_address)]


class Listen(Strict):
    """Where `genjin serve` listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)


class Archive(Strict):
    """会话存档."""

    consent: str | None = None
    """On what ground clients' chats are kept; None: only what kf and the bot itself receive."""


class WeComApp(Strict):
    """One app of the corp: its secret, and the two halves of its callback's lock."""

    agent_id: int | None = Field(default=None, gt=0)
    secret: Secret
    token: CallbackToken
    aes_key: AesKey


class WeCom(Strict):
    api_base: WebAddress = "https://qyapi.weixin.qq.com"
    corp_id: str
    apps: dict[str, WeComApp] = Field(min_length=1)
    """By name; the name is the last part of the callback's address."""
    group_robots: dict[str, Secret] = Field(default_factory=dict)
    """By name: the key of a group robot's webhook."""

    @field_validator("corp_id")
    @classmethod
    def _looks_like_a_corp(cls, corp_id: str) -> str:
        if not CORP_ID.fullmatch(corp_id):
            raise ValueError("企业ID 应为 ww 或 wx 开头的 18 位，见管理后台“我的企业”")
        return corp_id

    @field_validator("apps")
    @classmethod
    def _names_that_fit_an_address(cls, apps: dict[str, WeComApp]) -> dict[str, WeComApp]:
        for name in apps:
            if not APP_NAME.fullmatch(name):
                raise ValueError(f"应用名“{name}”只能用小写字母、数字、- 和 _，以字母开头")
        assistant = apps.get("assistant")
        if assistant is not None and assistant.agent_id is None:
            raise ValueError("assistant 缺少 agent_id，见管理后台应用详情页的 AgentId")
        return apps


class DingTalk(Strict):
    api_base: WebAddress = "https://api.dingtalk.com"
    oapi_base: WebAddress = "https://oapi.dingtalk.com"
    client_id: str = Field(min_length=1)
    client_secret: Secret
    robot_code: str = Field(min_length=1)
    mode: Literal["stream", "http"] = "stream"
    card_template_id: str | None = None
    """The interactive card's template; None: ActionCard with links instead."""
    card_callback_secret: SecretStr | None = None
    event_token: SecretStr | None = None
    event_aes_key: AesKey | None = None
    event_receive_id: str | None = None
    """What event callbacks are encrypted for; None: `client_id`."""

    @model_validator(mode="after")
    def _both_halves_of_the_lock(self) -> "DingTalk":
        if (self.event_token is None) != (self.event_aes_key is None):
            raise ValueError("event_token 和 event_aes_key 要么都填，要么都不填")
        return self

    @property
    def receive_id(self) -> str:
        return self.event_receive_id or self.client_id


class Llm(Strict):
    """A language model that is asked where the rules are unsure (docs/operations.md)."""

    base_url: WebAddress
    """OpenAI-compatible; `/chat/completions` is appended."""
    model: str = Field(min_length=1)
    api_key: Secret | None = None
    """None: the server asks for none."""
    timeout_seconds: int = Field(default=20, ge=1, le=120)
    mask: bool = True
    """Whether phones, addresses, ids and names are covered before a message leaves."""
    calls_a_day: int = Field(default=500, ge=0)
    """So many messages it is asked about in a calendar day."""


class Speech(Strict):
    """What turns voice messages into words: a service, or a model on this machine."""

    base_url: WebAddress | None = None
    """OpenAI-compatible; `/audio/transcriptions` is appended."""
    model: str | None = Field(default=None, min_length=1)
    api_key: Secret | None = None
    """None: the server asks for none."""
    language: str = "zh"
    """What is spoken, as the service names it; empty: it finds out."""
    timeout_seconds: int = Field(default=30, ge=1, le=120)
    model_dir: Path | None = None
    """A folder with a model of sherpa-onnx (extra `speech`)."""

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "Speech":
        if (self.base_url is None) == (self.model_dir is None):
            raise ValueError("base_url（语音服务）和 model_dir（本机的模型）写一个，只写一个")
        if self.base_url is not None and self.model is None:
            raise ValueError("写了 base_url，还要写 model（服务里模型的名字）")
        if self.model_dir is not None and (self.model or self.api_key):
            raise ValueError("model_dir 是本机的模型，不用写 model 和 api_key")
        return self


class WatchedFolder(Strict):
    """A folder into which files of clients are laid (docs/importing.md)."""

    path: Path
    source: str = Field(default="收件文件夹", min_length=1, max_length=64)
    every_seconds: int = Field(default=60, ge=1, le=86_400)
    """A file is taken at the second look that finds it as it was."""
    leads: Literal["auto", "assign", "pool"] = "auto"
    """auto: a short list is assigned, a long one goes to the pool (imports.yaml)."""


class Connection(Strict):
    """What we sign with towards a system that connections.yaml names."""

    secret: Secret


EXAMPLE_KEY = bytes(range(KEY_BYTES))
"""The key in genjin.example.yaml, which everybody can read."""


class Settings(Strict):
    """The settings of one installation, checked."""

    database_url: DatabaseAddress = Field(default="sqlite+aiosqlite:///genjin.db", repr=False)
    redis_url: RedisAddress | None = Field(default=None, repr=False)
    public_url: WebAddress = "http://127.0.0.1:8080"
    listen: Listen = Listen()
    timezone: str = "Asia/Shanghai"
    encryption_key: SecretStr = SecretStr("")
    """`new,old,…`, the first encrypts; empty where none was given (see `encryption_keys`)."""
    rules_dir: Path | None = None
    archive: Archive = Archive()
    wecom: WeCom | None = None
    dingtalk: DingTalk | None = None
    llm: Llm | None = None
    speech: Speech | None = None
    watched_folder: WatchedFolder | None = None
    metrics_token: Secret | None = None
    """Bearer token of `/metrics`, asked of everybody; None: it answers this machine only."""
    api_keys: dict[str, Secret] = Field(default_factory=dict)
    """Source → key of `POST /api/leads` and `/api/records`."""
    connections: dict[str, Connection] = Field(default_factory=dict)
    """By the system's name in connections.yaml."""

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        known = available_timezones()
        if name not in known:
            meant = nearest(name, known) or "Asia/Shanghai"
            raise ValueError(f"没有时区“{name}”，您要写的可能是 {meant}")
        return name

    @field_validator("encryption_key")
    @classmethod
    def _whole_keys(cls, secret: SecretStr) -> SecretStr:
        if secret.get_secret_value():
            _decode_keys(secret)
        return secret

    @field_validator("api_keys")
    @classmethod
    def _one_source_a_key(cls, keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name in keys:
            if not SOURCE_NAME.fullmatch(name):
                raise ValueError(f"来源名“{name}”只能用字母、数字和 . _ -")
        if len({key.get_secret_value() for key in keys.values()}) < len(keys):
            raise ValueError("两个来源用了同一个密钥，请各用各的")
        return keys

    _file: Path | None = PrivateAttr(default=None)
    _is_given: bool = PrivateAttr(default=True)

    def told_by(self, sources: Sources) -> "Settings":
        """Remembers where they come from."""
        self._file = sources.file
        self._is_given = sources.file is not None or bool(sources.values)
        return self

    @property
    def file(self) -> Path | None:
        """The settings file; None where there is none."""
        return self._file

    @property
    def read_from(self) -> str:
        """Which file was read, or that there was none and where it was looked for."""
        if self._file is not None:
            return f"读的是 {self._file.absolute()}"
        return f"没有设置文件，找过 {DEFAULT_FILE.absolute()}"

    def require_given(self) -> None:
        """Raises SettingsError where neither a file nor a variable says anything: the defaults
        alone would make, or look into, some database in the current folder."""
        if not self._is_given:
            raise SettingsError(
                f"{self.read_from}：请照 config/genjin.example.yaml 写一份，或用 --config 指明"
            )

    @property
    def platforms(self) -> frozenset[Platform]:
        """Those that are connected."""
        every: tuple[Platform, ...] = ("wecom", "dingtalk")
        return frozenset(name for name in every if getattr(self, name) is not None)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def encryption_keys(self) -> tuple[bytes, ...]:
        """The keys, 32 bytes each, newest first. Raises SettingsError where none was given."""
        if not self.encryption_key.get_secret_value():
            raise SettingsError(
                f"缺少 encryption_key（{self.read_from}）：请运行 genjin key 生成一个，"
                "写进设置文件，或放进 GENJIN_ENCRYPTION_KEY_FILE 指向的文件"
            )
        keys = _decode_keys(self.encryption_key)
        if EXAMPLE_KEY in keys:
            raise SettingsError(
                "encryption_key 还是示例里的那个，人人都知道：请运行 genjin key 换掉"
            )
        return keys


def _decode_keys(secret: SecretStr) -> tuple[bytes, ...]:
    keys = []
    for part in secret.get_secret_value().split(","):
        text = part.strip().rstrip("=")
        try:
            key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError("应为 32 字节的 base64url（新,旧），请用 genjin key 生成")
        keys.append(key)
    return tuple(keys)


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `path`, else of GENJIN_CONFIG, else of ./genjin.yaml where it exists.

    Environment variables `GENJIN_SECTION__KEY` go over the file. Raises SettingsError.
    """
    sources = Sources.gather(Settings, path, environ)
    try:
        settings = fit(Settings, sources.values)
    except Misfit as misfit:
        raise SettingsError(sources.explain(misfit.faults)) from None
    if sources.file is not None and not sources.is_from_environment("database_url"):
        address = _beside(sources.file, settings.database_url)
        settings = settings.model_copy(update={"database_url": address})
    return settings.told_by(sources)


def _beside(file: Path, address: str) -> str:
    """A relative SQLite path counts from the settings file's folder, as `rules_dir` does."""
    path, mark, options = address.removeprefix(_SQLITE).partition("?")
    if not address.startswith(_SQLITE) or not path or path.startswith((":memory:", "file:", "/")):
        return address
    return f"{_SQLITE}{file.parent.resolve() / path}{mark}{options}"
