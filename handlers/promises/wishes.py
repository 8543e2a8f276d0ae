"""What a colleague wants to be reminded of and when, out of his words. Pure, but for the reader.

A part of a time that was not read is asked about, never dropped: half of 「每月32号9点」 would be
another reminder than the one he relies on.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.calendar import ONE_DAY, WorkingCalendar
from crm_store.errors import CrmError
from handlers.promises.loose import Loose, decided, hour_of_part
from handlers.promises.moments import Span, find_span, find_spans
from handlers.reading import Reader
from nlp.time import ahead as aheads
from nlp.time import unread
from nlp.time.recurrence import Repeat, Said, find_repeat, says_again

MOST_WORDS = 150
_VERB = re.compile(
    r"(?:请|麻烦|帮我|给我|记得|到时候?|准时|再|也|都|就)*(?:提醒|叫|喊)(?:一下|下)?我"
    r"(?:一下|一声)?(?:记得|去|要|该|得)?"
)
_LEADS = re.compile(r"^[\s,，。:：、]*(?:在|到|等|于)?\s*")
_PREPOSITION = re.compile(r"(?:^|(?<=[\s,，]))(?:在|到|等|于)\s*$")
_PUNCTUATION = re.compile(r"^[\s,，。:：、]+")
_TAIL = re.compile(r"[\s,，。:：、!！~]+$")
_LEFT_OVER = re.compile(r"^(?:的?时候|时|之前|以前|前|要|去|记得|，|,|的)+")
_NOTHING = re.compile(r"(?:[\s,，。:：、的]|时候?|之?前|以前|左右|记得|准时|再)*")
_CLAUSE = re.compile(r"[,，。;；\n]")
_AN_HOUR_ALONE = re.compile(r"[0-9零一二三四五六七八九十两]{1,3}(?:点|[:：]).*")
_CHOSEN_DAY = re.compile(r"^的?(?:(第一|首)|最后一?)个?(工作日|上班日|天)")
_SAME_HOUR = re.compile(r"^的?(?:这个?时[候间]|这时|这会儿?|此时|同一?时间|同样时间)")
_EXAMPLE = "3月20日上午10点提醒我对账"
_NO_SUCH_DAY = f"没看懂是哪一天，请说一个具体的日子，比如：{_EXAMPLE}"
_NO_SUCH_REPEAT = (
    "这样重复还不会。可以说：每天9点、每个工作日、每周一三五、每月1号和15号、每月最后一天，"
    f"或者一个具体的日子，比如：{_EXAMPLE}"
)
_ONE_ONLY = "“{}”没看懂。一次定一个时间，几个时间请分开说，比如：" + _EXAMPLE
_WHEN = "什么时候提醒？可以这样说：明早10点提醒我给王主任发报价"


@dataclass(frozen=True)
class Asked:
    """What is wished, without 提醒我: what stood before it, mostly the time, and what after."""

    before: str
    after: str = ""


@dataclass(frozen=True)
class Wish:
    due: datetime
    about: str
    again: Repeat | None = None
    is_guessed: bool = False
    """Whether the hour could have been meant otherwise."""


def about_me(words: str) -> Asked:
    """The words around 提醒我; without it they are all that is wished."""
    found = _VERB.search(words)
    if found is None:
        return Asked("", words.strip())
    return Asked(words[: found.start()].strip(), words[found.end() :].strip())


def read_wish(
    asked: Asked, reader: Reader, now: datetime, calendar: WorkingCalendar, zone: ZoneInfo
) -> Wish:
    """Refuses what has no time, one that is past, and one of which only a part was understood."""
    if _VERB.search(asked.after):
        raise CrmError(_ONE_ONLY.format(_tidy(asked.after)))
    reading = _Reading(reader, now, calendar, zone)
    wish = reading.before(asked) or reading.after(asked)
    if wish is None:
        raise CrmError(_why_none(asked))
    return wish


def _why_none(asked: Asked) -> str:
    if says_again(asked.before):
        return _NO_SUCH_REPEAT
    again = says_again(asked.after)
    if again is not None and not again.start():
        return _NO_SUCH_REPEAT
    is_a_day = unread.names_no_day(f"{asked.before} {asked.after}")
    return _NO_SUCH_DAY if is_a_day else _WHEN


@dataclass(frozen=True)
class _Reading:
    reader: Reader
    now: datetime
    calendar: WorkingCalendar
    zone: ZoneInfo

    def before(self, asked: Asked) -> Wish | None:
        """明早10点 提醒我: of several times the one in the clause that leads up to the verb."""
        words, ahead = aheads.without_ahead(asked.before)
        words = _TAIL.sub("", words)
        deed, clause = _last_clause(words)
        if not clause or not self._tells(clause):
            deed, clause = "", words
        repeat = find_repeat(clause)
        if repeat is not None:
            return self._again(repeat, clause, deed, asked.after, ahead)
        spans = find_spans(clause, self.reader, self.now)
        if not spans:
            return None
        touches = _NOTHING.fullmatch(clause[spans[-1].at + len(spans[-1].words) :]) is not None
        if not touches and self._begins(asked.after):
            return None
        span = spans[-1] if touches else spans[0]
        others = [one for one in spans if one is not span]
        if others and not touches:
            raise CrmError(_ONE_ONLY.format(others[0].words))
        others = others or find_spans(deed, self.reader, self.now)
        if others and _AN_HOUR_ALONE.fullmatch(span.words):
            raise CrmError(_ONE_ONLY.format(span.words))
        return self._once(span, clause, deed, asked.after, ahead)

    def after(self, asked: Asked) -> Wish | None:
        """提醒我 给王主任发报价 明天10点: at the beginning, else at the end, else the only one."""
        words, ahead = aheads.without_ahead(asked.after)
        spans = find_spans(words, self.reader, self.now)
        begins = bool(spans) and _LEADS.fullmatch(words[: spans[0].at]) is not None
        repeat = None if begins else find_repeat(words)
        if repeat is not None:
            return self._again(repeat, words, asked.before, "", ahead)
        if not spans:
            return None
        last = spans[-1]
        ends = _NOTHING.fullmatch(words[last.at + len(last.words) :]) is not None
        if len(spans) > 1 and not begins and not ends:
            raise CrmError(_ONE_ONLY.format(last.words))
        span = spans[0] if begins else last
        return self._once(span, words, asked.before, "", ahead)

    def _tells(self, words: str) -> bool:
        return find_repeat(words) is not None or bool(find_spans(words, self.reader, self.now))

    def _begins(self, words: str) -> bool:
        span = find_span(words, self.reader, self.now)
        return span is not None and _LEADS.fullmatch(words[: span.at]) is not None

    def _again(self, repeat: Said, words: str, deed: str, rest: str, ahead: timedelta) -> Wish:
        before, after = words[: repeat.start], words[repeat.end :]
        hour, after = self._hour(repeat.hint, after)
        _refuse_a_part(before, after)
        again = repeat.at(_earlier(hour, ahead))
        due = again.next_after(self.now, self.calendar, self.zone)
        return Wish(due, _tidy(f"{deed} {before} {after} {rest}"), again)

    def _hour(self, hint: str, after: str) -> tuple[time, str]:
        """The time of day beside a repetition, read as tomorrow's, and what is left."""
        begins = f"明天{hint}"
        text = f"{begins}{after.lstrip(' 的')}"
        span = find_span(text, self.reader, self.now) if after.strip() else None
        found = re.match(rf"{begins}(?![到至~—\-])(.+)", span.words) if span is not None else None
        if span is None or found is None or span.at:
            return hour_of_part(hint), after
        if span.is_exact:
            return span.start.astimezone(self.zone).time(), text[len(span.words) :]
        return hour_of_part(span.words), text[len(span.words) :]

    def _once(self, span: Span, words: str, deed: str, rest: str, ahead: timedelta) -> Wish:
        before, after = words[: span.at], words[span.at + len(span.words) :]
        loose = Loose(is_before=after.startswith(("前", "之前", "以前")))
        chosen = _CHOSEN_DAY.match(after)
        if chosen:
            loose = Loose(is_last=not chosen[1], on_any_day=chosen[2] == "天")
            after = after[chosen.end() :]
        left, sooner = aheads.before(after)
        if sooner:
            loose, after, ahead = Loose(), left, ahead + sooner
        same = None if span.is_exact else _SAME_HOUR.match(after)
        after = after[same.end() :] if same else after
        _refuse_a_part(before, after, span.words)
        before = _PREPOSITION.sub("", before)
        span = self._to_come(span)
        due, is_guessed = decided(span, self.now, self.calendar, self.zone, loose)
        if same:
            hour = self.now.astimezone(self.zone).time()
            due = datetime.combine(due.astimezone(self.zone).date(), hour, self.zone)
        about = _tidy(f"{deed} {before} {_LEFT_OVER.sub('', after)} {rest}")
        return Wish(self._sooner(due, ahead, span), about, is_guessed=is_guessed)

    def _to_come(self, span: Span) -> Span:
        """早八点, said at ten: tomorrow's. What names its day stays what it is."""
        if span.end > self.now:
            return span
        words = f"明天{span.words}"
        again = find_span(words, self.reader, self.now)
        return again if again is not None and again.words == words else span

    def _sooner(self, due: datetime, ahead: timedelta, span: Span) -> datetime:
        if not ahead:
            return due
        if not span.is_exact and ahead < ONE_DAY:
            raise CrmError(f"“{span.words}”是几点？说了几点，才知道提前到什么时候")
        if due - ahead <= self.now:
            raise CrmError("提前到那时已经过了，请说一个以后的时间")
        return due - ahead


