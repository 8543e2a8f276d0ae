"""The same clients handed in over and over at given instants (#15).

`python -m tests.handlers.same_instant FOLDER URL KEY SEED ROUNDS START` is a process that does it.
"""

import asyncio
import random
import secrets
import sys
import time
from dataclasses import replace
from pathlib import Path

from crm_store.database import is_in_trouble
from crm_store.store import Store
from handlers.intake import Taken, take_in
from handlers.submission import Submission
from tests.world import World, company

_PAUSE = 0.02
_TRIES = 5
_SPELLINGS = ("{}", "+86 {}", "0086{}", "+86-{}")
_SURNAMES, _BRANDS = "王李张刘陈杨赵黄", "康源恒达安华鼎信瑞泰嘉盛宏远博通盈丰"


def written(chance: random.Random, number: int) -> dict[str, str]:
    """The client of that number, each time as another source might write him."""
    his = random.Random(number)
    phone = f"138{number:04}{his.randrange(10_000):04}"
    brand = _BRANDS[number % len(_BRANDS)] + _BRANDS[number // len(_BRANDS) % len(_BRANDS)]
    return {
        "name": f"{his.choice(_SURNAMES)}小{his.choice(_SURNAMES)}",
        "company": chance.choice((f"{brand}医疗", f"上海{brand}医疗有限公司")),
        "phone": chance.choice(_SPELLINGS).format(phone),
        "need": "想了解CT设备的参数",
    }


def by_itself(world: World) -> World:
    """Its rows have keys that nobody else draws."""
    one = world.store
    store = Store(
        one.database, one.vault, one.clock, one.wakeup, fresh_id=lambda: secrets.token_hex(8)
    )
    return replace(world, store=store)


async def hand_in(world: World, mark: str, given: dict[str, str]) -> Taken:
    """As a connector does: once more where the database was in trouble."""
    submission = Submission.model_validate({"external_id": mark, **given})
    for _ in range(_TRIES):
        try:
            async with world.store.transaction() as tx:
                taken: Taken = await world.dispatcher.act(
                    tx, take_in, {Submission: submission}, {"source": "website"}
                )
                return taken
        except Exception as error:
            if not is_in_trouble(error):
                raise
    raise AssertionError(f"{mark} was refused {_TRIES} times")


async def hammer(world: World, seed: int, rounds: int, start: float) -> list[Taken]:
    """Hands in one client after the other, two forms of each at once; `start` is by the clock on
    the wall, which processes share."""
    chance, world = random.Random(seed), by_itself(world)
    taken = []
    for number in range(rounds):
        await asyncio.sleep(max(0.0, start + number * _PAUSE - time.time()))
        twice = (written(chance, number) for _ in range(2))
        taken += await asyncio.gather(
            *(hand_in(world, f"{seed}-{number}-{n}", given) for n, given in enumerate(twice))
        )
    return taken


async def _main() -> None:
    folder, url, key, seed, rounds, start = sys.argv[1:]
    async with company(Path(folder), url, more={"encryption_key": key}) as world:
        await hammer(world, int(seed), int(rounds), float(start))


if __name__ == "__main__":
    asyncio.run(_main())
