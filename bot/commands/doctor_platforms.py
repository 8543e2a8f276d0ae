"""doctor outside: the platforms' credentials, their clock, and what they must be told of us.

The calls are harmless: tokens are fetched and thrown away; what is sent after them is refused by
the platform for its content, which shows that it got past the address and the rights.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from types import SimpleNamespace
from urllib.parse import urlsplit

import aiohttp

from bot.commands.doctor_home import NOTICED
from bot.commands.doctor_kf import KF, servicers
from bot.commands.doctor_outside import callbacks
from bot.commands.findings import Finding, Findings, fault, good, note
from config.clock import Clock, SystemClock
from config.hosts import is_at_home
from config.rules import Rules
from config.settings import DingTalk, Settings, WeCom
from notifiers.card import Card
from notifiers.dingtalk import DingTalkMessenger
from notifiers.errors import DeliveryError, Misconfigured, Retryable
from notifiers.in_chinese import reason_told
from notifiers.messenger import FreshToken
from notifiers.wecom import ASSISTANT, WeComMessenger
from notifiers.wire import Wire

DANGEROUS = timedelta(minutes=5)
"""Callbacks are refused past ten minutes; some of that is the platforms' own delay."""
_NOBODY = "genjin-doctor"
_UNREACHED = ("timeout", "connection", "http")
_NO_SUCH_FILE = "invalidparameter.downloadcode"
"""What DingTalk says of the file that nobody sent: it got as far as that."""
_NEEDED = {ASSISTANT: "员工收不到卡片", KF: "收不到微信客服的消息"}


class FreshTokens:
    """A token cache that keeps nothing beyond this run, so that the credentials are tried."""

    def __init__(self) -> None:
        self._fetched: dict[str, str] = {}

    async def token(self, name: str, fetch: Callable[[], Awaitable[FreshToken]]) -> str:
        if name not in self._fetched:
            self._fetched[name] = (await fetch()).token
        return self._fetched[name]

    async def discard(self, name: str, failed: str) -> None:
        self._fetched.pop(name, None)


@dataclass
class Drift:
    """How far the platforms' clocks are ahead of ours, by the Date of their answers."""

    clock: Clock
    by_host: dict[str, timedelta]

    async def note(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        ended: aiohttp.TraceRequestEndParams,
    ) -> None:
        said = ended.response.headers.get("Date")
        if said is None:
            return
        try:
            theirs = parsedate_to_datetime(said)
        except ValueError:
            return
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=UTC)
        self.by_host[ended.url.host or ""] = theirs - self.clock.now()

    def findings(self) -> Iterator[Finding]:
        for host, drift in self.by_host.items():
            ours = "慢" if drift > timedelta() else "快"
            seconds = round(abs(drift.total_seconds()))
            said = f"本机时钟比 {host} {ours} {seconds} 秒"
            if abs(drift) > DANGEROUS:
                yield fault(
                    said, "平台的回调会因此被拒绝：请打开时间同步（timedatectl set-ntp true）"
                )
            elif abs(drift) > NOTICED:
                yield note(said, "请打开时间同步（timedatectl set-ntp true）")
            else:
                yield good(f"本机时钟与 {host} 一致")


@asynccontextmanager
async def _watched_session(drift: Drift) -> AsyncIterator[aiohttp.ClientSession]:
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(drift.note)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        yield session


async def platforms(
    settings: Settings, rules: Rules | None, *, clock: Clock | None = None
) -> Findings:
    """The credentials and rights of each platform that is connected."""
    clock = clock or SystemClock()
    if settings.wecom is None and settings.dingtalk is None:
        yield fault("一个平台也没有接", "在设置里写上 wecom 或 dingtalk 一段")
        return
    drift = Drift(clock, {})
    async with _watched_session(drift) as session:
        if settings.wecom is not None:
            account = _somebody(rules)
            wecom = WeComMessenger(session, settings.wecom, FreshTokens(), clock)
            async for finding in _wecom(settings.wecom, wecom, account):
                yield finding
            if KF in settings.wecom.apps:
                async for finding in _kf(settings.wecom, wecom, Wire(session), rules):
                    yield finding
        if settings.dingtalk is not None:
            dingtalk = DingTalkMessenger(session, settings.dingtalk, FreshTokens(), clock)
            async for finding in _dingtalk(settings.dingtalk, dingtalk):
                yield finding
    for found in drift.findings():
        yield found


def _somebody(rules: Rules | None) -> str:
    members = rules.staff.members if rules is not None else ()
    return next((m.wecom for m in members if m.active and m.wecom), _NOBODY)


async def _wecom(settings: WeCom, messenger: WeComMessenger, account: str) -> Findings:
    for app, consequence in _NEEDED.items():
        if app not in settings.apps:
            yield note(f"企业微信没有应用 {app}：{consequence}", f"设置 wecom.apps.{app}")
    for app in settings.apps:
        name = f"企业微信应用 {app}"
        try:
            await messenger.fetch_token(app)
        except DeliveryError as failed:
            yield _no_token(name, failed, "wecom.api_base")
        else:
            reach = partial(_reach_in, messenger, app, account)
            yield await _tried(name, reach, f"{name} 的凭证可用", "wecom.api_base")


