"""A step of the names' normalisation can be left out, to see what it is worth; with none left out nothing changes."""

import pytest

from linkage.identity import NAME_STEPS, read_records, respell
from linkage.identity.names import parse
from tests.identity.conftest import make_workbook
from tests.identity.reading import HEAD, MAN, PKH, WOMAN

WRITTEN = {
    "titles in front": ("Hj. SITI", "HJ SITI"),
    "titles behind": ("SITI, S.Pd", "SITI S PD"),
    "marks of death": ("SITI ALM", "SITI ALM"),
    "filiation": ("SITI binti AHMAD", "SITI BINTI AHMAD"),
    "Muhammad": ("MOH ALI", "MOH ALI"),
    "abbreviations": ("ACHMAD ALI", "AKHMAD ALI"),
    "old spelling": ("DJOKO", "DJOKO"),
}


def test_every_step_has_an_example():
    assert set(WRITTEN) == set(NAME_STEPS)


@pytest.mark.parametrize("step", NAME_STEPS)
def test_a_step_that_is_left_out_does_nothing(step):
    written, expected = WRITTEN[step]
    assert parse(written, frozenset({step})).name == expected
    assert parse(written).name != expected


def test_a_list_is_read_again_without_a_step_and_is_the_same_with_all_of_them():
    data = make_workbook([HEAD, ["1", WOMAN, "Hj. SITI binti AHMAD"], ["2", MAN, "BUDI"]])
    reading = read_records(data, "list.xlsx", PKH)
    assert respell(data, "list.xlsx", reading, frozenset()).equals(reading.records)
    without = respell(data, "list.xlsx", reading, frozenset({"filiation"}))
    assert without["name"].to_pylist() == ["SITI BINTI AHMAD", "BUDI"]
    assert without["father"].null_count == 2
    assert without.schema == reading.records.schema
