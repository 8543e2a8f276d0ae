"""What is said aloud while tests run: log events, logs of processes, error bodies, metrics.

Our own events are kept as they were given, before the log's mask: what is private should not have
been handed to the log in the first place. Libraries' records are kept as an operator sees them.
"""

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from aiohttp import ClientError, ClientResponse, ClientSession
from structlog.typing import EventDict

from config.logging import QUIET, mask_private_data
from tests.leaks.private import Private

NOWHERE = "outside of any test"
_OURS = re.compile(r"^/(callbacks|api|t|f|p|healthz|readyz|metrics|static)\b")
_INTAKE = "/api/leads"
_LEAST_ERROR = 400
_ASKS = "_request"
"""The one method through which every kind of request of aiohttp's client goes."""
_PAGES_FOR_THE_READER = {409, 422}
"""With these the history page is shown to whom it is for, with a notice on it."""


class Aloud:
    """Each thing that was said, once, with the test and the event that said it first."""

    def __init__(self, private: Private) -> None:
        self._private = private
        self.said: dict[str, str] = {}
        self.test = NOWHERE

    def says(self, text: str, where: str) -> None:
        self.said.setdefault(text, f"{self.test} · {where}")

    def reads_logs(self, folder: Path) -> None:
        """The logs of processes that a test started in its folder."""
        for file in folder.rglob("*.log"):
            if not file.is_file():
                continue
            with file.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    self.says(line.rstrip("\n"), file.name)

    # -- where it is said ----------------------------------------------------------------------

    def listen(self) -> None:
        """To whatever is configured from now on, and to every HTTP client."""
        configure = structlog.configure

        def configured(*args: Any, **given: Any) -> None:
            configure(*args, **given)
            self.attend()

        structlog.configure = configured
        _wrap_requests(self)

    def attend(self) -> None:
        """Once more, after a test has put the log back to what it was."""
        processors = structlog.get_config()["processors"]
        if self._event not in processors:
            processors.insert(0, self._event)
        root = logging.getLogger()
        if not any(isinstance(handler, _Records) for handler in root.handlers):
            root.addHandler(_Records(self))
        if root.level > logging.INFO:
            root.setLevel(logging.INFO)
            for name in QUIET:
                logging.getLogger(name).setLevel(logging.WARNING)

    def _event(self, _logger: Any, method: str, event: EventDict) -> EventDict:
        self.says(json.dumps(event, ensure_ascii=False, default=str), f"log {event.get('event')}")
        return event

    async def answered(self, answer: ClientResponse) -> None:
        path = answer.url.path
        is_told = answer.status >= _LEAST_ERROR or path == "/metrics"
        if not (is_told and _OURS.match(path)):
            return
        if path.startswith(("/t/", "/f/", "/d/")) and answer.status in _PAGES_FOR_THE_READER:
            return
        try:
            body = await answer.read()
        except (ClientError, OSError):
            return
        route = path.split("/")[1]
        self.says(
            body.decode("utf-8", "replace"), f"{answer.method} /{route} answered {answer.status}"
        )

    def posted(self, path: str, given: dict[str, Any]) -> None:
        if path.endswith(_INTAKE):
            if isinstance(given.get("data"), bytes | str):
                self._private.json(given["data"])
            self._private.spoken(given.get("json"))


class _Records(logging.Handler):
    """Libraries' records, as the log would write them."""

    def __init__(self, aloud: Aloud) -> None:
        super().__init__(logging.INFO)
        self._aloud = aloud

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, dict):
            return  # an event of ours on its way through the library
        text = self.format(record)
        masked = mask_private_data(None, "", {"event": text})["event"]
        self._aloud.says(masked, f"log of {record.name}")


def _wrap_requests(aloud: Aloud) -> None:
    original: Callable[..., Any] = getattr(ClientSession, _ASKS)

    async def request(session: ClientSession, method: str, url: Any, **given: Any) -> Any:
        aloud.posted(str(url), given)
        answer = await original(session, method, url, **given)
        await aloud.answered(answer)
        return answer

    setattr(ClientSession, _ASKS, request)
