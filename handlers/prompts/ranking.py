"""Which talk track first. Pure: the library, the objection, what came of each before.

What counts is how often a document that was brought was followed by progress. One that was brought
four times and never helped is worth less than one nobody has tried: each begins as if it had helped
once in four times, (progressed + 1) / (offered + 4), so that three offers neither make nor break
it, and a hundred do.
"""

from collections.abc import Mapping, Sequence

from config.schemas.talktracks import TalkTrack, Talktracks
from crm_store.queries.offers import Uses

_HELPED, _BROUGHT = 1, 4


def worth(uses: Uses) -> float:
    return (uses.progressed + _HELPED) / (uses.offered + _BROUGHT)


def fitting(library: Talktracks, topic: str, *, line: str, product: str) -> list[TalkTrack]:
    """Against this objection, for this product."""
    return [
        track for track in library.entries if topic in track.against and track.fits(line, product)
    ]


def ranked(
    tracks: Sequence[TalkTrack], uses: Mapping[str, Uses], *, line: str = "", product: str = ""
) -> list[TalkTrack]:
    """The most helpful first; of equals the one that was written for just this."""
    return sorted(
        tracks,
        key=lambda track: (
            -worth(uses.get(track.name, Uses())),
            -_nearness(track, line, product),
            track.title,
        ),
    )


def _nearness(track: TalkTrack, line: str, product: str) -> int:
    if product and product in track.products:
        return 2
    return 1 if line and line in track.lines else 0
