"""Addresses of our own pages, made by the web room and put into cards."""

from typing import Protocol

from crm_store.models import Lead, Member


class Links(Protocol):
    """Signs a link for one person; it expires (keeping.yaml, link_hours)."""

    def history(self, lead: Lead, reader: Member) -> str:
        """`/t/{token}`: the whole history of a lead, for this reader."""
        ...
