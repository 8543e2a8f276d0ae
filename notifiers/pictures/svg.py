"""Shapes and words as SVG, by hand: what resvg draws alike everywhere."""

from xml.sax.saxutils import escape, quoteattr

from notifiers.fitting import fit_chars, one_line
from notifiers.pictures.png import FONT


def document(width: int, height: int, shapes: list[str]) -> str:
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family={quoteattr(FONT)}>',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *shapes,
            "</svg>",
        ]
    )


def box(
    x: float, y: float, width: float, height: float, fill: str, *, edge: str = "", thick: float = 1
) -> str:
    drawn = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="3" fill="{fill}"'
    return f'{drawn} stroke="{edge}" stroke-width="{thick:g}"/>' if edge else f"{drawn}/>"


def words(
    x: float, y: float, said: str, *, size: float, fill: str = "#1f2933", anchor: str = "start"
) -> str:
    """`y` is the line on which the letters stand. Somebody's name draws nothing of its own."""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}">'
        f"{escape(one_line(said))}</text>"
    )


def triangle(x: float, y: float, side: float, fill: str) -> str:
    """Its upper left corner is (x, y)."""
    return f'<path d="M{x:g} {y:g}h{side:g}L{x:g} {y + side:g}z" fill="{fill}"/>'


def broken_into_lines(said: str, most: int) -> list[str]:
    """Lines of at most so many characters; Chinese may be parted anywhere."""
    text = one_line(said)
    return [text[start : start + most] for start in range(0, len(text), most)]


def shortened(said: str, most: int) -> str:
    """Two Latin letters are as wide as one Chinese one."""
    return fit_chars(one_line(said), most if not said.isascii() else 2 * most - 1)
