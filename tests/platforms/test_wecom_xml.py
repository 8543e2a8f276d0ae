"""WeCom's XML: what is in it, and nothing that it only promises."""

import pytest

from bot.platforms.wecom_xml import parse_xml
from bot.platforms.wire import Unreadable

BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


def test_text_cdata_and_repeated_elements_are_read() -> None:
    root = parse_xml(
        '<?xml version="1.0" encoding="gbk"?><xml><A><![CDATA[<!DOCTYPE a>&b;]]></A>'
        "<B>1</B><B>二&amp;三</B><C/><!-- nobody reads this --></xml>"
    )

    assert root.findtext("A") == "<!DOCTYPE a>&b;"
    assert [element.text for element in root.findall("B")] == ["1", "二&三"]
    assert root.findtext("C") == ""


def test_long_text_stays_in_one_piece() -> None:
    words = "线索😀" * 20_000

    root = parse_xml(f"<xml><A>{words}</A></xml>")

    assert root.findtext("A") == words


@pytest.mark.parametrize(
    "text",
    [
        f'<!DOCTYPE x [<!ENTITY a0 "ha">{BOMB}]><x>&a11;</x>',
        f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]><x>{"&a;" * 100_000}</x>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1/a.dtd"> %a;]><x/>',
        "<!DOCTYPE x><x/>",
        "<x>&nobody;</x>",
    ],
)
def test_a_document_type_and_its_entities_are_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_xml(text)


@pytest.mark.parametrize(
    "text",
    ["", "在吗", "<x>", "<x></y>", "<x/><x/>", "<x>\0</x>", "<x>\ud800</x>", '<x a="1" a="2"/>'],
)
def test_what_is_no_xml_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_xml(text)
