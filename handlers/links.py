"""Addresses of our own pages, made by the web room and put into cards."""

from typing import Protocol

from crm_store.models import Lead, Member


class Links(Protocol):
    """Signs a link for one person; those about a lead expire (keeping.yaml, link_hours)."""

    def history(self, lead: Lead, reader: Member) -> str:
        """`/t/{token}`: the whole history of a lead, for this reader."""
        ...

    def entry(self, lead: Lead, reader: Member) -> str:
        """`/t/{token}` for a todo or an event in his platform's own lists: it does not expire, and
        opens only while that stands there."""
        ...

    def follow_up(self, lead: Lead, owner: Member) -> str:
        """`/f/{token}`: the page on which its owner says what he did."""
        ...

    def desk(self, member: Member, seat: int) -> str:
        """`/d/{token}`: the member's own page of new leads; it lasts while the seat is his."""
        ...
