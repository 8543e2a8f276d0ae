import time
from datetime import UTC, datetime

import pytest

from config import document
from config.checking import fit
from config.rules import load_rules
from config.schemas.catalog import Catalog, Product
from config.schemas.keywords import Keywords
from config.schemas.variants import Variants
from nlp.lexicon import Lexicon
from nlp.lexicon.regions import Place, gazetteer, resolve
from nlp.lexicon.review import review
from nlp.pipeline import extract

CATALOG = Catalog(
    products=(
        Product(name="XG-500便携式X光机", aliases=("便携式X光机",)),
        Product(name="六角螺栓", aliases=("螺栓",)),
        Product(name="CT设备", aliases=("CT", "CT机")),
    ),
    competitors={"医疗": ("迈瑞",)},
)
VARIANTS = Variants(characters=("栓拴", "式试"), words={"螺栓": ("罗栓",)})


def found(text: str) -> list[tuple[str, str]]:
    lexicon = Lexicon(CATALOG, variants=VARIANTS)
    return [(text[hit.start : hit.end], hit.value) for hit in lexicon.products(text)]


@pytest.mark.parametrize(
    ("text", "written", "name"),
    [
        ("要xg500", "xg500", "XG-500便携式X光机"),
        ("要XG—500两台", "XG—500", "XG-500便携式X光机"),
        ("便攜式X光機", "便攜式X光機", "XG-500便携式X光机"),
        ("便携试X光机", "便携试X光机", "XG-500便携式X光机"),
        ("六角螺拴", "六角螺拴", "六角螺栓"),
        ("罗栓三百", "罗栓", "六角螺栓"),
        ("CT 机坏了", "CT 机", "CT设备"),
        ("3CT", "CT", "CT设备"),
        ("xg500x3", "xg500", "XG-500便携式X光机"),
    ],
)
def test_a_word_is_found_however_it_is_spelt(text: str, written: str, name: str) -> None:
    assert found(text) == [(written, name)]


@pytest.mark.parametrize(
    "text", ["CTO", "CT-6000", "XG-5000", "X\nG500", "螺  栓", "螺-栓", "螺 栓", "SCT"]
)
def test_what_only_looks_like_a_word_is_none(text: str) -> None:
    assert found(text) == []


def test_a_misspelling_never_hides_a_word() -> None:
    catalog = Catalog(products=(Product(name="高压螺栓"), Product(name="高压螺拴")))

    lexicon = Lexicon(catalog, variants=VARIANTS)

    assert [hit.value for hit in lexicon.products("高压螺拴")] == ["高压螺拴"]


def test_a_refused_hit_gives_way_to_a_shorter_one() -> None:
    hits = Lexicon(CATALOG).products("CT机", lambda hit: hit.end - hit.start < 3)

    assert [(hit.start, hit.end) for hit in hits] == [(0, 2)]


def test_every_place_lies_in_its_city_and_province() -> None:
    names = gazetteer()

    districts = {reading.place for readings in names.values() for reading in readings}
    assert len({place.province for place in districts}) == 34
    assert len({place for place in districts if place.district}) > 2800
    assert resolve("昆山") == Place("江苏省", "苏州市", "昆山市")
    assert resolve("浦东") == Place("上海市", "上海市", "浦东新区")
    assert resolve("吉林") == Place("吉林省")
    assert resolve("恩施州") == Place("湖北省", "恩施土家族苗族自治州")
    assert resolve("没有这里") is None


@pytest.mark.parametrize(
    "unit", ["苏州", "朝阳区", "XG 500 ", "监 护 仪", "法兰克福", "A1-", "型号", "报过"]
)
def test_a_hostile_text_takes_no_more_than_its_length(unit: str) -> None:
    lexicon = Lexicon(CATALOG, variants=VARIANTS)
    sent_at = datetime(2026, 11, 24, tzinfo=UTC)

    begun = time.process_time()
    extract((unit * 8192)[:8192], sent_at=sent_at, sender="client", lexicon=lexicon)

    assert time.process_time() - begun < 4


def test_a_lexicon_of_five_thousand_words_is_ready_at_once() -> None:
    catalog = Catalog(
        products=tuple(
            Product(name=f"产品{number}号设备", aliases=(f"型{number}",)) for number in range(2500)
        )
    )

    begun = time.process_time()
    Lexicon(catalog, variants=VARIANTS)

    assert time.process_time() - begun < 1


def doubts(
    catalog: str = "products: []", keywords: str = "keywords: []", variants: str = "words: {}"
) -> list[tuple[str, str]]:

    read = [document.read(text.encode()).value for text in (catalog, keywords, variants)]
    seen = review(fit(Catalog, read[0]), fit(Keywords, read[1]), fit(Variants, read[2]))
    return [(doubt.concern, doubt.message) for doubt in seen]


@pytest.mark.parametrize(
    ("catalog", "message"),
    [
        ("products: [{name: XG-500}, {name: XG 500}]", "会认作“XG-500”"),
        ("products: [{name: 监护仪, aliases: [仪]}]", "太短"),
        ("products: [{name: 监护仪, aliases: ['500']}]", "全是数字"),
        ("products: [{name: 企业内训, aliases: [培训]}]", "平常另有意思"),
        ("products: [{name: CT, aliases: [ct机, CT机]}]", "只差大小写"),
        ("products: [{name: 冰箱, aliases: [海尔]}]\ncompetitors: {家电: [海尔]}", "又是产品"),
        ("competitors: {家电: [核桃]}", "平常的词"),
    ],
)
def test_doubtful_words_of_the_catalogue_are_told(catalog: str, message: str) -> None:
    assert any(message in said for _, said in doubts(catalog))


def test_a_keyword_under_two_tags_is_told() -> None:
    said = doubts(keywords="keywords: [{tag: 甲, words: [参数]}, {tag: 乙, words: [参数, 参数]}]")

    assert said[0] == ("keywords", "“参数”已在标签“甲”下，只会打上“甲”，请留一处")


def test_a_misspelling_that_is_another_product_is_told() -> None:
    said = doubts("products: [{name: 螺丝}]", variants="words: {螺栓: [螺丝]}")

    assert said == [("variants", "“螺丝”本身是产品“螺丝”的叫法，不会当作“螺栓”的错写，请删去")]


def test_the_words_that_come_with_genjin_leave_no_doubt() -> None:

    rules = load_rules()

    assert list(review(rules.catalog, rules.keywords, rules.variants)) == []
