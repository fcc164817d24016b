"""Somebody new, with the guide alone: from nothing and an ugly workbook to a sealed list and a pull, in a browser.

`LAPIS_PICTURES=docs/pictures` writes the guide's pictures of enrolment.
"""

import datetime as dt
import io
import os

import openpyxl
import pytest

from scripts import homes
from tests.api.http.running import Up
from tests.scripts.desks import AGREED, PASSPHRASE, lapis
from tests.scripts.page.serving import page
from tests.scripts.page.test_browser import enter, go, shot, tab

__all__ = ["tab"]
NATAR = ("Hajimena", "Natar", "Lampung Selatan")
ROWS = (
    (1801045708809001, "SITI AMINAH", "P", dt.date(1980, 8, 17), *NATAR, "Rp 600.000,-", None),
    ("1801041203759002", "H. BUDI SANTOSO, S.Pd", "L", "Natar, 12 Maret 1975", *NATAR, 600_000, None),
    ("'1801046505909003", "Ny. WAYAN LESTARI", "Perempuan", "25-05-90", *NATAR, "600.000", None),
    ("belum ada", "ROKAYAH", "P", "1975", "Sidosari", "Natar", "Lamsel", 600_000, "belum rekam"),
    (None, "SUPARMAN bin KASIM", "L", "03/04/1965", "Merak Batin", "NATAR", "KAB. LAMPUNG SELATAN", "600000", None),
    ("18O1042203679006", "MOH. ALI", "L", "22 Maret 1967", *NATAR, 600_000, None),
)
"""The names are made up, and the NIKs bear the serial numbers of synthetic ones."""


