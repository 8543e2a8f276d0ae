"""Calls wait their turn."""

from dataclasses import dataclass, field

from notifiers import dingtalk, wecom
from notifiers.limits import Pace, TokenBuckets


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


def buckets(watch: Watch, pace: Pace) -> TokenBuckets:
    return TokenBuckets(pace, monotonic=watch.now, sleep=watch.sleep)


async def test_a_burst_passes_and_the_rest_is_spaced() -> None:
    watch = Watch()
    limits = buckets(watch, Pace(rate=10, burst=3, at_start=3))

    for _ in range(5):
        await limits.turn("send")

    assert [round(seconds, 6) for seconds in watch.slept] == [0.1, 0.1]


async def test_each_api_has_a_bucket_of_its_own() -> None:
    watch = Watch()
    limits = buckets(watch, Pace(rate=1, burst=1, at_start=1))

    await limits.turn("send")
    await limits.turn("update")

    assert watch.slept == []


async def test_a_pause_fills_the_bucket_to_its_brim_and_no_further() -> None:
    watch = Watch()
    limits = buckets(watch, Pace(rate=10, burst=2, at_start=2))
    await limits.turn("send")
    watch.at += 60

    for _ in range(3):
        await limits.turn("send")

    assert [round(seconds, 6) for seconds in watch.slept] == [0.1]


async def test_no_second_sees_more_than_twenty_calls() -> None:
    watch = Watch()
    limits = buckets(watch, dingtalk.PACE)
    calls = []
    for _ in range(60):
        await limits.turn("send")
        calls.append(watch.at)

    assert max(sum(start <= at < start + 1 for at in calls) for start in calls) <= 20


async def test_a_start_does_not_count_on_an_unused_burst() -> None:
    watch = Watch()
    limits = buckets(watch, Pace(rate=10, burst=5, at_start=2))

    for _ in range(4):
        await limits.turn("send")

    assert [round(seconds, 6) for seconds in watch.slept] == [0.1, 0.1]
    assert limits.waits == 2


def test_wecoms_pace_lies_within_its_limits() -> None:
    """10,000 in a minute, 150,000 in an hour; restarts do not break them."""
    minute, hour, restarts = 60, 3_600, 10
    spent_anew = restarts * wecom.PACE.at_start

    assert wecom.PACE.burst + wecom.PACE.rate * minute + wecom.PACE.at_start <= 10_000
    assert wecom.PACE.burst + wecom.PACE.rate * hour + spent_anew <= 150_000
