"""What a rule does: 分配给张敏, 推送《…》, 标为高优先级, 打上“大单”标签, 通知主管."""

from nlp.ruling.lexing import Token, sense_of
from nlp.ruling.rule import Assign, Deed, Fact, Notify, Push, Raise, TagIt, Whom
from nlp.ruling.stream import DEEDS, Stream
from nlp.ruling.vocabulary import LEVEL, PERSON, TEAM

_QUOTES = " “”‘’「」\"'"
_LONGEST_TAG = 16


def read(words: Stream) -> list[Deed]:
    """The deed that begins here, or several that share its verb."""
    token = words.peek()
    if names_somebody(token):
        return _given(words, token)  # → 资深顾问张敏
    if token.kind == "raise":
        words.take()
        return [Raise()]
    if token.kind in ("assign", "by"):
        return _given(words, words.take())
    if token.kind in ("push", "document"):
        return _pushed(words)
    if token.kind in ("tag", "mark"):
        return _tagged(words)
    return _told(words)


def names_somebody(token: Token) -> bool:
    return token.kind not in DEEDS and sense_of(token, (PERSON, LEVEL, TEAM)) is not None


def _given(words: Stream, verb: Token) -> list[Deed]:
    after = words.peek(1)
    if words.peek().value == "client" and (after.kind in ("tag", "mark") or _is_receiver(after)):
        words.take()  # 给客户打上“…”标签
        return read(words) if after.kind in ("tag", "mark") else _given(words, verb)
    if _is_receiver(words.peek()) and after.kind in ("push", "notify"):
        if words.peek().value != "owner" and after.kind == "push":
            words.puzzle(words.peek(), "不能直接收到文档，文档只推给负责人")
        words.take()  # 给负责人推送《…》
        return read(words)
    found = len(words.troubles)
    whom = _whom(words)
    if whom is not None:
        return [Assign(to=whom)]
    if len(words.troubles) == found:
        words.puzzle(verb, "后面没说给谁")
    return []


def _whom(words: Stream) -> Whom | None:
    people: list[str] = []
    said: dict[str, tuple[Token, str]] = {}
    lightest = False
    first = words.at
    while not words.is_over:
        token = words.peek()
        sense = sense_of(token, (PERSON, LEVEL, TEAM))
        if token.kind == "lightest":
            lightest = True
        elif token.kind == "covers" and not people:
            words.take()
            if not _covered(words, said):
                break
            continue
        elif sense is not None and sense[0] == PERSON:
            person = _person(words)
            if person is not None and _is_as_said(words, person, said):
                people.append(person)
            said = {}
            continue
        elif sense is not None and (not people or _is_person(words.peek(1))):
            said[str(sense[0])] = (token, sense[1])
        elif token.kind == "title" or (token.kind in ("list", "or") and people and _goes_on(words)):
            pass
        elif token.kind not in ("end", "closes", "covers"):
            break
        words.take()
    if not people and not said and not (lightest and words.at > first):
        token = words.peek()
        if token.kind in ("unknown", "literal", "value", "receiver", "number"):
            words.take()
            why = "不能是分配的对象" if token.kind == "receiver" else "不是同事、级别或小组"
            words.puzzle(token, why, words.house.nearest(token.text, (PERSON, LEVEL, TEAM)))
        return None
    group = {} if people else {kind: word for kind, (_, word) in said.items()}
    return Whom(people=tuple(dict.fromkeys(people)), is_lightest=lightest, **group)


def _is_as_said(words: Stream, person_id: str, said: dict[str, tuple[Token, str]]) -> bool:
    """资深顾问张敏: where somebody is named, level and team only describe him, rightly or not."""
    person = words.house.by_id[person_id]
    for kind, (token, word) in said.items():
        if getattr(person, kind, "") != word:
            words.puzzle(token, f"不对：{person.name}在名单里不是{word}")
            return False
    return True


def _goes_on(words: Stream) -> bool:
    """张敏或李娜, 顾问李娜和顾问王磊."""
    after = words.peek(1)
    return _is_person(after) or (
        _is_person(words.peek(2))
        and (after.kind == "title" or sense_of(after, (LEVEL, TEAM)) is not None)
    )


def _covered(words: Stream, said: dict[str, tuple[Token, str]]) -> bool:
    """负责上海的人, 负责医疗设备的人."""
    token = words.peek()
    for fact, key in ((Fact.REGION, "region"), (Fact.LINE, "line")):
        sense = sense_of(token, (fact,))
        if sense is not None and token.kind == "value":
            words.take()
            said[key] = (token, sense[1])
            return True
    if token.kind in ("unknown", "value"):
        words.take()
        near = words.house.nearest(token.text, (Fact.REGION, Fact.LINE))
        words.puzzle(token, "不是地区或产品线", near)
    return False


