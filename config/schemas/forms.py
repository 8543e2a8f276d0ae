"""What web forms may hand in, and where their leads come from: forms.yaml."""

from collections.abc import Iterator

from pydantic import Field

from config.checking import Fault, Strict

EVERY = "*"
"""A form's rules that hold for every source."""


class Form(Strict):
    choices: dict[str, str] = Field(default_factory=dict)
    """Field (`extra.department` for one of `extra`) → the dictionary that its value is from."""
    dates: tuple[str, ...] = ()
    """Fields that hold a day, 2026-03-18."""
    required: tuple[str, ...] = ()


class Forms(Strict):
    tracking: tuple[str, ...] = ()
    """Keys of `extra`, and parameters of the page's address, that tell the channel (来源渠道)."""
    pages: tuple[str, ...] = ()
    """Keys of `extra` that hold the page's address."""
    dictionaries: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    forms: dict[str, Form] = Field(default_factory=dict)
    """By source, the name of its key in `api_keys`; `*`: every source."""

    def of(self, source: str) -> tuple[Form, ...]:
        return tuple(self.forms[name] for name in (EVERY, source) if name in self.forms)

    def faults(self) -> Iterator[Fault]:
        for source, form in self.forms.items():
            for field, dictionary in form.choices.items():
                if dictionary not in self.dictionaries:
                    place = ("forms", source, "choices", field)
                    yield Fault(place, f"没有字典“{dictionary}”，请写在 dictionaries 里")
        for name, values in self.dictionaries.items():
            if not values:
                yield Fault(("dictionaries", name), "字典是空的，什么都不能填")
