"""How clients misspell the words of the catalogue: variants.yaml."""

from collections.abc import Iterator

from pydantic import Field

from config.checking import Fault, Strict


class Variants(Strict):
    characters: tuple[str, ...] = ()
    """Characters that are typed for one another, a group an entry: 栓拴闩."""
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """A word as it should be, and how it is written as well."""

    def faults(self) -> Iterator[Fault]:
        groups: dict[str, str] = {}
        for at, group in enumerate(self.characters):
            place = ("characters", at)
            if len(group) < 2:  # noqa: PLR2004 (one character varies with nothing)
                yield Fault(place, f"“{group}”只有一个字，一组至少写两个互相打错的字")
            for char in dict.fromkeys(group):
                if group.count(char) > 1:
                    yield Fault(place, f"“{char}”在这一组里写了两次，请删去一个")
                owner = groups.setdefault(char, group)
                if owner != group:
                    yield Fault(place, f"“{char}”已在“{owner}”那一组里，请把两组合成一组")
        yield from self._faulty_words()

    def _faulty_words(self) -> Iterator[Fault]:
        right: dict[str, str] = {}
        for word, written in self.words.items():
            for at, wrong in enumerate(written):
                place = ("words", word, at)
                if not wrong:
                    yield Fault(place, "有一个空的写法，请删去")
                elif wrong == word:
                    yield Fault(place, f"“{wrong}”就是正确写法，请删去")
                elif wrong in self.words:
                    yield Fault(place, f"“{wrong}”又是另一条的正确写法，绕回来了，请只留一个方向")
                elif right.setdefault(wrong, word) != word:
                    yield Fault(place, f"“{wrong}”已写在“{right[wrong]}”下面，只能留一处")
