"""The words of a sentence, read one by one, with what could not be understood on the way."""

from nlp.ruling.lexing import Token
from nlp.ruling.trouble import Trouble
from nlp.ruling.vocabulary import Vocabulary

DEEDS = frozenset({"assign", "by", "push", "tag", "mark", "notify", "raise", "document"})
CONNECTIVES = frozenset({"and", "comma", "list", "then", "if"})
_END = Token("end_of_sentence", -1, -1, "")


class Stream:
    def __init__(self, tokens: list[Token], house: Vocabulary) -> None:
        self._tokens = tokens
        self._at = 0
        self.house = house
        self.troubles: list[Trouble] = []

    def peek(self, ahead: int = 0) -> Token:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else _END

    def take(self) -> Token:
        token = self.peek()
        self._at += 1
        return token

    def take_if(self, *kinds: str) -> Token | None:
        return self.take() if self.peek().kind in kinds else None

    def skip(self, *kinds: str) -> None:
        while self.peek().kind in kinds:
            self._at += 1

    @property
    def is_over(self) -> bool:
        return self._at >= len(self._tokens)

    @property
    def at(self) -> int:
        return self._at

    def back_to(self, at: int) -> None:
        self._at = at

    def puzzle(self, token: Token, why: str, near: str | None = None) -> None:
        """Notes the word, each once; touching ones that are strange alike are one stretch."""
        if any(t.start <= token.start and token.end <= t.end for t in self.troubles):
            return
        self.troubles.append(Trouble(token.start, token.end, token.text, why, near or ""))
