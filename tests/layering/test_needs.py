"""Layers, gaps, causes with denominators, exclusion, and villages that are paid for mending."""

import datetime as dt

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from linkage.layering.columns import named
from linkage.layering.events import ROWS, as_known, events
from linkage.layering.lists import programmes
from linkage.layering.needs import CAUSES, exclusion, profile, root_causes, untouched, without_nik
from linkage.layering.overlaps import PROGRAMMES
from linkage.layering.periods import month
from linkage.layering.persons import LACKS, NEEDS, describe
from linkage.layering.villages import quality

from .conftest import PLAIN, START, day

NOW = month(2026, 6)
REGISTERED = {"programme": None, "amount": None, "status": "registered", "period": None}


def profiles(table, at=NOW):
    standing = as_known(table, day(99))
    people = describe(standing)
    return people, profile(events(standing), people, at)


def test_layers_count_programmes_of_the_last_twelve_months_and_not_payments(rows):
    given = [("PKH", "2026-06"), ("PKH", "2026-03"), ("ZAKAT", "2025-07"), ("SEMBAKO", "2025-06"), ("PIP", "2026-07")]
    found = profiles(rows(*({"programme": name, "period": period, "amount": 10} for name, period in given)))
    one = found[1].to_pylist()[0]
    assert (one["layers"], named(one["programmes"], PROGRAMMES), one["rupiah"]) == (2, ("PKH", "ZAKAT"), 30)


def test_the_untouched_poor_are_those_of_the_lowest_deciles_whom_no_paid_aid_reached(rows):
    table = rows(
        {"person": 1, **REGISTERED, "decile": 1},
        {"person": 2, **REGISTERED, "decile": 3},
        {"person": 3, **REGISTERED, "decile": 2},
        {"person": 3, "programme": "ZAKAT", "decile": None, "dtsen": None},
        {"person": 4, "period": "2024-01", "decile": 2},
        {"person": 5, "status": "planned", "decile": 1},
        {"person": 6, "period": None, "decile": 1},
    )
    people, found = profiles(table)
    assert people.filter(pa.array(untouched(people, found)))["person"].to_pylist() == [1, 4, 5]


def test_a_need_is_met_by_a_programme_for_it_and_others_that_fit_are_named(rows):
    table = rows({"programme": "SEMBAKO", "needs": ["food", "education"], "lacks": ["market"]})
    one = profiles(table)[1].to_pylist()[0]
    assert (named(one["met"], NEEDS), named(one["unmet"], NEEDS)) == (("food",), ("education",))
    assert named(one["fitting"], PROGRAMMES) == ("PKH", "PIP", "CSR-BEASISWA")


@given(st.sets(st.sampled_from(NEEDS)), st.sets(st.sampled_from(LACKS)))
def test_a_programme_fits_if_it_meets_an_unmet_need_and_nothing_that_it_requires_is_out_of_reach(needs, lacks):
    row = {**PLAIN, **REGISTERED, "record": 0, "corrects": None, "person": 1, "household": 1, "agency": "a",
           "known": START, "needs": sorted(needs), "lacks": sorted(lacks)}  # fmt: skip
    one = profiles(pa.Table.from_pylist([row], schema=ROWS))[1].to_pylist()[0]
    wanted = [code for code, each in programmes().items() if set(each.needs) & needs and not set(each.requires) & lacks]
    assert list(named(one["fitting"], PROGRAMMES)) == wanted
    assert set(named(one["causes"], CAUSES)) & set(LACKS) <= lacks and (one["causes"] > 0) == bool(needs)


def test_root_causes_stand_beside_their_denominators(rows):
    base = {**REGISTERED, "exposures": [], "needs": ["education"], "lacks": []}
    table = rows(
        {**base, "person": 1, "lacks": ["school", "market"]},
        {**base, "person": 2},
        {**base, "person": 3, "needs": []},
        {**base, "person": 4, "nik_status": "none", "exposures": ["flood"]},
        {**base, "person": 5, "village": "18.01.05.2001"},
        {**base, "person": 6, "village": None},
    )
    found = root_causes(*profiles(table)).to_pylist()
    here = {
        row["cause"]: (row["people"], row["in_need"], row["affected"]) for row in found if row["district"] == "18.01.04"
    }
    assert here == {
        "school": (4, 3, 1), "clinic": (4, 3, 0), "road": (4, 3, 0), "water": (4, 3, 0), "market": (4, 3, 0),
        "identity": (4, 3, 1), "exposure": (4, 3, 1), "unreached": (4, 3, 1),
    }  # fmt: skip
    assert {row["district"] for row in found} == {"18.01.04", "18.01.05"} and len(found) == 2 * len(CAUSES)


