"""Hostile words may be a client's all the same: taken, shown within every limit, and inert."""

import csv
import html
import re
import time
from dataclasses import replace
from pathlib import Path

from aiohttp import ClientSession
from sqlmodel import col, select

from bot.demo import OPENING, stage
from bot.sandbox.cast import Cast, Client, demo_cast
from config.clock import TurnedClock
from crm_store.export import export
from crm_store.models import Lead, Member
from tests.eventually import eventually

EMOJI = "😀👩‍👩‍👧‍👦🇨🇳" * 400
HOSTILE = {
    "8 KB of emoji": EMOJI.encode()[:8192].decode(errors="ignore"),
    "a formula": '=HYPERLINK("http://evil.example","CT设备")',
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)> 想了解CT设备",
    "an attribute": "\" onmouseover=alert(3) x='` 想了解CT设备",
    "another direction": "\u202e\u2066想了解CT设备\u200f\u061c\ufeff",
    "controls": "想了解CT设备\x07\x1b[31m\x7f\u2028\u2029",
    "a template": "{{7*7}} ${7*7} %(x)s {0} {client} 想了解CT设备",
    "a call": "@SUM(1+1)*cmd|' /C calc'!A0",
    "a huge number": f"想了解CT设备，预算{'9' * 400}万",
    "piled marks": "想" + "\u0301" * 3000 + "了解CT设备",
    "a link": "[点我](javascript:alert(1)) ![x](http://evil.example/x.png) 想了解CT设备",
}
FORMULA = tuple("=+-@\t\r＝＋－＠")
A_TAG = re.compile(r"<(?:script|img|b|a|iframe)\b[^>]*(?:alert|evil|onerror)", re.IGNORECASE)
AN_ATTRIBUTE = re.compile(r"<[^>]*\son\w+\s*=")


def crowd() -> Cast:
    """Each of them is called as he speaks."""
    return replace(
        demo_cast(),
        clients=tuple(
            Client(f"client{number}", words[:60], f"wmHostile{number:03}")
            for number, words in enumerate(HOSTILE.values())
        ),
    )


async def test_what_is_taken_fits_every_screen_and_runs_nowhere(tmp_path: Path) -> None:
    clock = TurnedClock(OPENING, seconds=time.monotonic)
    async with stage(tmp_path, clock=clock, cast=crowd()) as on:
        bot, sandbox = on.bot, on.sandbox
        for number, words in enumerate(HOSTILE.values()):
            assert (await sandbox.client_writes(f"client{number}", words)).accepted
            assert (await sandbox.member_writes("wanglei", f"静音 {words}"[:1500])).accepted

        async def all_shown() -> bool:
            shown = [
                item
                for member in sandbox.cast.members
                for item in sandbox.screen(member.id)
                if item.card is not None and "微信客服" in item.card.subtitle
            ]
            return len(shown) >= len(HOSTILE)

        await eventually(all_shown, within=90)

        # The sandbox measures every message by the vendor's documents, bytes and all.
        assert sandbox.ledger.violations == []
        async with bot.store.view() as view:
            leads = (await view.session.exec(select(Lead).order_by(col(Lead.id)))).all()
            chen = await view.get(Member, "chen")
        assert len(leads) == len(HOSTILE)
        pages = [await _page(bot.links.history(lead, chen), bot.session) for lead in leads]
        for page in pages:
            assert not A_TAG.search(page)
            assert not AN_ATTRIBUTE.search(page)
            assert 'href="javascript' not in page
        told = html.unescape("\n".join(pages))
        assert HOSTILE["markup"] in told
        assert HOSTILE["a template"] in told

        folder = tmp_path / "out"
        await export(bot.database, bot.store.vault, folder, now=clock.now())
        for file in folder.glob("*.csv"):
            with file.open(encoding="utf-8", newline="") as rows:
                for row in csv.reader(rows):
                    assert [c for c in row if c.startswith(FORMULA) and not _number(c)] == []


async def _page(url: str, session: ClientSession) -> str:
    async with session.get(url) as answer:
        assert answer.status == 200
        return await answer.text()


def _number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
