"""Provinces, cities and districts; what stands together is one place."""

import re
from collections.abc import Iterator

from nlp.boundaries import is_whole
from nlp.context import Context
from nlp.facts import Entity
from nlp.lexicon.matcher import Hit
from nlp.lexicon.regions import INSIDE, LIKELY, SURE, Place, Reading

TAILS = frozenset("市省区县州人站港城盟旗") | {"人民", "新区", "地区"}
"""What a dictionary's word may have after the place: 苏州市, 宁波港."""

SOMETHING_ELSE = re.compile(
    r"[东西南北中]{0,2}[一二三四五六七八九十]?(?:路(?![过演由程况费线口远途近不难太好太比这那最])|街(?!边)|大道|大街|巷|弄)"
    r"|时间|银行|航空|啤酒|烤鸭|拉面|火锅|米粉|小面|炒饭|烧烤|凉皮|热干面|龙井|火腿|老窖|大闸蟹|板鸭|"
    r"肉夹馍|酒店|饭店|菜(?!场|市|鸟)|小吃|话(?![说费术题])|瓜|人寿|时代|大众|现代(?!化|农)|本田|"
    r"丰田|通用汽车|汽车(?!站|配|用|美|后|维|零|的|城|厂)|日报|晚报|卫视|国安|申花|宾馆|大学|师范|"
    r"理工|交通大学|交大|红茶|绿茶|毛尖|白药|大厦|装(?=[的,。 ]|$)|陵|玉(?=[的,。 ]|$)|"
    r"产业(?!园|带|链|集)|亚运会?|大运会?|奥运|事变|大屠杀|香醋|榨菜|铁观音|大红袍|螺蛳粉|麻花|扒鸡|烧鸡|煎饼|"
    r"黄酒|老酒|大枣|脐橙|苹果|一号|二号|论坛|会议|共识|协议|精神"
)
"""南京路 is no Nanjing, 青岛啤酒 no Qingdao."""
SIGHT = re.compile(
    r"[东西南北中]?(?:路|街|大道|巷|弄|机场|山|湖|江|河|桥|大厦|广场|公园|饭店|酒店|宾馆|医院|中学|小学|"
    r"幼儿园|景区|龙井|大桥|体育)"
)
"""What a district's short name is a part of rather than the district: 广州白云机场."""
CUT_WHOLE = re.compile(
    r"(?<=市)[区场民面值郊容政委井集](?!域)|(?<=区)[域别间分块委号]|(?<=县)[城级令长官]|(?<=省)[会钱心事得着力略份委电油级]"
)
"""市 in 上海市区 and 南京市场 belongs to what follows."""
OUTSKIRTS = re.compile(
    r"(?:国家级?)?(?:高新技术产业开发区|高新技术开发区|高新区|经济技术开发区|经济开发区|经开区|开发区)"
)
"""Parts of a city that are districts to those who work there."""

BEFORE = re.compile(
    r"(?:[在到去来至往抵从送发寄运邮派驻住跑离]|位于|坐落|地址|地区|区域|城市|所在地|坐标|目的地|项目地|老家|"
    r"地址是|人是|我是|我们是|咱是|厂是|收货|覆盖|始发|起运|:)\s?$"
)
AFTER = re.compile(
    r"这边|那边|这里|那里|这儿|那儿|这块|的|人(?![员事民])|仓|工厂|厂(?![家商])|分公司|子公司|办事处|门店|"
    r"分店|直营店|店|总部|分部|市场|客户|项目|本地|当地|市区|城区|县城|周边|附近|一带|地区|境内|过来|"
    r"发货|收货|提货|交货|自提|站|港|机场|高铁|开发区|高新|经开|工业园|产业园|包邮|物流|有没有|能不能送|能送|能发"
)
"""What tells of a place beside a name that may be another word."""
JOINTS = frozenset(" -·./|")
"""What may stand between a place and its part."""

