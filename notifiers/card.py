"""What can be said, as data that knows nothing of any platform: a text, or a card with buttons.

A card is stored in the outbox as JSON and drawn by the platform's renderer when it travels.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from notifiers.parting import parted


class Value(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tone(StrEnum):
    """How a button looks. Each platform maps it to its own styles."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


class Button(Value):
    """Comes back as a press whose action is `action` (at most 1,024 bytes, unique in its card)."""

    text: str
    action: str
    tone: Tone = Tone.PLAIN


class Link(Value):
    """Opens a page; nothing comes back."""

    text: str
    url: str


class Row(Value):
    """One line of a card: a name and its value, the value a link where `url` is given."""

    name: str
    value: str
    url: str | None = None


class Card(Value):
    """A card as a reader sees it from top to bottom. Renderers cut what a platform cannot hold."""

    form: Literal["card"] = "card"
    title: str
    subtitle: str = ""
    rows: tuple[Row, ...] = ()
    quote: str = ""
    """Somebody's own words, shown set apart."""
    text: str = ""
    """Running text under the rows."""
    buttons: tuple[Button | Link, ...] = ()
    menu: tuple[Button, ...] = ()
    """Seldom-used actions, at most three, behind the card's "…" where the platform has one."""
    url: str | None = None
    """What a tap on the card's body opens."""
    status: str = ""
    """Where set, the card is settled: this stands in place of its buttons (「已转给王磊」)."""

    def parts(self) -> "tuple[Card, ...]":
        """A card is one message; what it cannot hold is cut by its platform."""
        return (self,)


class Text(Value):
    """Plain words."""

    form: Literal["text"] = "text"
    text: str

    def parts(self) -> "tuple[Text, ...]":
        """What is too long for one message goes as several."""
        return tuple(Text(text=words) for words in parted(self.text))


class Image(Value):
    """A picture that lies at its platform already (`UPLOAD`)."""

    form: Literal["image"] = "image"
    platform: str
    """Where: no other one knows it, and says the words."""
    media_id: str
    words: str
    """What the picture shows, for wherever none can be shown."""

    def parts(self) -> "tuple[Image, ...]":
        return (self,)


UPLOAD = "media/upload"
"""The call that takes a picture (`svg`, `name`) and answers with its `media_id`."""


Message = Annotated[Card | Text | Image, Field(discriminator="form")]
