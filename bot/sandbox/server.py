"""The sandbox: both platforms on one port, the people who use them, and the page's API."""

from collections.abc import Mapping
from typing import Any, Literal

from aiohttp import web

from bot.sandbox.api import PageApi
from bot.sandbox.cast import Cast, Client, Member
from bot.sandbox.dingtalk.api import DingTalk
from bot.sandbox.ledger import Push
from bot.sandbox.page import add_page
from bot.sandbox.screens import Item, Sighting
from bot.sandbox.wecom.api import WeCom
from bot.sandbox.world import DingTalkMode, Impossible, Patience, World
from config.clock import TurnedClock

MAX_BODY = 2 * 1024 * 1024


class Sandbox:
    """A stand-in for WeCom and DingTalk.

    The bot's settings: wecom.api_base = base_url + "/wecom", dingtalk.api_base = base_url +
    "/dingtalk", dingtalk.oapi_base = base_url + "/dingtalk-oapi"; credentials are the cast's.
    People are named by their ids in the cast. What a person cannot do raises Impossible.
    """

    def __init__(
        self,
        clock: TurnedClock,
        cast: Cast,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        dingtalk_mode: DingTalkMode = "stream",
        patience: Patience | None = None,
    ) -> None:
        self.world = World(clock, cast, patience or Patience(), dingtalk_mode)
        self.ledger = self.world.ledger
        self.faults = self.world.faults
        self.wecom = WeCom(self.world)
        self.dingtalk = DingTalk(self.world)
        self.faults.stream = self.dingtalk.stream
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """Without a trailing slash; known once the sandbox has started."""
        return self.world.base_url

    @property
    def cast(self) -> Cast:
        return self.world.cast

    async def start(self) -> None:
        app = web.Application(client_max_size=MAX_BODY)
        add_page(app)
        app.add_routes(PageApi(self.world, self).routes())
        app.add_routes(self.wecom.routes())
        app.add_routes(self.dingtalk.routes())
        app.router.add_route("*", "/{path:.*}", self._unknown)
        self.world.open()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        port = self._runner.addresses[0][1]
        self.world.base_url = f"http://{self._host}:{port}"

    async def stop(self) -> None:
        """Ends every connection and every errand."""
        self.world.closing.set()
        await self.dingtalk.stream.close()
        await self.world.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def connect(self, bot_url: str) -> None:
        """Where callbacks go from now on: the bot's public address."""
        self.world.bot_url = bot_url.rstrip("/")

    async def settled(self) -> None:
        """Returns once what the platforms push by themselves has been pushed."""
        await self.world.settled()

    # What people do. Each returns once the bot has answered, or every attempt has failed;
    # the push tells which (`accepted`).

    async def client_enters(self, client: str, *, scene: str = "", scene_param: str = "") -> Push:
        """Opens the 微信客服 window: enter_session, with a welcome_code where one is due."""
        return await self.wecom.kf.enters(
            self._client(client), scene=scene, scene_param=scene_param
        )

    async def client_writes(self, client: str, text: str) -> Push:
        return await self.client_sends(client, "text", content=text)

    async def client_sends(self, client: str, msgtype: str, **body: Any) -> Push:
        """`body` as sync_msg gives it: media_id, or latitude, longitude …"""
        return await self.wecom.kf.client_sends(self._client(client), msgtype, body)

    async def client_speaks(self, client: str, recording: bytes) -> Push:
        """A voice message, as the bot may fetch it: AMR or SILK."""
        return await self.client_sends(client, "voice", media_id=self.wecom.media.keep(recording))

    async def client_presses(self, client: str, item_id: str, key: str) -> Push:
        """Picks an item of a menu message: its words come back with its menu_id."""
        item = self.world.screens.item(client, item_id)
        buttons = item.card.buttons if item is not None and item.card is not None else ()
        button = next((b for b in buttons if b.key == key and b.url is None), None)
        if button is None:
            raise Impossible("菜单里没有这一项")
        return await self.client_sends(client, "text", content=button.text, menu_id=key)

    async def servicer_writes(self, member: str, client: str, text: str) -> Push:
        """The servicer answers from his WeCom app (origin 5)."""
        return await self.wecom.kf.servicer_writes(self._member(member), self._client(client), text)

    async def servicer_ends(self, member: str, client: str) -> Push:
        """The servicer closes the session."""
        return await self.wecom.kf.servicer_ends(self._member(member), self._client(client))

    async def servicer_takes(self, member: str, *, taking: bool) -> Push:
        """Starts or stops taking sessions; who does not take gets none (95014)."""
        return await self.wecom.kf.takes(self._member(member), taking=taking)

    async def member_writes(
        self, member: str, text: str, *, platform: Literal["wecom", "dingtalk"] | None = None
    ) -> Push:
        """To the assistant; without `platform`, in WeCom where he has an account there."""
        who = self._member(member)
        if self._platform(who, platform) == "wecom":
            return await self.wecom.inbound.member_sends(who, "text", {"Content": text})
        return await self.dingtalk.inbound.member_sends(who, "text", {"content": text})

    async def member_sends(
        self, member: str, platform: Literal["wecom", "dingtalk"], msgtype: str, **fields: Any
    ) -> Push:
        """Anything else than text, its fields named as the platform names them."""
        who = self._member(member)
        if self._platform(who, platform) == "wecom":
            return await self.wecom.inbound.member_sends(who, msgtype, fields)
        return await self.dingtalk.inbound.member_sends(who, msgtype, fields)

    async def member_speaks(self, member: str, recording: bytes) -> Push:
        """A voice message to the assistant in WeCom."""
        media_id = self.wecom.media.keep(recording)
        return await self.member_sends(member, "wecom", "voice", MediaId=media_id, Format="amr")

    async def member_presses(self, member: str, item_id: str, key: str) -> Push:
        """A button of a card on his screen, or an item of its menu."""
        item = self.world.screens.item(member, item_id)
        if item is None or item.card is None:
            raise Impossible("屏幕上没有这张卡片")
        if item.platform == "wecom":
            return await self.wecom.messages.press(self._member(member), item_id, key)
        return await self.dingtalk.inbound.press(self._member(member), item_id, key)

    async def dingtalk_event(self, event_type: str, **fields: Any) -> Push:
        """A subscribed event of the organisation, such as user_add_org."""
        return await self.dingtalk.inbound.event(event_type, fields)

    # What the consoles do

    async def verify_url(self, app: str) -> bool:
        """Saves a WeCom app's callback URL: whether the bot answered the GET rightly in 1 s."""
        return await self.wecom.callbacks.verify_url(app)

    async def verify_dingtalk_events(self) -> bool:
        """Saves the events' URL: whether check_url was answered with the sealed `success`."""
        return await self.dingtalk.inbound.verify_events()

    # What can be seen

    def screen(self, person: str) -> list[Item]:
        """What he sees, oldest first, cards in their present state."""
        return self.world.screens.of(person)

    @property
    def history(self) -> list[Sighting]:
        """Every change of every screen, in order: new items, and cards redrawn."""
        return self.world.screens.history

    async def _unknown(self, request: web.Request) -> web.Response:
        if request.path not in {"/favicon.ico", "/robots.txt"}:
            self.ledger.violation(f"{request.method} {request.path} is not spoken here")
        return web.json_response({"error": "没有这个地址"}, status=404)

    def _client(self, person: str) -> Client:
        client = self.cast.client(person)
        if client is None:
            raise Impossible(f"没有“{person}”这位客户")
        return client

    def _member(self, person: str) -> Member:
        member = self.cast.member(person)
        if member is None:
            raise Impossible(f"没有“{person}”这位同事")
        return member

    def _platform(self, member: Member, wanted: str | None) -> str:
        accounts: Mapping[str, str | None] = {"wecom": member.wecom, "dingtalk": member.dingtalk}
        platform = wanted or next((name for name, account in accounts.items() if account), "")
        if not accounts.get(platform):
            raise Impossible(f"{member.name}没有这个平台的账号")
        return platform
