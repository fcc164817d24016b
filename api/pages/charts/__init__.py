"""Pictures as numbers: where a chart's shapes lie. Templates draw them as SVG; it knows no service and no request."""

from api.pages.charts.bars import Bar, bars
from api.pages.charts.flow import Band, Flow, Node, flow
from api.pages.charts.tiles import Tile, tiles
from api.pages.charts.waterfall import Beam, Waterfall, waterfall

__all__ = ["Band", "Bar", "Beam", "Flow", "Node", "Tile", "Waterfall", "bars", "flow", "tiles", "waterfall"]
