"""The colleague somebody names: one, by name or account, of those who may be meant."""

from collections.abc import Callable

from crm_store.errors import CrmError
from crm_store.models import Member
from crm_store.queries import members
from crm_store.view import View


def has_account(member: Member) -> bool:
    """Whether there is a way to tell him anything."""
    return bool(member.accounts())


async def the_colleague(
    view: View,
    name: str,
    *,
    may_be: Callable[[Member], bool] = has_account,
    missing: str = "没有找到同事“{}”，请写全名",
) -> Member:
    """Raises CrmError where it is nobody, or not clear who; whoever may not be meant is nobody."""
    asked = name.strip()
    found = [member for member in await members.by_name(view, asked) if may_be(member)]
    if not found:
        raise CrmError(missing.format(asked))
    if len(found) > 1:
        accounts = "、".join(member.id for member in found)
        raise CrmError(f"有 {len(found)} 位{asked}，请用账号再说一次：{accounts}")
    return found[0]
