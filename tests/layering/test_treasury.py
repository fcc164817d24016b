"""Treasuries' files become lines of money to the rupiah; what cannot be read is named by row and column alone."""

import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.errors import LapisError
from linkage.layering import money, treasury
from linkage.layering.lists import codes, programmes

FUNDS = "Program;Instansi;Sumber Dana;Tahun;Pagu (Rp)\nPKH;Kemensos;APBN;2026;Rp 900.000,-\nZAKAT;Baznas;;2026;250000\n"
SP2D = (
    "Realisasi bantuan\n\nNo SP2D;Tanggal SP2D;Program;OPD;Kabupaten/Kota;Nilai\n"
    "00123/SP2D/2026;12-03-2026;PKH;Kemensos;Lampung Selatan;600000\n;12-04-2026;PKH;Kemensos;;100000\n"
    "Jumlah;;;;;700000\n"
)


def read(text, kind, **usual):
    return treasury.read(text.encode(), "list.csv", kind, treasury.Usual(**usual)).to_pylist()


def test_budgets_are_read_with_the_usual_fund_where_none_is_named():
    first, second = read(FUNDS, "funds")
    assert first == {
        "fund": "APBN",
        "programme": "PKH",
        "agency": "kemensos",
        "year": 2026,
        "amount": 900_000,
        "row": 2,
    }
    assert (second["fund"], second["amount"], second["row"]) == ("BAZNAS-LAZ", 250_000, 3)


def test_disbursements_are_read_below_titles_and_their_total_is_no_line():
    first, second = read(SP2D, "sp2d")
    assert (first["regency"], first["reference"], first["year"], first["row"]) == ("18.01", "SP2D/00123/2026", 2026, 4)
    assert (second["regency"], second["reference"], second["amount"]) == (None, None, 100_000)


def test_a_workbook_is_read_as_a_text_file_is():
    book = openpyxl.Workbook()
    for line in FUNDS.splitlines():
        book.active.append(line.split(";"))
    out = io.BytesIO()
    book.save(out)
    found = treasury.read(out.getvalue(), "list.xlsx", "funds")
    assert found.to_pylist() == read(FUNDS, "funds")


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("250000", "banyak", "VALUE_FORM", "row 3, column amount"),
        ("250000", "-5", "VALUE_FORM", "row 3, column amount"),
        ("ZAKAT", "SITI AMINAH", "VALUE_UNKNOWN", "row 3, column programme"),
        (";APBN;", ";KAS BON;", "VALUE_UNKNOWN", "row 2, column fund"),
        ("Baznas", "", "VALUE_MISSING", "row 3, column agency"),
        (";2026;Rp", ";1026;Rp", "VALUE_FORM", "row 2, column year"),
        ("Pagu (Rp)", "Ket", "TREASURY_HEADER", "list.csv"),
    ],
)
def test_what_cannot_be_read_is_named_by_row_and_column(old, new, code, place):
    with pytest.raises(LapisError) as error:
        read(FUNDS.replace(old, new), "funds")
    assert error.value.code == code and error.value.place.endswith(place)
    assert not new or new not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [("Lampung Selatan", "Atlantis", "regency"), ("00123/SP2D/2026", "1871014107900001", "reference"),
     ("12-03-2026", "kemarin", "date")],
)  # fmt: skip
def test_a_disbursement_with_a_wrong_cell_is_refused(old, new, column):
    with pytest.raises(LapisError) as error:
        read(SP2D.replace(old, new), "sp2d")
    assert error.value.place == f"list.csv, row 4, column {column}" and new not in str(error.value)


def test_a_file_without_years_takes_the_year_that_is_given():
    text = FUNDS.replace(";Tahun;", ";Urut;")
    with pytest.raises(LapisError, match="VALUE_MISSING"):
        read(text, "funds")
    assert {row["year"] for row in read(text, "funds", year=2025)} == {2025}


LINES = st.lists(
    st.tuples(st.sampled_from(list(programmes())), st.sampled_from(list(codes("funds"))), st.integers(0, 10**12),
              st.sampled_from(["{}", "Rp {}", "{},-"])),
    min_size=1, max_size=20,
)  # fmt: skip


@given(LINES)
def test_every_rupiah_of_a_file_is_in_its_lines(lines):
    text = "Program;Instansi;Sumber Dana;Tahun;Jumlah\n"
    for programme, fund, amount, form in lines:
        text += f"{programme};Dinsos;{fund};2026;{form.format(f'{amount:,}'.replace(',', '.'))}\n"
    found = treasury.read(text.encode(), "list.csv", "funds")
    assert [row["amount"] for row in found.to_pylist()] == [amount for _, _, amount, _ in lines]
    plans = money.plans(found.select(money.BUDGETS.names), money.DISBURSEMENTS.empty_table())
    assert sum(plans["undisbursed"].to_pylist()) == sum(amount for _, _, amount, _ in lines)
