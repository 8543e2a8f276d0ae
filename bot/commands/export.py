"""`genjin export`: everything, or one person's data, as CSV in the clear."""

from pathlib import Path

from bot.commands.ground import opened_store
from bot.commands.output import say
from bot.commands.person import person_called
from bot.commands.progress import LateBar
from config.settings import Settings
from crm_store.export import MANIFEST, export, row_counts


async def export_to(settings: Settings, folder: Path, *, person: str | None = None) -> int:
    async with opened_store(settings) as store:
        client_id: int | None = None
        if person is not None:
            async with store.view() as view:
                client_id = (await person_called(view, person)).id
        async with store.transaction() as tx:
            tx.audit(
                "command", "export" if client_id is None else "export_person", client_id=client_id
            )
        total = sum((await row_counts(store.database)).values()) if client_id is None else None
        with LateBar("导出", total) as bar:
            exported = await export(
                store.database,
                store.vault,
                folder,
                now=store.clock.now(),
                client_id=client_id,
                advance=lambda _table, rows: bar.advance(rows),
            )
    rows = sum(table.rows for table in exported.values())
    say(f"已导出 {len(exported)} 张表、{rows} 行到 {folder}，清单见 {folder / MANIFEST}")
    say("里面是没有加密的客户资料，用完请删除")
    return 0
