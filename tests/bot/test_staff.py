"""The members table follows staff.yaml, with the accounts on which something can be told."""

import yaml

from bot.staff import follow_staff
from config.rules import load_rules
from config.schemas.staff import Role
from crm_store.models import Member
from crm_store.queries import members
from tests.world import World


async def test_who_has_no_account_on_a_connected_platform_gets_no_leads(office: World) -> None:
    rules = load_rules(office.settings.rules_dir)

    await follow_staff(office.store, rules, connected=("dingtalk",))

    async with office.store.view() as view:
        assert {rep.id: rep.is_reachable for rep in await members.reps(view)} == {
            "lina": False,
            "wanglei": False,
        }
        assert (await view.get(Member, "chen")).may_own


async def test_an_administrator_is_told_where_something_arrives(office: World) -> None:
    folder = office.settings.rules_dir
    assert folder is not None
    root = {"id": "root", "name": "管理员", "roles": ["admin"], "prefer": "dingtalk"}
    staff = {"staff": [root | {"wecom": "root01", "dingtalk": "d01"}]}
    (folder / "staff.yaml").write_text(yaml.safe_dump(staff), encoding="utf-8")

    await follow_staff(office.store, load_rules(folder), connected=("wecom",))

    async with office.store.view() as view:
        (admin,) = await members.with_role(view, Role.ADMIN)
    assert admin.accounts() == [("wecom", "root01")]


async def test_where_no_platform_is_named_every_account_stands(office: World) -> None:
    await follow_staff(office.store, load_rules(office.settings.rules_dir))

    async with office.store.view() as view:
        assert all(rep.is_reachable for rep in await members.reps(view))
