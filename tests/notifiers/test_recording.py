"""Recordings of every kind become 16 kHz PCM, and hostile ones become a refusal."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest

from notifiers.errors import Undeliverable
from notifiers.speech.hearing import NOT_DECODABLE, TOO_LONG, decoded
from notifiers.speech.recording import Kind, kind_of, seconds_of
from tests.recordings import amr, mp3, silk, wav

SECOND = pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("encode", "kind"), [(amr, Kind.AMR), (silk, Kind.SILK), (wav, Kind.WAVE), (mp3, Kind.MP3)]
)
async def test_every_kind_is_decoded(encode: Callable[[], bytes], kind: Kind) -> None:
    content = encode()

    pcm = await decoded(content)

    assert kind_of(content) is kind
    assert pcm.seconds == SECOND
    assert max(pcm.samples) > 0
    assert pcm.as_wav()[:4] == b"RIFF"
    assert seconds_of(content) == (None if kind is Kind.MP3 else SECOND)


async def test_a_recording_without_wechats_mark_or_with_its_end_cut_off() -> None:
    assert (await decoded(silk(tencent=False))).seconds == SECOND
    assert 0.3 < (await decoded(amr()[:300])).seconds < 0.6


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x02",
        b"<html>busy</html>",
        b"#!AMR\n",
        b"\x02#!SILK_V3",
        b"\x02#!SILK_V3\xff\x7f" + b"\x00" * 40,
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
        b"#!AMR\n" + bytes(range(256)) * 4,
    ],
)
async def test_what_is_no_recording_is_refused_or_yields_noise(content: bytes) -> None:
    try:
        pcm = await decoded(content)
    except Undeliverable as refused:
        assert refused.code == NOT_DECODABLE  # noqa: PT017 (either end is well)
    else:
        assert pcm.seconds < 60


async def test_random_bytes_behind_every_head_end_by_themselves() -> None:
    for head in (b"#!AMR\n", b"#!AMR-WB\n", b"\x02#!SILK_V3", wav()[:44], b"\xff\xfb\x90\x00"):
        try:
            await decoded(head + os.urandom(3_000))
        except Undeliverable:
            continue


async def test_a_monologue_of_a_minute_is_decoded_and_a_longer_one_refused() -> None:
    head, second = b"#!AMR\n", amr()[6:]

    assert (await decoded(head + second * 59)).seconds == pytest.approx(60, abs=1)
    # The second: a packet of two bytes for each fiftieth of a second.
    endless = b"#!SILK_V3" + b"\x00\x00" * 1_000_000
    for content in (head + second * 70, endless, wav(70), mp3(70)):
        with pytest.raises(Undeliverable) as refused:
            await decoded(content)
        assert refused.value.code in (TOO_LONG, NOT_DECODABLE)


async def test_decoding_may_take_so_long_and_no_longer() -> None:
    with pytest.raises(Undeliverable, match="too long"):
        await decoded(amr(), patience=timedelta(milliseconds=1))
