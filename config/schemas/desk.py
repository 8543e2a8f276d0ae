"""The second channel of a strong reminder: desk.yaml."""

from config.checking import Strict


class Desk(Strict):
    active: bool = True
    """Whether a new lead rings there beside the chat."""
