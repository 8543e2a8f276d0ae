"""`genjin key`: a fresh encryption_key."""

from bot.commands.output import say
from crm_store.vault import fresh_key


def print_key() -> int:
    say(fresh_key())
    return 0
