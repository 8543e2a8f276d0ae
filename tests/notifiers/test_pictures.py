"""Pictures: what is drawn can be read without colours, and drawn at all."""

import struct
from xml.etree import ElementTree

import pytest

from notifiers.card import Image
from notifiers.dingtalk_card import image_message
from notifiers.errors import Undeliverable
from notifiers.multipart import upload
from notifiers.pictures.heat_map import (
    CellView,
    HeatMapView,
    PanelView,
    RowView,
    heat_map,
    in_words,
)
from notifiers.pictures.png import png
from notifiers.pictures.svg import document, words
from notifiers.wecom_card import sending

NOTHING = CellView(0, 0, 0, False)
FINE, BAD = CellView(5, 1, 20, False), CellView(3, 2, 67, True)


def view(*names: str, red: CellView = BAD) -> HeatMapView:
    rows = tuple(RowView(name, (NOTHING, FINE, red), red) for name in names)
    panel = PanelView("微信客服", rows, red)
    return HeatMapView("时效热力图 · 近 7 天", "截至 03-10 09:00", (8, 9, 10), (panel,), 40)


def size(drawn: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", drawn[16:24])
    return width, height


def test_a_picture_is_drawn_at_twice_its_size_for_a_phones_screen() -> None:
    drawn = png(heat_map(view("李娜", "王磊")))

    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert size(drawn)[0] == 1520
    assert len(drawn) < 2 * 1024 * 1024


def test_chinese_is_drawn_and_not_boxes() -> None:
    """A font without a sign draws the same box for every one."""

    def drawn(sign: str) -> bytes:
        return png(document(40, 40, [words(4, 30, sign, size=28)]), zoom=1)

    assert len({drawn(sign) for sign in ("娜", "磊", "超", "·", " ")}) == 5


def test_red_is_told_from_the_others_without_colour() -> None:
    bad, fine = heat_map(view("李娜")), heat_map(view("李娜", red=FINE))

    # The legend has one corner; each red cell its own.
    assert bad.count("<path") == 3
    assert fine.count("<path") == 1
    assert ">67</text>" in bad
    assert ">2/3</text>" in bad


def test_somebodys_name_draws_nothing_of_its_own() -> None:
    drawn = heat_map(view('</text><image href="http://evil"/>&\u202e\x00"'))

    tree = ElementTree.fromstring(drawn)
    assert {element.tag.rpartition("}")[2] for element in tree.iter()} == {
        *("svg", "rect", "text", "path")
    }
    assert png(drawn).startswith(b"\x89PNG")


def test_the_words_say_the_same_with_marks_for_red() -> None:
    said = in_words(view("李娜"))

    assert said.splitlines() == [
        "时效热力图 · 近 7 天",
        "截至 03-10 09:00",
        "🔴 李娜：67%（2/3）",
        "超过 40% 的时段：",
        "🔴 李娜 10 点 微信客服 67%（2/3）",
    ]


def test_what_cannot_be_drawn_is_undeliverable() -> None:
    with pytest.raises(Undeliverable):
        png("<svg")


def test_the_same_file_is_the_same_request_to_the_byte() -> None:
    once, again = (upload(b"\x89PNG", field="media", filename="a.png", kind="x") for _ in "ab")

    assert once == again
    assert b'name="media"; filename="a.png"; filelength=4' in once.body


def test_a_picture_that_lies_elsewhere_is_said_in_words() -> None:
    image = Image(platform="dingtalk", media_id="@lAL1", words="时效热力图")

    body = sending("LiNa", 7, image, key="k", repeat=0)
    own = sending("LiNa", 7, image.model_copy(update={"platform": "wecom"}), key="k", repeat=0)

    assert body["text"] == {"content": "时效热力图"}
    assert (own["msgtype"], own["image"]) == ("image", {"media_id": "@lAL1"})
    assert image_message("@lAL1").fields == {"photoURL": "@lAL1"}
