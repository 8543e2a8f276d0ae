"""doctor at the language model: is it reached, does it take the key, does it answer as asked?"""

import time
from urllib.parse import urlsplit

import aiohttp

from bot.commands.findings import Finding, Findings, fault, good, note
from config.clock import SystemClock
from config.hosts import is_at_home
from config.settings import Llm, Settings
from notifiers.errors import DeliveryError, Misconfigured, Retryable
from notifiers.in_chinese import reason_told
from notifiers.llm import READ, LlmMessenger

_NAME = "大模型"
_QUESTION = {
    "text": "预算三五十万，下周三前要方案",
    "said_at": "2026-03-10T10:00+08:00 周二",
    "fields": ["budget", "time"],
}
"""Ours, and about nobody."""


async def model(settings: Settings) -> Findings:
    """Asks one question, which costs as much as any."""
    llm = settings.llm
    if llm is None:
        return
    for found in _of_privacy(llm):
        yield found
    async with aiohttp.ClientSession() as session:
        began = time.perf_counter()
        try:
            answer = await LlmMessenger(session, llm, SystemClock()).call(READ, _QUESTION)
        except DeliveryError as failed:
            yield _failed(llm, failed)
            return
    took = time.perf_counter() - began
    if answer["found"]:
        yield good(f"{_NAME} {llm.model} 能答，用了 {took:.1f} 秒")
    else:
        yield note(
            f"{_NAME} {llm.model} 按格式答了，但从“{_QUESTION['text']}”里什么也没有读出来",
            "换一个大一些的模型：它答不出的，以规则为准",
        )


def _of_privacy(llm: Llm) -> list[Finding]:
    found = []
    is_near = is_at_home(urlsplit(llm.base_url).hostname or "")
    if not is_near and llm.base_url.startswith("http://"):
        advice = "设置 llm.base_url 换成 https:// 的地址"
        found.append(fault(f"{_NAME}：客户的话和密钥会不加密地传送", advice))
    if not is_near and not llm.mask:
        found.append(note(f"{_NAME}：客户的话不遮盖就送到外面", "除非有依据，设置 llm.mask: true"))
    return found


def _failed(llm: Llm, failed: DeliveryError) -> Finding:
    why = reason_told(failed.reason)
    if isinstance(failed, Misconfigured):
        return fault(f"{_NAME}：{why}（{failed.code}）", failed.advice)
    if failed.code == "timeout":
        return fault(
            f"{_NAME}：{llm.timeout_seconds} 秒内没有答复",
            "检查它是否在运行；慢的模型，把设置 llm.timeout_seconds 写大一些",
        )
    if isinstance(failed, Retryable):
        return fault(
            f"{_NAME}：没有得到答复（{why}）",
            "检查本机能否连上它，核对设置 llm.base_url（到 /v1 为止）",
        )
    return fault(
        f"{_NAME} {llm.model} 答了，但用不了（{why}，{failed.code}）",
        "换一个支持 response_format: json_schema 的模型或服务，设置 llm.model、llm.base_url",
    )
