"""Calls wait their turn."""

from dataclasses import dataclass, field

from notifiers.dingtalk import vendor_limits
from notifiers.limits import Limits, TokenBuckets


@dataclass
class Watch:
    """A monotonic clock that only sleeping moves."""

    at: float = 100.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


async def test_a_burst_passes_and_the_rest_is_spaced() -> None:
    watch = Watch()
    limits = TokenBuckets(rate=10, burst=3, monotonic=watch.now, sleep=watch.sleep)

    for _ in range(5):
        await limits.turn("send")

    assert [round(seconds, 6) for seconds in watch.slept] == [0.1, 0.1]


async def test_each_api_has_a_bucket_of_its_own() -> None:
    watch = Watch()
    limits = TokenBuckets(rate=1, burst=1, monotonic=watch.now, sleep=watch.sleep)

    await limits.turn("send")
    await limits.turn("update")

    assert watch.slept == []


async def test_a_pause_fills_the_bucket_to_its_brim_and_no_further() -> None:
    watch = Watch()
    limits = TokenBuckets(rate=10, burst=2, monotonic=watch.now, sleep=watch.sleep)
    await limits.turn("send")
    watch.at += 60

    for _ in range(3):
        await limits.turn("send")

    assert [round(seconds, 6) for seconds in watch.slept] == [0.1]


async def test_no_second_sees_more_than_twenty_calls() -> None:
    watch = Watch()
    limits = TokenBuckets(rate=15, burst=5, monotonic=watch.now, sleep=watch.sleep)
    calls = []
    for _ in range(60):
        await limits.turn("send")
        calls.append(watch.at)

    assert max(sum(start <= at < start + 1 for at in calls) for start in calls) <= 20


def test_dingtalk_has_its_limits() -> None:
    limits: Limits = vendor_limits()

    assert limits
