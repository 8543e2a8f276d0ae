"""`genjin doctor`: is everything in place, and if not, what to do about it."""

from collections.abc import Callable
from pathlib import Path

from bot.commands import (
    doctor_connections,
    doctor_home,
    doctor_llm,
    doctor_platforms,
    doctor_settings,
    doctor_speech,
)
from bot.commands.doctor_outside import our_door
from bot.commands.findings import Finding, Findings, Mark, fault, good
from bot.commands.output import complain, say
from config.rules import Rules, RulesError, load_rules
from config.settings import Settings, SettingsError, load_settings

Door = Callable[[Settings], Findings]
"""Looks at what the platforms will find at `public_url`."""


async def doctor(config: Path | None) -> int:
    """Prints every finding; 1 where there is a fault."""
    faults = 0
    async for finding in examine(config):
        say(str(finding))
        faults += finding.mark is Mark.FAULT
    if faults:
        complain(f"有 {faults} 处要改，改好后再运行 genjin doctor")
        return 1
    return 0


async def examine(config: Path | None, *, door: Door = our_door) -> Findings:
    """Everything there is to find; without settings there is nothing more to look at."""
    try:
        settings = load_settings(config)
        settings.require_given()
    except SettingsError as refused:
        yield fault(str(refused), "改好设置文件后再运行一次")
        return
    yield good(f"设置能读（{settings.read_from}）")
    for found in (
        *doctor_settings.readable(settings.file),
        *doctor_settings.untouched(settings),
    ):
        yield found
    async for finding in doctor_home.database(settings):
        yield finding
    async for finding in doctor_home.redis(settings):
        yield finding
    rules = None
    try:
        rules = load_rules(settings.rules_dir)
    except RulesError as refused:
        for problem in refused.problems:
            yield fault(str(problem), "改好后运行 genjin check")
    if rules is not None:
        for found in _of_people(settings, rules):
            yield found
    async for finding in _of_others(settings, rules):
        yield finding
    addresses = list(doctor_platforms.addresses(settings))
    for found in addresses:
        yield found
    if not any(found.mark is Mark.FAULT for found in addresses):
        async for finding in door(settings):
            yield finding


async def _of_others(settings: Settings, rules: Rules | None) -> Findings:
    """What is asked of somebody else: the platforms, and a model where there is one."""
    async for finding in doctor_platforms.platforms(settings, rules):
        yield finding
    async for finding in doctor_llm.model(settings):
        yield finding
    async for finding in doctor_speech.hearing(settings):
        yield finding
    if rules is not None:
        async for finding in doctor_connections.systems(settings, rules):
            yield finding


def _of_people(settings: Settings, rules: Rules) -> list[Finding]:
    return [good("业务规则没有问题"), *doctor_home.people(settings, rules)]
