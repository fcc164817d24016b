"""Release: nobody can be isolated by what is told, by any pair of cells or any combination of sums."""

from dataclasses import replace
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from linkage.layering import LayeringError
from linkage.layering.columns import mask
from linkage.layering.cubes import Cube, Dimension, add_up, count, nested, related, settle, weigh
from linkage.layering.fingerprints import combinations, rare
from linkage.layering.needs import CAUSES, PROFILES
from linkage.layering.noise import draw_keys, perturb
from linkage.layering.overlaps import PROGRAMMES
from linkage.layering.persons import NEEDS, PERSONS
from linkage.layering.release import RELATIONS, build, release, tabulate
from linkage.layering.suppression import computable, primary, protect
from policies.release_rules import load_release_rules

T = 10
SECRET = bytes(range(32))


def grid_of(where, columns, cubes):
    """Make a grid of people at (regency, village) with given codes by dimension."""
    people = pa.table({"regency": [r for r, _ in where], "village": [v for _, v in where]},
                      schema=pa.schema([("regency", pa.string()), ("village", pa.string())]))  # fmt: skip
    dimensions = [
        Dimension(name, tuple("abcdef"[:size]), np.array(at, dtype=np.int64)) for name, (size, at) in columns.items()
    ]
    return count(settle(people), dimensions, cubes)


@st.composite
def grids(draw, most=120, floors=("regency", "district")):
    """Draw a small world: few places and codes, so that small cells are common."""
    villages = [("18.01", "18.01.01.2001"), ("18.01", "18.01.02.2001"), ("18.02", "18.02.01.2001"), ("18.01", None)]
    spots = list(product(villages[: draw(st.integers(1, 4))], range(3), range(2)))
    sizes = draw(st.lists(st.sampled_from([0, 0, 1, 2, 5, 9, 10, 11, 25]), min_size=len(spots), max_size=len(spots)))
    people = [spot for spot, size in zip(spots, sizes, strict=True) for _ in range(size)][:most] or spots[:1]
    columns = {"x": (3, [x for _, x, _ in people]), "y": (2, [y for _, _, y in people])}
    cubes = [Cube(("x", "y"), draw(st.sampled_from(floors))), Cube((), "village")]
    return grid_of([place for place, _, _ in people], columns, cubes)


def isolated_by_pairs(grid, told):
    """Return the pairs of told cells, one within the other, that differ by few people: every pair is tried."""
    found = []
    people, demanded = members(grid), structure(grid)
    ids = [at for at in range(len(told)) if told[at]]
    for outer, inner in product(ids, ids):
        if demanded[inner] > demanded[outer]:
            assert people[inner] <= people[outer]
            if 0 < len(people[outer] - people[inner]) < T:
                found.append((outer, inner))
    return found


def cells(grid):
    """Yield every cell: its id, its place, and its codes by dimension."""
    for names, margin in grid.margins.items():
        for where in np.ndindex(*margin.shape):
            yield int(margin.ids[where]), where[0], dict(zip(names, where[1:], strict=True))


def structure(grid):
    """Describe each cell by what it demands of a person: the more it demands, the less it holds."""
    found = {}
    for at, place, codes in cells(grid):
        above = {place}
        while grid.places.parent[place] != place:
            place = int(grid.places.parent[place])
            above.add(place)
        found[at] = frozenset({*(("place", each) for each in above), *codes.items()})
    return found


def members(grid):
    """Return each cell's people, one by one, found without the code under test."""
    found = {}
    for at, place, codes in cells(grid):
        level = max(level for level, start in enumerate(grid.places.starts) if place >= start)
        inside = grid.places.at[level] == place
        for name, code in codes.items():
            inside = inside & (grid.dimensions[name].at == code)
        found[at] = set(np.flatnonzero(inside).tolist())
    return found


def bounds(grid, told, cell):
    """Return the least and most people that a hidden cell may have, for someone who knows all that is told."""
    lines = add_up(grid)
    rows = []
    for line in range(len(lines.parent)):
        row = np.zeros(len(told))
        row[lines.parent[line]] -= 1
        np.add.at(row, lines.children[lines.starts[line] : lines.starts[line + 1]], 1)
        rows.append(row)
    limits = [(n, n) if known else (0, None) for n, known in zip(grid.counts.tolist(), told.tolist(), strict=True)]
    goal = np.zeros(len(told))
    goal[cell] = 1
    answers = [linprog(sign * goal, A_eq=np.array(rows), b_eq=np.zeros(len(rows)), bounds=limits) for sign in (1, -1)]
    return answers[0].fun, -answers[1].fun if answers[1].status == 0 else np.inf