def test_exclusion_sets_a_group_beside_all_others(rows):
    table = rows(
        {"person": 1, **REGISTERED, "nik_status": "none"},
        {"person": 2, **REGISTERED, "nik_status": "damaged"},
        {"person": 3, "nik_status": "none"},
        {"person": 4, **REGISTERED},
        {"person": 5},
    )
    found = {row.pop("group"): row for row in exclusion(*profiles(table)).to_pylist()}
    assert found["no_nik"] == {"people": 3, "untouched": 2, "others": 2, "others_untouched": 1}
    assert found["mononym"] == {"people": 0, "untouched": 0, "others": 5, "others_untouched": 3}


def test_the_register_of_those_without_a_nik_says_why_and_since_when(rows):
    table = rows(
        {"person": 1, "nik_status": "none", "known": day(2)},
        {"person": 2, "nik_status": "invalid"},
        {"person": 3, "nik_status": "invalid"},
        {"person": 3, "nik_status": "ok"},
    )
    found = without_nik(*profiles(table), day(10)).to_pylist()
    assert [(row["person"], row["reason"], row["days"], row["layers"]) for row in found] == [
        (2, "invalid", 10, 1), (1, "none", 8, 1),
    ]  # fmt: skip


def merit(table):
    return {row["village"]: row for row in quality(table, day(0), day(9)).to_pylist()}[PLAIN["village"]]


def village(count, bad, mended=0, dropped=0):
    """Make a village's rows, some faulty, and what later became of these."""
    made = [{"nik_status": "damaged" if at < bad else "ok"} for at in range(count)]
    made += [{"corrects": at, "known": day(1), "nik_status": "ok"} for at in range(mended)]
    return made + [
        {"corrects": at, "known": day(1), "nik_status": "damaged", "status": "withdrawn"}
        for at in range(mended, mended + dropped)
    ]


def test_a_village_that_mends_outranks_one_that_rests(rows):
    mended, resting = merit(rows(*village(10, 5, mended=4))), merit(rows(*village(10, 1)))
    assert (mended["sound"], resting["sound"]) == (9, 9) and mended["merit"] > resting["merit"]
    assert merit(rows(*village(10, 0)))["merit"] == 1.0


@given(st.integers(1, 6), st.data())
def test_mending_never_costs_and_dropping_people_never_pays(count, data):
    bad = data.draw(st.integers(1, count))
    mended = data.draw(st.integers(0, bad - 1))
    plain = {**PLAIN, "corrects": None, "person": 1, "household": 1, "agency": "a", "known": START}

    def table(*given_):
        return pa.Table.from_pylist([{"record": at, **plain, **row} for at, row in enumerate(given_)], schema=ROWS)

    base = merit(table(*village(count, bad, mended)))
    assert merit(table(*village(count, bad, mended + 1)))["merit"] > base["merit"]
    gone = merit(table(*village(count, bad, mended, dropped=1)))
    assert gone["merit"] <= base["merit"] and gone["dropped"] == 1


def test_people_without_a_nik_cost_a_village_nothing(rows):
    found = merit(rows({"nik_status": "none", "default_date": True}, {}))
    assert (found["rows"], found["sound"], found["no_nik"], found["default_date"]) == (2, 2, 1, 1)


def test_a_wrong_nik_that_is_struck_out_is_not_mended(rows):
    found = merit(rows({"nik_status": "invalid"}, {"corrects": 0, "known": day(1), "nik_status": "none"}))
    assert (found["sound"], found["mended"], found["faulty_before"]) == (1, 0, 1)


def test_moments_without_rows_make_empty_tables(rows):
    table = rows({})
    assert len(quality(table, START - dt.timedelta(9), START - dt.timedelta(5))) == 0
    assert len(root_causes(*profiles(table.slice(0, 0)))) == 0
