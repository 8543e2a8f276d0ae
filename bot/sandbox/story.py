"""The built-in story: a client's message becomes a lead, and nobody can let it lie.

It is played by the people of the sandbox, on the real platforms' protocols; what the bot did of
it is judged by what came up on their screens, and by what the bot says it knows.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from aiohttp import ClientError

from bot.sandbox.scene import (
    CHEN,
    LINA,
    PEOPLE,
    WANG,
    ZHAO,
    Means,
    Scene,
    Stage,
    StoryBroken,
    card_of,
    drawn,
    holds,
)
from bot.sandbox.screens import CardView, Item
from bot.sandbox.server import Sandbox
from bot.sandbox.steps import Steps
from bot.sandbox.transcript import Transcript

__all__ = ["StoryBroken", "play"]

ASK: Final = "你好，我们医院想了解CT设备的参数，预算300万左右，下周三前要招标文件，电话13800001234"
PHONE: Final = "13800001234"
ANSWER: Final = "赵主任您好，我是王磊。CT设备的参数表今天发您，招标文件下周三前备齐。"
THANKS: Final = "好的，麻烦尽快。"
BANNED: Final = "您有新线索"
QUARTER: Final = timedelta(minutes=15)
TWO_DAYS: Final = timedelta(hours=48)
A_DAY: Final = timedelta(days=1)
HALF_AN_HOUR: Final = timedelta(minutes=30)
PROMISE: Final = f"我答应{PEOPLE[ZHAO]}下周二前给报价"
REMIND: Final = f"半小时后叫我给{PEOPLE[ZHAO]}回电话"
RULE: Final = f"客户咨询CT设备且预算大于200万，自动分配给{PEOPLE[LINA]}"


async def play(sandbox: Sandbox, tell: Callable[[str], None] = lambda line: None) -> Transcript:
    """Plays every step with the bot that is connected; `tell` hears each line at once.

    Raises StoryBroken at the first step that did not happen.
    """
    steps = Steps(sandbox.world)

    async def open_page(url: str) -> str:
        async with sandbox.world.session.get(url) as response:
            response.raise_for_status()
            return await response.text()

    means = Means(sandbox.world.clock.now, steps.forward, steps.knowledge, open_page)
    return await perform(sandbox, means, tell)


async def perform(stage: Stage, means: Means, tell: Callable[[str], None]) -> Transcript:
    transcript = Transcript(tell)
    scene = Scene(stage, means, transcript)
    for number, (title, step) in enumerate(STEPS, start=1):
        scene.begins(f"第 {number} 步 {title}")
        await step(scene)
    return transcript


async def client_asks(scene: Scene) -> None:
    await scene.client_writes(ASK)

    said = [item for item in scene.stage.screen(ZHAO) if item.mine and item.text == ASK]
    scene.expects(len(said) == 1, "客户的话在他自己的窗口里")


async def lead_reaches_a_rep(scene: Scene) -> None:
    item = await scene.card(LINA, PEOPLE[ZHAO], "CT设备")
    scene.expects(True, f"卡片到了李娜手里，从客户发出算起不到 {scene.took:.1f} 秒")
    card = card_of(item)
    scene.expects("微信客服" in card.subtitle, "卡片说客户从哪来", card.subtitle)
    names = [row.name for row in card.rows]
    for name in ("需求", "预算", "时间", "电话", "为什么是您"):
        scene.expects(name in names, f"卡片有「{name}」", "、".join(names))
    scene.expects(card.quote is not None and ASK in card.quote.text, "卡片引了客户原话")
    offered = [button.text for button in card.buttons] + [entry.text for entry in card.menu]
    wanted = ["已联系", "预约拜访", "发送资料", "静音", "为什么给我"]
    scene.expects(offered == wanted, "按钮与菜单：" + "、".join(wanted), "、".join(offered))
    scene.expects(BANNED not in drawn(item), f"没有「{BANNED}」")
    await _facts_stand_in_the_words(scene)


async def _facts_stand_in_the_words(scene: Scene) -> None:
    lead = await scene.lead()
    scene.expects(lead["owner"] == PEOPLE[LINA], "机器人记着：负责人是李娜", str(lead["owner"]))
    labels = "、".join(f"{field['label']} {field['value']}" for field in lead["fields"])
    scene.transcript.knows(labels)
    told = [field for field in lead["fields"] if field["message"]]
    right = all(
        field["message"][field["start"] : field["end"]] == field["words"] != "" for field in told
    )
    scene.expects(bool(told) and right, "每一项都指着它出自的那几个字")
    for words in ("CT设备", "300万", PHONE):
        found = any(words in field["words"] for field in told)
        scene.expects(found, f"读出了「{words}」", labels)
    scene.expects(bool(lead["timers"]), "计时在走：" + _labels(lead["timers"]))


async def nobody_looks(scene: Scene) -> None:
    hers = await scene.card(LINA, PEOPLE[ZHAO])
    warned = scene.items(CHEN)

    await scene.passes(QUARTER, " 15 分钟")

    await scene.card(WANG, PEOPLE[ZHAO], "CT设备")
    scene.expects(True, "王磊收到了卡片")
    await scene.until(lambda: bool(card_of(scene.now(LINA, hers)).status))
    now = scene.now(LINA, hers)
    status = card_of(now).status or ""
    scene.expects(status == "已转给王磊", "李娜的卡片当场变成「已转给王磊」", status)
    scene.expects(PHONE not in drawn(now), "李娜的卡片上不再有电话", drawn(now))

    def is_warned() -> bool:
        news = scene.since(CHEN, warned)
        return any(holds(item, (PEOPLE[ZHAO], PEOPLE[LINA])) for item in news)

    await scene.until(is_warned)
    scene.expects(is_warned(), "陈经理在钉钉里得到提醒", scene.seen(CHEN))
    by_dingtalk = all(item.platform == "dingtalk" for item in scene.since(CHEN, warned))
    scene.expects(by_dingtalk, "提醒走的是钉钉")


async def rep_makes_contact(scene: Scene) -> None:
    item = await scene.card(WANG, PEOPLE[ZHAO], "已联系")

    await scene.presses(WANG, item, "已联系")

    await scene.until(lambda: scene.now(WANG, item).card != item.card)
    now = scene.now(WANG, item)
    scene.expects(now.card != item.card, "王磊的卡片变了", drawn(now))
    lead = await scene.lead(lambda lead: "followed_up" in _kinds(lead))
    scene.expects(lead["owner"] == PEOPLE[WANG], "负责人是王磊", str(lead["owner"]))
    kinds = _kinds(lead)
    scene.expects("followed_up" in kinds, "档案里记下了这次联系", "、".join(kinds))

    def is_handed() -> bool:
        return any(holds(one, (ASK,)) and one.card is None for one in scene.items(WANG))

    await scene.until(is_handed)
    scene.expects(is_handed(), "客服会话交到了王磊手里", scene.seen(WANG))
    await _both_sides_are_read(scene)


async def _both_sides_are_read(scene: Scene) -> None:
    await scene.answers(WANG, ANSWER)
    reached = any(item.text == ANSWER for item in scene.items(ZHAO))
    scene.expects(reached, "客户看到王磊的话", scene.seen(ZHAO))
    kinds = _kinds(await scene.lead(lambda lead: "message_out" in _kinds(lead)))
    scene.expects("message_out" in kinds, "机器人也看到王磊的话", "、".join(kinds))
    before = kinds.count("message_in")
    await scene.client_writes(THANKS)
    kinds = _kinds(
        await scene.lead(lambda lead: _kinds(lead).count("message_in") > before),
    )
    scene.expects(kinds.count("message_in") > before, "客户的回答也记下了", "、".join(kinds))


async def two_days_of_silence(scene: Scene) -> None:
    before = scene.items(CHEN)

    await scene.passes(TWO_DAYS, "两天")

    def escalated() -> Item | None:
        news = reversed(scene.since(CHEN, before))
        return next((one for one in news if one.card and holds(one, ("转派",))), None)

    await scene.until(lambda: escalated() is not None)
    item = escalated()
    if item is None:
        raise scene.broken("陈经理应收到带「转派」的升级卡片", scene.seen(CHEN))
    offered = [button.text for button in card_of(item).buttons]
    scene.expects("需协同支持" in offered, "可以一键「转派」或「需协同支持」", "、".join(offered))
    scene.expects(holds(item, (PEOPLE[ZHAO], PEOPLE[WANG])), "说的是谁的哪位客户", drawn(item))
    await _history_opens(scene, card_of(item))
    await scene.presses(CHEN, item, "转派")
    owner = (await scene.lead(lambda lead: lead["owner"] not in {None, PEOPLE[WANG]}))["owner"]
    scene.expects(owner not in {None, PEOPLE[WANG]}, "一点就转给了别人", str(owner))
    new = next(person for person, name in PEOPLE.items() if name == owner)
    await scene.card(new, PEOPLE[ZHAO], "已联系")
    scene.expects(True, f"{owner}收到了卡片")


async def _history_opens(scene: Scene, card: CardView) -> None:
    urls = [card.link, *(b.url for b in card.buttons), *(r.url for r in card.rows)]
    link = next((url for url in urls if url), None)
    if link is None:
        raise scene.broken("升级卡片应有完整历史的链接")
    try:
        page = await scene.means.open_page(link)
    except (ClientError, TimeoutError) as error:
        raise scene.broken("历史的链接应能打开", str(error)) from None
    names = [name for person, name in PEOPLE.items() if person != CHEN]
    scene.expects(all(name in page for name in names), "链接打开了完整的历史", page[:200])


async def rep_mutes(scene: Scene) -> None:
    owner = (await scene.lead())["owner"]
    member = next(person for person, name in PEOPLE.items() if name == owner)

    await scene.writes(member, f"静音 {PEOPLE[ZHAO]}")

    muted = (await scene.lead(lambda lead: owner in lead["muted_by"]))["muted_by"]
    scene.expects(owner in muted, f"{owner}静音了{PEOPLE[ZHAO]}", "、".join(muted))
    before = scene.items(member)
    await scene.passes(A_DAY, "一天")
    nudges = [
        item
        for item in scene.since(member, before)
        # The day's stand-up names him too, under a title of its own; so does what answers a mute.
        if item.card and PEOPLE[ZHAO] in item.card.title and holds(item, ("没有跟进",))
    ]
    scene.expects(not nudges, f"一天里没有再催{owner}", "；".join(map(drawn, nudges)))


async def rep_asks(scene: Scene) -> None:
    member = await _owner(scene)
    for question in ("今天该先打哪个电话", "为什么给我"):
        await _asks(scene, member, question, (PEOPLE[ZHAO],))


async def rep_promises(scene: Scene) -> None:
    member = await _owner(scene)
    await _asks(scene, member, PROMISE, ("报价",))
    scene.expects(True, "答应的事成了一件任务", scene.seen(member))

    await _asks(scene, member, "我的承诺", ("报价", PEOPLE[ZHAO]))

    scene.expects(True, "「我的承诺」里有它", scene.seen(member))


async def rep_is_reminded(scene: Scene) -> None:
    member = await _owner(scene)
    await _asks(scene, member, REMIND, ("回电话",))
    before = scene.items(member)

    await scene.passes(HALF_AN_HOUR, "半小时")

    def rings() -> bool:
        return any(holds(item, ("回电话",)) for item in scene.since(member, before))

    await scene.until(rings)
    scene.expects(rings(), "到点提醒了他", scene.seen(member))


async def rep_looks_back(scene: Scene) -> None:
    member = await _owner(scene)

    await _asks(scene, member, f"{PEOPLE[ZHAO]}说了什么", ("CT设备的参数",))

    scene.expects(True, "答的是客户的原话", scene.seen(member))


async def manager_makes_a_rule(scene: Scene) -> None:
    before = scene.items(CHEN)
    await _asks(scene, CHEN, RULE, ("启用",))
    card = next(item for item in reversed(scene.since(CHEN, before)) if holds(item, ("启用",)))
    scene.expects("CT设备" in drawn(card), "它说了怎么理解这条规则", drawn(card))

    await scene.presses(CHEN, card, "启用")

    await _asks(scene, CHEN, "规则", ("CT设备", PEOPLE[LINA]))
    scene.expects(True, "规则在用了", scene.seen(CHEN))


async def _owner(scene: Scene) -> str:
    """Who of the people has the lead now."""
    owner = (await scene.lead())["owner"]
    return next(person for person, name in PEOPLE.items() if name == owner)


async def _asks(scene: Scene, person: str, words: str, needed: Sequence[str]) -> None:
    """He writes to the assistant, and the answer holds all that is needed."""
    before = scene.items(person)
    await scene.writes(person, words)

    def is_answered() -> bool:
        return any(holds(item, needed) for item in scene.since(person, before))

    await scene.until(is_answered)
    scene.expects(is_answered(), f"「{words}」有了回答", scene.seen(person))


STEPS: Final = (
    ("客户开口", client_asks),
    ("线索到人", lead_reaches_a_rep),
    ("十五分钟没人理会", nobody_looks),
    ("王磊接手", rep_makes_contact),
    ("两天没有跟进", two_days_of_silence),
    ("静音", rep_mutes),
    ("问它", rep_asks),
    ("答应的事", rep_promises),
    ("提醒", rep_is_reminded),
    ("翻旧账", rep_looks_back),
    ("立规矩", manager_makes_a_rule),
)


def _labels(timers: Sequence[Mapping[str, Any]]) -> str:
    return "、".join(str(timer["label"]) for timer in timers)


def _kinds(lead: Mapping[str, Any]) -> list[str]:
    """What happened to it, in order."""
    return [fact["kind"] for fact in lead["timeline"]]
