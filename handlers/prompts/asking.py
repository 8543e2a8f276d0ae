"""「话术 售后」: quick replies by topic, their words ready to copy; 「话术」 lists them all."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from config.rules import Rules
from config.schemas.talktracks import TalkTrack
from crm_store.errors import CrmError
from crm_store.models import Member
from crm_store.queries import offers
from crm_store.store import Transaction
from handlers.prompts.offering import offer
from handlers.prompts.ranking import ranked
from handlers.prompts.using import use
from handlers.reading import Reader
from handlers.router import Reply, Router
from notifiers.cards.talk import found, library

router = Router("talk_tracks")

_NEAR = 0.5
_LONGEST = 64
_MOST = 4


@router.command("话术", "话术库", "有哪些话术", "快捷回复", help="列出所有话术")
async def every_talk_track(tx: Transaction, rules: Rules) -> Reply:
    return library(
        [
            (track.title, (*track.objections, *track.tags))
            for track in sorted(rules.talktracks.entries, key=lambda track: track.title)
        ]
    )


@router.command(
    "话术 {topic}",
    "快捷回复 {topic}",
    "有没有{topic}的话术",
    "{topic}怎么回复客户",
    "{topic}我怎么说",
    "{topic}我怎么回",
    help="按主题找话术，可以直接复制：话术 售后",
)
async def by_topic(
    topic: str, sender: Member, tx: Transaction, rules: Rules, reader: Reader
) -> Reply:
    tracks = await best_for(tx, topic, rules) or await _against(tx, topic, rules, reader)
    if not tracks:
        raise CrmError(f"没有找到“{topic[:_LONGEST]}”的话术，回复“话术”看看有哪些")
    first, *others = tracks
    await offer(tx, first, sender, None, reason="asked")
    return found(first.title, first.body, [track.title for track in others])


@router.command("用了 {topic}", "用了话术 {topic}", help="记下用了哪份话术：用了 售后政策答复")
async def used_by_name(topic: str, sender: Member, tx: Transaction, rules: Rules) -> Reply:
    tracks = matching(rules.talktracks.entries, topic)
    if not tracks:
        raise CrmError(f"没有找到话术“{topic[:_LONGEST]}”，回复“话术”看看有哪些")
    track = tracks[0]
    row = await offers.newest_to(tx, sender.id, track.name)
    if row is None:
        row = await offer(tx, track, sender, None, reason="asked")
    is_new = await use(tx, row, sender, track.title)
    return f"已记下：用了《{track.title}》" if is_new else f"《{track.title}》已经记过了"


async def best_for(tx: Transaction, topic: str, rules: Rules) -> list[TalkTrack]:
    """Those that fit the words best, and of equals those that helped most."""
    tracks = matching(rules.talktracks.entries, topic)
    if not tracks:
        return []
    closeness = {track.name: nearness(track, topic) for track in tracks}
    uses = await offers.uses(tx, [track.name for track in tracks])
    order = ranked(tracks, uses)
    return sorted(order, key=lambda track: -closeness[track.name])[:_MOST]


async def _against(tx: Transaction, words: str, rules: Rules, reader: Reader) -> list[TalkTrack]:
    """Where no name comes near: what helps against that which a client would object to so."""
    said = reader.read(words, tx.now).found.of("objection")
    raised = {str(one.value) for one in said}
    tracks = [track for track in rules.talktracks.entries if track.against & raised]
    uses = await offers.uses(tx, [track.name for track in tracks]) if tracks else {}
    return ranked(tracks, uses)[:_MOST]


def matching(tracks: Sequence[TalkTrack], topic: str) -> list[TalkTrack]:
    """Those whose title, tags or objections the words come near, the nearest first."""
    near = [(nearness(track, topic), track) for track in tracks]
    return [
        track
        for score, track in sorted(near, key=lambda pair: (-pair[0], pair[1].title))
        if score >= _NEAR
    ]


def nearness(track: TalkTrack, topic: str) -> float:
    """1 for the title itself, less for a tag, a part, or nearly the same characters."""
    asked = topic.strip("《》「」“” ").removesuffix("话术").casefold()[:_LONGEST]
    if not asked:
        return 0.0
    title = track.title.casefold()
    if asked in (title, title.removesuffix("话术")):
        return 1.0
    words = [word.casefold() for word in (*track.objections, *track.tags, track.audience) if word]
    if asked in words:
        return 0.95
    if asked in title:
        return 0.9
    if any(word in asked or asked in word for word in words):
        return 0.8
    return 0.7 * max(SequenceMatcher(None, asked, word).ratio() for word in (title, *words))
