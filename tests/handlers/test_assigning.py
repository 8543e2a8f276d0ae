"""分配 A: region 40, line 40, load 20, pure."""

from datetime import UTC, datetime
from typing import Any

from config.rules import load_rules
from crm_store.models import Member
from handlers.allocation.assigning import Decision
from handlers.allocation.assigning import decide as decide_by
from handlers.allocation.criteria import Situation
from handlers.allocation.presets import Wish

RULES = load_rules().assignment


def _rep(name: str, **fields: Any) -> Member:
    return Member(id=name, name=name, roles=["rep"], capacity=10, wecom=name, **fields)


def _lead(**fields: Any) -> Wish:
    return Wish(source="微信客服", **fields)


def decide(
    wish: Wish, team: list[Member], *, loads: dict[str, int], rules: Any = RULES, **more: Any
) -> Decision:
    return decide_by(wish, team, rules=rules, now=Situation(loads=loads), **more)


def test_region_line_and_load_add_up_to_a_hundred() -> None:
    lead = _lead(region="上海市", line="医疗设备")
    near = _rep("near", regions=["上海"], lines=["医疗设备"])
    far = _rep("far", regions=["广东"], lines=["医疗设备"])

    decision = decide(lead, [far, near], loads={"near": 5}, rules=RULES)

    assert decision.chosen == "near"
    assert [(c.member_id, c.score) for c in decision.candidates] == [("near", 90.0), ("far", 60.0)]


def test_who_does_not_sell_the_line_is_no_candidate() -> None:
    """The orthopaedic lead does not go to the dental rep, however near and idle he is."""
    lead = _lead(region="上海市", line="骨科")
    dental = _rep("dental", regions=["上海"], lines=["口腔"])
    busy = _rep("busy", regions=["广东"], lines=["骨科"])

    decision = decide(lead, [dental, busy], loads={"busy": 9}, rules=RULES)

    assert decision.chosen == "busy"
    assert decision.candidates[-1].excluded == "不负责骨科"


def test_an_unknown_region_shares_its_weight_out() -> None:
    decision = decide(
        _lead(line="医疗设备"), [_rep("a", lines=["医疗设备"])], loads={"a": 5}, rules=RULES
    )

    points = {
        c.name: (round(c.points, 1), round(c.most, 1)) for c in decision.candidates[0].criteria
    }
    assert points == {"地区": (0, 0), "产品线": (66.7, 66.7), "负荷": (16.7, 33.3)}


def test_a_tie_goes_to_whoever_waited_longest() -> None:
    early = _rep("early", last_assigned_at=datetime(2026, 3, 1, tzinfo=UTC))
    never = _rep("never")
    late = _rep("late", last_assigned_at=datetime(2026, 3, 9, tzinfo=UTC))

    decision = decide(_lead(), [late, early, never], loads={}, rules=RULES)

    assert [c.member_id for c in decision.candidates] == ["never", "early", "late"]
    assert decision.tie


def test_who_had_it_or_cannot_be_told_does_not_get_it() -> None:
    had, mute = _rep("had"), Member(id="mute", name="mute", roles=["rep"], capacity=10)

    decision = decide(_lead(), [had, mute], loads={}, rules=RULES, tried=["had"])

    assert decision.chosen is None
    assert {c.member_id: c.excluded for c in decision.candidates} == {
        "had": "已经分到过",
        "mute": "没有可以通知的账号",
    }


def test_who_is_full_gets_nothing_more() -> None:
    decision = decide(_lead(), [_rep("full")], loads={"full": 10})

    assert decision.chosen is None
    assert decision.candidates[0].excluded == "手上已满（10/10）"


def test_or_only_where_nobody_else_is_left() -> None:
    lenient = RULES.model_copy(update={"full": "last"})
    near = _rep("near", regions=["上海"], lines=["医疗设备"])
    far = _rep("far", regions=["广东"], lines=["医疗设备"])
    lead = _lead(region="上海市", line="医疗设备")

    room = decide(lead, [near, far], loads={"near": 25, "far": 9}, rules=lenient)
    none = decide(lead, [near, far], loads={"near": 25, "far": 10}, rules=lenient)

    assert (room.chosen, none.chosen) == ("far", "near")
    assert room.candidates[1].place == "手上已满（25/10），排在最后"
