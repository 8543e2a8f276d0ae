"""A manager's sentence → a rule, or every word of it that was not understood."""

from dataclasses import dataclass

from nlp.ruling import conditions, deeds
from nlp.ruling.lexing import cut
from nlp.ruling.rule import All, Assign, Condition, Deed, Rule, tests_of
from nlp.ruling.stream import DEEDS, Stream
from nlp.ruling.trouble import Trouble
from nlp.ruling.vocabulary import Vocabulary

LONGEST = 500
"""Characters: what is longer is no rule but a text."""
MOST_TESTS = 20
MOST_DEEDS = 8


_UNSAID = {
    "empty": "里面是空的",
    "vague": "没说几点，请写成“晚上8点以后”这样，或者写“非工作时间”",
}


@dataclass(frozen=True)
class Understood:
    rule: Rule


@dataclass(frozen=True)
class Puzzled:
    """Nothing may be done with the sentence; `troubles` say why, in its order."""

    troubles: tuple[Trouble, ...]


def read(sentence: str, house: Vocabulary) -> Understood | Puzzled:
    text = sentence.strip()
    if len(text) > LONGEST:
        head = f"{text[:20]}…"
        return Puzzled((Trouble(0, len(text), head, f"太长了（最多 {LONGEST} 字），请拆成几条"),))
    tokens = cut(text, house)
    unsaid = [Trouble(t.start, t.end, t.text, _UNSAID[t.kind]) for t in tokens if t.kind in _UNSAID]
    if unsaid:
        return Puzzled(tuple(unsaid))
    words = Stream(tokens, house)
    parts: list[Condition] = []
    done: list[Deed] = []
    while not words.is_over:
        before = words.at
        words.skip("and", "comma", "list", "if", "colon", "closes", "end")
        arrow = words.take_if("then")
        if words.peek().kind in DEEDS or (arrow and deeds.names_somebody(words.peek())):
            done += deeds.read(words)
        elif not words.is_over:
            part = conditions.either(words)
            if part is not None:
                parts.append(part)
        if words.at == before:
            strange = words.take()
            words.puzzle(strange, "在这里看不懂")
    rule = _rule(words, parts, done, text)
    if words.troubles or rule is None:
        return Puzzled(tuple(sorted(words.troubles, key=lambda trouble: trouble.start)))
    return Understood(rule)


def _rule(words: Stream, parts: list[Condition], done: list[Deed], text: str) -> Rule | None:
    """None where something is wrong with the whole of it, which is noted."""

    def whole(why: str) -> None:
        if not words.troubles:
            words.troubles.append(Trouble(0, len(text), text, why))

    distinct = tuple(dict.fromkeys(done))
    if not distinct:
        whole("没说要做什么：分配给谁、推送《…》、标为高优先级、打上“…”标签、通知谁")
        return None
    if not parts:
        whole("没说什么情况下做；对所有线索都做，请写“所有线索”")
        return None
    when = conditions.joined(parts)
    if len(tests_of(when)) > MOST_TESTS or len(distinct) > MOST_DEEDS:
        whole(f"太复杂了（最多 {MOST_TESTS} 个条件），请拆成几条")
        return None
    if sum(isinstance(deed, Assign) for deed in distinct) > 1:
        whole("分配给了不止一处；几个人都行，请写成“张三或李四”")
        return None
    return Rule(when=when if when is not None else All(), do=distinct)