def _refuse_a_part(before: str, after: str, time: str = "") -> None:
    piece = unread.before(before)
    if piece and says_again(before):
        raise CrmError(_NO_SUCH_REPEAT)
    if piece:
        raise CrmError(_ONE_ONLY.format(piece) if unread.is_listed(piece) else _NO_SUCH_DAY)
    piece = unread.after(after, time)
    if piece:
        raise CrmError(_NO_SUCH_DAY if unread.names_no_day(piece) else _ONE_ONLY.format(piece))


def _last_clause(words: str) -> tuple[str, str]:
    """(what stands before it, the last clause)."""
    ends = [found.end() for found in _CLAUSE.finditer(words)]
    return (words[: ends[-1]], words[ends[-1] :]) if ends else ("", words)


def _earlier(hour: time, ahead: timedelta) -> time:
    """Of what repeats, the hour before; not the day before."""
    minutes = hour.hour * 60 + hour.minute - int(ahead.total_seconds() // 60)
    if minutes < 0:
        raise CrmError("重复的提醒不能提前到前一天，请直接说提醒的时间")
    return time(minutes // 60, minutes % 60)


def _tidy(words: str) -> str:
    words = _TAIL.sub("", _PUNCTUATION.sub("", " ".join(words.split())))
    return _LEFT_OVER.sub("", words).strip(" ,，。")[:MOST_WORDS]
