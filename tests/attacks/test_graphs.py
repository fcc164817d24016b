"""Graph matching finds what it should find, and does not find what is not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from linkage.attacks import frequency, graphs, likeness
from linkage.attacks.setting import baseline


def test_the_unhardened_encoding_gives_up_nearly_every_name(world, setting, rng):
    rows = world.distinct(600, rng)
    roster = world.some(rng.permutation(rows))
    where = world.cells((), rows)
    assert graphs.across_cells(world.some(rows), where, roster, baseline(setting), rng).rate >= 0.95


def test_filters_of_unknown_cells_give_up_no_more_than_chance(world, setting, rng):
    rows = world.distinct(600, rng)
    roster = world.some(rng.permutation(rows))
    where = world.cells(setting.parts, rows)
    assert graphs.across_cells(world.some(rows), where, roster, setting, rng).hits <= 6


def test_a_salt_alone_falls_inside_a_known_cell(world, setting, rng):
    names = world.some(rng.choice(world.men(), 80, replace=False))
    assert graphs.inside_cell(names, replace(setting, majorities=0), rng).rate >= 0.9


def test_the_more_majorities_the_less_a_known_cell_gives_up(world, setting, rng):
    names = world.some(rng.choice(world.men(), 400, replace=False))
    found = [graphs.inside_cell(names, replace(setting, majorities=count), rng).rate for count in (1, 3, 7)]
    assert found[0] > found[1] > found[2]


def test_known_pairs_are_not_counted_as_found(world, setting, rng):
    names = world.some(rng.choice(world.men(), 60, replace=False))
    tried = graphs.inside_cell(names, setting, rng, known=20).tried
    known = set(names.slice(0, 20).to_pylist())
    assert tried == sum(name not in known for name in names.to_pylist())


def test_equal_names_are_found_by_their_number_alone(setting, rng):
    import pyarrow as pa

    names = pa.array(["SITI"] * 3 + ["SUTRISNO"] * 2 + ["WAYAN"])
    assert graphs.inside_cell(names, setting, rng).rate == 1.0


def test_chance_is_what_guessing_by_number_of_occurrences_finds(world, rng):
    names = world.some(rng.choice(world.men(), 300, replace=False))
    counts = names.value_counts()
    number, name = counts.field("counts").to_numpy(), np.arange(len(counts))
    hits = []
    for _ in range(400):
        guess = name.copy()
        for each in np.unique(number):
            guess[number == each] = rng.permutation(name[number == each])
        hits.append(number[guess == name].sum())
    assert abs(np.mean(hits) - graphs.blind(names).hits) < 4 * np.std(hits) / 20


def test_the_layer_does_to_likeness_what_is_expected(world, setting, rng):
    from linkage.attacks.victims import encode

    names = world.some(rng.choice(world.men(), 300, replace=False)).unique()
    weaker, off = replace(setting, majorities=1), ~np.eye(len(names), dtype=bool)
    expected = likeness.expected(names, names, weaker, rng)[off]
    missed = []
    # One cell's weights shift all its pairs by about .005 the same way; several cells tell whether there is more to it.
    for _ in range(6):
        filters = encode(names, np.zeros(len(names), np.int64), weaker, rng).filters
        found = likeness.observed(filters, filters, weaker)[off]
        assert np.corrcoef(found, expected)[0, 1] > 0.8
        missed.append(float((found - expected).mean()))
    assert abs(np.mean(missed)) < 0.01


def test_frequency_finds_the_commonest_names_where_no_salt_divides_them(world, setting, rng):
    rows = rng.permutation(len(world.names))
    victims, reference = world.some(rows[:3_000]), world.some(rows[3_000:])
    plain = baseline(setting)
    found = frequency.align(victims, world.cells((), rows[:3_000]), reference, plain, rng)
    assert found.attack.rate > 1.5 * found.blind.rate
