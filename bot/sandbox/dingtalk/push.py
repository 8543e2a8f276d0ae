"""DingTalk's pushes over HTTP: robot, cards, events, each with its own signature and patience."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, ClientTimeout
from yarl import URL

from bot.sandbox.crypto import BadEnvelope, Envelope, card_sign, robot_sign
from bot.sandbox.dingtalk.answers import BadAnswer, parsed
from bot.sandbox.dingtalk.cards import Route
from bot.sandbox.ledger import Attempt, Push
from bot.sandbox.world import World

OK = 200


class HttpPush:
    def __init__(self, world: World) -> None:
        self._world = world

    async def robot(self, push: Push, body: Mapping[str, Any]) -> Any:
        """The bot's answer, parsed; None when every attempt failed. Repeats after 60 s."""
        patience = self._world.patience
        for number in range(patience.robot_attempts):
            if number:
                await asyncio.sleep(patience.robot_resend)
            attempt = self._world.ledger.attempt(push)
            attempt.timestamp = str(self._world.milliseconds)
            attempt.signature = robot_sign(
                self._world.cast.dingtalk.client_secret, attempt.timestamp
            )
            headers = {"timestamp": attempt.timestamp, "sign": attempt.signature}
            url = URL(f"{self._world.bot}/callbacks/dingtalk/robot")
            if await self._post(url, body, headers, patience.robot_push, attempt):
                push.accepted = True
                return self._parsed(push, attempt.answer)
        return None

    async def card(self, push: Push, body: Mapping[str, Any], route: Route) -> Any:
        """One attempt; the bot's answer, parsed."""
        attempt = self._world.ledger.attempt(push)
        attempt.timestamp = str(self._world.milliseconds)
        attempt.signature = card_sign(route.secret, attempt.timestamp)
        headers = {
            "x-ddpaas-signature-timestamp": attempt.timestamp,
            "x-ddpaas-signature": attempt.signature,
        }
        patience = self._world.patience.card_answer
        if not await self._post(URL(route.url), body, headers, patience, attempt):
            return None
        push.accepted = True
        return self._parsed(push, attempt.answer)

    async def event(self, push: Push, plain: Mapping[str, Any]) -> bool:
        """Whether the bot answered with the encrypted word `success`, at the latest try."""
        for pause in (0.0, *self._world.patience.event_retries):
            if pause:
                await asyncio.sleep(pause)
            if await self.event_once(push, plain):
                push.accepted = True
                return True
        return False

    async def event_once(self, push: Push, plain: Mapping[str, Any]) -> bool:
        app = self._world.cast.dingtalk
        envelope = Envelope(app.event_token, app.event_aes_key, app.client_id)
        attempt = self._world.ledger.attempt(push)
        sealed = envelope.seal(json.dumps(plain, ensure_ascii=False))
        attempt.timestamp = str(self._world.milliseconds)
        attempt.nonce = secrets.token_hex(4)
        attempt.signature = envelope.sign(attempt.timestamp, attempt.nonce, sealed)
        url = URL(f"{self._world.bot}/callbacks/dingtalk/events").with_query(
            signature=attempt.signature,
            msg_signature=attempt.signature,
            timestamp=attempt.timestamp,
            nonce=attempt.nonce,
        )
        patience = self._world.patience.event_push
        if not await self._post(url, {"encrypt": sealed}, {}, patience, attempt):
            return False
        fault = _fault_of_success(envelope, attempt.answer)
        if fault:
            self._world.ledger.violation(f"answer to an event: {fault}")
        return not fault

    async def _post(
        self,
        url: URL,
        body: Mapping[str, Any],
        headers: Mapping[str, str],
        patience: float,
        attempt: Attempt,
    ) -> bool:
        try:
            async with self._world.session.post(
                url,
                json=body,
                headers=headers,
                timeout=ClientTimeout(total=patience),
                allow_redirects=False,
            ) as response:
                attempt.status = response.status
                attempt.answer = await response.text()
        except (ClientError, TimeoutError) as error:
            attempt.error = type(error).__name__
            return False
        return attempt.status == OK

    def _parsed(self, push: Push, answer: str) -> Any:
        try:
            return parsed(answer)
        except BadAnswer as error:
            self._world.ledger.violation(f"answer to a {push.target} push: {error}")
            return None


def _fault_of_success(envelope: Envelope, answer: str) -> str:
    """Why this is not the sealed word `success`; "" where it is."""
    try:
        body = json.loads(answer)
        signature = envelope.sign(body["timeStamp"], body["nonce"], body["encrypt"])
        if body["msg_signature"] != signature:
            return "msg_signature"
        word = envelope.open(body["encrypt"])
    except (ValueError, KeyError, TypeError, BadEnvelope) as error:
        return f"{type(error).__name__}: {error}"
    return "" if word == "success" else f"the word is {word!r}"
