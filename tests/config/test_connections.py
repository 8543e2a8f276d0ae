"""connections.yaml: which systems there are, what they see and set, and who wins."""

from pathlib import Path

import pytest

from config.rules import RulesError, load_rules
from config.schemas.connections import FIELDS
from config.settings import load_settings

ERP = """
systems:
  - name: erp
    title: 金算 ERP
    url: https://erp.example.com/hooks/genjin
    sees: [name, phone]
    sets: {phone: newest, credit_code: theirs}
  - {name: pos, sets: {name: if_empty}}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "connections.yaml").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(RulesError) as refused:
        load_rules(written(folder, text))
    return str(refused.value)


def test_nobody_is_connected_unless_it_is_written_down() -> None:
    assert load_rules().connections.systems == ()


def test_a_system_says_what_it_sees_and_sets(tmp_path: Path) -> None:
    connections = load_rules(written(tmp_path, ERP)).connections

    erp, pos = connections.systems
    assert connections.named("erp") == erp
    assert (erp.called, pos.called) == ("金算 ERP", "pos")
    assert (erp.sees, pos.sees) == (("name", "phone"), FIELDS)
    assert erp.sets == {"phone": "newest", "credit_code": "theirs"}
    assert connections.told == (erp,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("systems: [{name: ERP, sets: {name: ours}}]", "小写字母"),
        ("systems: [{name: erp}]", "什么也不会发生"),
        ("systems: [{name: erp, url: 'http://erp.example.com/x'}]", "https://"),
        ("systems: [{name: erp, url: 'https://erp.example.com/x?key=1'}]", "不能有 ?"),
        ("systems: [{name: erp, sets: {fax: ours}}]", "只能是"),
        ("systems: [{name: erp, sets: {name: mine}}]", "只能是"),
        ("systems: [{name: a, sets: {name: ours}}, {name: a, sets: {name: ours}}]", "两次"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path, text)


def test_plain_http_is_for_our_own_house(tmp_path: Path) -> None:
    rules = load_rules(written(tmp_path, "systems: [{name: erp, url: 'http://10.0.0.7:8000/in'}]"))

    assert rules.connections.told[0].url == "http://10.0.0.7:8000/in"


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "erp").write_text("of-the-erp\n", encoding="utf-8")
    file = tmp_path / "genjin.yaml"
    file.write_text(f"connections: {{erp: {{secret_file: {tmp_path}/erp}}}}", encoding="utf-8")

    settings = load_settings(file, {})

    assert settings.connections["erp"].secret.get_secret_value() == "of-the-erp"
    assert "of-the-erp" not in repr(settings)
