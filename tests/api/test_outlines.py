"""A deployer's map: every regency once, geometry alone, light, neighbours without a gap; all else is refused."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import ServiceError
from api.pages.charts import read_outlines, regions
from api.pages.charts.outlines import HEAVIEST, LARGEST
from api.pages.charts.tiles import PLACES, WIDTH

SIDE = 0.25


def cell(column, row, corners=4, secret=""):
    """Return a square of a regency, its sides with so many points each, in degrees."""
    west, north = 103.6 + column * SIDE, -3.7 - row * SIDE
    step = [at / corners for at in range(corners)]
    ring = [[west + SIDE * at, north] for at in step] + [[west + SIDE, north - SIDE * at] for at in step]
    ring += [[west + SIDE * (1 - at), north - SIDE] for at in step] + [[west, north - SIDE * (1 - at)] for at in step]
    return [*ring, ring[0]]


def collection(corners=4, **more):
    features = [
        {"type": "Feature", "properties": {"code": code, "name": "rahasia", **more},
         "geometry": {"type": "Polygon", "coordinates": [cell(*place, corners)]}}
        for code, place in PLACES.items()
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def drawn(given_):
    return read_outlines(json.dumps(given_).encode())


def refused(given_, place=None):
    with pytest.raises(ServiceError) as error:
        read_outlines(given_ if isinstance(given_, bytes) else json.dumps(given_).encode())
    assert error.value.code == "MAP_INVALID" and (place is None or error.value.place == place)
    assert "rahasia" not in str(error.value)


def test_every_regency_is_drawn_and_nothing_of_the_file_but_geometry_is_kept():
    found = drawn(collection(owner="rahasia"))
    assert set(found.regencies) == set(PLACES) and "rahasia" not in repr(found)
    assert max(x for each in found.regencies.values() for ring in each.rings for x, _ in ring) == pytest.approx(
        WIDTH, abs=1
    )


def test_points_that_say_nothing_new_are_left_out_and_neighbours_share_theirs():
    found = drawn(collection(corners=200))
    assert all(len(each.rings[0]) <= 8 for each in found.regencies.values()), "a square stays nearly four corners"
    left, right = (set(found.regencies[code].rings[0]) for code in ("18.08", "18.12"))
    assert len(left & right) >= 2


def test_a_map_with_very_many_points_is_made_light():
    wild = collection()
    for number, feature in enumerate(wild["features"]):
        column, row = list(PLACES.values())[number]
        middle = (103.6 + (column + 0.5) * SIDE, -3.7 - (row + 0.5) * SIDE)
        ring = [[middle[0] + SIDE / 2 * math.cos(at / 1000) * (1 + 0.2 * math.sin(at / 80)),
                 middle[1] + SIDE / 2 * math.sin(at / 1000) * (1 + 0.2 * math.sin(at / 80))]
                for at in range(6283)]  # fmt: skip
        feature["geometry"]["coordinates"] = [[*ring, ring[0]]]
    found = drawn(wild)
    assert 0 < sum(len(each.path) for each in found.regencies.values()) <= HEAVIEST


def test_a_region_is_as_dark_as_its_tile_and_says_nothing_where_nothing_may_be_said():
    shown = {each.code: each for each in regions(drawn(collection()), {"18.01": 100, "18.02": 1, "18.03": None})}
    assert [shown[code].step for code in ("18.01", "18.02", "18.03", "18.72")] == [4, 0, None, None]


def test_an_island_beside_its_regency_stays_if_it_can_be_seen():
    given_ = collection()
    land = given_["features"][0]["geometry"]["coordinates"]
    given_["features"][0]["geometry"] = {"type": "MultiPolygon", "coordinates": [land, [cell(-1, 0)],
                                         [[[103.0, -4.0], [103.0001, -4.0], [103.0, -4.0001]]]]}  # fmt: skip
    first = given_["features"][0]["properties"]["code"]
    assert len(drawn(given_).regencies[first].rings) == 2


def change(**changes):
    """Return a map whose first feature is changed."""
    given_ = collection()
    given_["features"][0] = {**given_["features"][0], **changes}
    return given_


@pytest.mark.parametrize(
    ("given_", "place"),
    [
        (b"{", "file"), (b"[" * 100_000, "file"), (b"\xff\xfe", "file"), (b" " * (LARGEST + 1), "file"),
        ({"type": "Feature"}, "file"), ([], "file"), ({"type": "FeatureCollection"}, "features"),
        ({"type": "FeatureCollection", "features": collection()["features"][1:]}, "features"),
        (change(properties={"code": "18.03"}), "feature 6"),
        (change(properties={"code": "31.71"}), "feature 1"), (change(properties=None), "feature 1"),
        (change(properties={"code": ["18.08"]}), "feature 1"),
        (change(geometry={"type": "Point", "coordinates": [105, -5]}), "feature 1"),
        (change(geometry={"type": "Polygon", "coordinates": []}), "feature 1"),
        (change(geometry={"type": "Polygon", "coordinates": [[["105", "-5"]]]}), "feature 1"),
        (change(geometry={"type": "Polygon", "coordinates": [[[True, -5]]]}), "feature 1"),
        (change(geometry={"type": "Polygon", "coordinates": [[[530000, 9400000]]]}), "feature 1"),
        (change(geometry={"type": "Polygon", "coordinates": [[[105.0, -5.0], [105.0, -5.0]]]}), "18.08"),
        (change(geometry={"type": "Polygon", "coordinates": [[[math.nan, -5]]]}), "feature 1"),
    ],
)  # fmt: skip
def test_what_is_no_such_map_is_refused_by_place_and_without_its_content(given_, place):
    refused(given_, place)


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(["type", "features", "properties", "geometry", "coordinates", "code"]), inner,
                        max_size=4), max_leaves=20)  # fmt: skip


@settings(deadline=None)
@given(JSON, st.integers(0, 14), st.sampled_from(["properties", "geometry", "type"]))
def test_no_json_makes_the_reader_fail_otherwise(value, number, field):
    for given_ in (value, {"type": "FeatureCollection", "features": value}):
        refused(given_)
    given_ = collection()
    given_["features"][number][field] = value
    try:
        drawn(given_)
    except ServiceError as error:
        assert error.code == "MAP_INVALID"
