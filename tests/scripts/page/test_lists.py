"""An operator's way with a list, from an ugly workbook to a sealed submission, and the form for one person."""

import datetime as dt
import io
import re

import openpyxl
import pyarrow.parquet as pq
import pytest

from linkage import identity
from linkage.encoding import tokeniser
from linkage.encoding.tokeniser import AgencySecrets
from linkage.identity import Defaults, read_records
from scripts.page import places
from scripts.page.lists import shape
from scripts.page.session import IDLE
from tests.scripts.desks import PASSPHRASE
from tests.scripts.page.serving import PEOPLE, Clock, number_of, page, workbook

ZAKAT = {"programme": "ZAKAT", "period": "2026-03"}
PERSON = {"name": "ROKAYAH", "reason": "lost", "sex": "P", "village": "Hajimena", "programme": "ZAKAT",
          "period": "2026-03", "amount": "Rp 300.000", "birth": "17-08-1975"}  # fmt: skip


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def told(text):
    """Return the chosen option of each role's column, and how surely."""
    rows = re.findall(r'name="column-(\w+)">(.*?)</select>.*?how-(\w+)', text, re.DOTALL)
    return {role: (re.search(r'value="([^"]*)" selected', options) or [None, "-"])[1] + ":" + how
            for role, options, how in rows}  # fmt: skip


def test_a_list_is_read_given_back_and_sealed_and_nothing_else_is_left(visitor):
    home = visitor.running.session.home
    before = files(home)
    shown = visitor.put(workbook(), **ZAKAT)
    assert told(shown.text)["nik"] == "NIK:sure" and told(shown.text)["village"] == "Pekon:sure"
    assert told(shown.text)["kk"] == "-:none"
    number = number_of(shown)
    findings = visitor.follow(visitor.post(f"lists/{number}/columns", {**ZAKAT, "column-nik": "NIK"}))
    assert "Kunci 4 baris" in findings.text and "Hajimena" in findings.text and "Baris 9" in findings.text
    book = openpyxl.load_workbook(io.BytesIO(visitor.post(f"lists/{number}/workbook").body))
    assert [cell.value for cell in book.active[9]][-4:-1] != [None] * 3
    assert visitor.post(f"lists/{number}/minutes").body.startswith(b"%PDF")
    assert files(home) == before, "nothing of the list was written down"
    sealed = visitor.follow(visitor.post(f"lists/{number}/seal"))
    assert "menunggu dikirim" in sealed.text
    new = set(files(home)) - set(before)
    assert {name.partition("/")[0] for name in new} == {"outbox", "references"} and len(new) == 2
    for name in new:
        assert b"SITI" not in (home / name).read_bytes() and b"1871014103809001" not in (home / name).read_bytes()
    assert visitor.post(f"lists/{number}/seal").status == 409, "not twice"


def test_no_page_shows_a_name_or_a_number_of_a_list(visitor):
    number = number_of(visitor.put(workbook(), **ZAKAT))
    for where in ("", f"lists/{number}", f"lists/{number}/columns", "referrals", "outbox"):
        text = visitor.get(where).text
        assert not [cell for row in PEOPLE for cell in row[:2] if len(cell) > 9 and cell in text], where


def test_a_header_of_two_rows_and_a_row_of_numbers_are_no_cells_and_rows_are_told_in_order(visitor):
    book = openpyxl.Workbook()
    for row in (
        ["DAFTAR"],
        ["No. KTP", "Nama", "Alamat", None, None],
        [None, None, "Pekon", "Kec.", "Kab/Kota"],
        [1, 2, 3, 4, 5],
    ):
        book.active.append(row)
    for at in range(12):
        book.active.append(
            ["belum ada", f"ROKAYAH {chr(65 + at)}", ("Hajimena", "Sidosari")[at % 2], "Natar", "Lampung Selatan"]
        )
    out = io.BytesIO()
    book.save(out)
    shown = visitor.put(out.getvalue(), **ZAKAT)
    assert told(shown.text)["district"] == "Kec.:sure" and "<code>Aaaaaaaa</code>" in shown.text
    assert "<code>9" not in shown.text
    assert "Baris 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16" in visitor.get(f"lists/{number_of(shown)}").text


