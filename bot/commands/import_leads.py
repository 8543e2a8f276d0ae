"""`genjin import leads FILE`: a file of clients becomes leads, the refused lines apart."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from bot.app import running_bot
from bot.commands.failures import MISUSED, CommandFailed
from bot.commands.ground import require_database
from bot.commands.output import complain, say
from bot.commands.progress import LateBar
from bot.files.columns import LineRefused, Understood, understand
from bot.files.opening import open_file
from bot.files.rejected import Rejected
from bot.files.table import FileRefused, Sheet
from bot.importing import AT_ONCE_ALONE, Done, FileImport
from config.checking import nearest
from config.rules import load_rules
from config.schemas.imports import FieldName, Imports, folded
from config.settings import Settings
from crm_store.database import Database
from crm_store.takeover import InUse, alone

SOURCE = "导入"
_LONGEST_SOURCE = 64
_MEBIBYTES = 192
"""Of an SQLite file: its indexes are written all over."""
_PREVIEWED = 5
_LONGEST_SHOWN = 60


async def import_leads(
    settings: Settings,
    file: Path,
    *,
    maps: Sequence[str],
    source: str,
    sheet: str | None,
    encoding: str | None,
    assigns: bool | None,
    dry_run: bool,
) -> int:
    imports = load_rules(settings.rules_dir).imports
    if not source.strip() or len(source) > _LONGEST_SOURCE:
        raise CommandFailed(f"--source 应为 1 到 {_LONGEST_SOURCE} 个字的来源名", status=MISUSED)
    if source in settings.api_keys:
        raise CommandFailed(f"来源 {source} 是网页表单的，请给这个文件另起一个名字", status=MISUSED)
    chosen = _chosen(maps, imports)
    try:
        sheets = _understood(file, sheet, encoding, chosen, imports, settings)
    except FileRefused as refused:
        raise CommandFailed(str(refused)) from None
    for each in sheets:
        _explain(each)
    if dry_run:
        return _preview(sheets)
    require_database(settings)
    return await _import(settings, file, sheets, source.strip(), assigns)


async def _import(
    settings: Settings,
    file: Path,
    sheets: Sequence[Understood],
    source: str,
    assigns: bool | None,
) -> int:
    rejected = Rejected(file)
    known = [each.sheet.total for each in sheets]
    total = None if None in known else sum(count or 0 for count in known)
    async with running_bot(settings) as bot:
        await bot.database.keep_at_hand(_MEBIBYTES)
        with LateBar("导入", total) as bar:
            run = FileImport(
                bot,
                source,
                assigns=assigns,
                refuse=rejected.put,
                advance=bar.advance,
                at_once=AT_ONCE_ALONE if _is_alone(bot.database) else None,
            )
            try:
                done = await run.run(sheets)
            except FileRefused as broken:
                rejected.abandon()
                _sum_up(run.done, None)
                raise CommandFailed(
                    f"{broken}；前面的已经导入，改好后再运行一次，导入过的不会重复"
                ) from None
            except BaseException:
                rejected.abandon()
                raise
        async with bot.store.transaction() as tx:
            tx.audit("command", "import")
    where = rejected.finish()
    _sum_up(done, where)
    return 1 if done.refused and done.refused == done.lines else 0


def _is_alone(database: Database) -> bool:
    """Whether no `serve` waits for the database while a batch is written."""
    try:
        with alone(database):
            return database.is_sqlite
    except InUse:
        return False


def _chosen(maps: Sequence[str], imports: Imports) -> dict[str, FieldName]:
    """What --map says: 表头=字段, the field by its name or by a word that means it."""
    chosen: dict[str, FieldName] = {}
    for said in maps:
        header, equals, word = said.rpartition("=")
        if not equals or not header.strip():
            raise CommandFailed(f"--map 应写成 表头=字段，不是“{said}”", status=MISUSED)
        by_name: Mapping[str, FieldName] = {name: name for name in imports.columns}
        field = by_name.get(word.strip()) or imports.by_header.get(folded(word))
        if field is None:
            meant = nearest(word, imports.columns)
            hint = f"，您要写的可能是 {meant}" if meant else ""
            listed = "、".join(f"{name}（{imports.label(name)}）" for name in imports.columns)
            raise CommandFailed(f"没有字段“{word}”{hint}；可以写 {listed}", status=MISUSED)
        chosen[header.strip()] = field
    return chosen


def _understood(
    file: Path,
    sheet: str | None,
    encoding: str | None,
    chosen: Mapping[str, FieldName],
    imports: Imports,
    settings: Settings,
) -> list[Understood]:
    """The sheets with a header. Raises FileRefused where there is none."""
    sheets = open_file(file, encoding=encoding)
    if sheet is not None:
        sheets = _named(sheets, sheet)
    found, refused = [], []
    for each in sheets:
        try:
            found.append(understand(each, imports, settings.zone, chosen))
        except FileRefused as why:
            refused.append(why)
    if not found:
        raise refused[0] if refused else FileRefused(f"{file.name} 里没有可以看见的工作表")
    for skipped in refused:
        say(f"! 跳过：{skipped}")
    return found


def _named(sheets: Sequence[Sheet], name: str) -> list[Sheet]:
    found = [each for each in sheets if each.name == name]
    if not found:
        names = "、".join(each.name for each in sheets if each.name)
        raise FileRefused(f"没有工作表“{name}”" + (f"，有的是：{names}" if names else ""))
    return found


def _explain(sheet: Understood) -> None:
    """Which column was taken for what."""
    columns = sheet.columns
    known = "、".join(
        f"{columns.names[at]}→{columns.imports.label(field)}"
        for at, field in columns.fields.items()
    )
    others = [name for at, name in enumerate(columns.names) if at not in columns.fields]
    name = f"工作表“{sheet.sheet.name}”：" if sheet.sheet.name else ""
    say(f"{name}{known}" + (f"；其余原样保留：{'、'.join(others)}" if others else ""))


def _preview(sheets: Sequence[Understood]) -> int:
    """The first lines as they would be taken."""
    try:
        for sheet in sheets:
            for line in islice(sheet.lines, _PREVIEWED):
                try:
                    given = sheet.columns.submission(line).model_dump(exclude_none=True)
                except LineRefused as refused:
                    say(f"第 {line.number} 行：不会导入，{refused}")
                    continue
                values = "  ".join(
                    f"{sheet.columns.imports.label(name)}={str(value)[:_LONGEST_SHOWN]}"
                    for name, value in given.items()
                    if value and not (name == "external_id" and not sheet.columns.has_ids)
                )
                say(f"第 {line.number} 行：{values}")
    except FileRefused as broken:
        raise CommandFailed(str(broken)) from None
    say("只是预览，什么都没有导入；去掉 --dry-run 就导入")
    return 0


def _sum_up(done: Done, rejected: Path | None) -> None:
    taken = done.taken
    parts = [f"新线索 {taken.new} 条"]
    if taken.joined:
        parts.append(f"并入已有线索 {taken.joined} 条")
    if taken.known:
        parts.append(f"以前导入过 {taken.known} 条")
    if done.repeated:
        parts.append(f"文件里重复 {done.repeated} 条")
    if done.refused:
        parts.append(f"没有导入 {done.refused} 条")
    say(f"共 {done.lines} 行：{'，'.join(parts)}")
    if taken.new or taken.joined:
        asked = f"，{taken.asked} 条待查重" if taken.asked else ""
        say(f"新客户 {taken.clients} 位，认出是同一客户 {taken.merged} 条{asked}")
        if done.assigns:
            say("正在运行的 genjin serve 会分配这些线索并通知销售")
        elif taken.new:
            say("新线索放在公海，没有通知任何人；客户再来消息时分配（要马上分配请用 --assign）")
    if rejected is not None:
        complain(f"没有导入的行和原因在 {rejected}")
