"""Gives a handler what its signature names: by type what is there for all, by name a text.

A parameter that nothing can fill is a mistake of wiring: it is found when the program starts, and
the message names the handler.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_type_hints

from handlers.router import Handler

Provided = Mapping[Any, Any]


class WiringError(Exception):
    """A handler asks for something that nobody provides."""


class Injector:
    """Fills parameters; what a handler needs is read from its signature once."""

    def __init__(self, services: Callable[[], Provided], known: set[Any]) -> None:
        """`services` gives type → value at each call (rules may be reloaded); `known` its types."""
        self._services = services
        self._known = known

    def check(self, handler: Handler, *, types: set[Any], names: set[str]) -> None:
        """Raises WiringError unless services, `types` and `names` fill every parameter."""
        for name, needed in _parameters(handler).items():
            if needed in self._known or needed in types or (needed is str and name in names):
                continue
            where = f"{handler.__module__}.{handler.__qualname__}"
            raise WiringError(f"{where} asks for {name}: {needed}, which nobody provides")

    async def call(
        self, handler: Handler, provided: Provided, names: Mapping[str, str] | None = None
    ) -> Any:
        services = self._services()
        arguments = {}
        for name, needed in _parameters(handler).items():
            if needed in provided:
                arguments[name] = provided[needed]
            elif needed in services:
                arguments[name] = services[needed]
            else:
                arguments[name] = (names or {})[name]
        return await handler(**arguments)


@cache
def _parameters(handler: Handler) -> Mapping[str, Any]:
    hints = get_type_hints(handler)
    return {name: hints[name] for name in inspect.signature(handler).parameters}
