"""A list of 100,000 clients into an empty SQLite: who is who, leads, words, fields and facts.

`make bench ARGS="-k import"`; BENCH_LINES for another number, BENCH_NEEDS for how many of them
say in a sentence what is wanted (0.3). The list: thirty in a hundred are of somebody who stands
further up, half of these spelt otherwise; 24 characters make all brands, so names are near.
"""

import csv
import os
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import running_bot
from bot.commands.migrate import migrate
from bot.files.columns import understand
from bot.files.opening import open_file
from bot.importing import AT_ONCE_ALONE, FileImport
from config.settings import Settings
from crm_store.vault import fresh_key

LINES = int(os.environ.get("BENCH_LINES", "100000"))
NEEDS = float(os.environ.get("BENCH_NEEDS", "0.3"))
HEADER = ("编号", "姓名", "公司", "手机", "邮箱", "城市", "产品", "需求", "时间")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国志文"
CITIES = [
    "上海",
    "北京",
    "杭州",
    "南京",
    "苏州",
    "宁波",
    "广州",
    "深圳",
    "成都",
    "武汉",
    "长沙",
    "西安",
    "青岛",
    "济南",
    "郑州",
    "合肥",
]
BRANDS = "康启安瑞恒华东方盛泰和信诚达远博嘉永新德明海天宏"
TRADES = [
    "医疗器械",
    "生物科技",
    "机电设备",
    "教育科技",
    "信息技术",
    "贸易",
    "环保工程",
    "食品",
    "建材",
    "自动化",
]
PRODUCTS = ("CT设备", "血透机", "彩超", "", "", "", "")
Person = tuple[str, str, str, str, str]


def people(count: int, seed: int = 1) -> Iterator[tuple[str, ...]]:
    chance = random.Random(seed)
    known: list[Person] = []
    for number in range(count):
        if known and chance.random() < 0.3:
            name, company, phone, email, city = _otherwise(chance, chance.choice(known))
        else:
            name, company, phone, email, city = _somebody(chance, number)
            known.append((name, company, phone, email, city))
        phone = phone or ("" if email else f"1{7 * 10**9 + number:010d}")
        need = ""
        if chance.random() < NEEDS:
            what = chance.choice(("CT", "彩超", "血透机"))
            need = f"想了解{what}的参数，预算{chance.randrange(10, 500)}万左右"
        at = f"2026-03-{1 + number % 28:02d} 10:{number % 60:02d}"
        product = chance.choice(PRODUCTS)
        yield (f"R{number}", name, company, phone, email, city, product, need, at)


def _somebody(chance: random.Random, number: int) -> Person:
    city = chance.choice(CITIES)
    company = f"{city}{''.join(chance.choices(BRANDS, k=3))}{chance.choice(TRADES)}有限公司"
    name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2))))
    phone = f"1{chance.choice('3578')}{chance.randrange(10**9):09d}"
    box = f"u{number}@{chance.choice(('qq.com', '163.com', f'c{number}.cn'))}"
    return name, company, phone, box if chance.random() < 0.5 else "", city


def _otherwise(chance: random.Random, person: Person) -> Person:
    name, company, phone, email, city = person
    match chance.randrange(6):
        case 0:
            phone = f"{phone[:3]} {phone[3:7]} {phone[7:]}"
        case 1 if email:
            phone = ""
        case 2:
            company = company.removeprefix(city).removesuffix("有限公司")
        case _:
            pass
    return name, company, phone, email, city


@pytest.mark.bench
@pytest.mark.timeout(3600)
async def test_a_list_of_clients_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows((HEADER, *people(LINES)))
    database = tmp_path / "genjin.db"
    settings = Settings.model_validate(
        {"database_url": f"sqlite+aiosqlite:///{database}", "encryption_key": fresh_key()}
    )
    await migrate(settings)

    async with running_bot(settings) as bot:
        await bot.database.keep_at_hand(192)
        started, ours = time.perf_counter(), time.process_time()
        sheets = [
            understand(one, bot.rules.current.imports, settings.zone) for one in open_file(file)
        ]
        run = FileImport(
            bot, "导入", assigns=None, refuse=lambda *refused: None, at_once=AT_ONCE_ALONE
        )
        done = await run.run(sheets)
        wall, processor = time.perf_counter() - started, time.process_time() - ours

    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = done.taken
    assert taken.new + taken.joined == LINES
    print(
        f"\n{LINES} lines: {wall:.1f} s wall, {processor:.1f} s of processor for the writer, "
        f"{children.ru_utime:.1f} s for the readers; peak {peak / 1024:.0f} MB and "
        f"{children.ru_maxrss / 1024:.0f} MB; {taken.clients} clients, {taken.merged} merged, "
        f"{taken.asked} to review; {database.stat().st_size / 2**20:.0f} MB of database; "
        f"load {os.getloadavg()[0]:.1f}"
    )
