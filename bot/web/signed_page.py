"""What the pages behind signed links share: who may post to them, how their forms are read, and how
a link that does not open is told.

They act by POST and never by GET: previews open links. Under no-referrer the token in the address
goes nowhere, and a browser calls its own page's origin `null`.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from bot.links import LinkExpired, LinkRefused
from bot.platforms.reception import body_of
from bot.web.pages import refusal
from handlers.deciding import NotForYou

_WHAT_TO_DO = "也可以在聊天里对助手说“我的线索”。"
_MOST_FIELDS = 10


async def or_refused(
    request: web.Request,
    act: Callable[[web.Request], Awaitable[web.StreamResponse]],
    *,
    what_to_do: str = _WHAT_TO_DO,
) -> web.StreamResponse:
    """What `act` answers, or a page that says why not and what to do."""
    try:
        return await act(request)
    except LinkExpired as refused:
        return refusal(request, 410, "链接过期了", f"{refused}。{what_to_do}")
    except LinkRefused as refused:
        return refusal(request, 403, "链接打不开", f"{refused}。{what_to_do}")
    except NotForYou as refused:
        return refusal(request, 403, "看不到这条线索", f"{refused}。{what_to_do}")


def from_elsewhere(request: web.Request) -> web.Response:
    return refusal(request, 403, "没有接受", "这次提交不是从本页发出的。")


def is_from_here(request: web.Request, public_url: str) -> bool:
    """The token is the key; a browser that names another site is refused all the same."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") == "cross-site":
        return False
    origin = request.headers.get("Origin", "null")
    ours = {urlsplit(public_url).netloc, request.host}
    return origin == "null" or urlsplit(origin).netloc in ours


def is_prefetch(request: web.Request) -> bool:
    """A browser that loads ahead has shown the page to nobody."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


async def form_of(request: web.Request) -> dict[str, str]:
    """What our own page posts: urlencoded UTF-8, nothing else."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType
    try:
        text = (await body_of(request)).decode()
        return dict(parse_qsl(text, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise web.HTTPBadRequest from None