ATTACKED = grid_of(
    [("18.01", "18.01.01.2001")] * 40 + [("18.01", "18.01.02.2001")] * 40,
    {"x": (2, ([0] * 37 + [1] * 3) + ([0] * 20 + [1] * 20))},
    [Cube(("x",), "district")],
)


def test_counts_are_those_of_people_counted_one_by_one():
    for at, inside in members(ATTACKED).items():
        assert ATTACKED.counts[at] == len(inside)


def test_the_attack_with_primary_suppression_alone_isolates_three_people():
    told = ~primary(ATTACKED.counts, T)
    assert isolated_by_pairs(ATTACKED, told)
    hidden = np.flatnonzero(~told)
    assert any(np.ptp(bounds(ATTACKED, told, cell)) < 1e-6 for cell in hidden)


def test_secondary_suppression_closes_it_and_still_tells_totals():
    told = protect(ATTACKED, T)
    assert not isolated_by_pairs(ATTACKED, told)
    assert told[ATTACKED.margins[()].ids].all()


@settings(max_examples=40, deadline=None)
@given(grids())
def test_no_pair_of_told_cells_isolates_anybody(grid):
    told = protect(grid, T)
    assert not (told & primary(grid.counts, T)).any()
    assert not isolated_by_pairs(grid, told)


@settings(max_examples=20, deadline=None)
@given(grids(most=80, floors=("regency",)))
def test_no_hidden_cell_is_pinned_by_all_sums_together(grid):
    told = protect(grid, T)
    for cell in np.flatnonzero(~told).tolist():
        least, most = bounds(grid, told, cell)
        assert most - least > 1e-6


def test_every_world_of_a_tiny_grid_is_safe():
    """Try all: one regency of two districts, one dimension of two codes, each cell of 0, 1, 9, 10 or 30 people."""
    places = [("18.01", "18.01.01.2001"), ("18.01", "18.01.02.2001")]
    spots = list(product(places, range(2)))
    for sizes in product((0, 1, 9, 10, 30), repeat=4):
        people = [spot for spot, size in zip(spots, sizes, strict=True) for _ in range(size)]
        if not people:
            continue
        grid = grid_of([where for where, _ in people], {"x": (2, [x for _, x in people])}, [Cube(("x",), "district")])
        told = protect(grid, T)
        assert not isolated_by_pairs(grid, told) and not computable(add_up(grid), ~told).any()


def test_nested_pairs_are_all_those_of_the_structure():
    demanded = structure(ATTACKED)
    wanted = {(a, b) for a, b in product(demanded, demanded) if demanded[b] > demanded[a]}
    found = {pair for outer, inner in nested(ATTACKED) for pair in zip(outer.tolist(), inner.tolist(), strict=True)}
    assert found == wanted


def test_a_cell_hidden_in_one_cube_is_hidden_in_all_that_share_it():
    where = [("18.01", "18.01.01.2001")] * 60
    columns = {"x": (2, [0] * 55 + [1] * 5), "y": (2, [0, 1] * 30)}
    grid = grid_of(where, columns, [Cube(("x",), "district"), Cube(("x", "y"), "district")])
    assert sum(len(names) == 1 and "x" in names for names in grid.margins) == 1
    table = tabulate(grid, grid.counts, protect(grid, T)).to_pylist()
    assert all(row["people"] is None for row in table if "x=b" in row["cell"] or "x=a" in row["cell"])


def test_villages_are_not_divided():
    with pytest.raises(LayeringError, match="CUBE_FINE"):
        grid_of([("18.01", "18.01.01.2001")], {"x": (1, [0])}, [Cube(("x",), "village")])


def world(size, seed=3):
    rng = np.random.default_rng(seed)
    village = [f"18.{1 + at % 2:02}.{1 + at % 3:02}.200{1 + at % 4}" for at in range(size)]
    people = pa.Table.from_pylist(
        [
            {"person": at, "regency": village[at][:5], "village": village[at], "decile": int(rng.integers(0, 11)),
             "nik_status": ("ok", "none")[int(rng.random() < 0.08)], "needs": 0, "lacks": 0, "exposures": 0}
            for at in range(size)
        ],
        schema=PERSONS,
    )  # fmt: skip
    bits = (rng.random((size, len(PROGRAMMES))) < rng.random(len(PROGRAMMES)) * 0.3) @ (1 << np.arange(len(PROGRAMMES)))
    columns = {name: np.zeros(size, np.int64) for name in PROFILES.names}
    columns |= {"programmes": bits, "layers": np.bitwise_count(bits).astype(np.int8)}
    columns |= {"met": bits & 7, "unmet": ~bits & 120}
    return people, pa.table(columns, schema=PROFILES)


