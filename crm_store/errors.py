"""Refusals of the store, and what is safe to show to a person.

CrmError                 safe to show, in Chinese: becomes the reply
└── NotYours             「没有找到您名下的客户“X”」: not found and not allowed are one sentence
StoreError               something the operator has to know
├── NotStored            an event could not be made durable: the platform must send it again
└── SchemaOutdated       the database is older (or newer) than the code
"""


class CrmError(Exception):
    """A refusal that a person may read as it stands."""


class NotYours(CrmError):
    """The client is not there, or not within the asker's rights; nobody learns which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"没有找到您名下的客户“{name}”")


class StoreError(Exception):
    """The store could not do what it promised."""


class NotStored(StoreError):
    """The event is not durable. Whoever sent it must send it again (503)."""


class SchemaOutdated(StoreError):
    """The database is not at the schema this code needs; `genjin migrate` brings it there."""
