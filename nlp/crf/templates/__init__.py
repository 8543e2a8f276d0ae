"""Sentences to train on: our own templates, filled with names that nobody bears."""

# ruff: noqa: PLR2004, PLR0911 (the figures say how often each form is drawn)

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import cast

from config.document import from_file
from nlp.lexicon.names import (
    CLIPPED_TITLES,
    COMPOUND_SURNAMES,
    GIVEN_NAMES_ABROAD,
)
from nlp.lexicon.names import TITLES as _TITLES
from nlp.lexicon.tables import words as _words

FOLDER = Path(__file__).parent
SLOT = re.compile(r"\{([A-Z]+)\}")
CHOICE = re.compile(r"\[([^\[\]]*)\]")

Span = tuple[str, int, int]
"""person or company, and where."""


@dataclass(frozen=True)
class Sentence:
    """A text and the names in it."""

    text: str
    spans: tuple[Span, ...]
    family: str = ""


def _read(name: str) -> dict[str, list[str]]:
    value = from_file(FOLDER / f"{name}.yaml").value
    assert isinstance(value, dict)
    return {
        key: listed.split() if isinstance(listed, str) else cast(list[str], listed)
        for key, listed in value.items()
    }


class Maker:
    """Makes sentences, always the same ones for the same seed."""

    def __init__(self, seed: int = 1, *, without: frozenset[str] = frozenset()) -> None:
        self._random = Random(seed)
        self._words = _read("words")
        plain = _read("plain")
        self._stuff = plain["stuff"]
        self._plain = plain["sentences"]
        self._families = {
            family: listed for family, listed in _read("sentences").items() if family not in without
        }
        surnames = _words("names", "surnames")
        self._surnames = "".join(surnames)
        self._frequent = surnames[0] + surnames[1]
        self._given = "".join(_words("names", "given"))
        self._abroad = sorted(GIVEN_NAMES_ABROAD)
        self._slots: dict[str, tuple[str | None, Callable[[], str]]] = {
            "F": ("person", self._full),
            "T": ("person", self._titled),
            "P": ("person", self._person),
            "C": ("company", self._company),
            "B": ("company", self._brand),
            "S": (None, self._surname),
            "D": (None, lambda: self._pick("departments")),
            "X": (None, lambda: self._pick("products")),
            "PL": (None, lambda: self._pick("places")),
            "N": (None, self._number),
            "AMT": (None, self._amount),
            "TEL": (None, self._phone),
            "W": (None, self._wechat),
            "TAX": (None, self._tax),
            "TIME": (None, self._time),
            "ADDR": (None, self._address),
            "AGE": (
                None,
                lambda: self._random.choice(("九岁", "8岁", "三年级", "初二", "今年五岁")),
            ),
        }

    def sentences(self, count: int) -> Iterator[Sentence]:
        """So many, a third of them without a name."""
        families = list(self._families)
        weights = [len(self._families[family]) for family in families]
        for _ in range(count):
            dice = self._random.random()
            if dice < 0.28:
                yield Sentence(self._ordinary(), (), "plain")
                continue
            (family,) = self._random.choices(families, weights)
            template = self._random.choice(self._families[family])
            text, spans = self._fill(template)
            if dice > 0.7:
                text, spans = self._embed(text, spans)
            yield Sentence(text, tuple(spans), family)

    def _embed(self, text: str, spans: list[Span]) -> tuple[str, list[Span]]:
        """With an ordinary sentence beside it."""
        joint = self._random.choice(("，", "，", ",", " ", "。", "\n", "", "啊"))
        other = self._ordinary()
        if self._random.random() < 0.5:
            return text + joint + other, spans
        if not joint:
            joint = "，"
        shift = len(other) + len(joint)
        return other + joint + text, [
            (kind, start + shift, end + shift) for kind, start, end in spans
        ]

    def _ordinary(self) -> str:
        if self._random.random() < 0.35:
            return self._fill(self._random.choice(self._stuff))[0]
        said = self._random.choice(self._plain)
        if self._random.random() < 0.4:
            said += self._random.choice("，, 。") + self._random.choice(self._plain)
        return said

    def _fill(self, template: str) -> tuple[str, list[Span]]:
        while CHOICE.search(template):
            template = CHOICE.sub(
                lambda found: self._random.choice(found[1].split("|")), template, count=1
            )
        while "{STUFF}" in template:
            template = template.replace("{STUFF}", self._stuffing(), 1)
        text, spans, at = "", [], 0
        for slot in SLOT.finditer(template):
            text += template[at : slot.start()]
            kind, make = self._slots[slot[1]]
            filled = make()
            if kind:
                spans.append((kind, len(text), len(text) + len(filled)))
            text += filled
            at = slot.end()
        return text + template[at:], spans

    def _stuffing(self) -> str:
        if self._random.random() < 0.55:
            return self._random.choice(self._plain)
        template = self._random.choice(self._stuff)
        while CHOICE.search(template):
            template = CHOICE.sub(
                lambda found: self._random.choice(found[1].split("|")), template, count=1
            )
        return template

    def _pick(self, key: str) -> str:
        return self._random.choice(self._words[key])

    def _surname(self) -> str:
        dice = self._random.random()
        if dice < 0.05:
            return self._random.choice(sorted(COMPOUND_SURNAMES))
        return self._random.choice(self._frequent if dice < 0.5 else self._surnames)

    def _full(self) -> str:
        given = self._random.choice(self._given)
        if self._random.random() < 0.72:
            given += self._random.choice(self._given)
        return self._surname() + given

    def _titled(self) -> str:
        dice = self._random.random()
        title = self._random.choice(_TITLES[:60] if dice < 0.5 else _TITLES)
        if dice < 0.08:
            title = self._random.choice(CLIPPED_TITLES)
        elif dice < 0.4:
            title = self._random.choice(
                ("总", "总", "工", "经理", "主任", "老师", "哥", "姐", "董", "女士", "先生")
            )
        name = self._surname()
        if len(title) > 1 and self._random.random() < 0.2:
            name = self._full()
        return name + title

    def _person(self) -> str:
        dice = self._random.random()
        if dice < 0.5:
            return self._full()
        if dice < 0.86:
            return self._titled()
        if dice < 0.92:
            return self._random.choice("小小老") + self._random.choice(self._frequent)
        if dice < 0.94:
            return self._random.choice(("阿", "阿", "大")) + self._pick("nicknames")
        name = self._random.choice(self._abroad)
        return name + self._random.choice(("", "", "", "老师", "总", "姐"))

    def _brand(self) -> str:
        dice = self._random.random()
        characters = self._words["brand_characters"]
        letters = "".join(characters)
        if dice < 0.5:
            return self._random.choice(letters) + self._random.choice(letters)
        if dice < 0.85:
            return self._pick("brand_words")
        if dice < 0.93:
            return "".join(self._random.choice(letters) for _ in range(3))
        if dice < 0.97:
            return self._pick("foreign_brands")
        if dice < 0.985:
            return self._pick("brand_words") + self._random.choice(letters)
        return self._pick("brand_words") + self._pick("brand_words")

    def _place(self) -> str:
        place = self._pick("places")
        if self._random.random() < 0.3:
            place += self._random.choice(self._words["place_ends"])
        if self._random.random() < 0.15:
            place += self._pick("places")
        return place

    def _company(self) -> str:
        dice = self._random.random()
        place = self._place() if self._random.random() < 0.4 else ""
        if dice < 0.38:
            return place + self._brand() + self._pick("trades")
        if dice < 0.62:
            trade = self._random.choice(self._words["trades"] + self._words["long_trades"])
            name = self._brand() + trade + self._pick("formal")
            if place and self._random.random() < 0.2:
                return self._brand() + f"（{self._pick('places')}）" + trade + "有限公司"
            return place + name
        if dice < 0.66:
            return (
                place
                + self._brand()
                + self._random.choice(("集团", "公司", "集团", "控股", "股份"))
            )
        if dice < 0.78:
            return (place or self._brand()) + self._pick("hospitals")
        if dice < 0.88:
            return (
                (place if self._random.random() < 0.4 else place + self._brand())
                + self._pick("schools")
                if place
                else self._brand() + self._pick("schools")
            )
        if dice < 0.97:
            return place + self._brand() + self._pick("others")
        return self._place() + self._pick("offices")

    def _number(self) -> str:
        amount = self._random.choice(
            ("3", "10", "20", "两", "三五", "50", "200", "五百", "1.5万", "一")
        )
        return amount + self._random.choice("台个套件箱只盒把条吨")

    def _amount(self) -> str:
        return self._random.choice(
            ("30万", "5万", "20-30万", "三五万", "两千", "8000元", "1.2w", "50万以内", "120元")
        )

    def _phone(self) -> str:
        digits = "".join(self._random.choice("0123456789") for _ in range(9))
        return self._random.choice(
            (
                f"13{digits}",
                f"15{digits}",
                f"18{digits}",
                "\0" * 11,
                f"021-{digits[:8]}",
                f"13{digits[0]} {digits[1:5]} {digits[5:]}",
            )
        )

    def _wechat(self) -> str:
        return self._random.choice(("hjj-1990", "wx_dsh88", "qiming_it", "lily2015", "abc_0722"))

    def _tax(self) -> str:
        return "9133" + "".join(self._random.choice("0123456789") for _ in range(12)) + "7F"

    def _time(self) -> str:
        return self._random.choice(
            (
                "下周三",
                "明天上午",
                "今天",
                "国庆后",
                "月底前",
                "周五",
                "3月2号",
                "下午三点",
                "这周",
                "后天",
                "年前",
                "下个月",
                "上周",
                "昨天",
                "刚才",
            )
        )

    def _address(self) -> str:
        return (
            self._place()
            + self._random.choice(("市", "区", ""))
            + self._random.choice(
                ("文一西路", "张江路", "东风街", "兴洲路", "人民路", "解放大道", "建设路")
            )
            + self._random.choice(("88号", "969号", "12号3栋", "18弄"))
        )
