"""Charts as numbers: every regency has its tile, a balanced flow has no gap, and nothing lies over anything else."""

import itertools
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.charts import bars, flow, tiles
from api.pages.charts.flow import GAP, HEIGHT, THICK, WIDTH
from linkage.identity.regions import gazetteer

LAYERS = ("fund", "programme", "agency", "end")


@st.composite
def flows(draw):
    """Edges from each layer to the next."""
    made = []
    for left, right in itertools.pairwise(LAYERS):
        pairs = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 10**13))
        made += [(f"{left}{a}", f"{right}{b}", rupiah) for a, b, rupiah in draw(st.lists(pairs, max_size=12))]
    return made


def test_every_regency_of_lampung_has_one_tile_of_its_own():
    ours = {code for code in gazetteer().names if code.startswith("18.") and len(code) == 5}
    found = tiles({})
    assert {each.code for each in found} == ours and len(found) == len(ours) == 15
    assert len({(each.x, each.y) for each in found}) == 15


@given(st.dictionaries(st.sampled_from([each.code for each in tiles({})]), st.none() | st.floats(0, 1e12)))
def test_what_may_not_be_shown_has_no_step_and_more_is_never_lighter(values):
    shown = [each for each in tiles(values) if each.value is not None]
    assert all((each.step is None) == (values.get(each.code) is None) for each in tiles(values))
    for one, other in itertools.combinations(shown, 2):
        assert (one.value < other.value) <= (one.step <= other.step)


@given(flows())
def test_a_flow_fits_its_picture_and_no_node_lies_on_another(edges):
    drawn = flow(edges)
    columns = defaultdict(list)
    for node in drawn.nodes:
        assert node.y >= -1e-6 and node.y + node.height <= HEIGHT + 1e-6 and 0 <= node.x <= WIDTH - THICK + 1e-6
        columns[node.column].append(node)
    for stack in columns.values():
        ordered = sorted(stack, key=lambda node: node.y)
        assert all(one.y + one.height + GAP <= other.y + 1e-6 for one, other in itertools.pairwise(ordered))


@given(flows())
def test_every_rupiah_of_a_flow_is_drawn_once_and_to_one_scale(edges):
    drawn = flow(edges)
    assert sum(each.rupiah for each in drawn.bands) == sum(rupiah for _, _, rupiah in edges)
    scales = [each.thick / each.rupiah for each in drawn.bands]
    assert all(scale == pytest.approx(scales[0], rel=1e-6) for scale in scales)
    nodes = {node.name: node for node in drawn.nodes}
    assert all(nodes[each.source].column < nodes[each.target].column for each in drawn.bands)


def test_a_flow_that_comes_back_is_refused():
    with pytest.raises(ValueError, match="comes back"):
        flow([("a", "b", 1), ("b", "a", 1)])


def test_bars_are_of_one_scale_and_the_smallest_is_seen():
    assert [each.length for each in bars([("0", 1), ("1", 5_000), ("2", 0), ("3+", None)])] == [4, 1000, 0, 0]
