"""`genjin train`: teaches the model of names on our templates and on a customer's own chats.

The model in force is replaced only where the new one is no worse on messages that it has not
seen. It lies in the folder of the rules (rules_dir) and is taken over by a running bot as they
are. Without labelled messages the training makes the model that ships with the code.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.commands.failures import MISUSED, CommandFailed
from bot.commands.output import complain, say
from bot.commands.progress import LateBar
from bot.names_model import trained_in
from config.rules import MODEL, Rules, load_rules
from config.settings import load_settings
from nlp.crf import shipped
from nlp.crf.model import ROUNDS, Model
from nlp.crf.training import (
    WEIGHT,
    BadLabels,
    Labelled,
    Score,
    divided,
    examine,
    learn,
    made_up,
    read_labelled,
)
from nlp.lexicon import Lexicon

_NAMES = {"person": "人名", "company": "公司"}
_EXAMINED = 400
"""Without labelled messages, so many other sentences of the templates examine the model."""


_ENOUGH = 30
"""Names in the held-out part below which its figures say little."""


def train_names(
    config: Path | None,
    labelled: Sequence[Path],
    *,
    out: Path | None,
    held_out: float,
    seed: int,
    templates: int,
    force: bool,
) -> int:
    rules_dir = load_settings(config).rules_dir
    target = _target(out, rules_dir)
    lexicon = _lexicon(load_rules(rules_dir))
    own = _own(labelled)
    learnt, examined = divided(own, held_out, seed)
    if own and not examined:
        raise CommandFailed(
            "留作检验的消息一条也没有，请多标一些，或调高 --held-out", status=MISUSED
        )
    if not own:
        examined = made_up(min(_EXAMINED, templates), seed + 1)
    messages = [*made_up(templates, seed), *learnt * WEIGHT]
    rival = _in_force(target, rules_dir)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".genjin-train-") as folder:
        fresh = Path(folder) / target.name
        with LateBar("训练", len(messages) + ROUNDS) as bar:
            learn(messages, fresh, advance=bar.advance)
        new = examine(Model(fresh), lexicon, examined)
        old = examine(rival, lexicon, examined)
        _report(len(messages), len(learnt), len(examined), new, old)
        if _total(new).f1 < _total(old).f1 and not force:
            complain("新模型不如现在用的，没有替换；一定要换请加 --force")
            return 1
        card = _card(fresh, templates, seed, len(learnt))
        _put(fresh, card, target)
    say(f"已写入 {target}（{target.stat().st_size / 1024:.0f} KB）")
    return 0


def _target(out: Path | None, rules_dir: Path | None) -> Path:
    if out is None and rules_dir is None:
        raise CommandFailed("请用 --out 指定模型文件，或在设置里写 rules_dir", status=MISUSED)
    target = out if out is not None else rules_dir / MODEL  # type: ignore[operator]
    folder = target.absolute().parent
    if target.is_dir():
        raise CommandFailed(f"{target} 是文件夹，--out 应为文件", status=MISUSED)
    if not folder.is_dir():
        raise CommandFailed(f"没有文件夹 {folder}，请建好，或换一个 --out", status=MISUSED)
    if not os.access(folder, os.W_OK):
        raise CommandFailed(f"没有权限写 {folder}，请换一个 --out")
    return target.absolute()


def _lexicon(rules: Rules) -> Lexicon:
    people = (member.name for member in rules.staff.members)
    return Lexicon(rules.catalog, rules.keywords, people, rules.variants)


def _own(files: Sequence[Path]) -> list[Labelled]:
    try:
        own = [message for file in files for message in _read(file)]
    except BadLabels as bad:
        raise CommandFailed(str(bad), status=MISUSED) from None
    if files and not any(message.spans for message in own):
        raise CommandFailed("标好的消息里没有一个人名或公司名，学不到东西", status=MISUSED)
    return own


def _read(file: Path) -> list[Labelled]:
    """Raises BadLabels."""
    try:
        # Not splitlines: JSON may hold the other characters that end a line for Python.
        lines = file.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise BadLabels(f"{file} 不是 UTF-8 文本") from None
    except OSError as failed:
        raise BadLabels(f"读不了 {file}（{failed.strerror}）") from None
    return read_labelled(lines, str(file))


def _in_force(target: Path, rules_dir: Path | None) -> Model:
    """What the new model is held against: what it would replace, or what is in use."""
    if target.is_file():
        try:
            return Model(target)
        except (OSError, ValueError):
            complain(f"{target} 不是可用的模型，按内置模型比较")
    return trained_in(rules_dir) or shipped.model()


def _report(
    count: int,
    learnt: int,
    examined: int,
    new: Mapping[str, Score],
    old: Mapping[str, Score],
) -> None:
    say(f"训练 {count} 条（其中您标的 {learnt} 条），检验 {examined} 条没有学过的：")
    for kind, name in _NAMES.items():
        figures = f"新 {_figures(new[kind])}  现用 {_figures(old[kind])}"
        say(f"{name}  {figures}  （共 {new[kind].gold} 个）")
    if _total(new).gold < _ENOUGH:
        say(f"! 检验的名字不到 {_ENOUGH} 个，高低说明不了什么，请多标一些")


def _figures(score: Score) -> str:
    return f"P {score.precision:.3f} R {score.recall:.3f} F1 {score.f1:.3f}"


def _total(scores: Mapping[str, Score]) -> Score:
    return sum(scores.values(), Score())


def _card(model: Path, templates: int, seed: int, labelled: int) -> str:
    return (
        json.dumps(
            {
                "sha256": shipped.fingerprint(model),
                "templates": shipped.templates_fingerprint(),
                "sentences": templates,
                "labelled": labelled,
                "seed": seed,
            },
            indent=2,
        )
        + "\n"
    )


def _put(fresh: Path, described: str, target: Path) -> None:
    """In one step: a bot that looks meanwhile sees the old one or the new one. Whatever breaks in
    between, no card stands beside a model that it does not describe."""
    card = shipped.card(fresh)
    card.write_text(described, encoding="utf-8")
    for file in (fresh, card):
        with file.open("rb") as written:
            os.fsync(written.fileno())
    shipped.card(target).unlink(missing_ok=True)
    fresh.replace(target)
    card.replace(shipped.card(target))
