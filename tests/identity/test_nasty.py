"""A hundred nasty files, each with exactly what has to be said about it."""

import pytest

from linkage.identity import IdentityError, codes, read_records
from tests.identity.nasty import aid, containers, layouts, people

CASES = [*containers.CASES, *layouts.CASES, *people.CASES, *aid.CASES]


@pytest.mark.parametrize("case", [one for one in CASES if not one.refused], ids=lambda case: case.title)
def test_a_nasty_file_is_read_as_far_as_it_can_be(case):
    got = read_records(case.data(), case.file, case.defaults, choices=case.choices)
    said = [(one["row"], one["column"], one["code"]) for one in got.verdicts.to_pylist()]
    assert sorted(said) == sorted(case.says)
    assert (got.accepted, got.rejected) == (case.accepted, case.rejected)
    for column, expected in (("nik", case.niks), ("name", case.names), ("birth_date", case.births)):
        assert expected is None or tuple(got.records[column].to_pylist()) == expected


@pytest.mark.parametrize("case", [one for one in CASES if one.refused], ids=lambda case: case.title)
def test_a_nasty_file_that_is_no_list_is_refused_by_code(case):
    with pytest.raises(IdentityError) as refused:
        read_records(case.data(), case.file, case.defaults, choices=case.choices)
    assert refused.value.code == case.refused
    assert refused.value.hint or refused.value.place
    assert refused.value.__context__ is None or isinstance(refused.value.__context__, IdentityError)


def test_there_are_nasty_files_enough_and_each_is_another():
    assert len(CASES) >= 60
    assert len({case.title for case in CASES}) == len(CASES)


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_is_said_by_a_nasty_file(code):
    elsewhere = {"COLUMN_DOUBLE", "MAPPING_UNREADABLE"}
    said = {case.refused for case in CASES} | {verdict[2] for case in CASES for verdict in case.says} | elsewhere
    assert code in said
