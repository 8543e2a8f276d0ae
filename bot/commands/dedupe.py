"""`genjin dedupe`: a CSV of clients in, who is the same as whom out."""

import os
from pathlib import Path

from bot.commands.failures import MISUSED, CommandFailed
from bot.commands.output import complain, say
from bot.commands.progress import LateBar
from bot.dedupe.answers import OUT, REVIEW, Pending, client_rows, review_rows
from bot.dedupe.normalising import normalised
from bot.dedupe.reading import COLUMNS, Listed, read_clients
from config.rules import load_rules
from config.settings import load_settings
from crm_store.identity.bulk.deciding import (
    MEGABYTES,
    STEPS,
    Decided,
    decide,
    has_splink,
    without_collector,
)


def dedupe_file(
    config: Path | None,
    file: Path,
    out: Path,
    review: Path | None,
    *,
    with_splink: bool = False,
    megabytes: int = MEGABYTES,
) -> int:
    """Raises CommandFailed, with nothing written."""
    _distinct(file, out, review)
    if with_splink and not has_splink():
        raise CommandFailed(
            "没有安装 Splink：请先 pip install '.[bulk]'，或者去掉 --engine splink", status=MISUSED
        )
    rules = load_rules(load_settings(config).rules_dir).identity
    processes = os.cpu_count() or 1
    with without_collector(), Pending() as pending:
        with LateBar("读文件") as bar:
            listed = read_clients(file, advance=bar.advance)
        with LateBar("整理", len(listed.ids)) as bar:
            records = normalised(listed.rows, processes=processes, advance=bar.advance)
        listed.rows.clear()
        with LateBar("比对", STEPS) as bar:
            decided = decide(
                records,
                rules,
                processes=processes,
                with_splink=with_splink,
                megabytes=megabytes,
                step=lambda: bar.advance(1),
            )
        pending.write(out, OUT, client_rows(listed.ids, decided, processes=processes))
        if review is not None:
            pending.write(review, REVIEW, review_rows(listed.ids, decided))
        pending.publish()
    _tell(listed, decided, out, review)
    if listed.unused:
        unused = "、".join(title[:_LONGEST_TITLE] for title in listed.unused[:_MOST_TITLES])
        complain(f"没有用到的列：{unused}；认得的列名：id、{'、'.join(COLUMNS)}")
    return 0


_LONGEST_TITLE = 20
_MOST_TITLES = 10


def _distinct(file: Path, out: Path, review: Path | None) -> None:
    """Raises CommandFailed where one file would be written over another, or none can be."""
    given = [path for path in (file, out, review) if path is not None]
    if len({path.resolve() for path in given}) < len(given):
        raise CommandFailed("输入、--out、--review 要是不同的文件", status=MISUSED)
    for path in given[1:]:
        if not path.parent.is_dir():
            raise CommandFailed(f"没有文件夹 {path.parent}，请先建好", status=MISUSED)
        if path.exists() and not path.is_file():
            raise CommandFailed(f"{path} 不是文件，请换一个文件名", status=MISUSED)


def _tell(listed: Listed, decided: Decided, out: Path, review: Path | None) -> None:
    clients = len(set(decided.clusters.heads))
    doubtful = len(decided.clusters.review)
    say(f"{len(listed.ids)} 条记录是 {clients} 个客户，写在 {out}")
    if doubtful:
        where = f"写在 {review}" if review else "加上 --review FILE 可以写出来"
        say(f"另有 {doubtful} 对拿不准，没有合并，{where}")
    if decided.lacked_memory:
        complain("Splink 的内存（或临时文件夹）不够，只用了规则；可以用 --memory 多给一些")
