"""为什么合并: each merge of a client with its evidence; 撤销合并 takes one back."""

import re

from crm_store.errors import CrmError
from crm_store.models import Client, Member, Merge, SentCard
from crm_store.queries import aliases, merges, reviews
from crm_store.store import Transaction
from handlers.events import CardPress
from handlers.finding_clients import look_up_client
from handlers.merge_views import apart_view, is_seen, may_undo, merge_view
from handlers.pairs import in_whose_hands
from handlers.presses import settle_press, take_press
from handlers.reading import Reader
from handlers.reviewers import Reviewers, reviewers
from handlers.rights import Scope
from handlers.router import Reply, Router
from handlers.unmerging import undo
from notifiers.cards.merge import MergeView, merge_story, which_merge

router = Router("why_merged")

_REF = re.compile(r"M([0-9]{1,15})")


class MayNotUndo(CrmError):
    def __init__(self) -> None:
        super().__init__("撤销合并要由负责人，或管着所有负责人的主管来做")


class NoSuchMerge(CrmError):
    """Not there, or of a client that is not his: nobody learns which."""

    def __init__(self) -> None:
        super().__init__("没有找到您可以撤销的这次合并")


@router.command(
    "为什么合并 {client}",
    "{client} 为什么合并",
    "为什么把 {client} 合并",
    help="这位客户合并过哪些档案，凭什么：为什么合并 康源",
)
async def why_merged(client: str, sender: Member, tx: Transaction, reader: Reader) -> Reply:
    meant, scope = await _client_meant(tx, sender, client, reader)
    names = (await reviewers(tx)).names
    told: list[MergeView] = []
    for merge in await merges.of_client(tx, meant.id):
        is_his = merge.stands or await is_seen(tx, scope, merge.merged_id)
        told.append(
            await merge_view(tx, meant, merge, names) if is_his else apart_view(merge, names)
        )
    return merge_story(meant.display, told)


@router.command("撤销合并 {client}", "取消合并 {client}", help="把合并错的分开：撤销合并 康源")
async def undo_merge(client: str, sender: Member, tx: Transaction, reader: Reader) -> Reply:
    meant, _ = await _client_meant(tx, sender, client, reader)
    meant = await tx.lock_client(meant.id)
    people = await reviewers(tx)
    if not await may_undo(tx, people, sender, meant):
        raise MayNotUndo
    standing = await merges.standing(tx, meant.id)
    if not standing:
        raise CrmError(f"{meant.display}没有可以撤销的合并")
    if len(standing) > 1:
        views = [await merge_view(tx, meant, merge, people.names) for merge in standing]
        return which_merge(meant.display, views)
    return await _undo(tx, people, standing[0], sender)


@router.button("unmerge")
async def undo_pressed(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    """`unmerge:M7`."""
    number = _REF.fullmatch(argument)
    merge = await tx.find(Merge, int(number[1])) if number else None
    if merge is None:
        raise NoSuchMerge
    client = await tx.lock_client(merge.kept_id)
    people = await reviewers(tx)
    if not await may_undo(tx, people, sender, client):
        raise NoSuchMerge
    merge = await tx.lock(Merge, merge.id)
    card = await tx.find(SentCard, press.card_key)
    if card is not None and press.action in card.pressed:
        return None
    title = client.display
    if not merge.stands:
        by = people.names.get(merge.undone_by or "", "")
        return f"{title}的这次合并已{f'由{by}' if by else ''}撤销，不用再撤"
    await take_press(tx, press)
    status = await _undo(tx, people, merge, sender)
    await settle_press(tx, press, title, status, client_id=client.id)
    return None


async def _undo(tx: Transaction, people: Reviewers, merge: Merge, sender: Member) -> str:
    kept = await aliases.live(tx, merge.kept_id)
    apart = await undo(tx, merge, by=sender.id)
    owner = await in_whose_hands(tx, apart, people.names)
    whose = f"，由{owner}负责" if owner else ""
    return f"已撤销：{apart.display}（{apart.ref}）和{kept.display}分开了{whose}"


async def _client_meant(
    tx: Transaction, sender: Member, name: str, reader: Reader
) -> tuple[Client, Scope]:
    """Reading of a colleague's client is in the audit log."""
    client, scope = await look_up_client(tx, sender, name, reader)
    if sender.id not in await reviews.owners(tx, client.id):
        tx.audit(sender.id, "read_client", client_id=client.id)
    return client, scope