def test_a_column_in_doubt_is_shown_and_settled_by_the_operator(visitor):
    headers = ("No", "NIK", "NIK", "JK", "Tgl Lahir", "Pekon", "Kecamatan", "Kabupaten", "Nominal")
    people = [(row[0], row[0], *row[2:]) for row in PEOPLE[:2]]
    shown = visitor.put(workbook(people, headers), **ZAKAT)
    assert told(shown.text)["nik"] == "-:doubt" and "Pilih dulu" in shown.text
    number = number_of(shown)
    visitor.follow(visitor.post(f"lists/{number}/columns", {**ZAKAT, "column-nik": "C"}))
    assert told(visitor.get(f"lists/{number}/columns").text)["nik"] == "C:you"
    visitor.follow(visitor.post(f"lists/{number}/columns", {**ZAKAT, "column-nik": "-"}))
    assert told(visitor.get(f"lists/{number}/columns").text)["nik"] == "-:you"


def test_a_list_without_a_header_is_read_by_letters(visitor):
    content = "\n".join(f"{row[0]};{row[1]}" for row in PEOPLE[:2]).encode()
    shown = visitor.put(content, "daftar.csv", **ZAKAT)
    assert "HEADER_NOT_FOUND" in shown.text
    number = number_of(shown)
    found = visitor.follow(visitor.post(f"lists/{number}/columns", {**ZAKAT, "column-nik": "A", "column-name": "B"}))
    assert "Kunci 2 baris" in found.text


