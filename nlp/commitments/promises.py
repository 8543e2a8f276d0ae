"""What a rep commits to do for a client: what, until when."""

import re
from dataclasses import replace
from itertools import groupby

from nlp.commitments.actions import deed_in, thing_named
from nlp.commitments.clauses import FUTURE, PAST, Clause, clauses_of, is_over, masked, times_within
from nlp.context import Context
from nlp.facts import Entity, Promise
from nlp.folding import lower
from nlp.phrases import expressions

_SAID = {name: re.compile(pattern) for name, pattern in expressions("promise").items()}
_NEVER = ("refusal", "awaiting", "hedge", "question")
"""What makes a clause no promise, whatever else it says."""
_OWN_PART = re.compile(r"我们?(?:这边)?(?:⌛|给|帮|会|马上|就|再|把|来|安排)")
_LEADING = re.compile(
    r"(?:好的?|行|嗯+|可以|没问题|收到|那|明白|放心|ok|亲|[呀哈啊哦呢吧的,\s])+(?=.{4})",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"[哈哦呢啊吧呀啦哟噢喔了~\s]+$")


def read_promises(context: Context, entities: tuple[Entity, ...]) -> tuple[Promise, ...]:
    """The promises in a rep's message; a client makes none."""
    clauses = list(clauses_of(masked(lower(context.folded), entities, context.sent_at)))
    if not any(_may_commit(clause.said) for clause in clauses):
        return ()
    times = [one for one in entities if one.type == "time" and not is_over(one, context.sent_at)]
    reading = _Reading(context, times)
    for _, sentence in groupby(clauses, key=lambda clause: clause.sentence):
        reading.read(list(sentence))
    return tuple(reading.made)


class _Reading:
    """Goes through a message sentence by sentence and remembers what was named before."""

    def __init__(self, context: Context, times: list[Entity]) -> None:
        self.made: list[Promise] = []
        self._context = context
        self._times = times
        self._named: str | None = None

    def read(self, clauses: list[Clause]) -> None:
        """One sentence."""
        made: list[Promise] = []
        supposed = quoted = False
        waiting: Entity | None = None
        before = ""
        for clause in clauses:
            said = clause.said
            if made and _says("tag_question", said):
                made.clear()
                break
            supposed = supposed or _says("supposing", said)
            quoted = _says("quoting", said) or (quoted and "我" not in said)
            due = self._due(clause)
            thing = thing_named(said)
            deed = None
            if due and _says("past", said) and self._is_today(due):
                before = said
                continue
            if not (supposed or quoted or clause.asked) and _commits(said, before):
                deed = deed_in(said, thing, self._named)
            if deed and (deed not in _LOOSE or _LOOSE[deed](said)):
                kept = due or (None if _says("vague", said) else waiting)
                if made and _leads_to(made[-1], deed, kept):
                    made.pop()
                made.append(self._promise(clause, deed, kept))
                waiting = None
            elif due and made and not made[-1].due and _says("time_alone", said):
                made[-1] = replace(made[-1], due=_span(due))
            elif due:
                waiting = due
            self._named = thing or self._named
            before = said
        self.made += [one for one in made if not self._repeats(one)]

    def _due(self, clause: Clause) -> Entity | None:
        """The time by which the clause's deed is to be done."""
        inside = times_within(clause, self._times)
        if not inside:
            return None
        free = [one for one in inside if not self._describes(one, clause)]
        if not free:
            return inside[-1] if _says("arranges", clause.said) else None
        return free[-1] if len(free) > 1 and _says("arranges", clause.said) else free[0]

    def _is_today(self, time: Entity) -> bool:
        """What has been done at a time of today has been done: 资料下午发您邮箱了."""
        return _span(time)["start"][:10] <= self._context.sent_at.isoformat()[:10]

    def _describes(self, time: Entity, clause: Clause) -> bool:
        """Whether a time belongs to a thing: 把下周的课表发您."""
        after = clause.said[time.end - clause.start :]
        return after.startswith("的") and not after.startswith("的时候")

    def _promise(self, clause: Clause, action: str, due: Entity | None) -> Promise:
        start, end = clause.start, clause.end
        if leading := _LEADING.match(clause.said):
            start += leading.end()
        if trailing := _TRAILING.search(clause.said, start - clause.start + 1):
            end = clause.start + trailing.start()
        text = self._context.message[start:end]
        return Promise(text, start, end, action, _span(due) if due else None)

    def _repeats(self, promise: Promise) -> bool:
        """Whether it has been made already: 我问一下，晚点回复您 is one promise."""
        return any(one.action == promise.action and one.due == promise.due for one in self.made)


