"""A TokenCache in memory that keeps what it was asked."""

from collections.abc import Awaitable, Callable

from notifiers.messenger import FreshToken


class TokenMemory:
    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.discarded: list[tuple[str, str]] = []

    async def token(self, name: str, fetch: Callable[[], Awaitable[FreshToken]]) -> str:
        if name not in self.kept:
            self.kept[name] = (await fetch()).token
        return self.kept[name]

    async def discard(self, name: str, failed: str) -> None:
        self.discarded.append((name, failed))
        if self.kept.get(name) == failed:
            del self.kept[name]
