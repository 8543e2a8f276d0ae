"""客户: one person or organisation that may buy, with the key his data is sealed with."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class Client(SQLModel, table=True):
    __tablename__ = "clients"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    name: str = Field(default="", max_length=128, index=True)
    """What people call him: his nickname, or surname and title from his own words."""
    company: str = Field(default="", max_length=256, index=True)
    region: str = Field(default="", max_length=64)
    created_at: datetime = Field(sa_type=Moment)
    erased_at: datetime | None = Field(default=None, sa_type=Moment)
    merged_into_id: int | None = Field(default=None, sa_type=BigId, index=True)
    """Whose alias this number is: what came by it belongs to that client, or to his own `into`."""

    @property
    def ref(self) -> str:
        return f"C{self.id}"

    @property
    def display(self) -> str:
        return self.name or self.company or f"客户 {self.ref}"


class ClientKey(SQLModel, table=True):
    """A client's data key, wrapped. Erasure deletes this row, and with it all that it sealed."""

    __tablename__ = "client_keys"

    client_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="clients.id")
    """For whom it was drawn; bound into the wrapping."""
    holder_id: int = Field(sa_type=BigId, index=True)
    """Who opens with it: the same, or the client he was merged into."""
    wrapped: bytes
