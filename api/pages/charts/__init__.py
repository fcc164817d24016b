"""Pictures as numbers: where a chart's shapes lie. Templates draw them as SVG; it knows no service and no request."""

from api.pages.charts.bars import Bar, bars
from api.pages.charts.flow import Band, Flow, Node, flow
from api.pages.charts.lines import Line, lines
from api.pages.charts.outlines import Outlines, Region, read_outlines, regions
from api.pages.charts.tiles import Tile, tiles
from api.pages.charts.waterfall import Beam, Waterfall, waterfall
from api.pages.charts.zones import Zones, zones

__all__ = [
    "Band",
    "Bar",
    "Beam",
    "Flow",
    "Line",
    "Node",
    "Outlines",
    "Region",
    "Tile",
    "Waterfall",
    "Zones",
    "bars",
    "flow",
    "lines",
    "read_outlines",
    "regions",
    "tiles",
    "waterfall",
    "zones",
]
