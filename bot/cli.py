"""`genjin`: what an operator can ask for. The bodies are in bot/commands/."""

# ruff: noqa: PLC0415 (a body is imported when it runs: two seconds that --help can spare)

import asyncio
import os
import re
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer._click.exceptions import ClickException  # typer shows only its subclasses

if TYPE_CHECKING:
    from config.settings import Settings

INTERRUPTED = 130
_MISUSES = (
    (r"^Missing command\.", "缺少命令"),
    (r"^Missing argument (.+?)\.", r"缺少参数 \1。"),
    (r"^Missing option (.+?)\.", r"缺少选项 \1。"),
    (r"^No such command (.+?)\.", r"没有命令 \1。"),
    (r"^No such option: (\S+)", r"没有选项 \1"),
    (r"^Invalid value for (.+?): ", r"\1 的值不对："),
    (
        r"Value error, '(.+?)' does not match the formats?\b.*",
        r"“\1”不是日期，要写成 2026-03-01 这样",
    ),
    (r"^Got unexpected extra arguments? ", "多出了参数 "),
    (r"^Option (.+?) requires an argument\.", r"选项 \1 后面缺少值"),
)
LARGEST_ID = 2**63 - 1

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="跟进 Genjin：不让一个客户溜走的销售聊天助手。",
)
dead = typer.Typer(help="处理不了的事件：查看、重试。", rich_markup_mode=None)
app.add_typer(dead, name="dead", epilog="例：genjin dead list")
identity = typer.Typer(help="客户身份：谁和谁是同一个客户。", rich_markup_mode=None)
app.add_typer(identity, name="identity", epilog="例：genjin identity rebuild")
imports = typer.Typer(help="从文件导入线索。", rich_markup_mode=None)
app.add_typer(imports, name="import", epilog="例：genjin import leads 展会名单.xlsx")

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="GENJIN_CONFIG",
        help="设置文件，默认是当前文件夹里的 genjin.yaml",
    ),
]
Person = Annotated[
    str | None,
    typer.Option("--person", metavar="PHONE", help="只要这位客户的资料：电话，或编号 C12"),
]


def _tell_version(asked: bool) -> None:
    if asked:
        from bot.version import version

        sys.stdout.write(f"genjin {version()}\n")
        raise typer.Exit


@app.callback()
def genjin(
    _version: Annotated[
        bool,
        typer.Option("--version", help="版本", callback=_tell_version, is_eager=True),
    ] = False,
) -> None:
    """跟进 Genjin：不让一个客户溜走的销售聊天助手。"""


class Engine(StrEnum):
    """Who says which records of a list are one client."""

    AUTO = "auto"
    RULES = "rules"
    SPLINK = "splink"


