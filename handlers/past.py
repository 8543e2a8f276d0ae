"""字段的来历: what a lead's fields were before, and the changes of the timeline in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm_store.models import ChatMessage, Direction, Lead, TimelineEntry
from crm_store.queries import fields
from crm_store.queries.fields import KnownField
from crm_store.view import View
from handlers.fields import shown
from handlers.telling import label


@dataclass(frozen=True)
class Past:
    """Every value the lead ever had, by the number of its row."""

    by_id: Mapping[int, KnownField]
    noted: frozenset[int] = frozenset()
    """Messages that a colleague filed: what they suggest the client did not say himself."""

    @classmethod
    async def of(cls, view: View, lead: Lead, *, name: str | None = None) -> "Past":
        opened = await fields.open_all(view, lead, await fields.every(view, lead, name=name))
        asked = {one.message_id for one in opened if one.row.against_id and one.message_id}
        messages = [await view.find(ChatMessage, message_id) for message_id in sorted(asked)]
        noted = (row.id for row in messages if row and row.direction == Direction.NOTE)
        return cls({field.row.id: field for field in opened}, frozenset(noted))

    @property
    def in_force(self) -> list[KnownField]:
        """Oldest first, without what somebody took out."""
        return [field for field in self.standing if field.value is not None]

    @property
    def standing(self) -> list[KnownField]:
        """In force, and what stands empty because somebody took the value out."""
        return [
            field
            for field in self.by_id.values()
            if field.row.superseded_at is None and field.row.against_id is None
        ]

    def before(self, field: KnownField) -> list[KnownField]:
        """The values that stood in its place, the oldest first."""
        chain: list[KnownField] = []
        at = field.row.replaces_id
        while at is not None and at in self.by_id:
            chain.append(self.by_id[at])
            at = self.by_id[at].row.replaces_id
        return chain[::-1]

    def suggested_against(self, field: KnownField) -> list[KnownField]:
        return [
            one
            for one in self.by_id.values()
            if one.row.against_id == field.row.id and one.row.superseded_at is None
        ]

    # -- the timeline -------------------------------------------------------------------------

    def says(self, entry: TimelineEntry, names: Mapping[str, str]) -> str:
        """A change of a field with what it was and is; empty for any other fact, and for what
        was learned for the first time."""
        now = self._of(entry)
        if now is None:
            return ""
        match entry.kind:
            case "field_suggested":
                return self._suggested(entry, now, names)
            case "field_corrected":
                return self._corrected(entry, now, names)
            case _:
                return self._changed(entry, now)

    def _suggested(self, entry: TimelineEntry, now: KnownField, names: Mapping[str, str]) -> str:
        stands = self.by_id.get(entry.data["against_id"])
        noted = names.get(stands.row.by or "", "") if stands is not None else ""
        name = label(entry.data)
        who = "归档里说" if now.message_id in self.noted else "客户说"
        return f"{who}{name}是{shown(now)}，{noted}记的是{_shown(stands)}，没有改动"

    def _corrected(self, entry: TimelineEntry, now: KnownField, names: Mapping[str, str]) -> str:
        before = self.by_id.get(entry.data.get("replaced_id") or 0)
        was = f"{_shown(before)} → " if before is not None else ""
        who = names.get(entry.by or "", "")
        return f"{who}更正{label(entry.data)}：{was}{shown(now)}"

    def _changed(self, entry: TimelineEntry, now: KnownField) -> str:
        before = self.by_id.get(entry.data.get("replaced_id") or 0)
        if before is None:
            return ""
        if entry.data.get("late"):
            return f"{label(entry.data)}较早说过{shown(now)}，仍是{shown(before)}"
        return f"{label(entry.data)}：{shown(before)} → {shown(now)}"

    def why(self, entry: TimelineEntry) -> str:
        """By which words and which rule a value changed."""
        is_change = entry.kind == "field_suggested" or entry.data.get("replaced_id")
        now = self._of(entry) if is_change and entry.kind != "field_corrected" else None
        return f"原话“{now.words}”，规则 {now.rule}" if now is not None and now.words else ""

    def _of(self, entry: TimelineEntry) -> KnownField | None:
        """The value that a fact about a field is about."""
        if not entry.kind.startswith("field_"):
            return None
        return self.by_id.get(entry.data["field_id"])


def _shown(field: KnownField | None) -> str:
    return shown(field) if field is not None else "别的"


async def text_around(view: View, client_id: int, field: KnownField) -> str:
    """The message the words stand in; empty where there is none, or it is kept no more."""
    message = await view.find(ChatMessage, field.message_id) if field.message_id else None
    if message is None:
        return ""
    return await view.open(client_id, message.body, purpose="message")


def in_a_line(found: Sequence[KnownField]) -> str:
    """拍板、采购; 「没有」 for nothing."""
    return "、".join(shown(field) for field in found) or "没有"
