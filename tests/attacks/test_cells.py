"""Cells are inverted by what stands beside them, and by their size where it is telling."""

from __future__ import annotations

import numpy as np
import pytest

from linkage.attacks import cells
from linkage.attacks.census import Census, listed, misremember, settle

DATE, DISTRICT_DATE = ("birth_date", "sex"), ("birth_date", "sex", "district")
YEAR = ("birth_year", "sex", "regency")


@pytest.fixture(scope="module")
def census(world) -> Census:
    return settle(world.people, 300_000, np.random.default_rng(1))


@pytest.fixture(scope="module")
def look(census):
    def look(parts, share=0.5, errors=0.05):
        rng = np.random.default_rng(2)
        roster = misremember(census, errors, rng)
        return cells.View(cells.anchor(census, roster, parts), census, roster, listed(census, share, rng), 240)

    return look


def test_years_are_inverted_where_villages_stand_beside_their_cells(look, rng):
    assert cells.by_join(look(YEAR), rng).rate > 0.9


def test_dates_are_not_inverted_by_the_sizes_of_their_cells(look):
    assert cells.by_size(look(DATE)).rate < 0.01


def test_files_of_one_list_each_tell_of_years(look, rng):
    view = look(YEAR)
    assert cells.by_file(view, cells.before_link(view), rng, 240).rate > 0.5


def test_one_file_for_all_tells_no_more_than_sizes(look, rng):
    view = look(YEAR)
    assert cells.by_file(view, cells.after_link(view), rng, 240).rate < cells.by_size(view).upper + 0.02


def test_more_people_on_lists_invert_more_cells(look, rng):
    assert cells.by_join(look(DATE, share=0.9), rng).hits > cells.by_join(look(DATE, share=0.2), rng).hits


def test_a_district_beside_a_date_leaves_people_alone_in_their_cells(look):
    assert cells.alone(look(DISTRICT_DATE)).rate > 0.2


def test_a_cell_that_shows_no_pair_is_not_inverted(look, rng):
    assert cells.by_pairs(look(DATE), lambda cell: np.arange(len(cell)), rng).hits == 0


def test_pairs_that_show_whole_cells_invert_as_a_join_does(look, rng):
    whole = cells.by_pairs(look(YEAR), lambda cell: np.unique(cell, return_inverse=True)[1], rng)
    assert whole.rate > 0.9


def test_every_listed_row_has_a_person_and_a_file_of_bounded_size(census, rng):
    listing = listed(census, 0.3, rng)
    assert np.bincount(listing.chunk).max() <= 8_192
    assert (np.bincount(listing.chunk) > 0).all()
    assert listing.person.max() < len(census.date)


def test_the_roster_has_about_the_errors_that_it_should(census, rng):
    roster = misremember(census, 0.05, rng)
    wrong = (roster.date != census.date) | (roster.village != census.village)
    assert 0.04 < wrong.mean() < 0.06
