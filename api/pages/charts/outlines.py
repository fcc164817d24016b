"""Lampung by the outlines of a deployer's GeoJSON, in place of tiles. Of the file nothing but geometry is taken.

A feature says which regency it is by `properties.code`: 18.01 … 18.72. Points are drawn on a grid that is made coarser
until the whole map is light; neighbours share their points, so that no gap opens between them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.errors import ServiceError
from api.pages.charts.tiles import PLACES, WIDTH, step

LARGEST = 16 * 2**20
"""Octets of a file."""
HEAVIEST = 24_000
"""Signs of all paths together: a page is not to weigh more than a hundred thousand octets with all that it needs."""
GRIDS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0)
EAST, NORTH = (90.0, 145.0), (-15.0, 10.0)
"""Degrees of the archipelago: what lies elsewhere is in another projection."""
Point = tuple[float, float]
Ring = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """One regency: its rings, in pixels from the upper left, and where its number stands."""

    rings: Sequence[Ring]
    x: float
    y: float

    @property
    def path(self) -> str:
        """Return the rings as an SVG path."""
        return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "Z" for ring in self.rings)


@dataclass(frozen=True, slots=True)
class Outlines:
    """The map: a regency's outline by code, and how high it is where tiles are as wide."""

    regencies: Mapping[str, Outline]
    height: float


@dataclass(frozen=True, slots=True)
class Region:
    """One regency on the map: its outline, what it shows, and how dark: 0 to 4, or None where nothing may be shown."""

    code: str
    outline: Outline
    value: float | None
    step: int | None


def regions(outlines: Outlines, values: Mapping[str, float | None]) -> list[Region]:
    """Return every regency, in their official order, as dark as its tile would be."""
    most = max((value for value in values.values() if value), default=0)
    return [
        Region(code, outline, values.get(code), step(values.get(code), most))
        for code, outline in sorted(outlines.regencies.items())
    ]


def read_outlines(content: bytes) -> Outlines:
    """Return the outlines of a file; raises ServiceError MAP_INVALID, naming the feature and never its content."""
    if len(content) > LARGEST:
        raise _wrong(f"at most {LARGEST // 2**20} MB", "file")
    try:
        given = json.loads(content)
    except (ValueError, RecursionError):
        raise _wrong("a JSON file", "file") from None
    if not isinstance(given, dict) or given.get("type") != "FeatureCollection":
        raise _wrong("a FeatureCollection", "file")
    features = given.get("features")
    found: dict[str, list[Ring]] = {}
    for number, feature in enumerate(features if isinstance(features, list) else (), 1):
        code, rings = _feature(feature, f"feature {number}")
        if code in found:
            raise _wrong("each regency once", f"feature {number}")
        found[code] = rings
    if set(found) != set(PLACES):
        raise _wrong(f"the fifteen regencies and cities 18.01 to 18.72, got {len(found)}", "features")
    return _drawn(found)


def _feature(feature: Any, place: str) -> tuple[str, list[Ring]]:
    """Return a feature's code and rings in degrees."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = properties.get("code") if isinstance(properties, dict) else None
    if not isinstance(code, str) or code not in PLACES:
        raise _wrong("properties.code to be 18.01 … 18.72", place)
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _wrong("a Polygon or MultiPolygon", place)
    parts = geometry.get("coordinates")
    polygons = [parts] if kind == "Polygon" else parts
    if not isinstance(polygons, list) or not polygons:
        raise _wrong("coordinates", place)
    return code, [_ring(ring, place) for polygon in polygons for ring in _list(polygon, place)]


def _list(given: Any, place: str) -> list[Any]:
    if not isinstance(given, list) or not given:
        raise _wrong("coordinates", place)
    return given


def _ring(given: Any, place: str) -> Ring:
    return tuple(_point(point, place) for point in _list(given, place))


def _point(given: Any, place: str) -> Point:
    """Return longitude and latitude; a height is left out."""
    if not isinstance(given, list) or len(given) < 2 or not all(_number(each) for each in given[:2]):
        raise _wrong("pairs of numbers", place)
    if not (EAST[0] <= given[0] <= EAST[1] and NORTH[0] <= given[1] <= NORTH[1]):
        raise _wrong("degrees of longitude and latitude (WGS 84)", place)
    return float(given[0]), float(given[1])


def _number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)


def _drawn(found: Mapping[str, Sequence[Ring]]) -> Outlines:
    """Return the outlines in pixels, on the finest grid that is light enough."""
    points = [point for rings in found.values() for ring in rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    # Near the equator a degree of longitude is shorter by the cosine of the latitude.
    narrow = math.cos(math.radians((south + north) / 2))
    if east - west <= 0 or north - south <= 0:
        raise _wrong("outlines with an area", "features")
    scale = WIDTH / ((east - west) * narrow)
    placed = {
        code: [[((x - west) * narrow * scale, (north - y) * scale) for x, y in ring] for ring in rings]
        for code, rings in found.items()
    }
    for grid in GRIDS:
        made = {code: _outline(code, rings, grid) for code, rings in placed.items()}
        if sum(len(each.path) for each in made.values()) <= HEAVIEST:
            return Outlines(made, round((north - south) * scale + grid, 1))
    raise _wrong("simpler outlines: even coarsely drawn they are too heavy for a page", "features")


def _outline(code: str, rings: Iterable[Sequence[Point]], grid: float) -> Outline:
    """Return a regency on a grid; islands that are smaller than its squares go, unless there is nothing else."""
    kept = sorted((ring for each in rings if len(ring := _snapped(each, grid)) > 2), key=_area, reverse=True)
    if not kept:
        raise _wrong("an outline that can be seen", code)
    return Outline(tuple(kept), *_middle(kept[0]))


def _snapped(ring: Sequence[Point], grid: float) -> Ring:
    """Return a ring's points on the grid, without those that say nothing new."""
    made: list[Point] = []
    for x, y in ring:
        point = (round(x / grid) * grid, round(y / grid) * grid)
        if made and made[-1] == point:
            continue
        while len(made) > 1 and _straight(made[-2], made[-1], point):
            made.pop()
        made.append(point)
    return tuple(made[:-1] if len(made) > 1 and made[0] == made[-1] else made)


def _straight(one: Point, middle: Point, other: Point) -> bool:
    return (middle[0] - one[0]) * (other[1] - one[1]) == (other[0] - one[0]) * (middle[1] - one[1])


def _area(ring: Ring) -> float:
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in _sides(ring))) / 2


def _middle(ring: Ring) -> Point:
    """Return a ring's centre of gravity."""
    weights = [x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in _sides(ring)]
    total = 3 * sum(weights)
    if not total:
        return ring[0]
    x, y = (
        sum((one[at] + other[at]) * weight for (one, other), weight in zip(_sides(ring), weights, strict=True)) / total
        for at in (0, 1)
    )
    return round(x, 1), round(y, 1)


def _sides(ring: Ring) -> Iterator[tuple[Point, Point]]:
    return zip(ring, (*ring[1:], ring[0]), strict=True)


def _wrong(expected: str, place: str) -> ServiceError:
    return ServiceError("MAP_INVALID", f"expected {expected}", place=place, hint="leave --map out: tiles show the same")
