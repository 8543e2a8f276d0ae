from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from bot.sandbox.page import FOLDER, add_page


@pytest.fixture
async def page() -> AsyncIterator[ClientSession]:
    app = web.Application()
    add_page(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session
    await runner.cleanup()


async def test_the_page_and_all_its_files_come_from_here(page: ClientSession) -> None:
    types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

    async with page.get("/") as answer:
        assert answer.content_type == "text/html"
        markup = await answer.text()
    for file in FOLDER.iterdir():
        if file.suffix in types:
            async with page.get(f"/static/sandbox/{file.name}") as answer:
                assert (answer.status, answer.content_type) == (200, types[file.suffix]), file.name

    assert "https://" not in markup
    assert "http://" not in markup


async def test_the_browser_may_run_only_the_pages_own_scripts(page: ClientSession) -> None:
    async with page.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["index.html", "nothing.js", "..%2Fpage.py", "%2e%2e/page.py"])
async def test_nothing_else_is_served(page: ClientSession, name: str) -> None:
    async with page.get(URL(f"/static/sandbox/{name}", encoded=True)) as answer:
        assert answer.status == 404
