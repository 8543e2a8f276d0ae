"""`make migration m="add …"`: writes a migration from what the models have more than the schema."""

import asyncio
import sys
import tempfile
from pathlib import Path

from crm_store import schema
from crm_store.database import Database


async def new(message: str) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/schema.db")
        try:
            await schema.upgrade(database)
            return await schema.write_migration(database, message)
        finally:
            await database.close()


def main(arguments: list[str]) -> int:
    match arguments:
        case ["new", message] if message.strip():
            sys.stdout.write(f"{asyncio.run(new(message))}\n")
            return 0
        case _:
            sys.stderr.write('usage: make migration m="add a column"\n')
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
