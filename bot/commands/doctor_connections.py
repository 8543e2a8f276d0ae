"""doctor at the systems that share master data: has each its credentials, and does it answer?"""

import aiohttp

from bot.commands.findings import Finding, Findings, fault, good, note
from config.clock import SystemClock
from config.rules import Rules
from config.schemas.connections import System
from config.settings import Settings
from notifiers.errors import DeliveryError, Misconfigured
from notifiers.in_chinese import reason_told
from notifiers.webhook import TELL, WebhookMessenger

_PING = {"event": "ping", "cid": None, "sequence": 0}
"""Ours, and about nobody: a system answers it with 2xx and does nothing."""


async def systems(settings: Settings, rules: Rules) -> Findings:
    """Sends each a signed ping."""
    for found in _unregistered(settings, rules):
        yield found
    async with aiohttp.ClientSession() as session:
        messenger = WebhookMessenger(
            session, lambda: rules.connections, settings.connections, SystemClock()
        )
        for system in rules.connections.systems:
            for found in _of_keys(settings, system):
                yield found
            if system.url is not None:
                yield await _pinged(messenger, system)


def _unregistered(settings: Settings, rules: Rules) -> list[Finding]:
    strangers = [name for name in settings.connections if rules.connections.named(name) is None]
    if not strangers:
        return []
    advice = "在 connections.yaml 里登记，或从设置里删去"
    return [note(f"设置 connections 里的 {'、'.join(strangers)} 没有登记", advice)]


def _of_keys(settings: Settings, system: System) -> list[Finding]:
    if not system.sets or system.name in settings.api_keys:
        return []
    advice = f"在设置里写上 api_keys.{system.name}，交给对方；它只收不送的，删去 sets"
    return [fault(f"{system.called}：没有密钥，送不进来", advice)]


async def _pinged(messenger: WebhookMessenger, system: System) -> Finding:
    arguments = {"system": system.name, "key": "doctor", "body": _PING}
    try:
        await messenger.call(TELL, arguments)
    except Misconfigured as wrong:
        return fault(f"{system.called}：{reason_told(wrong.reason)}", wrong.advice)
    except DeliveryError as failed:
        why = f"{reason_told(failed.reason)}（{failed.code}）" if failed.code else failed.reason
        return fault(
            f"{system.called}：没有收下试发的通知，{why}",
            f"检查它是否在运行，核对 connections.yaml 里 {system.name} 的 url；"
            "事件 ping 应答 200，什么也不做",
        )
    return good(f"{system.called}收得到通知，认得签名")