def ugly():
    """Titles over merged cells, a header merged over two rows, numbers, a number for a NIK, all kinds of dates."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    for row in (
        ["PEMERINTAH KABUPATEN LAMPUNG SELATAN"], ["DAFTAR PENERIMA BANTUAN PANGAN KECAMATAN NATAR"], [],
        ["NO", "IDENTITAS", None, None, None, "ALAMAT", None, None, "NILAI BANTUAN", "KET"],
        [None, "No. KTP", "Nama Lengkap", "L/P", "TTL", "Desa/Kel", "Kec.", "Kab/Kota", None, None], list(range(1, 11)),
    ):  # fmt: skip
        sheet.append(row)
    for cells in ("A1:J1", "A2:J2", "B4:E4", "F4:H4", "A4:A5", "I4:I5", "J4:J5"):
        sheet.merge_cells(cells)
    for number, row in enumerate(ROWS, 1):
        sheet.append([number, *row])
    for row in ([], [None, "JUMLAH", *[None] * 6, "=SUM(I7:I12)"], [], [*[None] * 6, "Natar, 2 Mei 2026"]):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def choose(tab, label, path):
    tab.get_by_label(label).first.set_input_files(path)


@pytest.fixture
def running(tmp_path):
    """The page on a laptop where nothing was done yet."""
    with page(tmp_path / "agency", unlocked=False) as found:
        yield found


def test_somebody_new_comes_from_an_ugly_workbook_to_a_sealed_submission_and_a_pull(tmp_path, running, tab):
    centre = tmp_path / "centre"
    lapis("centre", "init", "--home", centre, "--seal", tmp_path / "seal", "--name", "pmo")
    try:
        journey(tmp_path, centre, running, tab)
    finally:
        homes.load(centre).server.stop()


def journey(folder, centre, running, tab):
    custodian, secret = folder / "custodian", folder / "secret"
    secret.write_text(PASSPHRASE)
    unlock = ("--passphrase-file", secret)
    lapis("custodian", "init", "--name", "Kominfo", "--home", custodian, *unlock)
    enter(tab, running)
    tab.get_by_role("link", name="Buat kunci").click()
    tab.get_by_label("Nama pendek").fill("baznas")
    tab.get_by_label("Nama, seperti").fill("Baznas Lampung")
    choose(tab, "Kartu pusat", centre / "card.json")
    choose(tab, "Kartu kustodian", custodian / "card.json")
    tab.get_by_label("Kata sandi baru").fill(PASSPHRASE)
    tab.get_by_label("Ulangi").fill(PASSPHRASE)
    shot(tab, "enrol")
    tab.get_by_role("button", name="Buat kunci").click()
    shot(tab, "fingerprints")
    with tab.expect_download() as card:
        tab.get_by_role("link", name="Ambil kartu").click()
    card.value.save_as(folder / "baznas.json")
    backup = tab.locator("form[action$=backup]")
    backup.get_by_label("Kata sandi").fill(PASSPHRASE)
    with tab.expect_download() as sheet:
        backup.get_by_role("button", name="Ambil lembar cadangan").click()
    assert sheet.value.suggested_filename == "cadangan-kunci.pdf"
    up = other_side(folder, centre, custodian, unlock)
    try:
        go_on(tab, running, up, folder)
    finally:
        up.stop()


def other_side(folder, centre, custodian, unlock):
    """What custodian and centre do with the card, and hand over."""
    card = folder / "baznas.json"
    lapis("custodian", "agreement", card, *AGREED, "--document", card, "--home", custodian)
    lapis("custodian", "epoch", "2026-1", "--agency", card, "--out", folder / "out", "--home", custodian, *unlock)
    lapis("centre", "enrol", card, "--home", centre)
    lapis("centre", "epoch", folder / "out" / "2026-1.epoch.json", "--home", centre)
    (folder / "who.toml").write_text('agencies = ["baznas"]\n')
    up = Up(centre, 20_000 + os.getpid() % 20_000, own_issuer=True)
    lapis("centre", "identities", folder / "who.toml", "--handover", folder / "handover", "--home", centre,
          "--redirect", f"{up.address}/login/callback")  # fmt: skip
    up.start()
    up.wait()
    return up


def go_on(tab, running, up, folder):
    """Go from what was handed over to a pull."""
    choose(tab, "Berkas bundel", folder / "out" / "2026-1.baznas.bundle")
    form = tab.locator("form[action$=epoch]")
    form.get_by_label("Kata sandi").fill(PASSPHRASE)
    form.get_by_role("button", name="Terima bundel").click()
    tab.get_by_text("berlaku", exact=True).wait_for()
    go(tab, "Pusat")
    tab.locator("input[name=centre]").fill(up.address)
    choose(tab, "Kredensial", folder / "handover" / "agencies" / "baznas.json")
    choose(tab, "Penanda tangan", up.home / "tls" / "ca.pem")
    tab.get_by_role("button", name="Simpan").click()
    go(tab, "Daftar")
    list_ = folder / "bantuan pangan natar MEI (final).xlsx"
    list_.write_bytes(ugly())
    tab.locator("input[name=list]").set_input_files(list_)
    tab.get_by_role("button", name="Baca daftar").click()
    tab.wait_for_url("**/columns")
    assert tab.get_by_text("Tanpa program tidak ada baris yang bisa dikirim").is_visible(), "she is told at once"
    tab.locator("#column-amount").select_option("I")
    tab.locator("select[name=programme]").select_option("SEMBAKO")
    tab.locator("input[name=period]").fill("2026-05")
    tab.get_by_label("simpan kolom ini").check()
    tab.get_by_role("button", name="Periksa baris").click()
    tab.wait_for_url("**/lists/*")
    records = running.session.lists[max(running.session.lists)].reading.records.to_pylist()
    assert [each["amount"] for each in records] == [600_000] * 6
    assert [each["nik_status"] for each in records] == ["damaged", "ok", "ok", "none", "none", "invalid"]
    assert [each["birth_date"] is not None for each in records] == [True, True, True, False, True, True]
    tab.get_by_role("button", name="Kunci 6 baris").click()
    tab.wait_for_url("**/outbox")
    tab.get_by_role("button", name="Kirim sekarang").click()
    tab.get_by_text("Diterima").first.wait_for(timeout=60_000)
    back_and_forth(tab, running)
    go(tab, "Rujukan")
    tab.get_by_role("button", name="Tanya pusat").click()
    tab.get_by_text("Tidak ada kampanye").wait_for(timeout=60_000)
    go(tab, "Baris terkirim")
    tab.get_by_role("button", name="Tanyakan keadaannya").click()
    tab.get_by_text("tercatat", exact=True).wait_for(timeout=60_000)
    shot(tab, "stand")
    assert running.session.sent[running.session.outbox[0].name]["rows"] == 6


def back_and_forth(tab, running):
    """The browser's own way back after a submission shows what is, and does nothing again."""
    before = [path.name for path in running.session.outbox], running.session.sent
    for _ in range(3):
        tab.go_back()
    for _ in range(3):
        tab.go_forward()
    tab.reload()
    assert ([path.name for path in running.session.outbox], running.session.sent) == before