def _may_commit(said: str) -> bool:
    """Whether a clause names a time to come, or whom it is for: without that none binds."""
    return FUTURE in said or _says("vague", said) or _says("benefit", said)


def _commits(said: str, before: str) -> bool:
    """Whether a clause binds the rep."""
    dated = FUTURE in said
    timed = dated or _says("vague", said)
    benefit = _says("benefit", said)
    if not timed and not benefit:
        return False
    if not timed and (_is_told(said) or _says("offer", said) or _follows_from(said, before)):
        return False
    if not dated and _says("set_phrase", said):
        return False
    if any(_says(reading, said) for reading in _NEVER):
        return False
    if _is_not_ready(said) or _is_the_clients_part(said):
        return False
    return benefit or not _is_anothers(said)


def _is_told(said: str) -> bool:
    """Whether a clause without a time to come speaks of the past."""
    return _says("past", said) or (PAST in said and not _says("of_the_past", said))


def _is_anothers(said: str) -> bool:
    """Whether somebody else is to do it, as far as the clause tells."""
    return _says("third_party", said) or ("我" not in said and _says("other_subject", said))


def _follows_from(said: str, before: str) -> bool:
    """合同签了，我就安排发货: what comes first is not the rep's."""
    return _says("consequence", said) and "我" not in before and _says("done_first", before)


def _is_not_ready(said: str) -> bool:
    found = _SAID["not_yet"].search(said)
    return found is not None and not any(sign in said[found.end() :] for sign in (FUTURE, "我"))


def _is_the_clients_part(said: str) -> bool:
    """麻烦您周四前发我: unless the rep's own part follows in the same breath."""
    found = _SAID["duty"].search(said)
    return found is not None and not _OWN_PART.search(said, found.end())


def _owes_an_errand(said: str) -> bool:
    """Whether a deed without a name (确认, 回复) is owed to the client."""
    dated = FUTURE in said or _says("vague", said)
    if _says("benefit", said):
        return dated or _says("errand", said)
    return "我" in said and dated and _says("own_errand", said)


def _goes_somewhere(said: str) -> bool:
    """Whether a visit is more than a turn of phrase: 当面给您道谢."""
    return FUTURE in said or _says("vague", said) or _says("agent", said)


def _sees_to_it(said: str) -> bool:
    """Whether a delivery is the house's doing: 这个型号下个月到货 is only news."""
    return not _says("arrival", said) or _says("benefit", said) or _says("assured", said)


_LOOSE = {"other": _owes_an_errand, "visit": _goes_somewhere, "delivery": _sees_to_it}
"""Deeds of which people also speak without promising them."""


def _leads_to(first: Promise, deed: str, due: Entity | None) -> bool:
    """Whether a promise was but the way to the next: 我去催仓库，下午给您发出."""
    return first.due is None and (
        (due is not None and first.action == deed)
        or (first.action == "other" and "您" not in first.text and "你" not in first.text)
    )


def _says(reading: str, said: str) -> bool:
    return _SAID[reading].search(said) is not None


def _span(time: Entity) -> dict[str, str]:
    assert not isinstance(time.value, str)
    return {"start": time.value["start"], "end": time.value["end"]}