def test_what_the_list_does_not_say_can_be_said_later(visitor):
    number = number_of(visitor.put(workbook(titles=()), period="2026-03"))
    assert "Kunci 0 baris" in visitor.get(f"lists/{number}").text
    found = visitor.follow(visitor.post(f"lists/{number}/columns", ZAKAT))
    assert "Kunci 4 baris" in found.text
    wrong = visitor.follow(visitor.post(f"lists/{number}/columns", {**ZAKAT, "period": "someday"}))
    assert "DEFAULT_PERIOD" in wrong.text


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [(b"", "a.xlsx", "FILE_MISSING"), (b"PK\x03\x04broken", "a.xlsx", "FILE_"), (b"%PDF-1.7", "a.pdf", "FILE_"),
     (workbook()[:900], "a.xlsx", "FILE_")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(visitor, content, name, code):
    answer = visitor.put(content, name, **ZAKAT)
    assert answer.status == 409 and code in answer.text
    assert not visitor.running.session.lists


def test_lists_are_forgotten_when_told_when_locked_when_idle_and_when_there_are_many(home):
    clock = Clock()
    with page(home, clock=clock) as running:
        visitor, session = running.visitor(), running.session
        number = number_of(visitor.put(workbook(), **ZAKAT))
        visitor.post(f"lists/{number}/forget")
        assert not session.lists
        for _ in range(6):
            visitor.put(workbook(), **ZAKAT)
        assert len(session.lists) == 4
        clock.now += IDLE + 1
        assert "Kunci tertutup" in visitor.get().text
        assert not session.lists and session.agency is None
        assert visitor.post("unlock", {"passphrase": "wrong"}).status == 409
        assert "BOX_OPEN" in visitor.post("unlock", {"passphrase": "wrong"}).text
        assert visitor.post("unlock", {"passphrase": PASSPHRASE}).status == 303
        visitor.put(workbook(), **ZAKAT)
        visitor.post("lock")
        assert not session.lists and session.agency is None


def test_checking_needs_no_keys_and_sealing_does(tmp_path):
    with page(tmp_path / "new", unlocked=False) as running:
        visitor = running.visitor()
        number = number_of(visitor.put(workbook(), **ZAKAT))
        assert visitor.get(f"lists/{number}").status == 200
        assert visitor.post(f"lists/{number}/seal").status == 403
        assert "ENROL_FIRST" in visitor.post("unlock", {"passphrase": "x"}).text
        assert visitor.get("tickets/case-1").status == 404


def test_an_epoch_bundle_is_accepted_on_the_page(enrolled, tmp_path, home):
    bundle = next((home / "epochs").glob("*.bundle"))
    content = bundle.read_bytes()
    bundle.unlink()
    with page(home, unlocked=False) as running:
        visitor = running.visitor()
        assert "EPOCH_MISSING" in visitor.post("unlock", {"passphrase": PASSPHRASE}).text
        broken = visitor.post("epoch", {"passphrase": PASSPHRASE}, [("bundle", "b", content[:-9] + b"x" * 9)])
        assert broken.status == 409 and running.session.agency is None
        assert visitor.post("epoch", {"passphrase": PASSPHRASE}, [("bundle", "b", content)]).status == 303
        assert running.session.agency is not None and bundle.read_bytes() == content


def test_one_person_becomes_a_submission_of_one_row(visitor):
    session = visitor.running.session
    found = visitor.follow(visitor.post("person", PERSON))
    assert "Kunci 1 baris" in found.text and "ROKAYAH" not in found.text
    number = number_of(found)
    record = session.lists[int(number)].reading.records.to_pylist()[0]
    known = {"name": "ROKAYAH", "nik": None, "nik_status": "none", "birth_date": dt.date(1975, 8, 17), "sex": "P",
             "village": "18.01.04.2001", "programme": "ZAKAT", "period": "2026-03", "amount": 300_000}  # fmt: skip
    assert {key: record[key] for key in known} == known
    visitor.follow(visitor.post(f"lists/{number}/seal"))
    ledger = pq.read_table(next((session.home / "references").glob("*.parquet")))
    assert len(ledger) == 1
    kept = visitor.post(f"lists/{number}/workbook")
    again = read_records(kept.body, "kept.xlsx", Defaults()).records
    secrets = AgencySecrets(session.agency.epoch.key, session.agency.ring.ref_key)
    assert tokeniser.references(again, secrets).to_pylist() == ledger["ref"].to_pylist(), "a ticket finds it again"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "   "}, "Nama belum diisi"),
        ({"name": "12345"}, "Nama belum diisi"),
        ({"reason": ""}, "Isi NIK, atau"),
        ({"nik": "1871014103809001"}, "jangan keduanya"),
        ({"nik": "1871014103800000", "reason": ""}, "tidak mungkin benar"),
        ({"nik": "123", "reason": ""}, "tidak mungkin benar"),
        ({"sex": "X"}, "Pilih laki-laki"),
        ({"village": "Atlantis"}, "tidak dikenal"),
        ({"village": ""}, "tidak dikenal"),
        ({"village": "Sukamaju"}, "Ada beberapa desa"),
        ({"programme": "X"}, "Pilih programnya"),
        ({"period": ""}, "Tulis periode"),
        ({"period": "bulan depan"}, "Tulis periode"),
        ({"amount": "banyak"}, "hanya angka"),
        ({"birth": "31-02-1980"}, "Tanggal lahir"),
        ({"birth": "17-08-2077"}, "Tanggal lahir"),
    ],
)
def test_a_form_that_cannot_be_right_is_shown_again_with_what_is_wrong(visitor, change, said):
    answer = visitor.post("person", {**PERSON, **change})
    assert answer.status == 422 and said in answer.text
    assert not visitor.running.session.lists


def test_a_village_of_many_namesakes_is_chosen_among_them(visitor):
    answer = visitor.post("person", {**PERSON, "village": "Sukamaju"})
    offered = re.findall(r'name="village_of" value="([^"]+)"', answer.text)
    assert len(offered) > 1 and {name.partition(",")[0] for name in offered} == {"Sukamaju", "Suka Maju"}
    done = visitor.follow(visitor.post("person", {**PERSON, "village": "Sukamaju", "village_of": offered[1]}))
    number = int(number_of(done))
    assert visitor.running.session.lists[number].reading.records["village"].to_pylist() == [
        places.villages()[offered[1]]
    ]


def test_every_village_is_found_by_the_name_that_is_offered():
    offered = places.villages()
    assert len(offered) == 2651
    assert all(places.find(name) == (code,) for name, code in offered.items())


