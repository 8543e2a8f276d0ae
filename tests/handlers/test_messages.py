from tests.world import STORY, World, in_plain


async def test_a_clients_words_become_a_card_in_a_reps_hand(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    (card,) = office.cards("lina")
    assert card.title == "赵主任 · CT设备"
    assert card.subtitle == "微信客服"
    assert {row.name: row.value for row in card.rows}["预算"] == "300万"
    assert "13800001234" in in_plain(card)
    assert STORY in card.quote
