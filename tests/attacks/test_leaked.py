"""A leaked epoch key: worth nothing against pepper and layer, everything without them."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from linkage.attacks import leaked

NIKS = pa.array([f"18010101019{number:05d}" for number in range(500)])


def test_a_leaked_key_finds_no_peppered_token(rng):
    assert leaked.tokens(NIKS, 100, 0, rng).hits == 0


def test_a_budget_of_questions_finds_as_many_as_it_has(rng):
    assert leaked.tokens(NIKS, 500, 40, rng).hits == 40


def test_a_leaked_key_finds_names_where_there_is_no_layer_and_none_behind_it(world, setting, rng):
    rows = rng.permutation(len(world.names))[:1_000]
    names, cells = world.some(rows), world.cells(setting.parts, rows)
    assert leaked.filters(names, cells, 100, replace(setting, majorities=0), rng).rate == 1.0
    assert leaked.filters(names, cells, 100, setting, rng).hits == 0


def test_a_question_opens_one_cell_unless_all_have_one_key(setting):
    assert leaked.cells_opened(1_000, 50, setting).hits == 50
    assert leaked.cells_opened(1_000, 50, replace(setting, one_key=True)).hits == 1_000
