"""What a session reads: rows, and what is sealed in them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.models import ClientKey, Identity, IdentityKind
from crm_store.vault import Cipher, Erased, Vault

Row = TypeVar("Row", bound=SQLModel)

Known = tuple[IdentityKind, str]
"""What somebody may be known by, and its value."""

_AT_ONCE = 1_000

GONE = "（已删除）"
"""What stands where an erased client's words were."""


class View:
    """Reads, and opens what is sealed. It cannot write."""

    def __init__(self, session: AsyncSession, vault: Vault, *, now: datetime) -> None:
        self.session = session
        self.vault = vault
        self.now = now
        self._ciphers: dict[int, Cipher] = {}

    async def find(self, model: type[Row], key: Any) -> Row | None:
        return await self.session.get(model, key)

    async def get(self, model: type[Row], key: Any) -> Row:
        """The row, or LookupError: for keys that our own rows hold."""
        row = await self.session.get(model, key)
        if row is None:
            raise LookupError(f"{model.__name__} {key} is gone")
        return row

    async def cipher(self, client_id: int) -> Cipher:
        """The client's cipher; raises Erased where he was."""
        if client_id not in self._ciphers:
            keys = await self.keys_of(client_id)
            if not keys:
                raise Erased
            self._ciphers[client_id] = self._cipher(client_id, keys)
        return self._ciphers[client_id]

    async def ready_ciphers(self, clients: Iterable[int]) -> None:
        """Looks up many clients' keys at once, before what was sealed for them is opened."""
        unknown = sorted(set(clients) - self._ciphers.keys())
        for start in range(0, len(unknown), _AT_ONCE):
            some = unknown[start : start + _AT_ONCE]
            query = select(ClientKey).where(col(ClientKey.holder_id).in_(some))
            held: dict[int, list[ClientKey]] = {}
            for key in (await self.session.exec(query)).all():
                held.setdefault(key.holder_id, []).append(key)
            for client_id, keys in held.items():
                self._ciphers[client_id] = self._cipher(client_id, keys)

    def _cipher(self, client_id: int, keys: Iterable[ClientKey]) -> Cipher:
        """His own key first, then those of who was merged into him."""
        ordered = sorted(keys, key=lambda key: (key.client_id != client_id, key.client_id))
        return self.vault.client_cipher([(key.client_id, key.wrapped) for key in ordered])

    async def keys_of(self, client_id: int) -> list[ClientKey]:
        """The keys that the client holds: his own, and those of who was merged into him."""
        return list((await self.session.exec(_KEYS_OF, params={"holder_id": client_id})).all())

    async def open(self, client_id: int, sealed: bytes, *, purpose: str) -> str:
        """What was sealed for the client; GONE once he was erased."""
        try:
            cipher = await self.cipher(client_id)
        except Erased:
            return GONE
        return cipher.open(sealed, purpose=purpose).decode()

    async def identity(self, kind: IdentityKind, value: str) -> Identity | None:
        """The first that was noted, where several clients have it."""
        return next(iter((await self.identities([(kind, value)])).get((kind, value), ())), None)

    async def identities(self, known: Sequence[Known]) -> dict[Known, list[Identity]]:
        """Those of these identifiers that somebody has, oldest first: a phone may be several
        clients'."""
        lookups = {self.vault.lookup(kind, value): (kind, value) for kind, value in known}
        if not lookups:
            return {}
        query = select(Identity).where(
            col(Identity.kind).in_({kind for kind, _ in known}),
            col(Identity.lookup).in_(lookups),
        )
        taken: dict[Known, list[Identity]] = {}
        for row in (await self.session.exec(query.order_by(col(Identity.id)))).all():
            if lookups[row.lookup][0] == row.kind:
                taken.setdefault(lookups[row.lookup], []).append(row)
        return taken


_KEYS_OF = select(ClientKey).where(ClientKey.holder_id == bindparam("holder_id"))
