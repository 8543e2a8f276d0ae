"""The demo: the ordinary bot over embedded defaults, with the sandbox in the platforms' place.

Nothing outside a temporary folder is touched, no account and no server is needed. The bot is the
one that `genjin serve` runs, with other addresses, another clock, and a read API for the page.
"""

import asyncio
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.app import Bot, RunRole, running_bot
from bot.commands.failures import cannot_listen
from bot.sandbox.cast import Cast, demo_cast
from bot.sandbox.server import Sandbox
from bot.sandbox.story import StoryBroken, play
from bot.sandbox.world import DingTalkMode
from config.clock import TurnedClock
from config.logging import configure
from config.settings import Settings, Speech
from crm_store import schema
from crm_store.database import Database
from crm_store.vault import fresh_key

OPENING = datetime(2026, 3, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A working Tuesday."""
_TEAM = {
    "lina": {"regions": ["上海", "江苏"], "lines": ["医疗设备"]},
    "wanglei": {"regions": ["浙江", "上海"], "lines": ["医疗设备"]},
}


@dataclass(frozen=True)
class Stage:
    """The sandbox and the bot that works on it."""

    sandbox: Sandbox
    bot: Bot
    clock: TurnedClock


def staff_of(cast: Cast) -> dict[str, object]:
    """staff.yaml for the cast: the reps report to the manager, who also hears alarms."""
    manager = next((m.id for m in cast.members if m.role == "manager"), None)
    members = []
    for member in cast.members:
        is_manager = member.role == "manager"
        row: dict[str, object] = {
            "id": member.id,
            "name": member.name,
            "roles": ["manager", "admin"] if is_manager else ["rep"],
            "team": "华东一组",
            **_TEAM.get(member.id, {}),
        }
        if manager is not None and not is_manager:
            row["manager"] = manager
        accounts = {"wecom": member.wecom, "dingtalk": member.dingtalk}
        row |= {name: account for name, account in accounts.items() if account}
        members.append(row)
    return {"staff": members}


def settings_for(sandbox: Sandbox, folder: Path, *, port: int, key: str) -> Settings:
    """The settings of a bot whose platforms are the sandbox."""
    cast = sandbox.cast
    robot = cast.dingtalk
    return Settings.model_validate(
        {
            "database_url": f"sqlite+aiosqlite:///{folder / 'genjin.db'}",
            "public_url": f"http://127.0.0.1:{port}",
            "listen": {"host": "127.0.0.1", "port": port},
            "encryption_key": key,
            "rules_dir": str(folder / "rules"),
            "wecom": {
                "api_base": f"{sandbox.base_url}/wecom",
                "corp_id": cast.corp_id,
                "apps": {
                    name: {
                        "agent_id": app.agent_id,
                        "secret": app.secret,
                        "token": app.token,
                        "aes_key": app.aes_key,
                    }
                    for name, app in cast.apps.items()
                },
            },
            "dingtalk": {
                "api_base": f"{sandbox.base_url}/dingtalk",
                "oapi_base": f"{sandbox.base_url}/dingtalk-oapi",
                "client_id": robot.client_id,
                "client_secret": robot.client_secret,
                "robot_code": robot.robot_code,
                "mode": sandbox.world.dingtalk_mode,
                "card_template_id": robot.card_template_id,
                "card_callback_secret": robot.card_callback_secret,
                "event_token": robot.event_token,
                "event_aes_key": robot.event_aes_key,
            },
        }
    )


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    clock: TurnedClock,
    cast: Cast | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    dingtalk_mode: DingTalkMode = "stream",
    speech: Speech | None = None,
) -> AsyncIterator[Stage]:
    """Starts both, connected to each other; stops both at the end."""
    sandbox = Sandbox(clock, cast or demo_cast(), host=host, port=port, dingtalk_mode=dingtalk_mode)
    try:
        try:
            await sandbox.start()
        except OSError as refused:
            raise cannot_listen(f"{host}:{port}", refused) from None
        rules = folder / "rules"
        rules.mkdir()
        staff = yaml.safe_dump(staff_of(sandbox.cast), allow_unicode=True, sort_keys=False)
        (rules / "staff.yaml").write_text(staff, encoding="utf-8")
        settings = settings_for(sandbox, folder, port=_free_port(), key=fresh_key())
        settings = settings.model_copy(update={"speech": speech})
        await _migrate(settings)
        async with running_bot(settings, clock=clock) as bot:
            bot.is_demo = True
            clock.on_turn(bot.wakeup.everything)
            async with bot.serving(RunRole.ALL):
                sandbox.connect(bot.address)
                yield Stage(sandbox, bot, clock)
    finally:
        await sandbox.stop()


async def _migrate(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        await schema.upgrade(database)
    finally:
        await database.close()


def _free_port() -> int:
    """A port for the bot, known before it starts: its links carry it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def run_demo(*, script: bool, host: str = "127.0.0.1", port: int = 0) -> int:
    """Opens the sandbox until interrupted, or plays the story once; the exit status.

    SIGTERM cancels it, so that it tidies up as after Ctrl+C.
    """
    configure("warning")
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    clock = TurnedClock(OPENING, seconds=time.monotonic)
    with tempfile.TemporaryDirectory(prefix="genjin-demo-") as folder:
        async with stage(Path(folder), clock=clock, host=host, port=port) as on:
            if script:
                return await _play(on.sandbox)
            _print(f"沙盒已打开：{on.sandbox.base_url}/")
            _print("以客户、销售、经理的身份试一试；按 Ctrl+C 结束")
            await asyncio.Event().wait()
    return 0


async def _play(sandbox: Sandbox) -> int:
    try:
        await play(sandbox, _print)
    except StoryBroken as broken:
        sys.stderr.write(f"{broken}\n")
        return 1
    return 0


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
