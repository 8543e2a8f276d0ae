"""请教: what a colleague is asked, and what he answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from notifiers.card import Button, Card, Row, Tone
from notifiers.cards.choices import MOST_CHOICES
from notifiers.cards.wording import joined


@dataclass(frozen=True)
class QuestionView:
    number: int
    asker: str
    about: str
    """赵主任 · CT设备, or only the product for whoever may not see the client."""
    words: str


def question_card(question: QuestionView, note: str = "") -> Card:
    """李娜请教您 · CT设备; the next words after 答复 are the answer."""
    return Card(
        title=joined(f"{question.asker}请教您", question.about),
        subtitle=f"编号 {question.number}",
        quote=question.words,
        text="；".join(part for part in (note, f"也可以回复：答复 {question.number} 内容") if part),
        buttons=(Button(text="答复", action=f"answer:{question.number}", tone=Tone.PRIMARY),),
    )


def answered_card(asker: str, number: int) -> Card:
    return Card(title=f"{asker}请教您", subtitle=f"编号 {number}", status="已答复")


def questions_card(questions: Sequence[QuestionView]) -> Card:
    shown, hidden = questions[:MOST_CHOICES], questions[MOST_CHOICES:]
    return Card(
        title=f"有 {len(questions)} 个问题等您答复",
        rows=tuple(
            Row(name=f"{one.number} {one.asker}", value=joined(one.about, one.words))
            for one in shown
        ),
        text=f"还有 {len(hidden)} 个，答复几个后再看" if hidden else "",
        buttons=tuple(
            Button(text=f"答复 {one.number}", action=f"answer:{one.number}") for one in shown
        ),
    )


def answer_text(who: str, title: str, asked: str, words: str, *, asked_by: str = "") -> str:
    """`asked_by`: who asked, where another than he reads it."""
    of = f"{asked_by}的" if asked_by else "您的"
    return f"{who}答复了{of}请教「{title}」\n问：{asked}\n答：{words}"
