"""Questions with buttons: whom, which one, what to do with these words."""

from collections.abc import Sequence
from dataclasses import dataclass

from notifiers.card import Button, Card, Row, Tone

MOST_CHOICES = 6
"""So many buttons a WeCom card holds."""
_SHOWN_WHOLE = 16
"""So many characters of a button it shows."""


@dataclass(frozen=True)
class Choice:
    """What one button says, and the action that comes back from it."""

    label: str
    action: str


@dataclass(frozen=True)
class CandidateView:
    member_id: str
    name: str
    note: str = ""
    """What speaks for or against him: 负责上海 · 手上 3 条."""


@dataclass(frozen=True)
class DraftView:
    """Words of a rep that hold a contact or a product, not filed yet."""

    ref: str
    """Under which the handler finds the words again."""
    words: str
    found: Sequence[tuple[str, str]] = ()
    """What was read out of them: (电话, 13800001234)."""


def choose_owner(ref: str, title: str, candidates: Sequence[CandidateView]) -> Card:
    """转派给谁: a press comes back as `assign:{ref}:{member_id}`."""
    shown, hidden = candidates[:MOST_CHOICES], candidates[MOST_CHOICES:]
    return Card(
        title=f"转派给谁：{title}",
        rows=tuple(Row(name=person.name, value=person.note) for person in shown if person.note),
        text=f"转给其他人请回复：转派 {ref} 给 姓名" if hidden or not shown else "",
        buttons=tuple(
            Button(text=person.name, action=f"assign:{ref}:{person.member_id}") for person in shown
        ),
    )


def asked_back(question: str, choices: Sequence[Choice], hint: str = "") -> Card:
    """静音谁？ 说的是哪一位张总？ A press comes back as the choice's action. What a button cannot
    show whole stands in a row."""
    choices = choices[:MOST_CHOICES]
    longer = [choice.label for choice in choices if len(choice.label) > _SHOWN_WHOLE]
    return Card(
        title=question,
        rows=tuple(_in_a_row(label) for label in longer),
        text=hint,
        buttons=tuple(Button(text=choice.label, action=choice.action) for choice in choices),
    )


def _in_a_row(label: str) -> Row:
    name, _, rest = label.partition(" · ")
    return Row(name=name, value=rest or name)


def noted(follow_up: int, client: str, words: str) -> Card:
    """已作为跟进记到 X: presses come back as `unnote:{follow_up}` and `renote:{follow_up}`."""
    return Card(
        title="记成了跟进",
        subtitle=f"已作为跟进记到 {client}",
        quote=words,
        text="不对？",
        buttons=(
            Button(text="撤销", action=f"unnote:{follow_up}"),
            Button(text="建线索", action=f"renote:{follow_up}"),
        ),
    )


def create_or_file(
    draft: DraftView, clients: Sequence[Choice] = (), *, is_his: bool = False
) -> Card:
    """建线索 / 归档到 X / 忽略: `clients` are those the words may belong to, likeliest first.
    `is_his`: they name the client, so that filing them is what is likely meant.

    Presses come back as `create:{ref}`, `file:{ref}:{the choice's action}` and `ignore:{ref}`.
    """
    file_to = [
        Button(
            text=f"归档到{client.label}",
            action=f"file:{draft.ref}:{client.action}",
            tone=Tone.PRIMARY if is_his else Tone.PLAIN,
        )
        for client in clients[: MOST_CHOICES - 2]
    ]
    create = Button(
        text="建线索",
        action=f"create:{draft.ref}",
        tone=Tone.PLAIN if is_his else Tone.PRIMARY,
    )
    return Card(
        title="这段话怎么处理？",
        rows=tuple(Row(name=name, value=value) for name, value in draft.found),
        quote=draft.words,
        buttons=(
            *([*file_to, create] if is_his else [create, *file_to]),
            Button(text="忽略", action=f"ignore:{draft.ref}"),
        ),
    )