def _person(words: Stream) -> str | None:
    """Who is meant by a name; of two of a name the id tells, in brackets."""
    token = words.take()
    ids = [value for kind, value in token.senses if kind == PERSON]
    if words.peek().kind == "open" and words.peek(2).kind == "close":
        told = [value for kind, value in words.peek(1).senses if kind == PERSON]
        if told and told[0] in ids:
            for _ in range(3):
                words.take()
            return told[0]
    if len(ids) > 1:
        which = "、".join(f"{token.text}（{one}）" for one in ids)
        words.puzzle(token, f"有 {len(ids)} 位，请写成：{which}")
        return None
    return ids[0]


def _is_person(token: Token) -> bool:
    return sense_of(token, (PERSON,)) is not None


def _is_receiver(token: Token) -> bool:
    return token.kind == "receiver" or (token.kind == "end" and token.text == "销售")


def _pushed(words: Stream) -> list[Deed]:
    verb = words.take() if words.peek().kind == "push" else words.peek()
    _owner_only(words)
    found: list[Deed] = []
    while (token := words.take_if("document")) is not None:
        title = words.house.document(str(token.value))
        if title is None:
            near = words.house.nearest_document(str(token.value))
            words.puzzle(token, "不在话术库里", f"《{near}》" if near else None)
        else:
            found.append(Push(title=title))
        if words.peek().kind in ("list", "and", "comma") and words.peek(1).kind == "document":
            words.take()
    if verb.kind == "document" and words.take_if("push") is None and not words.troubles:
        words.puzzle(verb, "要做什么没说，请写“推送”")
    _owner_only(words)
    if not found and not words.troubles:
        words.puzzle(verb, "后面没说哪份文档，请用《》写出标题")
    return found


def _owner_only(words: Stream) -> None:
    """A document goes to the owner; to a client the assistant never sends one."""
    if words.peek().kind in ("assign",) and (
        _is_receiver(words.peek(1)) or _is_person(words.peek(1))
    ):
        words.take()
    token = words.peek()
    if token.kind == "receiver" and token.value != "owner":
        words.take()
        words.puzzle(token, "不能直接收到文档，文档只推给负责人")
    elif _is_receiver(token):
        words.take()
    elif _is_person(token):
        words.take()
        words.puzzle(token, "不能直接收到文档，文档只推给负责人")


def _tagged(words: Stream) -> list[Deed]:
    verb = words.take()
    if verb.kind == "tag":
        words.skip("noun", "is")
    token = words.peek()
    if verb.kind == "mark" and sense_of(token, (Fact.PRIORITY,)) == (Fact.PRIORITY, "high"):
        words.take()
        return [Raise()]
    if token.kind not in ("literal", "unknown", "value"):
        words.puzzle(verb, "后面没说是什么标签")
        return []
    words.take()
    if words.peek().kind == "noun" and words.peek().value == Fact.TAG:
        words.take()
    tag = str(token.value if token.kind == "literal" else token.text).strip(_QUOTES)
    if not tag:
        words.puzzle(verb, "后面没说是什么标签")
        return []
    if len(tag) > _LONGEST_TAG:
        words.puzzle(token, f"太长，标签最多 {_LONGEST_TAG} 个字")
        return []
    return [TagIt(tag=tag)]


def _told(words: Stream) -> list[Deed]:
    verb = words.take()
    found: list[Deed] = []
    while not words.is_over:
        token = words.peek()
        if _is_person(token):
            person = _person(words)
            found += [Notify(person=person)] if person else []
        elif token.kind == "receiver" and token.value == "client":
            words.take()
            words.puzzle(token, "不会被自动通知，只能通知同事")
        elif _is_receiver(token):
            words.take()
            if token.value == "owner" and words.peek().value == "manager":
                continue  # 负责人的主管
            found.append(Notify(who=token.value or "owner"))
        elif token.kind == "title":
            words.take()
        elif token.kind in ("unknown", "literal"):
            words.take()
            words.puzzle(token, "不是同事", words.house.nearest(token.text, (PERSON,)))
        elif sense_of(token, (LEVEL, TEAM)) is not None and not _is_person(words.peek(1)):
            words.take()
            words.puzzle(token, "不是一个人，只能通知具体的人、负责人、主管或我")
        elif token.kind in ("unknown", "value"):
            words.take()
        else:
            break
        if words.peek().kind in ("list", "and") and _tells_on(words.peek(1)):
            words.take()
    if not found and not words.troubles:
        words.puzzle(verb, "后面没说通知谁")
    return found


def _tells_on(token: Token) -> bool:
    return token.kind == "title" or (
        token.kind not in DEEDS and (_is_receiver(token) or _is_person(token))
    )
