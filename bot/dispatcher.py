"""One event, one transaction: finds the handlers of an event and runs them, reactions included.

    who speaks (a stranger is told so) → command, button, timer, answer, event → reactions

A refusal that a person may read (CrmError) undoes what the handler wrote and becomes the reply.
Anything else is a bug: it aborts the event, which is tried again and then set aside.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from bot.injection import Injector
from bot.platforms.wire import label
from crm_store.arrival import Arrival
from crm_store.errors import CrmError, NotYours
from crm_store.facts import Fact
from crm_store.models import Member, TimelineEntry
from crm_store.queries import members
from crm_store.saying import ReplyTo
from crm_store.store import Transaction
from crm_store.timeline import read_fact
from crm_store.timers import is_set
from handlers import events
from handlers.commands import Menu, Words, find_command
from handlers.events import Event
from handlers.finding import WhichOne
from handlers.requests.asking import purpose_of
from handlers.requests.choosing import ask_which
from handlers.requests.talking import went_well
from handlers.router import Handler, Instead, Reply, Router, Schedule
from nlp.requests.reading import is_pronoun
from notifiers.card import Card, Text

log = structlog.get_logger(__name__)

EVENTS: Mapping[str, type[Event]] = {cls.kind: cls for cls in Event.__subclasses__()}
SAY_AGAIN = "say"
"""A button whose action is `say:words` stands for the presser's writing those words."""


