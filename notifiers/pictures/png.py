"""SVG → PNG by resvg, with a Chinese font that comes as a package (OFL). Both are loaded when the
first picture is drawn; without them there are words instead of pictures."""

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from notifiers.errors import Undeliverable

FONT = "Noto Sans SC"
_FONTS = "pylopdf_fonts_zh_cn"
MOST_BYTES = 2 * 1024 * 1024
"""WeCom's older pages allow a picture no more (wecom.md §7)."""


def png(svg: str, *, zoom: float = 2) -> bytes:
    """The drawing at twice its size, as a phone's screen needs it; smaller where it would be too
    large a file. Raises Undeliverable where it cannot be drawn."""
    renderer, font = _loaded()
    while True:
        try:
            drawn: bytes = renderer.svg_to_bytes(
                svg_string=svg,
                zoom=zoom,
                background="#ffffff",
                skip_system_fonts=True,
                font_files=[str(font)],
                font_family=FONT,
                sans_serif_family=FONT,
                languages=["zh"],
            )
        except ValueError as bad:
            raise Undeliverable(f"the picture cannot be drawn ({bad})", code="svg") from None
        if len(drawn) <= MOST_BYTES:
            return drawn
        if zoom <= 1:
            raise Undeliverable("the picture is too large a file", code="too large")
        zoom -= 0.5


@lru_cache(maxsize=1)
def _loaded() -> tuple[Any, Path]:
    try:
        renderer, fonts = import_module("resvg_py"), import_module(_FONTS)
    except ImportError:
        raise Undeliverable("resvg-py or its font is not installed", code="resvg") from None
    found = sorted(Path(str(fonts.__file__)).parent.rglob("NotoSansSC-Regular*"))
    if not found:
        raise Undeliverable("the Chinese font is missing", code="font")
    return renderer, found[0]
