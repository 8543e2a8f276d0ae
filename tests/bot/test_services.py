from datetime import UTC, datetime
from pathlib import Path

from bot.links import SignedLinks
from bot.services import Services
from config.clock import TurnedClock
from config.rules import RuleBook
from config.settings import Settings
from crm_store.vault import fresh_key
from handlers.reading import Reader

CATALOG = """\
products: [{{name: 净水器, aliases: [{alias}], line: 家电}}]
competitors: {{家电: [{brand}]}}
"""


def test_edited_words_are_found_without_a_restart(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "database_url": "sqlite+aiosqlite:///genjin.db",
            "public_url": "https://bot.example.com",
            "encryption_key": fresh_key(),
        }
    )
    clock = TurnedClock(datetime(2026, 11, 24, tzinfo=UTC))
    catalog = tmp_path / "catalog.yaml"
    catalog.write_text(CATALOG.format(alias="滤水机", brand="清泉源"), "utf-8")
    book = RuleBook(tmp_path)
    services = Services(settings, clock, book, SignedLinks(settings, book, clock))
    before = services.get(Reader)

    catalog.write_text(CATALOG.format(alias="直饮机", brand="碧水湾"), "utf-8")
    (tmp_path / "variants.yaml").write_text("words: {直饮机: [直引机]}\n", "utf-8")
    assert book.reload() == []
    after = services.get(Reader)

    text = "直引机比碧水湾贵"
    assert after.read(text, clock.now()).products == (("净水器", "家电"),)
    assert [one.value for one in after.read(text, clock.now()).found.of("competitor")] == ["碧水湾"]
    assert before.read(text, clock.now()).products == ()
    assert services.get(Reader) is after