async def _reach_in(messenger: WeComMessenger, app: str, account: str) -> None:
    """Asks for something that cannot be: only rights and addresses are tried by it."""
    if app == ASSISTANT:
        card = Card(title="检查", status="检查")
        await messenger.update(account, _NOBODY, card, code=_NOBODY)
    elif app == KF:
        nobody = {"external_userid_list": [_NOBODY], "need_enter_session_context": 0}
        await messenger.call("kf/customer/batchget", nobody)


async def _kf(
    settings: WeCom, messenger: WeComMessenger, wire: Wire, rules: Rules | None
) -> Findings:
    """What is wrong with the app's own credentials has been said already."""
    try:
        token = (await messenger.fetch_token(KF)).token
    except DeliveryError:
        return
    try:
        async for finding in servicers(wire, settings.api_base, token, rules):
            yield finding
    except Misconfigured as wrong:
        yield fault(f"微信客服：{reason_told(wrong.reason)}（{wrong.code}）", wrong.advice)
    except DeliveryError as failed:
        yield note(
            f"微信客服的接待人员没有查成（{reason_told(failed.reason)}）",
            "稍后再运行 genjin doctor",
        )


async def _dingtalk(settings: DingTalk, messenger: DingTalkMessenger) -> Findings:
    try:
        await messenger.fetch_token()
    except DeliveryError as failed:
        yield _no_token("钉钉", failed, "dingtalk.api_base")
    else:
        yield good("钉钉应用的凭证可用")
        async for finding in _dingtalk_rights(settings, messenger):
            yield finding
    if settings.card_template_id is None:
        yield note(
            "没有设置钉钉卡片模板：卡片不能原地更新，按钮变成链接",
            "钉钉卡片平台 → 新建模板，把模板 ID 填入 dingtalk.card_template_id",
        )
    else:
        yield note(
            "设置了钉钉卡片模板；它有没有发布、是不是关联了此应用，不发卡片查不出来",
            "钉钉卡片平台 → 模板列表：看一眼状态；有错时第一张卡片会停下，管理员会收到告警",
        )


async def _dingtalk_rights(settings: DingTalk, messenger: DingTalkMessenger) -> Findings:
    """Asks for what cannot be: a file that nobody sent, a change of a card that nobody has."""
    nobody = {"downloadCode": _NOBODY, "robotCode": settings.robot_code}
    ask = partial(messenger.call, "robot/messageFiles/download", nobody)
    tries: dict[str, Callable[[], Awaitable[object]]] = {"机器人": ask}
    if settings.card_template_id is not None:
        card = Card(title="检查", status="检查")
        tries["互动卡片"] = partial(messenger.update, _NOBODY, _NOBODY, card, code=None)
    for what, attempt in tries.items():
        name = f"钉钉{what}"
        yield await _tried(name, attempt, f"{name}的接口可以调用", "dingtalk.api_base")


def _no_token(name: str, failed: DeliveryError, setting: str) -> Finding:
    """Without a token nothing works, whatever the reason."""
    if isinstance(failed, Misconfigured):
        return _wrong(name, failed)
    if _is_unreached(failed):
        return _not_reached(name, failed, setting)
    return fault(
        f"{name}：没有拿到令牌（{failed.code or reason_told(failed.reason)}）",
        "稍后再运行 genjin doctor；还是这样，按错误码查平台的文档",
    )


async def _tried(
    name: str, attempt: Callable[[], Awaitable[object]], well: str, setting: str
) -> Finding:
    """Good only where the platform looked at the content; a code that says nothing is told."""
    try:
        await attempt()
    except Misconfigured as wrong:
        return _wrong(name, wrong)
    except Retryable as failed:
        if _is_unreached(failed):
            return _not_reached(name, failed, setting)
        if failed.code.casefold().startswith(_NO_SUCH_FILE):
            return good(well)
        said = failed.code or reason_told(failed.reason)
        return note(
            f"{name}：拿到了令牌，但接口的答复看不出能不能用（{said}）",
            "稍后再运行 genjin doctor；还是这样，按错误码查平台的文档",
        )
    except DeliveryError:
        return good(well)
    return good(well)


def _wrong(name: str, wrong: Misconfigured) -> Finding:
    return fault(f"{name}：{reason_told(wrong.reason)}（{wrong.code}）", wrong.advice)


def _is_unreached(failed: DeliveryError) -> bool:
    return isinstance(failed, Retryable) and failed.code.startswith(_UNREACHED)


def _not_reached(name: str, failed: DeliveryError, setting: str) -> Finding:
    return fault(
        f"{name}：没有得到答复（{reason_told(failed.reason)}）",
        f"检查本机能否上网、代理，以及设置 {setting}",
    )


def addresses(settings: Settings) -> Iterator[Finding]:
    """What the platforms' consoles and people's phones are to be told of us."""
    url = settings.public_url
    host = urlsplit(url).hostname or ""
    if is_at_home(host):
        yield fault(
            f"public_url 是 {url}：手机和平台从外面打不开",
            "填外面能访问的 https 域名，用反向代理转到 listen 的端口",
        )
    elif not url.startswith("https://"):
        yield fault(f"public_url 是 {url}：卡片里的链接会不加密地传送", "换成 https:// 的地址")
    else:
        yield good(f"public_url 是 {url}")
    for path, console in callbacks(settings):
        yield note(f"回调地址 {url}{path}", f"{console}；能否从外面访问，以后台保存时的验证为准")
