"""From the tap on the eight-second page to the stored result, and what the page weighs."""

import asyncio
import re
import statistics
import time
from pathlib import Path

import pytest
from aiohttp import FormData

from crm_store.models import Lead, Member
from tests.web.house import House, house

pytestmark = pytest.mark.bench

LEADS = 40
"""As many as the reps of the house have room for, and one key may submit in a minute."""
AT_ONCE = 8
"""Reps who tap at the same time."""


async def _page_of(office: House, number: int) -> str:
    async with office.bot.store.view() as view:
        lead = await view.get(Lead, number)
        owner = await view.get(Member, lead.owner_id)
    return "/f/" + office.bot.links.follow_up(lead, owner).rpartition("/f/")[2]


async def test_tap_to_stored_result(tmp_path: Path, database_url: str) -> None:
    opened, tapped, weights = [], [], []
    async with house(tmp_path, database_url=database_url) as office:
        for number in range(1, LEADS + 1):
            await office.submits(
                external_id=f"f-{number}", phone=f"138{number:08d}", need="想了解CT设备的参数"
            )
        pages = [await _page_of(office, number) for number in range(1, LEADS + 1)]

        async def taps(path: str) -> None:
            began = time.perf_counter()
            async with office.http.get(path) as answer:
                body = await answer.text()
            opened.append(time.perf_counter() - began)
            weights.append(len(body.encode()))
            seen = re.search(r'name="seen" value="(\d+)"', body)
            assert seen is not None
            form = {"how": "contacted", "seen": seen[1], "note": "通了电话", "next": "2026-03-12"}
            began = time.perf_counter()
            async with office.http.post(path, data=FormData(form)) as answer:
                assert answer.status == 200
            tapped.append(time.perf_counter() - began)

        for start in range(0, LEADS, AT_ONCE):
            await asyncio.gather(*(taps(path) for path in pages[start : start + AT_ONCE]))
        states = {(await office.lead(number)).state for number in range(1, LEADS + 1)}
        style = sum(
            len(file.read_bytes())
            for name in ("pages.css", "follow_up.css")
            for file in [Path("bot/web/static") / name]
        )

    assert states == {"contacted"}
    kind = database_url.partition(":")[0]
    print(f"\nthe eight-second page, {LEADS} leads, {AT_ONCE} reps at once, {kind}")
    for what, took in (("page opened", opened), ("tap to stored result", tapped)):
        cuts = statistics.quantiles(took, n=100)
        print(f"  {what}: p50 {cuts[49] * 1000:.0f} ms  p99 {cuts[98] * 1000:.0f} ms")
    print(f"  weight: {max(weights)} bytes of page, {style} of style")
