"""`lapis agency check` and `tokenise` give the operator her list back, beside the list and nowhere else."""

from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from linkage.encoding import envelope
from scripts import cli
from tests.giveback import books
from tests.scripts.desks import Desks, lapis

CSV = f"NIK;Nama\n{books.GOOD};Siti Aminah\n{books.SHORT};Budi\n"


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    desks = Desks(tmp_path_factory.mktemp("desks"))
    desks.enrol("baznas")
    desks.epoch("2026-1", "baznas")
    return desks


@pytest.fixture
def lists(tmp_path):
    (tmp_path / "daftar.xlsx").write_bytes(books.rich())
    (tmp_path / "lain.csv").write_text(CSV)
    return tmp_path


def test_check_needs_no_keys_and_gives_each_list_back(lists):
    said = lapis("agency", "check", lists / "daftar.xlsx", lists / "lain.csv", "--programme", "ZAKAT", "--json")
    assert said["files"]["daftar.xlsx"]["statuses"] == {"reject": 1, "repair": 1, "ok": 2}
    assert sorted(path.name for path in lists.iterdir()) == [
        "daftar.lapis.xlsx", "daftar.xlsx", "lain.csv", "lain.lapis.xlsx",
    ]  # fmt: skip
    book = openpyxl.load_workbook(lists / "daftar.lapis.xlsx")
    assert book.worksheets[0]["I3"].value == "STATUS" and "Ringkasan Lapis" in book.sheetnames


def test_nothing_is_replaced_and_what_was_given_back_can_be_checked_again(lists):
    before = (lists / "daftar.xlsx").read_bytes()
    for name in ("daftar.xlsx", "daftar.xlsx", "daftar.lapis.xlsx"):
        lapis("agency", "check", lists / name, "--programme", "ZAKAT")
    assert (lists / "daftar.xlsx").read_bytes() == before
    names = ("daftar.lapis.xlsx", "daftar.lapis.2.xlsx", "daftar.lapis.3.xlsx")
    first, second, third = (openpyxl.load_workbook(lists / name).worksheets[0] for name in names)
    assert [cell.value for cell in first[3]] == [cell.value for cell in second[3]] == [cell.value for cell in third[3]]


def test_tokenise_gives_the_list_back_beside_it_and_leaves_none_among_the_submissions(desks, lists, tmp_path):
    out = tmp_path / "outbox"
    made = lapis("agency", "tokenise", lists / "daftar.xlsx", "--programme", "ZAKAT", "--language", "en",
                 "--out", out, *desks.at("baznas"), "--json")["files"][0]  # fmt: skip
    assert made["given_back"] == str(lists / "daftar.lapis.xlsx")
    assert openpyxl.load_workbook(made["given_back"]).worksheets[0]["J3"].value == "REASON"
    assert [path.suffix for path in out.iterdir()] == [".lapis"]
    kept = b"".join(path.read_bytes() for path in (desks.folder / "baznas").rglob("*") if path.is_file())
    assert books.GOOD.encode() not in kept and b"Aminah" not in kept


def test_a_workbook_with_an_unusual_inside_comes_back_as_a_new_one(lists):
    odd = books.reshaped(books.plain(), lambda xml: xml.replace(b"<sheetData>", b"<!-- x --><sheetData>"))
    (lists / "aneh.xlsx").write_bytes(odd)
    lapis("agency", "check", lists / "aneh.xlsx", "--programme", "ZAKAT")
    book = openpyxl.load_workbook(lists / "aneh.lapis.xlsx")
    assert "STATUS" in [cell.value for cell in book["Penerima"][3]]


def test_a_folder_that_takes_no_file_is_refused_before_a_submission_is_made(desks, lists, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    arguments = ["agency", "tokenise", lists / "daftar.xlsx", "--programme", "ZAKAT", "--give-back", tmp_path / "taken",
                 "--out", tmp_path / "none", *desks.at("baznas")]  # fmt: skip
    assert cli.main([str(each) for each in arguments]) == cli.REFUSED
    assert "GIVE_BACK_FOLDER" in capsys.readouterr().err and not (tmp_path / "none").exists()
    assert not list(lists.glob(".*"))


def test_the_template_is_written_once_and_never_over_a_file(tmp_path, capsys):
    lapis("agency", "template", "--out", tmp_path / "daftar.xlsx")
    before = (tmp_path / "daftar.xlsx").read_bytes()
    assert cli.main(["agency", "template", "--out", str(tmp_path / "daftar.xlsx")]) == cli.REFUSED
    assert (tmp_path / "daftar.xlsx").read_bytes() == before and "FILE_EXISTS" in capsys.readouterr().err


def test_minutes_stand_beside_the_list_and_name_the_digest_of_the_submission(desks, lists, tmp_path):
    made = lapis("agency", "tokenise", lists / "daftar.xlsx", "--programme", "ZAKAT", "--minutes",
                 "--out", tmp_path / "outbox", *desks.at("baznas"), "--json")["files"][0]  # fmt: skip
    assert made["minutes"] == str(lists / "daftar.lapis.pdf")
    shown = pypdfium2.PdfDocument(made["minutes"])[0].get_textpage().get_text_range()
    with Path(made["path"]).open("rb") as file:
        assert envelope.inspect(file).content in shown and "Baznas" in shown