MOST_HINTS = 8
"""Places of a message that are asked which 鼓楼区 is meant."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    spots = context.spots.get("place")
    if not spots:
        return
    hits = [Hit(*spot) for spot in spots]
    found = list(_chains(text, context, hits))
    known = list({places[0]: None for _, _, places in found if len(places) == 1})[:MOST_HINTS]
    for start, end, places in found:
        place, is_sure = _decide(places, known)
        yield context.entity(
            "region", start, end, place.as_value(), "gazetteer", ambiguous=not is_sure
        )


Chain = tuple[int, int, list[Place]]


def _chains(text: str, context: Context, hits: list[Hit[tuple[Reading, ...]]]) -> Iterator[Chain]:
    """What stands together as one: 江苏苏州昆山. `hits` in order, the longer first."""
    waiting: Chain | None = None
    at = 0
    for hit in hits:
        if hit.start < at or CUT_WHOLE.match(text, hit.end):
            continue
        if waiting:
            inner = _within(waiting, hit, text)
            if inner and not (SIGHT.match(text, hit.end) and not _is_full(hit, text)):
                waiting, at = (waiting[0], hit.end, inner), hit.end
                continue
        if not _stands(text, context, hit):
            continue
        if waiting:
            yield from _finished(waiting, text, context)
        best = min(reading.worth for reading in hit.value)
        waiting = (hit.start, hit.end, _places(hit.value, max(best, SURE)))
        at = hit.end
    if waiting:
        yield from _finished(waiting, text, context)


def _places(readings: tuple[Reading, ...], worth: int) -> list[Place]:
    """Those of the greatest kind, the foremost alone where there is one."""
    kept = [reading for reading in readings if reading.worth <= worth]
    for reading in kept:
        if reading.is_foremost:
            return [reading.place]
    least = min(reading.place.rank for reading in kept)
    return [reading.place for reading in kept if reading.place.rank == least]


def _within(waiting: Chain, hit: Hit[tuple[Reading, ...]], text: str) -> list[Place]:
    """The places of `hit` that lie in what stands right before it."""
    gap = text[waiting[1] : hit.start]
    if gap and gap not in JOINTS:
        return []
    return [
        reading.place
        for reading in hit.value
        if any(reading.place != whole and reading.place.lies_in(whole) for whole in waiting[2])
    ]


def _is_full(hit: Hit[tuple[Reading, ...]], text: str) -> bool:
    """Whether the name is said in full: 白云区."""
    return text[hit.start : hit.end] in (
        hit.value[0].place.district,
        hit.value[0].place.city,
        hit.value[0].place.province,
    )


def _stands(text: str, context: Context, hit: Hit[tuple[Reading, ...]]) -> bool:
    """Whether the name by itself is a place here."""
    worth = min(reading.worth for reading in hit.value)
    if worth == INSIDE:
        return False
    if worth == LIKELY and not (
        BEFORE.search(text[max(0, hit.start - 4) : hit.start]) or AFTER.match(text, hit.end)
    ):
        return False
    return is_whole(context.folded, hit.start, hit.end, context.words, TAILS, trusting=True)


def _finished(chain: Chain, text: str, context: Context) -> Iterator[Chain]:
    start, end, places = chain
    if places[0].rank == 1 or places[0].province == places[0].city:
        outskirts = OUTSKIRTS.match(text, end)
        if outskirts and len(places) == 1:
            name = outskirts[0]
            end = outskirts.end()
            places = [Place(places[0].province, places[0].city, name)]
    if SOMETHING_ELSE.match(text, end):
        return
    if not _is_free(context, start, end):
        return
    yield start, end, places


def _is_free(context: Context, start: int, end: int) -> bool:
    """Whether nothing else has the span. A name or a firm that is this place and nothing more was
    a guess, and is taken back."""
    if context.claimed("competitor", start, end) or context.claimed("product", start, end):
        return False
    for kind in ("person", "company"):
        if context.claimed(kind, start, end):
            alike = [
                one
                for one in context.found
                if one.type == kind and (one.start, one.end) == (start, end)
            ]
            if not alike:
                return False
            context.withdraw(alike[0])
    return True


def _decide(places: list[Place], known: list[Place]) -> tuple[Place, bool]:
    """The place that is meant, by those that are known; what they leave open is null."""
    if len(places) == 1:
        return places[0], True
    for other in known:
        near = [place for place in places if place.lies_in(other)]
        near = near or [place for place in places if other.city and place.city == other.city]
        if len(near) == 1:
            return near[0], True
    first = places[0]
    province = first.province if len({place.province for place in places}) == 1 else None
    city = first.city if len({place.city for place in places}) == 1 else None
    return Place(province, city, first.district), False