def test_what_ships_isolates_nobody_and_tells_what_matters():
    people, profiles = world(1500)
    grid = build(people, profiles, load_release_rules().rules)
    told = protect(grid, T)
    for outer, inner in nested(grid):
        apart = (grid.counts[outer] - grid.counts[inner])[told[outer] & told[inner]]
        assert not ((apart > 0) & (apart < T)).any()
    assert not computable(add_up(grid), ~told).any()
    table = release(people, profiles, load_release_rules().rules)
    assert [row["people"] for row in table.to_pylist() if row["level"] == "province" and not row["cell"]] == [1500]
    assert told.mean() > 0.5


def told_apart(grid, told):
    """Say how many cells are hidden in one cube and told in another, or differ across cubes by few people."""
    outer, inner = (np.concatenate(each) for each in zip(*related(grid), strict=True))
    apart = grid.counts[outer] - grid.counts[inner]
    one, other = (np.concatenate(each) for each in zip(*related(replace(grid, relations=SAME)), strict=True))
    both = told[outer] & told[inner]
    return int((both & (apart > 0) & (apart < T)).sum()), int((told[one] != told[other]).sum())


SAME = tuple(each for each in RELATIONS if each.equal)


def needy(size, seed):
    """Return a world in which needs and their causes differ from person to person."""
    people, profiles = world(size, seed)
    rng = np.random.default_rng(seed)
    unmet = np.where(rng.random(size) < 0.5, 1 << rng.integers(0, len(NEEDS), size), 0)
    causes = np.where(unmet > 0, 1 << rng.integers(0, len(CAUSES), size), 0)
    for name, values in (("unmet", unmet), ("met", np.zeros(size, np.int64)), ("causes", causes)):
        profiles = profiles.set_column(profiles.column_names.index(name), name, pa.array(values))
    return people, profiles


def test_what_one_cube_hides_cannot_be_read_in_another():
    grid = build(*needy(600, 6), load_release_rules().rules)
    few, twice = told_apart(grid, protect(replace(grid, relations=()), T))
    assert few > 0 and twice > 0
    assert told_apart(grid, protect(grid, T)) == (0, 0)


def test_noise_is_the_same_for_the_same_people_and_small_and_even():
    people, profiles = world(3000)
    grid = build(people, profiles, load_release_rules().rules)
    keys = draw_keys(np.arange(3000), SECRET)
    noisy = perturb(grid.counts, weigh(grid, keys), 2.0, 5)
    assert np.array_equal(noisy, perturb(grid.counts, weigh(grid, keys), 2.0, 5))
    off = (noisy - grid.counts)[grid.counts > 5]
    assert abs(off).max() <= 5 and abs(off.mean()) < 0.25 and 1.5 < off.std() < 2.5
    other = perturb(grid.counts, weigh(grid, draw_keys(np.arange(3000), bytes(32))), 2.0, 5)
    assert not np.array_equal(noisy, other)


def test_one_group_asked_about_in_two_ways_gets_one_noise():
    where = [("18.01", "18.01.01.2001")] * 30
    grid = grid_of(where, {"x": (2, [0] * 30)}, [Cube(("x",), "district")])
    noisy = perturb(grid.counts, weigh(grid, draw_keys(np.arange(30), SECRET)), 2.0, 5)
    assert len(set(noisy[grid.counts == 30].tolist())) == 1


def test_a_short_secret_is_refused():
    with pytest.raises(LayeringError, match="NOISE_SECRET"):
        draw_keys(np.arange(3), b"short")


def profiles_of(*held):
    bits = [mask(programmes, PROGRAMMES) for programmes in held]
    return pa.table({"programmes": bits})


def test_a_rare_combination_is_not_named_and_its_remainder_is_not_small():
    held = [["PKH"]] * 40 + [["ZAKAT"]] * 12 + [["PKH", "RTLH"]] * 3
    table = combinations(profiles_of(*held), T).to_pylist()
    assert table == [{"programmes": ["PKH"], "people": 40}, {"programmes": None, "people": 15}]
    assert rare(profiles_of(*held), T).sum() == 15


@given(st.lists(st.sets(st.sampled_from(PROGRAMMES[:3])), max_size=60))
def test_no_told_combination_and_no_remainder_is_of_few(held):
    table = combinations(profiles_of(*map(sorted, held)), T).to_pylist()
    assert sum(row["people"] for row in table) == len(held)
    assert all(row["people"] >= T for row in table) or len(table) == 1
    named = [row for row in table if row["programmes"] is not None]
    assert all(row["people"] >= T for row in named)