@pytest.mark.parametrize(
    ("cell", "form"),
    [("1871014103809001", "9999999999999999"), ("Siti Aminah", "Aaaa Aaaaaa"), (None, ""), (300000, "999999"),
     ("Rp 600.000,-", "Aa 999.999,-"), ("x" * 30, "a" * 18 + "…")],
)  # fmt: skip
def test_the_form_of_a_cell_tells_nothing_of_it(cell, form):
    assert shape(cell) == form


def test_the_folder_of_the_page_is_its_owners_and_goes_with_it(home):
    stale = home / "page-killed"
    stale.mkdir()
    (stale / "daftar.xlsx").write_bytes(b"left behind by a run that was killed")
    with page(home) as running:
        assert not stale.exists()
        assert running.session.folder.stat().st_mode & 0o077 == 0
        folder = running.session.folder
    assert not folder.exists()


def test_both_languages_are_there_and_the_choice_stays(visitor):
    assert "Letakkan berkas di sini" in visitor.get().text
    visitor.post("language", {"language": "en", "back": "person"})
    assert "Drop the file here" in visitor.get().text
    assert "Enter one person" in visitor.get("person").text


def test_the_template_that_is_handed_out_is_read_again(visitor):
    book = openpyxl.load_workbook(io.BytesIO(visitor.get("template.xlsx").body))
    sheet = book.active
    for column, cell in enumerate(("1", PEOPLE[0][0], "", *PEOPLE[0][1:-1], "ZAKAT", "2026-03", "300000"), 1):
        sheet.cell(4, column, cell)
    out = io.BytesIO()
    book.save(out)
    number = number_of(visitor.put(out.getvalue(), **ZAKAT))
    assert "Kunci 1 baris" in visitor.get(f"lists/{number}").text


def test_closing_ends_the_run(visitor):
    assert not visitor.running.session.closing.is_set()
    assert "Lapis ditutup" in visitor.post("close").text
    assert visitor.running.session.closing.is_set()


def test_columns_are_kept_for_next_month_and_those_that_are_gone_are_left_out(visitor):
    odd = ("No", "NIK", "Nama Penerima", "JK", "Tgl Lahir", "Pekon", "Kecamatan", "Kabupaten", "Tambahan")
    number = number_of(visitor.put(workbook(PEOPLE[:2], odd), **ZAKAT))
    chosen = {**ZAKAT, "column-amount": "Tambahan", "keep": "yes", "keep_as": "../Baznas"}
    visitor.follow(visitor.post(f"lists/{number}/columns", chosen))
    kept = visitor.running.session.home / "columns" / "Baznas.json"
    assert sorted(kept.parent.iterdir()) == [kept] and kept.stat().st_mode & 0o077 == 0
    columns = identity.load_choices(kept.read_text(), "kept")
    assert (columns["nik"], columns["amount"], columns["village"]) == ("NIK", "Tambahan", "Pekon")
    assert not [cell for row in PEOPLE for cell in row if len(cell) > 4 and cell in kept.read_text()]
    assert visitor.get(f"lists/{number}/columns.json").body == kept.read_bytes(), "the command reads the same file"
    assert "<option>Baznas</option>" in visitor.get().text
    april = told(visitor.put(workbook(PEOPLE[2:4], odd), "april.xlsx", **ZAKAT, columns="Baznas").text)
    assert april["amount"] == "Tambahan:you" and april["nik"] == "NIK:you"
    changed = told(visitor.put(workbook(PEOPLE[:2], (*odd[:8], "Nominal")), **ZAKAT, columns="Baznas").text)
    assert changed["nik"] == "NIK:you" and changed["amount"] == "Nominal:sure", "what is gone is looked for again"
    other = visitor.put(workbook(PEOPLE[:2]), **ZAKAT, columns="../keyring")
    assert told(other.text)["village"] == "Pekon:sure"


def test_kept_columns_that_were_spoilt_are_no_columns(visitor):
    folder = visitor.running.session.home / "columns"
    folder.mkdir()
    (folder / "x.json").write_text("{}")
    assert told(visitor.put(workbook(), **ZAKAT, columns="x").text)["nik"] == "NIK:sure"