class Form(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    PNG = "png"


class Role(StrEnum):
    """Which part of the bot a process runs; bot.app.RunRole without importing it."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"


def _settings(config: Path | None) -> "Settings":
    """Raises SettingsError; also where there are none."""
    from config.settings import load_settings

    settings = load_settings(config)
    settings.require_given()
    return settings


@app.command(epilog="例：genjin demo    或：genjin demo --script")
def demo(
    script: Annotated[
        bool, typer.Option("--script", help="不开网页，演完内置的故事就结束")
    ] = False,
    host: Annotated[str, typer.Option(help="沙盒网页监听的地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="沙盒网页的端口，0 为随便一个", min=0, max=65535)] = 0,
) -> int:
    """打开沙盒：两个平台、四个人、可以拨快的时钟，不需要任何账号。"""
    from bot.demo import run_demo

    try:
        return asyncio.run(run_demo(script=script, host=host, port=port))
    except asyncio.CancelledError:
        return INTERRUPTED  # SIGTERM


@app.command(epilog="例：genjin serve --port 8080")
def serve(
    role: Annotated[Role, typer.Option(help="这个进程做哪一部分；SQLite 只能是 all")] = Role.ALL,
    host: Annotated[str | None, typer.Option(help="代替设置 listen.host")] = None,
    port: Annotated[int | None, typer.Option(help="代替设置 listen.port", min=0, max=65535)] = None,
    config: Config = None,
) -> int:
    """正式运行；收到 SIGTERM 或 Ctrl+C 后把已收下的做完再停。"""
    from bot.app import RunRole
    from bot.commands.serve import serve as body

    return asyncio.run(body(_settings(config), role=RunRole(role.value), host=host, port=port))


@app.command(epilog="例：genjin key")
def key() -> int:
    """生成一个新的 encryption_key。"""
    from bot.commands.key import print_key

    return print_key()


@app.command(epilog="例：genjin doctor --config /etc/genjin.yaml")
def doctor(config: Config = None) -> int:
    """检查设置、数据库、时钟、平台账号和回调地址，逐项说明怎么改。"""
    from bot.commands.doctor import doctor as body

    return asyncio.run(body(config))


@app.command(epilog="例：genjin migrate")
def migrate(config: Config = None) -> int:
    """建立或升级数据库；换了密钥（新,旧）时把旧内容换成新密钥。"""
    from bot.commands.migrate import migrate as body

    return asyncio.run(body(_settings(config)))


@app.command(epilog="例：genjin check")
def check(config: Config = None) -> int:
    """检查业务规则文件，指出哪个文件、哪一行、错在哪里。"""
    from bot.commands.check import check as body

    return body(_settings(config))


@app.command(epilog="例：genjin dedupe 客户.csv --out 结果.csv --review 待查.csv")
def dedupe(
    file: Annotated[Path, typer.Argument(metavar="IN.csv", help="UTF-8 的 CSV，要有 id 一列")],
    out: Annotated[
        Path, typer.Option("--out", metavar="OUT.csv", help="每个 id 一行：id,cid,score,reason")
    ],
    review: Annotated[
        Path | None,
        typer.Option("--review", metavar="REVIEW.csv", help="拿不准、没有合并、要人看的成对记录"),
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option(help="auto 就是 rules，只用规则；splink 再用 Splink 衡量，慢三分之一"),
    ] = Engine.AUTO,
    memory: Annotated[
        int, typer.Option(metavar="MB", help="用 Splink 时一共最多占多少内存", min=500, max=2**20)
    ] = 1500,
    config: Config = None,
) -> int:
    """给一份客户名单查重：同一个客户的几条记录得到同一个 cid。"""
    from bot.commands.dedupe import dedupe_file

    with_splink = engine is Engine.SPLINK
    return dedupe_file(config, file, out, review, with_splink=with_splink, megabytes=memory)


@identity.command("rebuild", epilog="例：genjin identity rebuild --dry-run")
def identity_rebuild(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说会合并多少，不改动")] = False,
    config: Config = None,
) -> int:
    """把所有客户重新比对一遍：确定相同的合并，拿不准的请主管看；可以在 serve 运行时做。"""
    from bot.commands.identity import rebuild

    return asyncio.run(rebuild(_settings(config), dry_run=dry_run))


@app.command("extract", epilog="例：genjin extract --catalog 产品.yaml < 消息.jsonl")
def extract_messages(
    catalog: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="产品目录，代替业务规则里的 catalog.yaml"),
    ] = None,
    pretty: Annotated[bool, typer.Option("--pretty", help="分行缩进，给人看")] = False,
    config: Config = None,
) -> int:
    """从标准输入读消息（每行一条 JSON），写出里面的人、产品、预算、时间、承诺。"""
    from bot.commands.extract import extract_lines

    return extract_lines(config, catalog, pretty=pretty)


@app.command(epilog="例：genjin train 标好的.jsonl --held-out 0.2")
def train(
    labelled: Annotated[
        list[Path] | None,
        typer.Argument(metavar="LABELLED…", help="标好的消息，每行一条 JSON（text、entities）"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="模型文件，默认 rules_dir 里的 names.crfsuite"),
    ] = None,
    held_out: Annotated[
        float, typer.Option("--held-out", help="留多少不学、只用来检验", min=0.05, max=0.9)
    ] = 0.2,
    seed: Annotated[int, typer.Option(help="同样的数得到同样的模型", min=0, max=2**31)] = 1,
    templates: Annotated[
        int, typer.Option(help="用多少条内置模板造的句子", min=100, max=100_000)
    ] = 16_000,
    force: Annotated[bool, typer.Option("--force", help="新模型不如现在用的也替换")] = False,
    config: Config = None,
) -> int:
    """训练认人名、公司名的模型：内置模板加您自己标的聊天，检验后才替换。"""
    from bot.commands.train import train_names

    return train_names(
        config,
        labelled or [],
        out=out,
        held_out=held_out,
        seed=seed,
        templates=templates,
        force=force,
    )


@app.command(epilog="例：genjin export 导出/ --person 13800001234")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="空的或还没有的文件夹")],
    person: Person = None,
    config: Config = None,
) -> int:
    """把所有资料（或一个人的）导出成没有加密的 CSV。"""
    from bot.commands.export import export_to

    return asyncio.run(export_to(_settings(config), folder, person=person))


@app.command(epilog="例：genjin forget --person 13800001234")
def forget(
    person: Annotated[
        str, typer.Option("--person", metavar="PHONE", help="客户的电话，或编号 C12")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
    config: Config = None,
) -> int:
    """按客户要求删除他的资料，不能恢复。"""
    from bot.commands.forget import forget_person

    return asyncio.run(forget_person(_settings(config), person, sure=yes))


@app.command(epilog="例：genjin report overdue --format csv --out 逾期.csv")
def report(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="哪个报表；不写就列出有哪些")
    ] = None,
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from", metavar="日期", formats=["%Y-%m-%d"], help="从这一天起，如 2026-03-01"
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", metavar="日期", formats=["%Y-%m-%d"], help="到这一天为止，当天算在内"),
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="文字、JSON、表格；png 是图片，heatmap 才有")
    ] = Form.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="写到文件，默认写到标准输出")
    ] = None,
    config: Config = None,
) -> int:
    """和聊天里一样的报表：先打谁、逾期、热力图、黄金四小时、跟进率、静音率、早会、负荷。"""
    from bot.commands.report import known, listed
    from bot.commands.report import report as body

    if name is None:
        return listed()
    known(name)
    return asyncio.run(
        body(
            _settings(config),
            name,
            first=first.date() if first else None,
            last=last.date() if last else None,
            form=form.value,
            out=out,
        )
    )


@imports.command("leads", epilog="例：genjin import leads 展会名单.xlsx --map 主任=姓名 --dry-run")
def import_leads(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV、Excel（xlsx、xls）或 vCard")],
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="表头=字段", help="认不出的表头是哪个字段，可以写多个"),
    ] = None,
    source: Annotated[str, typer.Option(help="来源名；同一来源里编号相同的行只导入一次")] = "导入",
    sheet: Annotated[str | None, typer.Option(help="只导入这个工作表")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="文字编码，认错时才要写：utf-8、gb18030、utf-16")
    ] = None,
    assign: Annotated[
        bool | None,
        typer.Option(
            "--assign/--pool",
            help="新线索像表单线索一样分配并通知销售 / 放进公海，不打扰任何人。"
            "默认：不超过 200 条（imports.yaml 的 most_assigned）时分配，更多时放进公海",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只看表头怎么理解、前几行是什么，不导入")
    ] = False,
    config: Config = None,
) -> int:
    """导入线索：认出同一客户、并入已有线索；不能导入的行和原因写到 FILE.rejected.csv。"""
    from bot.commands.import_leads import import_leads as body

    return asyncio.run(
        body(
            _settings(config),
            file,
            maps=maps or (),
            source=source,
            sheet=sheet,
            encoding=encoding,
            assigns=assign,
            dry_run=dry_run,
        )
    )


@dead.command("list", epilog="例：genjin dead list")
def list_dead(config: Config = None) -> int:
    """列出处理不了的事件和原因。"""
    from bot.commands.dead import list_dead as body

    return asyncio.run(body(_settings(config)))


@dead.command("retry", epilog="例：genjin dead retry 12 15")
def retry_dead(
    ids: Annotated[
        list[int],
        typer.Argument(metavar="ID…", help="genjin dead list 里的编号", min=1, max=LARGEST_ID),
    ],
    config: Config = None,
) -> int:
    """把事件放回去再处理一次。"""
    from bot.commands.dead import retry_dead as body

    return asyncio.run(body(_settings(config), ids))


def run(arguments: list[str]) -> int:
    """Runs one command; its exit status. A failure that was to be expected is one line."""
    try:
        status: Any = typer.main.get_command(app).main(
            arguments, prog_name="genjin", standalone_mode=False
        )
    except ClickException as misuse:
        return _refuse(
            f"{_in_chinese(_flat(misuse.format_message()))}（用法见 genjin --help）",
            misuse.exit_code,
        )
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has left; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from bot.commands.failures import FAILED, CommandFailed, in_one_line

        line = in_one_line(error)
        if line is None:
            raise
        return _refuse(line, error.status if isinstance(error, CommandFailed) else FAILED)
    return status if isinstance(status, int) else 0


def _in_chinese(misuse: str) -> str:
    """The common ones; the others stay in the library's words."""
    for english, chinese in _MISUSES:
        misuse = re.sub(english, chinese, misuse)
    return misuse


def _flat(text: str) -> str:
    return " ".join(text.split())


def _refuse(line: str, status: int) -> int:
    sys.stderr.write(f"genjin: {line}\n")
    return status


def main() -> None:
    sys.exit(run(sys.argv[1:]))
