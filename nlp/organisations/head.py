"""From a name's end back to its beginning, word by word."""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.context import SEALED
from nlp.organisations.ends import LONGEST
from nlp.organisations.parts import is_glued, is_ordinary, is_verb, part
from nlp.segment import Word

BRAND = 4
"""How many characters a brand has at most where nothing says that it goes on."""
FORMAL_BRAND = 8
SHORT = 2
"""So many characters make a brand."""
LEADS = frozenset("换比让被开在找给是到去请寄送发跟我问叫写选买从向")
"""What a guess of the segmenter may have drawn into a brand."""
TOWNS = frozenset("镇乡村县区")


@dataclass
class Head:
    """What stands before an end: 上海 康源 of 上海康源医疗."""

    start: int
    is_formal: bool = False
    brand: str = ""
    place: str = ""
    has_generic: bool = False
    is_open: bool = False
    """Whether its left end is a guess."""
    begins_a_clause: bool = False
    numbered: bool = False
    """Whether it begins with a number: 第三人民医院."""

    def takes(self, word: str, start: int, before: str) -> bool:
        """Whether the next word to the left is a part of it, and if so takes it in."""
        if is_glued(word):
            taken = False
        elif word[0].isascii():
            taken = self._latin(word, before)
        elif not "\u4e00" <= word[0] <= "\u9fff":
            taken = False
        else:
            taken = self._han(word, before)
        if taken:
            self.start = start
        return taken

    def _latin(self, word: str, before: str) -> bool:
        if word == " ":
            return (
                bool(self.brand)
                and self.brand[0].isascii()
                and before.isascii()
                and before.isalpha()
            )
        if not (word[0].isalnum() or word in "&.-") or (self.brand and not self.brand[0].isascii()):
            return False
        if word.isdigit() and not self.brand and len(word) > SHORT + 1:
            return False
        self.brand = word + self.brand
        return True

    def _han(self, word: str, before: str) -> bool:
        kind = part(word)
        if word == "和" and not self.brand and len(before) == 1 and part(before) == "brand":
            kind = "brand"  # 仁和, 协和
        if kind == "locality":
            kind = "place" if len(self.brand) >= SHORT or self.place else "brand"
        match kind:
            case "before":
                return False
            case "place":
                if len(self.place) > LONGEST // 2:
                    return False
                self.place = word + self.place
                return True
            case "generic":
                if len(self.brand) >= SHORT or self.place:
                    self.is_open = self.is_open or not self.place
                    return False
                self.has_generic = True
                self.numbered = word[0] == "第"
                return True
            case _:
                return self._brand(word, before)

    def _brand(self, word: str, before: str) -> bool:
        if self.place:
            # 清 + 河口镇; else the sentence before the name.
            if len(word) == 1 and self.place[-1] in TOWNS and not is_verb(word):
                self.place = word + self.place
                return True
            self.is_open = self.is_open or (len(word) > 1 and not is_ordinary(word))
            return False
        size = len(self.brand)
        if size >= SHORT and not before and size + len(word) <= BRAND and not is_verb(word):
            self.brand = word + self.brand  # 小 + 橘子, 和谐 + 家园
            return True
        goes_on = size >= SHORT and (len(word) > 1 or is_ordinary(word))
        if size + len(word) > (FORMAL_BRAND if self.is_formal else BRAND) or (
            goes_on and not self.is_formal
        ):
            self.is_open = True
            return False
        self.is_open = self.is_open or goes_on
        self.brand = word + self.brand
        return True


def walk_back(
    text: str, words: Sequence[Word], index: int, ending: int, floor: int, *, is_formal: bool
) -> Head:
    """The head of a name whose end begins at `ending`, in the word at `index`."""
    head = Head(ending, is_formal)
    word, start, _ = words[index]
    pending = [(text[start:ending], start)] if start < ending else []
    at = index - 1
    while pending or at >= 0:
        if pending:
            word, start = pending.pop()
        else:
            word, start, _ = words[at]
            at -= 1
        if start < floor or ending - start > LONGEST or SEALED in word:
            break
        leads = len(word) > SHORT and word[0] in LEADS and not is_ordinary(word)
        if leads:  # 开禾木 of 抬头开禾木空间设计工作室
            word, start = word[1:], start + 1
        opened = _opening(text, word, start, floor)
        if opened is not None:
            head.start = opened
            while at >= 0 and words[at][1] >= opened:
                at -= 1
            continue
        before = words[at][0] if at >= 0 else ""
        if not head.takes(word, start, before if before[:1].isalnum() else ""):
            break
        if leads:
            break
    before = text[head.start - 1 : head.start]
    head.begins_a_clause = not "\u4e00" <= before <= "\u9fff"
    return head


def _opening(text: str, word: str, start: int, floor: int) -> int | None:
    """Where (上海) opens, where the word closes it."""
    if word != ")":
        return None
    opened = text.rfind("(", max(floor, start - 7), start)
    inside = text[opened + 1 : start]
    return opened if opened >= 0 and all("\u4e00" <= char <= "\u9fff" for char in inside) else None