class Dispatcher:
    """The routers' tables, joined; wrong wiring is refused when it is made."""

    def __init__(
        self,
        routers: Iterable[Router],
        services: Callable[[], Mapping[Any, Any]],
        known: set[Any],
    ) -> None:
        self.routers = list(routers)
        self.commands = [command for router in self.routers for command in router.commands]
        self.fallbacks = [handler for router in self.routers for handler in router.fallbacks]
        self._unknown_names = [one for router in self.routers for one in router.unknown_names]
        self.schedules: list[Schedule] = [s for router in self.routers for s in router.schedules]
        self._jobs = {schedule.job: schedule.handler for schedule in self.schedules}
        self._events = _by_type(pair for router in self.routers for pair in router.events)
        self._reactions = _by_type(pair for router in self.routers for pair in router.reactions)
        self._buttons = _joined("button", ((r.name, r.buttons) for r in self.routers))
        self._timers = _joined("timer", ((r.name, r.timers) for r in self.routers))
        self._answers = _joined("answer", ((r.name, r.answers) for r in self.routers))
        self._injector = Injector(services, known)
        self._check()

    def _check(self) -> None:
        """Every handler's parameters can be filled, and no two jobs share a name."""
        base: set[Any] = {Transaction}
        said = base | {Member, events.MemberMessage, Words, Menu}
        check = self._injector.check
        for command in self.commands:
            names = set().union(*(regex.groupindex for regex in command.regexes))
            check(command.handler, types=said, names=names)
        for handler in self.fallbacks:
            check(handler, types=said, names=set())
        for handler in self._buttons.values():
            check(handler, types=base | {Member, events.CardPress, Menu}, names={"argument"})
        for handler in self._unknown_names:
            check(handler, types=said | {Instead, NotYours}, names=set())
        for handler in self._timers.values():
            check(handler, types=base | {events.TimerDue}, names=set())
        for handler in self._answers.values():
            check(handler, types=base | {events.CallAnswered}, names=set())
        for handler in self._jobs.values():
            check(handler, types=base | {events.SlotDue}, names=set())
        for kind, handlers in self._events.items():
            for handler in handlers:
                check(handler, types=base | {kind}, names=set())
        for kind, handlers in self._reactions.items():
            for handler in handlers:
                check(handler, types=base | {kind, TimelineEntry}, names=set())
        if len(self._jobs) != len(self.schedules):
            raise ValueError("two schedules share a name")

    async def dispatch(self, tx: Transaction, kind: str, payload: Mapping[str, Any]) -> None:
        """Handles one event inside `tx`, and the reactions to every fact it recorded."""
        event = EVENTS[kind].model_validate(payload)
        await self._route(tx, event)
        await self.react(tx)

    async def act(
        self,
        tx: Transaction,
        handler: Handler,
        provided: Mapping[Any, Any],
        names: Mapping[str, str] | None = None,
    ) -> Any:
        """Runs what a page or the intake does inside `tx`, and the reactions; its answer.

        A refusal (CrmError) is the caller's to show; it aborts the transaction.
        """
        given = {Transaction: tx, **provided}
        self._injector.check(handler, types=set(given), names=set(names or ()))
        answer = await self._injector.call(handler, given, names)
        await self.react(tx)
        return answer

    async def _route(self, tx: Transaction, event: Event) -> None:
        match event:
            case events.MemberMessage():
                await self._message(tx, event)
            case events.CardPress():
                await self._press(tx, event)
            case events.TimerDue():
                # Set again since it fired: another deadline holds now, this one is outdated.
                if not await is_set(tx.session, event.timer, event.subject):
                    await self._run(tx, self._timers[event.timer], event)
            case events.SlotDue():
                await self._run(tx, self._jobs[event.job], event)
            case events.CallAnswered():
                await self._run(tx, self._answers[event.purpose], event)
            case events.ReactionFailed():
                await self._react_again(tx, event)
            case events.RecordedInBulk():
                entry = await tx.get(TimelineEntry, event.fact_id)
                tx.recorded.append((entry, await read_fact(tx, entry)))
            case _:
                for handler in self._events.get(type(event), ()):
                    await self._run(tx, handler, event)

    async def _run(self, tx: Transaction, handler: Handler, event: Event) -> None:
        await self._injector.call(handler, {Transaction: tx, type(event): event})

    # -- people ------------------------------------------------------------------------------

    async def _message(self, tx: Transaction, message: events.MemberMessage) -> None:
        sender = await members.by_account(tx, message.platform, message.account)
        if sender is None:
            await self._tell_stranger(tx, message)
            return
        reply = await self.answer(tx, sender, message)
        # What is said in a group is answered in private: an answer may hold a client's data.
        to = message.reply if message.group is None else None
        await self._say(
            tx, sender, message.platform, reply, ReplyTo(to.url, to.expires_at) if to else None
        )

    async def answer(self, tx: Transaction, sender: Member, message: events.MemberMessage) -> Reply:
        """What a colleague's words come to."""
        words = Words.of(message.text)
        provided = {
            Transaction: tx,
            Member: sender,
            events.MemberMessage: message,
            Words: words,
            Menu: Menu(tuple(self.commands)),
        }
        found = find_command(self.commands, words, sender)
        if found is not None and not is_pronoun(found[1].get("client", "")):
            command, slots = found
            return await self._give(
                tx, Instead(command, slots, words.tidy, is_written=True), provided
            )
        for handler in self.fallbacks:
            reply = await self._guarded(tx, handler, provided)
            if isinstance(reply, Instead):
                return await self._give(tx, reply, provided)
            if reply is not None:
                return reply
        return None

    async def _give(self, tx: Transaction, instead: Instead, provided: Mapping[Any, Any]) -> Reply:
        """Gives a command; what refuses it is the answer."""
        if instead.command is None:
            message = provided[events.MemberMessage].model_copy(update={"text": instead.words})
            return await self.answer(tx, provided[Member], message)
        try:
            return await self._given(tx, instead, provided)
        except NotYours as refusal:
            return await self._read_otherwise(tx, instead, refusal, provided)
        except WhichOne as question:
            return await self._ask_which(tx, question, provided, instead)
        except CrmError as refusal:
            return str(refusal)

    async def _given(self, tx: Transaction, instead: Instead, provided: Mapping[Any, Any]) -> Reply:
        assert instead.command is not None
        said = {**provided, Words: Words.of(instead.words)}
        async with tx.savepoint():
            handler = instead.command.handler
            reply: Reply = await self._injector.call(handler, said, instead.slots)
            await went_well(tx, provided[Member], instead)
            return reply

    async def _read_otherwise(
        self, tx: Transaction, instead: Instead, refusal: NotYours, provided: Mapping[Any, Any]
    ) -> Reply:
        """He has nobody of that name: his words may mean something else, or a name near by."""
        given = {**provided, Words: Words.of(instead.words), Instead: instead, NotYours: refusal}
        other: Reply | Instead = None
        for handler in self._unknown_names:
            other = other or await self._guarded(tx, handler, given)
        if not isinstance(other, Instead):
            return other or str(refusal)
        try:
            return await self._given(tx, other, provided)
        except WhichOne as question:
            return await self._ask_which(tx, question, provided, other)
        except CrmError as again:
            return str(again)

    async def _press(self, tx: Transaction, press: events.CardPress) -> None:
        sender = await members.by_account(tx, press.platform, press.account)
        if sender is None:
            return
        verb, _, argument = press.action.partition(":")
        message = events.MemberMessage(
            platform=press.platform,
            account=press.account,
            message_id=f"press:{press.card_key}",
            sent_at=press.pressed_at,
            text=argument if verb == SAY_AGAIN else "",
        )
        provided = {
            Transaction: tx,
            Member: sender,
            events.CardPress: press,
            Menu: Menu(tuple(self.commands)),
        }
        if verb == SAY_AGAIN:
            reply: Reply | Instead = await self.answer(tx, sender, message)
        elif verb in self._buttons:
            reply = await self._guarded(tx, self._buttons[verb], provided, {"argument": argument})
            if isinstance(reply, Instead):
                said = {**provided, events.MemberMessage: message, Words: Words.of(reply.words)}
                reply = await self._give(tx, reply, said)
        else:
            log.warning("unknown_button", verb=label(verb))
            reply = "这个按钮已经不用了，请回复“帮助”看看能做什么"
        assert not isinstance(reply, Instead)
        await self._say(tx, sender, press.platform, reply, None)

    async def _guarded(
        self,
        tx: Transaction,
        handler: Handler,
        provided: Mapping[Any, Any],
        names: Mapping[str, str] | None = None,
    ) -> Reply | Instead:
        """Runs a handler in a savepoint; its refusal is the reply, and nothing it wrote stays."""
        try:
            async with tx.savepoint():
                reply: Reply | Instead = await self._injector.call(handler, provided, names)
                return reply
        except WhichOne as question:
            return await self._ask_which(tx, question, provided, None)
        except CrmError as refusal:
            return str(refusal)

    async def _ask_which(
        self,
        tx: Transaction,
        question: WhichOne,
        provided: Mapping[Any, Any],
        instead: Instead | None,
    ) -> Reply:
        words = Words.of(instead.words) if instead else provided.get(Words)
        if words is None:
            return str(question)
        sender = await _again(tx, provided[Member])
        return await ask_which(tx, sender, question, words, instead.command if instead else None)

    async def _say(
        self, tx: Transaction, to: Member, platform: str, reply: Reply, address: ReplyTo | None
    ) -> None:
        if reply is None:
            return
        to = await _again(tx, to)
        message: Text | Card = Text(text=reply) if isinstance(reply, str) else reply
        await tx.notify(to, message, purpose=purpose_of(message), reply=address, on=platform)

    async def _tell_stranger(self, tx: Transaction, message: events.MemberMessage) -> None:
        address = ReplyTo(message.reply.url, message.reply.expires_at) if message.reply else None
        if not message.account and address is None:
            return
        account = message.account or "（外部联系人）"
        text = Text(text=f"您还没有登记，请把账号 {account} 发给管理员")
        await tx.say(message.platform, message.account, text, reply=address)

    # -- reactions ---------------------------------------------------------------------------

    async def react(self, tx: Transaction) -> None:
        """Calls the reactions to what was recorded, those of reactions' own facts included."""
        position = 0
        while position < len(tx.recorded):
            entry, fact = tx.recorded[position]
            position += 1
            for handler in self._reactions.get(type(fact), ()):
                if tx.is_careful:
                    await self._react_once(tx, entry, fact, handler)
                else:
                    await self._call(tx, entry, fact, handler)

    async def _call(
        self, tx: Transaction, entry: TimelineEntry, fact: Fact, handler: Handler
    ) -> None:
        """A reaction may name the entry, too, as which the fact stands on the timeline."""
        provided = {Transaction: tx, type(fact): fact, TimelineEntry: entry}
        await self._injector.call(handler, provided)

    async def _react_once(
        self, tx: Transaction, entry: TimelineEntry, fact: Fact, handler: Handler
    ) -> None:
        try:
            async with tx.savepoint():
                await self._call(tx, entry, fact, handler)
        except DBAPIError:
            # A deadlock, a serialization failure or a full disk: the whole event starts again.
            raise
        except Exception as error:  # noqa: BLE001 (the fact must stand whatever a reaction does)
            name = _name(handler)
            log.warning("reaction_failed", reaction=name, error=type(error).__name__)
            await tx.flush()
            failed = events.ReactionFailed(fact_id=entry.id, reaction=name)
            await tx.arrive(
                [
                    Arrival(
                        kind=failed.kind,
                        key=f"reaction:{entry.id}:{name}",
                        lane=f"reaction:{entry.id}",
                        payload=failed.model_dump(mode="json"),
                    )
                ]
            )

    async def _react_again(self, tx: Transaction, failed: events.ReactionFailed) -> None:
        entry = await tx.get(TimelineEntry, failed.fact_id)
        fact = await read_fact(tx, entry)
        for handler in self._reactions.get(type(fact), ()):
            if _name(handler) == failed.reaction:
                await self._call(tx, entry, fact, handler)


async def _again(tx: Transaction, member: Member) -> Member:
    """A refusal's rollback may have put the row out of date."""
    return await tx.get(Member, inspect(member).identity[0])


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"


def _by_type(pairs: Iterable[tuple[type[Any], Handler]]) -> dict[type[Any], list[Handler]]:
    table: dict[type[Any], list[Handler]] = {}
    for kind, handler in pairs:
        table.setdefault(kind, []).append(handler)
    return table


def _joined(what: str, tables: Iterable[tuple[str, Mapping[str, Handler]]]) -> dict[str, Handler]:
    joined: dict[str, Handler] = {}
    for router, table in tables:
        for name, handler in table.items():
            if name in joined:
                raise ValueError(f"{what} {name} is registered twice, the second time by {router}")
            joined[name] = handler
    return joined
