"""The clients of the platforms that are connected, each with its pace and the tokens of all, of a
language model and a speech service where there is one, and of systems that share master data."""

from collections.abc import Callable

import aiohttp

from config.clock import Clock
from config.schemas.connections import Connections
from config.settings import Settings, Speech
from crm_store.redis_link import RedisLink
from crm_store.store import Store
from crm_store.tokens import TokenStore
from notifiers import dingtalk, wecom
from notifiers.dingtalk import DingTalkMessenger
from notifiers.limits import Limits, TokenBuckets
from notifiers.llm import LlmMessenger
from notifiers.llm_budget import DailyBudget
from notifiers.messenger import Messenger
from notifiers.quotas import Usage
from notifiers.shared_limits import SharedBuckets
from notifiers.speech.messenger import SpeechMessenger
from notifiers.speech.sherpa import LocalModel
from notifiers.speech.transcription import SpeechService, SpeechToText
from notifiers.webhook import WebhookMessenger
from notifiers.wecom import WeComMessenger

_PACES = {"wecom": wecom.PACE, "dingtalk": dingtalk.PACE}
_PROCESSES_WITHOUT_REDIS = 4
"""So many workers stay within the platforms' limits where nothing tells them of each other."""


def paced(redis: RedisLink | None, *, is_alone: bool) -> dict[str, Limits]:
    """How fast each platform is asked: together over Redis, else each process a part of it."""
    limits: dict[str, Limits] = {}
    for platform, pace in _PACES.items():
        own = TokenBuckets(pace if is_alone else pace.shared_by(_PROCESSES_WITHOUT_REDIS))
        limits[platform] = own if redis is None else SharedBuckets(redis, platform, pace, alone=own)
    return limits


def messengers(
    settings: Settings,
    session: aiohttp.ClientSession,
    tokens: TokenStore,
    limits: dict[str, Limits],
    clock: Clock,
    *,
    usage: Usage,
    store: Store,
    connections: Callable[[], Connections],
) -> dict[str, Messenger]:
    """By platform, those that are in the settings."""
    found: dict[str, Messenger] = {
        "webhook": WebhookMessenger(session, connections, settings.connections, clock)
    }
    if settings.wecom is not None:
        found["wecom"] = WeComMessenger(
            session, settings.wecom, tokens, clock, limits=limits["wecom"]
        )
    if settings.dingtalk is not None:
        found["dingtalk"] = DingTalkMessenger(
            session, settings.dingtalk, tokens, clock, limits=limits["dingtalk"], usage=usage
        )
    if settings.llm is not None:
        found["llm"] = LlmMessenger(
            session,
            settings.llm,
            clock,
            DailyBudget(store, settings.zone, settings.llm.calls_a_day),
        )
    if settings.speech is not None:
        wecom_client = found.get("wecom")
        fetch = wecom_client.media if isinstance(wecom_client, WeComMessenger) else None
        ears = _ears(session, settings.speech, clock)
        found["speech"] = SpeechMessenger(store, ears, fetch)
    return found


def _ears(session: aiohttp.ClientSession, settings: Speech, clock: Clock) -> SpeechToText:
    if settings.model_dir is not None:
        return LocalModel(settings)
    return SpeechService(session, settings, clock)
