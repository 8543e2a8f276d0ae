"""Files that people sent: media/get gives them out for three days, to any app of the corp."""

import secrets
from datetime import datetime, timedelta

from bot.sandbox.wire import Refused
from bot.sandbox.world import World

LIVES = timedelta(days=3)


class Media:
    def __init__(self, world: World) -> None:
        self._world = world
        self._files: dict[str, tuple[bytes, datetime]] = {}

    def keep(self, content: bytes) -> str:
        """Its media_id."""
        media_id = secrets.token_urlsafe(48)
        self._files[media_id] = (content, self._world.now + LIVES)
        return media_id

    def get(self, media_id: str) -> bytes:
        content, until = self._files.get(media_id, (b"", self._world.now))
        if until <= self._world.now:
            raise Refused(40007, "invalid media_id")
        return content
