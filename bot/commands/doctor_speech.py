"""doctor on voice messages: can recordings be decoded here, and does anything write them down?"""

from importlib.util import find_spec
from urllib.parse import urlsplit

import aiohttp

from bot.commands.findings import Finding, Findings, fault, good, note
from config.clock import SystemClock
from config.hosts import is_at_home
from config.settings import Settings, Speech
from notifiers.errors import DeliveryError, Misconfigured, Retryable
from notifiers.in_chinese import reason_told
from notifiers.speech.decoding import RATE, WIDTH
from notifiers.speech.hearing import INSTALL, Pcm, missing_extras
from notifiers.speech.sherpa import NoModel, find_model
from notifiers.speech.transcription import SpeechService

_NAME = "语音转文字"
_LOCAL = "sherpa_onnx"
_INSTALL_LOCAL = "运行 .venv/bin/pip install -e '.[speech]'"
_SILENCE = Pcm(bytes(RATE * WIDTH))
"""A second of it, which costs next to nothing."""


async def hearing(settings: Settings) -> Findings:
    speech = settings.speech
    if speech is None:
        if settings.wecom is None:
            return
        yield note(
            "没有接语音转文字：企业微信里的语音只告诉销售有一条，录音留着",
            "要转的话，照 config/genjin.example.yaml 写上 speech 一段",
        )
        return
    missing = missing_extras()
    if missing:
        yield fault(f"{_NAME}：这里解不开录音（缺少 {'、'.join(missing)}）", INSTALL)
    if speech.model_dir is not None:
        yield _of_model(speech)
        return
    for found in _of_privacy(speech):
        yield found
    yield await _of_service(speech)


def _of_model(speech: Speech) -> Finding:
    """The folder's files; whether the model is any good shows with the first recording."""
    assert speech.model_dir is not None
    if find_spec(_LOCAL) is None:
        return fault(f"{_NAME}：没有安装 sherpa-onnx", _INSTALL_LOCAL)
    try:
        model = find_model(speech.model_dir)
    except NoModel as wrong:
        return fault(f"{_NAME}：{wrong}", "核对设置 speech.model_dir：解压后的 sherpa-onnx 模型")
    return good(f"{_NAME}用本机的模型（{model.architecture}）")


def _of_privacy(speech: Speech) -> list[Finding]:
    address = speech.base_url or ""
    if is_at_home(urlsplit(address).hostname or ""):
        return []
    if address.startswith("http://"):
        advice = "设置 speech.base_url 换成 https:// 的地址"
        return [fault(f"{_NAME}：客户的录音和密钥会不加密地传送", advice)]
    return []


async def _of_service(speech: Speech) -> Finding:
    async with aiohttp.ClientSession() as session:
        try:
            await SpeechService(session, speech, SystemClock()).transcribe(_SILENCE)
        except Misconfigured as wrong:
            return fault(f"{_NAME}：{reason_told(wrong.reason)}（{wrong.code}）", wrong.advice)
        except Retryable as failed:
            return fault(
                f"{_NAME}：没有得到答复（{reason_told(failed.reason)}）",
                "检查本机能否连上它，核对设置 speech.base_url（到 /v1 为止）",
            )
        except DeliveryError as failed:
            said = failed.code or reason_told(failed.reason)
            return note(
                f"{_NAME}：服务不收一秒钟的静音（{said}），收不收真的录音看不出来",
                "发一条语音试试",
            )
    return good(f"{_NAME}服务 {speech.model} 能答")
