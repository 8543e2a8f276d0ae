"""A picture on its way: the drawing, and what it says where no picture can be shown."""

from notifiers.card import Value


class Picture(Value):
    """`svg` is drawn when it travels (png.py); `words` say the same as a text."""

    name: str
    """The file's name without its ending: 热力图."""
    svg: str
    words: str
