"""An operator says which column is what: by option, answer or last month's file; without a terminal doubt refuses."""

import json
from pathlib import Path

import pytest

from linkage.identity import Defaults, IdentityError
from scripts import columns
from scripts.columns import Chosen

WOMAN, MAN = "1871015208809001", "1871011308809002"
TWO = f"No;NIK;Nama;Nama\n1;{WOMAN};SITI;ANI\n2;{MAN};BUDI;BEN\n".encode()
ODD = "No;NIK;Nama\n1;;JOSÉÉ\n".encode("cp1252")
PKH = Defaults("PKH")


def answers(*given):
    left = list(given)
    return lambda _: left.pop(0)


def names(data, said, path="list.csv"):
    return columns.read(data, Path(path), PKH, said).records["name"].to_pylist()


def test_an_answer_chooses_between_two_columns(capsys):
    assert names(TWO, Chosen(prompt=answers("x\n", "9\n", "2\n"))) == ["ANI", "BEN"]
    shown = capsys.readouterr().err
    assert "which column is name?" in shown and "D Nama" in shown
    assert not any(value in shown for value in (WOMAN, "SITI", "ANI", "BUDI"))


@pytest.mark.parametrize("given", [("0\n",), ("x\n", "y\n", "")])
def test_no_answer_is_neither_column(given):
    assert names(TWO, Chosen(prompt=answers(*given))) == [None, None]


def test_without_a_terminal_two_columns_are_refused_and_an_option_settles_it():
    with pytest.raises(IdentityError) as refused:
        names(TWO, Chosen())
    assert refused.value.code == "COLUMN_AMBIGUOUS" and "--map name=C" in refused.value.hint
    assert names(TWO, Chosen({"name": "C"})) == ["SITI", "BUDI"]


def test_letters_that_cannot_be_decided_are_asked_for_or_refused():
    with pytest.raises(IdentityError) as refused:
        names(ODD, Chosen())
    assert refused.value.code == "FILE_ENCODING"
    assert names(ODD, Chosen(prompt=answers("5\n"))) == names(ODD, Chosen(encoding="cp1252")) == ["JOSEE"]
    with pytest.raises(IdentityError):
        names(ODD, Chosen(prompt=answers("0\n")))


def test_a_mapping_is_written_once_and_read_next_month(tmp_path):
    file = tmp_path / "m.json"
    names(TWO, Chosen({"name": "D"}, file))
    written = file.read_text()
    assert json.loads(written)["columns"] == {"nik": "NIK", "name": "D"}
    assert names(TWO, Chosen(file=file)) == ["ANI", "BEN"]
    assert file.read_text() == written
    assert not any(value in written for value in (WOMAN, "SITI", "ANI"))


def test_an_option_goes_before_the_file_and_is_kept(tmp_path):
    file = tmp_path / "m.json"
    names(TWO, Chosen({"name": "D"}, file))
    assert names(TWO, Chosen({"name": "C"}, file)) == names(TWO, Chosen(file=file)) == ["SITI", "BUDI"]


def test_a_list_of_another_form_does_not_pass_for_last_months(tmp_path):
    file = tmp_path / "m.json"
    names(TWO, Chosen({"name": "D"}, file))
    with pytest.raises(IdentityError) as refused:
        names(f"NIK;Nama\n{WOMAN};SITI\n".encode(), Chosen(file=file))
    assert refused.value.code == "MAPPING_COLUMN"


def test_the_columns_are_shown_with_their_confidence():
    reading = columns.read(TWO, Path("list.csv"), PKH, Chosen({"name": "C"}))
    assert columns.show("list.csv", reading).rows == [
        ("list.csv name", "C", "C", 1.0),
        ("list.csv nik", "B", "NIK", 1.0),
    ]
