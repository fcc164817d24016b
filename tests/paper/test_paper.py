"""What an agency prints: the minutes of a list, and the backup of its keys."""

import datetime as dt

import pypdfium2
import pytest

from linkage import identity
from linkage.giveback import judge, tally
from linkage.paper import Backup, Details, backup_sheet, minutes
from tests.giveback import books

DAY = dt.date(2026, 11, 24)


def text(pdf):
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


@pytest.fixture(scope="module")
def counted():
    reading = identity.read_records(books.rich(), "daftar.xlsx", identity.Defaults("ZAKAT", "2026-03"))
    return tally(reading, judge(reading))


@pytest.mark.parametrize(
    ("language", "words"), [("id", ("BERITA ACARA", "NIP:")), ("en", ("MINUTES", "Staff number:"))]
)
def test_the_minutes_name_list_counts_and_digest_and_leave_place_for_two_signatures(counted, language, words):
    shown = text(minutes(counted, Details("daftar.xlsx", "Baznas Lampung", DAY, "ab" * 32), language))
    for each in (*words, "daftar.xlsx", "Baznas Lampung", "24-11-2026", "ab" * 32, "NIK_LENGTH"):
        assert each in shown, each
    assert shown.count(words[1]) == 2


def test_the_minutes_name_nobody(counted):
    shown = text(minutes(counted, Details("daftar.xlsx", "Baznas", DAY), "id"))
    assert not any(value in shown for value in (books.GOOD, books.SHORT, "Siti", "SITI", "Budi"))


def test_a_files_name_is_shown_as_it_is_and_is_no_markup(counted):
    name = "<b>daftar</b> & <img src='x'/> 8% Übung.xlsx"
    assert name in text(minutes(counted, Details(name, "", DAY), "id"))


def test_a_list_of_many_villages_goes_on_over_pages_with_its_heads_repeated():
    from linkage.giveback import Tally

    villages = {f"18.01.01.{2000 + number}": {"ok": 1} for number in range(200)}
    pdf = minutes(Tally(200, {"ok": 200}, {}, villages, ()), Details("x.xlsx", "", DAY), "id")
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    assert len(pages) > 3 and all("Desa/Kelurahan" in page for page in pages[:4])


def test_the_same_facts_make_the_same_bytes(counted):
    details = Details("daftar.xlsx", "Baznas", DAY)
    assert minutes(counted, details, "id") == minutes(counted, details, "id")


def test_the_backup_sheet_fits_one_page_with_every_line_and_the_fingerprint():
    lines = [f"{number:02d} ABCDE FGHIJ KLMNO PQRST ABCD" for number in range(20)]
    pdf = backup_sheet(Backup("baznas", "Baznas Lampung", "12345 67890", DAY, lines), "id")
    shown = text(pdf)
    assert len(pypdfium2.PdfDocument(pdf)) == 1 and "12345 67890" in shown and all(line in shown for line in lines)
