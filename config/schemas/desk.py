"""The second channel of a strong reminder: desk.yaml."""

from enum import StrEnum

from pydantic import Field

from config.checking import Strict


class WhichLeads(StrEnum):
    ALL = "all"
    HIGH = "high"
    """Those of high intent, from the moment they are known to be."""


class FirstChannel(StrEnum):
    """What rings where a rep has an account on the other platform and a desk page as well."""

    PLATFORM = "platform"
    """The other platform; the page rings beside it while it is open."""
    PAGE = "page"
    """The page alone while it is open, else the other platform."""


class Desk(Strict):
    active: bool = True
    """Whether a new lead rings there beside the chat."""
    after_seconds: int = Field(default=0, ge=0, le=3600)
    """How long after the chat card, where nobody has looked by then."""
    leads: WhichLeads = WhichLeads.ALL
    first: FirstChannel = FirstChannel.PLATFORM
    link_days: int = Field(default=90, gt=0)
    """How long the link to somebody's desk page opens."""
    pages_a_member: int = Field(default=4, gt=0)
    """So many pages of one person are kept up to date at once; the oldest makes room."""
    pages: int = Field(default=500, gt=0)
    """So many pages of everybody, in one web process."""
