"""热力图: who × hour × channel. Over the bound a cell is dark red with a white corner, so that
it is told from the others without colours too. Pure."""

from dataclasses import dataclass

from notifiers.pictures.svg import (
    box,
    broken_into_lines,
    document,
    shortened,
    triangle,
    words,
)

WIDTH = 760
_EDGE = 20
_NAMES = 118
_TOTALS = 76
_ROW = 50
_GAP = 2
_RED, _RED_EDGE = "#b3261e", "#5c0f0a"
_BLUES = ("#edf4fb", "#d3e5f5", "#b2d1ec", "#8ab8df")
"""From nothing timed out to just under the bound."""
_NONE = "#f4f5f6"
_INK, _FAINT = "#1f2933", "#66707a"
_A_LINE = 34
"""Characters of the text under the title."""


@dataclass(frozen=True)
class CellView:
    """`leads` 0: nothing came."""

    leads: int
    broken: int
    percent: int
    is_red: bool


@dataclass(frozen=True)
class RowView:
    name: str
    cells: tuple[CellView, ...]
    """One an hour."""
    total: CellView


@dataclass(frozen=True)
class PanelView:
    channel: str
    rows: tuple[RowView, ...]
    total: CellView


@dataclass(frozen=True)
class HeatMapView:
    title: str
    subtitle: str
    """What is counted, and until when."""
    hours: tuple[int, ...]
    panels: tuple[PanelView, ...]
    red_over: int
    """Per cent."""
    note: str = ""


def heat_map(view: HeatMapView) -> str:
    """The drawing as SVG."""
    shapes = [words(_EDGE, 46, view.title, size=32)]
    y = 62
    for part in view.subtitle.splitlines():
        for line in broken_into_lines(part, _A_LINE):
            y += 26
            shapes.append(words(_EDGE, y, line, size=20, fill=_FAINT))
    y += 26
    shapes += _legend(view, y)
    y += 56
    for panel in view.panels:
        shapes += _panel(panel, view, y)
        y += 92 + _ROW * len(panel.rows)
    for line in broken_into_lines(view.note, _A_LINE):
        shapes.append(words(_EDGE, y + 8, line, size=20, fill=_FAINT))
        y += 28
    return document(WIDTH, y + 16, shapes)


def _legend(view: HeatMapView, y: float) -> list[str]:
    step = view.red_over / len(_BLUES)
    shapes, x = [], float(_EDGE)
    for place, fill in enumerate(_BLUES):
        shapes.append(box(x, y, 48, 30, fill))
        if place == 0:
            shapes.append(words(x + 24, y + 22, "0%", size=18, anchor="middle"))
        if place == len(_BLUES) - 1:
            said = f"{round(step * len(_BLUES))}%"
            shapes.append(words(x + 24, y + 22, said, size=18, anchor="middle"))
        x += 50
    x += 16
    shapes += [box(x, y, 48, 30, _RED, edge=_RED_EDGE, thick=2), triangle(x + 2, y + 2, 12, "#fff")]
    shapes.append(words(x + 58, y + 22, f"超时超过 {view.red_over}%", size=20))
    x += 228
    shapes += [box(x, y, 48, 30, _NONE), words(x + 24, y + 22, "·", size=20, anchor="middle")]
    shapes.append(words(x + 58, y + 22, "没有线索", size=20))
    return shapes


def _panel(panel: PanelView, view: HeatMapView, top: float) -> list[str]:
    total = panel.total
    said = f"{shortened(panel.channel, 12)}　{_share(total)}（{total.broken}/{total.leads}）"
    shapes = [words(_EDGE, top + 26, said, size=24)]
    wide = (WIDTH - 2 * _EDGE - _NAMES - _TOTALS) / max(len(view.hours), 1)
    left = _EDGE + _NAMES
    for place, hour in enumerate(view.hours):
        x = left + place * wide + wide / 2
        shapes.append(words(x, top + 58, f"{hour}", size=18, fill=_FAINT, anchor="middle"))
    shapes.append(words(_EDGE, top + 58, "分到的钟点", size=18, fill=_FAINT))
    right = WIDTH - _EDGE - _TOTALS / 2
    shapes.append(words(right, top + 58, "合计", size=18, fill=_FAINT, anchor="middle"))
    y = top + 68
    for row in panel.rows:
        shapes.append(words(_EDGE, y + 32, shortened(row.name, 5), size=21))
        for place, cell in enumerate(row.cells):
            shapes += _cell(cell, view.red_over, left + place * wide, y, wide)
        right = WIDTH - _EDGE - _TOTALS + 6
        shapes += _cell(row.total, view.red_over, right, y, _TOTALS - 6, unit="%")
        y += _ROW
    return shapes


def _cell(
    cell: CellView, red_over: int, x: float, y: float, wide: float, *, unit: str = ""
) -> list[str]:
    width, height = wide - _GAP, _ROW - _GAP
    middle = x + width / 2
    if not cell.leads:
        return [
            box(x, y, width, height, _NONE),
            words(middle, y + 30, "·", size=20, fill="#9aa3ab", anchor="middle"),
        ]
    ink = "#ffffff" if cell.is_red else _INK
    if cell.is_red:
        shapes = [
            box(x + 1, y + 1, width - 2, height - 2, _RED, edge=_RED_EDGE, thick=2),
            triangle(x + 2, y + 2, 9, "#ffffff"),
        ]
    else:
        shapes = [box(x, y, width, height, _blue(cell.percent, red_over))]
    return [
        *shapes,
        words(middle, y + 25, f"{cell.percent}{unit}", size=20, fill=ink, anchor="middle"),
        words(middle, y + 43, f"{cell.broken}/{cell.leads}", size=15, fill=ink, anchor="middle"),
    ]


def _blue(percent: int, red_over: int) -> str:
    step = max(red_over, 1) / len(_BLUES)
    return _BLUES[min(int(percent / step), len(_BLUES) - 1)]


def _share(cell: CellView) -> str:
    return f"{cell.percent}%" if cell.leads else "—"


def in_words(view: HeatMapView, most: int = 12) -> str:
    """The same where no picture can be shown: a line for each row, then the worst cells."""
    lines = [view.title, view.subtitle]
    for row in view.panels[0].rows if view.panels else ():
        mark = "🔴 " if row.total.is_red else ""
        total = row.total
        lines.append(f"{mark}{row.name}：{_share(total)}（{total.broken}/{total.leads}）")
    red = [
        (cell, row.name, hour, panel.channel)
        for panel in (view.panels[1:] or view.panels)
        for row in panel.rows
        for hour, cell in zip(view.hours, row.cells, strict=True)
        if cell.is_red
    ]
    red.sort(key=lambda one: (-one[0].broken, -one[0].percent, one[1:]))
    if red:
        lines.append(f"超过 {view.red_over}% 的时段：")
    lines += [
        f"🔴 {name} {hour} 点 {channel} {_share(cell)}（{cell.broken}/{cell.leads}）"
        for cell, name, hour, channel in red[:most]
    ]
    lines += [f"……还有 {len(red) - most} 处"] if len(red) > most else []
    return "\n".join(line for line in [*lines, view.note] if line)
