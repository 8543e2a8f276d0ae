"""What is known of a text besides its words: that a price is quoted in it, that it tells of
somebody's life. A mark is looked for like a word; the text itself is opened and read again."""

from nlp.searching.prices import quotes_a_price
from nlp.searching.remarks import remarks_in

PRICE, REMARK = "price", "remark"


def marks_of(text: str, speaker: str) -> tuple[str, ...]:
    """`speaker`: client, rep, or note for what a colleague wrote down."""
    marks = []
    if speaker != "client" and quotes_a_price(text):
        marks.append(PRICE)
    if speaker != "rep" and any(remarks_in(text)):
        marks.append(REMARK)
    return tuple(marks)
