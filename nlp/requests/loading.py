"""What the first utterance would wait for, about a second's work, in small steps."""

from collections.abc import Callable, Iterator

from nlp.requests.learnt.features import concepts
from nlp.requests.learnt.model import shipped
from nlp.requests.phrasing import Intent, intents, manners
from nlp.requests.typing_errors import known_sounds


def steps() -> Iterator[Callable[[], object]]:
    """Each may be done in a thread of its own, once or again, beside who reads meanwhile."""
    yield intents
    yield manners
    for intent in intents():
        yield _forms_of(intent)
    yield shipped
    yield lambda: concepts("")
    yield known_sounds


def _forms_of(intent: Intent) -> Callable[[], object]:
    return lambda: intent.forms
