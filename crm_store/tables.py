"""Every table there is. Importing this module makes the metadata complete."""

from crm_store import models
from crm_store.breakers import breakers
from crm_store.cron import cron_slots
from crm_store.cursors import cursors
from crm_store.inbox import inbox
from crm_store.keyring import keyring
from crm_store.names import client_grams
from crm_store.outbox import outbox, outbox_tries
from crm_store.quotas import quotas
from crm_store.search.table import spoken
from crm_store.timers import timers
from crm_store.tokens import tokens

__all__ = [
    "breakers",
    "client_grams",
    "cron_slots",
    "cursors",
    "inbox",
    "keyring",
    "models",
    "outbox",
    "outbox_tries",
    "quotas",
    "spoken",
    "timers",
    "tokens",
]
