"""What tells other systems of changes, against a server that checks it as the contract says."""

import logging
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from config.clock import TurnedClock
from config.schemas.connections import Connections
from config.settings import Connection
from notifiers.card import Text
from notifiers.errors import DeliveryError, Misconfigured, Retryable, Undeliverable
from notifiers.messenger import Messenger
from notifiers.webhook import PATIENT_FOR, TELL, WebhookMessenger, signature
from tests.fakes.fake_system import SECRET, FakeSystem, running_system
from tests.fakes.misbehaviour import Mood

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
CHANGE = {"event": "client.changed", "cid": "C7", "sequence": 3, "fields": {"name": "赵主任"}}


@dataclass
class Line:
    fake: FakeSystem
    session: aiohttp.ClientSession
    clock: TurnedClock

    def messenger(self, *, url: str | None = None, secret: str | None = SECRET) -> WebhookMessenger:
        systems = [{"name": "erp", "title": "金算", "url": url or self.fake.url}]
        connections = Connections.model_validate({"systems": systems})
        secrets = {"erp": Connection.model_validate({"secret": secret})} if secret else {}
        return WebhookMessenger(self.session, lambda: connections, secrets, self.clock)

    async def tells(self, messenger: WebhookMessenger | None = None, system: str = "erp") -> None:
        arguments = {"system": system, "key": "k1", "body": CHANGE}
        await (messenger or self.messenger()).call(TELL, arguments)

    async def fails(self, messenger: WebhookMessenger | None = None) -> DeliveryError:
        with pytest.raises(DeliveryError) as failed:
            await self.tells(messenger)
        return failed.value


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with running_system() as fake, aiohttp.ClientSession() as session:
        yield Line(fake, session, TurnedClock(NOW))


def test_the_signature_is_the_contracts() -> None:
    # echo -n '1773108000.{}' | openssl dgst -sha256 -hmac key
    hexed = "b2c348aaa941230ddd0d6555738af982399a464dab1e3ab5b8a7b3f16fc9a353"

    assert signature("key", b"{}", at=1773108000) == f"t=1773108000,v1={hexed}"


async def test_a_change_arrives_signed_with_its_key_and_its_number(line: Line) -> None:
    await line.tells()

    assert line.fake.told == [{**CHANGE, "key": "k1"}]
    (headers,) = line.fake.headers
    assert headers["Idempotency-Key"] == "k1"
    assert headers["X-Genjin-Event"] == "client.changed"
    assert headers["X-Genjin-Sequence"] == "3"
    assert headers["X-Genjin-Signature"].startswith(f"t={int(NOW.timestamp())},v1=")
    assert headers["Content-Type"] == "application/json"


async def test_a_retry_is_signed_for_its_own_moment(line: Line) -> None:
    await line.tells()
    line.clock.forward(timedelta(minutes=9))
    await line.tells()

    first, again = line.fake.headers
    assert first["Idempotency-Key"] == again["Idempotency-Key"]
    assert first["X-Genjin-Signature"] != again["X-Genjin-Signature"]


async def test_another_secret_is_a_wrong_setting(line: Line) -> None:
    error = await line.fails(line.messenger(secret="another"))

    assert isinstance(error, Misconfigured)
    assert (error.app, error.code) == ("webhook.erp", "http 401")
    assert "connections.erp.secret" in error.advice


async def test_without_a_secret_nothing_leaves(line: Line) -> None:
    error = await line.fails(line.messenger(secret=None))

    assert isinstance(error, Misconfigured)
    assert line.fake.tried == 0


async def test_who_is_not_registered_is_told_nothing(line: Line) -> None:
    with pytest.raises(Undeliverable):
        await line.tells(system="shop")
    messenger: Messenger = line.messenger()
    with pytest.raises(Undeliverable):
        await messenger.send("anybody", Text(text="你好"), key="K", repeat=0)
    with pytest.raises(Undeliverable):
        await messenger.call("ask", {})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Misconfigured),
        (308, Misconfigured),
        (400, Undeliverable),
        (403, Misconfigured),
        (404, Misconfigured),
        (409, Retryable),
        (410, Misconfigured),
        (413, Undeliverable),
        (422, Undeliverable),
        (429, Retryable),
        (500, Retryable),
        (503, Retryable),
    ],
)
async def test_a_status_says_what_is_to_be_done(
    line: Line, status: int, kind: type[DeliveryError]
) -> None:
    line.fake.refuses(status, Location=f"{line.fake.url}?elsewhere")

    error = await line.fails()

    assert type(error) is kind
    assert error.code == f"http {status}"
    # Redirects are not followed: a signed body goes to nobody but the address that was checked.
    assert line.fake.tried == 1


async def test_it_waits_as_long_as_it_is_asked_to(line: Line) -> None:
    line.fake.refuses(429, **{"Retry-After": "77"})

    error = await line.fails()

    assert isinstance(error, Retryable)
    assert error.after == timedelta(seconds=77)


async def test_one_that_is_away_is_asked_once_a_minute_only(line: Line) -> None:
    messenger = line.messenger()
    line.fake.will(*[Mood.RESET, Mood.BROKEN] * PATIENT_FOR)

    errors = [await line.fails(messenger) for _ in range(PATIENT_FOR)]

    assert [type(error) for error in errors] == [Retryable] * (PATIENT_FOR - 1) + [Misconfigured]
    assert isinstance(errors[-1], Misconfigured)
    assert "金算" in errors[-1].advice
    line.fake.misbehaviour.moods.clear()
    await line.tells(messenger)
    line.fake.will(Mood.RESET)
    assert type(await line.fails(messenger)) is Retryable


async def test_a_long_answer_is_an_answer(line: Line) -> None:
    line.fake.says = "x" * 300_000

    await line.tells()

    assert len(line.fake.told) == 1


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    line: Line, tmp_path: Path
) -> None:
    app = web.Application()
    app.router.add_post("/hooks", line.fake.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self_signed(tmp_path)).start()
    url = f"https://127.0.0.1:{runner.addresses[0][1]}/hooks"

    error = await line.fails(line.messenger(url=url))

    await runner.cleanup()
    assert isinstance(error, Retryable)
    assert "Certificate" in error.reason
    assert line.fake.tried == 0


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "erp.pem"
    plain = serialization.NoEncryption()
    traditional = serialization.PrivateFormat.TraditionalOpenSSL
    pem = serialization.Encoding.PEM
    file.write_bytes(key.private_bytes(pem, traditional, plain) + certificate.public_bytes(pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


async def test_neither_secret_nor_content_nor_answer_is_told_to_anybody(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    with capture_logs() as logs:
        for status in (302, 401, 422, 500):
            line.fake.refuses(status)
            error = await line.fails()
            said.append(f"{error!r} {error} {vars(error)}")
        await line.tells()

    everything = " ".join([*said, repr(logs), caplog.text])
    for private in (SECRET, "secret words", "赵主任", line.fake.url):
        assert private not in everything
