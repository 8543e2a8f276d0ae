"""Pushes to the bot's callback URL: 5 s, three attempts, each sealed and signed anew."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, ClientTimeout
from yarl import URL

from bot.sandbox.crypto import BadEnvelope, Envelope
from bot.sandbox.ledger import Attempt, Push
from bot.sandbox.wecom import xml
from bot.sandbox.world import World

OK = 200


class Callbacks:
    def __init__(self, world: World) -> None:
        self._world = world

    async def push(self, app: str, fields: Mapping[str, Any]) -> Push:
        """Returns once the bot has answered 200, or every attempt has failed."""
        world = self._world
        push = world.ledger.pushing("wecom", app, dict(fields))
        plain = xml.element(fields)
        for _ in range(world.patience.callback_attempts):
            if await self._attempt(app, plain, push):
                push.accepted = True
                break
        return push

    async def verify_url(self, app: str) -> bool:
        """The GET with which the console checks a callback URL when it is saved."""
        world = self._world
        envelope = self._envelope(app)
        word = str(secrets.randbelow(10**19))
        push = world.ledger.pushing("wecom", app, {"echostr": word})
        attempt = world.ledger.attempt(push)
        echostr = envelope.seal(word)
        query = self._query(envelope, echostr, attempt) | {"echostr": echostr}
        timeout = ClientTimeout(total=world.patience.verification)
        try:
            async with world.session.get(
                self._url(app, query), timeout=timeout, allow_redirects=False
            ) as response:
                attempt.status = response.status
                answer = await response.read()
        except (ClientError, TimeoutError) as error:
            attempt.error = type(error).__name__
            return False
        attempt.answer = answer.decode(errors="replace")
        push.accepted = attempt.status == OK and answer == word.encode()
        return push.accepted

    async def _attempt(self, app: str, plain: str, push: Push) -> bool:
        world = self._world
        envelope = self._envelope(app)
        attempt = world.ledger.attempt(push)
        sealed = envelope.seal(plain)
        query = self._query(envelope, sealed, attempt)
        body = {"ToUserName": world.cast.corp_id, "Encrypt": sealed}
        agent_id = world.cast.apps[app].agent_id
        if agent_id is not None:
            body["AgentID"] = str(agent_id)
        try:
            async with world.session.post(
                self._url(app, query),
                data=xml.element(body).encode(),
                headers={"Content-Type": "text/xml"},
                timeout=ClientTimeout(total=world.patience.callback),
                allow_redirects=False,
            ) as response:
                attempt.status = response.status
                attempt.answer = await response.text()
        except (ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            attempt.error = type(error).__name__
            return False
        if attempt.status != OK:
            return False
        if attempt.answer:
            self._judge_reply(envelope, push, attempt)
        return True

    def _judge_reply(self, envelope: Envelope, push: Push, attempt: Attempt) -> None:
        """A body is either empty or a sealed reply; what is not is a violation (doc path/90241)."""
        fault = self._fault_of_reply(envelope, push, attempt.answer)
        if fault:
            self._world.ledger.violation(f"reply to a callback of {push.target}: {fault}")

    def _fault_of_reply(self, envelope: Envelope, push: Push, answer: str) -> str:
        try:
            outer = xml.texts(answer)
            sealed = outer["Encrypt"]
            wanted = envelope.sign(outer["TimeStamp"], outer["Nonce"], sealed)
            if outer["MsgSignature"] != wanted:
                return "MsgSignature"
            inner = xml.texts(envelope.open(sealed))
        except (xml.NotXml, KeyError, BadEnvelope) as error:
            return f"not a sealed reply ({type(error).__name__}: {error})"
        swapped = (push.content.get("ToUserName"), push.content.get("FromUserName"))
        if (inner.get("FromUserName"), inner.get("ToUserName")) != swapped:
            return "FromUserName and ToUserName are not swapped"
        return f"the sandbox does not show passive replies of {inner.get('MsgType')!r} yet"

    def _query(self, envelope: Envelope, sealed: str, attempt: Attempt) -> dict[str, str]:
        attempt.timestamp = str(self._world.seconds)
        attempt.nonce = str(secrets.randbelow(10**10))
        attempt.signature = envelope.sign(attempt.timestamp, attempt.nonce, sealed)
        return {
            "msg_signature": attempt.signature,
            "timestamp": attempt.timestamp,
            "nonce": attempt.nonce,
        }

    def _url(self, app: str, query: Mapping[str, str]) -> URL:
        return URL(f"{self._world.bot}/callbacks/wecom/{app}").with_query(query)

    def _envelope(self, app: str) -> Envelope:
        """Each attempt gets an envelope, and with it fresh random bytes."""
        keys = self._world.cast.apps[app]
        return Envelope(keys.token, keys.aes_key, self._world.cast.corp_id)
