"""doctor at our own door: who answers at `public_url`, as far as this machine can tell."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import aiohttp
import orjson

from bot.commands.findings import Finding, Findings, Mark, fault, good, note
from bot.web.guard import OURS, SERVICE
from config.settings import Settings

_PATIENCE = aiohttp.ClientTimeout(total=8)
_OK = 200
_NOT_FOUND = 404
_PROXY_ALONE = (502, 503, 504)
_CLOSED_DOOR = (400, 401, 403)
"""What our callbacks answer to whoever has no signature."""
_LARGEST = 65_536
_PROXY = "反向代理：把域名的全部路径转到 listen 的地址"


def callbacks(settings: Settings) -> Iterator[tuple[str, str]]:
    """The paths the platforms call, and the page of the console that is told of each."""
    if settings.wecom is not None:
        for app in settings.wecom.apps:
            yield f"/callbacks/wecom/{app}", f"企业微信管理后台 → 应用「{app}」→ 接收消息服务器配置"
    if settings.dingtalk is not None and settings.dingtalk.mode == "http":
        console = "钉钉开放平台 → 应用开发 → 您的应用"
        yield "/callbacks/dingtalk/robot", f"{console} → 机器人 → 消息接收地址"
        yield "/callbacks/dingtalk/events", f"{console} → 事件订阅 → 请求网址"


def _doors(settings: Settings) -> Iterator[str]:
    """The paths of all callbacks, also of the one that no console is told: we register it."""
    for path, _ in callbacks(settings):
        yield path
    dingtalk = settings.dingtalk
    if dingtalk is not None and dingtalk.mode == "http" and dingtalk.card_template_id:
        yield "/callbacks/dingtalk/cards"


async def our_door(settings: Settings) -> Findings:
    """Opens `public_url` from here, and knocks at each callback without a key."""
    async with aiohttp.ClientSession(timeout=_PATIENCE) as session:
        try:
            found = await _healthz(session, settings.public_url)
            yield found
            if found.mark is Mark.GOOD:
                async for finding in _knock(session, settings):
                    yield finding
                yield await _metrics(session, settings.public_url)
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError):
            yield fault(
                "public_url 的 HTTPS 证书不对，平台和手机都会拒绝",
                "换上域名自己的、没有过期的证书，带上中间证书",
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as failed:
            yield _unreached(settings.public_url, failed)


async def _healthz(session: aiohttp.ClientSession, url: str) -> Finding:
    async with session.get(f"{url}/healthz", allow_redirects=False) as answer:
        said = await answer.content.read(_LARGEST)
        if answer.status in _PROXY_ALONE:
            return fault(
                f"{url} 的代理在，后面没有人答话（{answer.status}）",
                "启动 genjin serve；已经启动的，核对代理转到的地址和 listen",
            )
        if answer.status == _OK and _is_ours(said):
            return good(f"从本机打开 {url}/healthz，答话的是跟进")
        where = urlsplit(answer.headers.get("Location", "")).netloc
        seen = f"跳转到 {where}" if where else f"HTTP {answer.status}"
        return fault(f"{url} 那里答话的不是跟进（{seen}）", _PROXY)


async def _knock(session: aiohttp.ClientSession, settings: Settings) -> Findings:
    for path in _doors(settings):
        method = "GET" if path.startswith("/callbacks/wecom/") else "POST"
        url = f"{settings.public_url}{path}"
        async with session.request(method, url, allow_redirects=False) as answer:
            is_ours = OURS in answer.headers
            if is_ours and answer.status in _CLOSED_DOOR:
                yield good(f"回调地址 {path} 有人应，并且拒绝没有签名的请求")
            elif answer.status in _CLOSED_DOOR:
                yield fault(
                    f"回调地址 {path} 被跟进前面的东西拒绝了（HTTP {answer.status}）",
                    f"防火墙（WAF）和反向代理要放行 /callbacks/，也不要去掉答复里的 {OURS}",
                )
            elif is_ours and answer.status == _NOT_FOUND:
                yield fault(
                    f"回调地址 {path} 转到了跟进，但那个进程不收（404）",
                    "只运行 worker 或 scheduler 的进程不收回调，要转给 web；"
                    "钉钉的回调，核对设置里 dingtalk 的 event_token、event_aes_key、"
                    "card_callback_secret",
                )
            elif answer.status == _NOT_FOUND:
                yield fault(
                    f"回调地址 {path} 没有转到跟进（404）",
                    _PROXY,
                )
            else:
                yield fault(f"回调地址 {path} 答话的不是跟进（HTTP {answer.status}）", _PROXY)


async def _metrics(session: aiohttp.ClientSession, url: str) -> Finding:
    """A proxy that adds no header to what it passes on looks as if this machine asked."""
    async with session.get(f"{url}/metrics", allow_redirects=False) as answer:
        if answer.status == _OK:
            return fault(
                f"{url}/metrics 谁都能看",
                "设置 metrics_token，或让反向代理不转 /metrics",
            )
        return good(f"{url}/metrics 不给外人看")


def _is_ours(said: bytes) -> bool:
    try:
        answer = orjson.loads(said)
    except orjson.JSONDecodeError:
        return False
    return isinstance(answer, dict) and answer.get("service") == SERVICE


def _unreached(url: str, failed: Exception) -> Finding:
    host = urlsplit(url).hostname or url
    if isinstance(failed, aiohttp.ClientConnectorDNSError):
        return fault(f"查不到域名 {host}", "核对 public_url；域名刚设好的，等解析生效")
    if isinstance(failed, aiohttp.ClientConnectorError) and isinstance(
        failed.os_error, ConnectionRefusedError
    ):
        return fault(f"{url} 没有人应", f"{_PROXY}，并打开防火墙的端口")
    # Many routers do not let a machine back in by its own outside address.
    return note(
        f"从本机打不开 {url}（{type(failed).__name__}），从外面行不行看不出来",
        "用手机流量打开它的 /healthz 看看",
    )
