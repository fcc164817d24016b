"""The charts on paper: the same shapes as on the pages, as drawings of reportlab. Colours are those of the pages."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from reportlab.graphics.shapes import Drawing, Path, Rect, String
from reportlab.lib.colors import Color, HexColor

from api.pages.charts.flow import HEIGHT, THICK, WIDTH, Flow
from api.pages.charts.outlines import Region
from api.pages.charts.tiles import HEIGHT as MAP_HEIGHT
from api.pages.charts.tiles import SIDE, Tile
from api.pages.charts.tiles import WIDTH as MAP_WIDTH

STEPS = ("#e4efef", "#b5d6d7", "#6fb0b4", "#1f7d84", "#064950")
INK, PALE, LOST = HexColor("#12201f"), HexColor("#ffffff"), HexColor("#b3541e")
DARK_FROM = 3
"""The step from which on text is light."""


def tile_map(shown: Sequence[Tile], named: Callable[[str], str], said: Callable[[Any], str], fonts: tuple[str, str],
             width: float) -> Drawing:  # fmt: skip
    """Return the tiles, `width` points wide. `fonts`: of names and of values."""
    scale = width / MAP_WIDTH
    drawing = Drawing(width, MAP_HEIGHT * scale)
    drawing.scale(scale, scale)
    for each in shown:
        y = MAP_HEIGHT - each.y - SIDE
        hidden = each.step is None
        drawing.add(Rect(each.x, y, SIDE, SIDE, rx=6, ry=6, strokeWidth=1 if hidden else 0,
                         strokeColor=HexColor("#b9c4c6") if hidden else None,
                         fillColor=PALE if each.step is None else HexColor(STEPS[each.step])))  # fmt: skip
        ink = PALE if (each.step or 0) >= DARK_FROM else INK
        for at, line in enumerate(textwrap.wrap(named(each.code), 12)):
            top = y + SIDE - 18 - 13 * at
            drawing.add(String(each.x + 7, top, line, fontName=fonts[0], fontSize=10.5, fillColor=ink))
        drawing.add(String(each.x + 7, y + 9, said(each.value), fontName=fonts[1], fontSize=14, fillColor=ink))
    return drawing


def outline_map(shown: Sequence[Region], height: float, said: Callable[[Any], str], font: str, width: float) -> Drawing:
    """Return the map by a deployer's outlines, `width` points wide."""
    scale = width / MAP_WIDTH
    drawing = Drawing(width, height * scale)
    drawing.scale(scale, scale)
    for each in shown:
        fill = PALE if each.step is None else HexColor(STEPS[each.step])
        path = Path(fillColor=fill, strokeColor=HexColor("#b9c4c6") if each.step is None else PALE, strokeWidth=0.8)
        for ring in each.outline.rings:
            path.moveTo(ring[0][0], height - ring[0][1])
            for x, y in ring[1:]:
                path.lineTo(x, height - y)
            path.closePath()
        drawing.add(path)
    for each in shown:
        ink = PALE if (each.step or 0) >= DARK_FROM else INK
        drawing.add(String(each.outline.x, height - each.outline.y, said(each.value), fontName=font, fontSize=12,
                           textAnchor="middle", fillColor=ink))  # fmt: skip
    return drawing


def flow_chart(shown: Flow, named: Callable[[str], str], font: str, width: float) -> Drawing:
    """Return the flow of rupiah, `width` points wide."""
    scale = width / WIDTH
    drawing = Drawing(width, (HEIGHT + 8) * scale)
    drawing.scale(scale, scale)
    for band in shown.bands:
        drawing.add(_band(band.path, max(band.thick, 0.5), lost=band.target.endswith("untraced")))
    for node in shown.nodes:
        high, y = max(node.height, 1), HEIGHT - node.y
        ink = LOST if node.name.endswith("untraced") else HexColor(STEPS[4])
        drawing.add(Rect(node.x, y - high, THICK, high, strokeColor=None, fillColor=ink))
        if node.legible:
            last = node.column == shown.columns - 1
            drawing.add(String(node.x - 6 if last else node.x + 20, y - node.height / 2 - 4, named(node.name),
                               fontName=font, fontSize=12, textAnchor="end" if last else "start",
                               fillColor=INK))  # fmt: skip
    return drawing


def _band(path: str, thick: float, *, lost: bool) -> Path:
    """Return a band along a path of the pages (`M x y C x y x y x y`), whose y runs downwards."""
    x0, y0, *rest = (float(each) for each in re.findall(r"-?\d+\.?\d*", path))
    hue = LOST if lost else HexColor(STEPS[3])
    colour = Color(hue.red, hue.green, hue.blue, alpha=0.55 if lost else 0.35)
    drawn = Path(strokeColor=colour, strokeWidth=thick, fillColor=None, strokeLineCap=0)
    drawn.moveTo(x0, HEIGHT - y0)
    drawn.curveTo(*(value if at % 2 == 0 else HEIGHT - value for at, value in enumerate(rest)))
    return drawn
