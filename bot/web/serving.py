"""What the web room needs of the process it runs in. bot/app.py's Bot has all of it."""

from collections import Counter
from typing import Protocol

from bot.dispatcher import Dispatcher
from bot.links import SignedLinks
from bot.scheduler import Scheduler
from bot.services import Services
from bot.worker import Puller, Worker
from config.clock import Clock
from config.rules import RuleBook
from config.settings import Settings
from crm_store.database import Database
from crm_store.inbox_writer import InboxWriter
from crm_store.redis_link import RedisLink
from crm_store.store import Store
from crm_store.tokens import TokenStore
from crm_store.wakeup import LocalWakeup
from notifiers.delivery import Delivery
from notifiers.limits import Limits
from notifiers.quotas import Usage


class Served(Protocol):
    settings: Settings
    clock: Clock
    database: Database
    store: Store
    wakeup: LocalWakeup
    rules: RuleBook
    links: SignedLinks
    services: Services
    dispatcher: Dispatcher
    inbox: InboxWriter
    worker: Worker
    puller: Puller
    delivery: Delivery
    tokens: TokenStore
    limits: dict[str, Limits]
    usage: Usage
    scheduler: Scheduler
    redis: RedisLink | None
    submitted: int
    recorded: Counter[tuple[str, str]]
    draining: bool
    is_demo: bool
