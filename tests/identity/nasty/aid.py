"""Nasty columns of aid: words that no list has, deciles without a version, names where a kind should stand."""

from __future__ import annotations

from tests.identity.nasty.case import ANI, BUDI, CITRA, Case, Defaults, book

HEAD = ["No", "NIK", "Nama"]
PEOPLE = [["1", ANI, "SITI AMINAH"], ["2", BUDI, "BUDI SANTOSO"], ["3", CITRA, "CITRA DEWI"]]


def column(header, good, bad, role, code):
    """One cell that no table knows between two that it does."""
    rows = [[*HEAD, header], *[[*who, cell] for who, cell in zip(PEOPLE, (good, bad, "-"), strict=True)]]
    return Case(f"{role}: {header}", "a.xlsx", book(rows), ((3, role, code),), 3)


CASES = [
    column("Sumber Dana", "APBD Kab/Kota", "kas Pak Lurah", "fund", "FUND_UNKNOWN"),
    column("Bentuk Bantuan", "Uang tunai", "kambing SITI", "form", "FORM_UNKNOWN"),
    column("Penerima Pembayaran", "Kelompok", "SUTRISNO", "payee", "PAYEE_UNKNOWN"),
    column("Status Penyaluran", "Sudah disalurkan", "titip SITI", "status", "STATUS_UNKNOWN"),
    column("Padan Dukcapil", "Meninggal", "pindah ke Jawa", "beneficiary", "BENEFICIARY_UNKNOWN"),
    column("No SP2D", "00123/SP2D/LS/2026", "1871015503900001", "disbursement", "REFERENCE_UNREADABLE"),
    column("Kebutuhan", "pangan, kesehatan", "pangan; beras untuk SITI", "needs", "NEED_UNKNOWN"),
    column("Keterbatasan Akses", "Air bersih", "rumah SITI", "lacks", "LACK_UNKNOWN"),
    column("Rawan Bencana", "Banjir dan longsor", "tetangga", "exposures", "EXPOSURE_UNKNOWN"),
    column("Jenis Lantai", "Tanah", "lantai rumah SITI", "floor", "SIGN_UNKNOWN"),
    Case(
        "deciles of a version, and one that is none",
        "a.xlsx",
        book([[*HEAD, "Desil"], [*PEOPLE[0], "Desil 1"], [*PEOPLE[1], "11"], [*PEOPLE[2], 10]]),
        ((3, "decile", "DECILE_UNREADABLE"),),
        3,
        defaults=Defaults("PKH", "2026-03", dtsen="Januari 2026"),
    ),
    Case(
        "deciles without a version",
        "a.xlsx",
        book(
            [[*HEAD, "Desil", "Versi DTSEN"], [*PEOPLE[0], "1", "2026-01"], [*PEOPLE[1], "2", ""], [*PEOPLE[2], "", ""]]
        ),
        ((3, "decile", "DECILE_NO_VERSION"),),
        3,
    ),
    Case(
        "a version that names a year alone",
        "a.xlsx",
        book([[*HEAD, "Desil", "Versi DTSEN"], [*PEOPLE[0], "1", "2026-01"], [*PEOPLE[1], "2", "2025"]]),
        ((3, "decile", "DECILE_NO_VERSION"), (3, "dtsen", "DTSEN_UNREADABLE")),
        2,
    ),
    Case(
        "an unreadable default version",
        "a.xlsx",
        book([HEAD, *PEOPLE]),
        refused="DEFAULT_DTSEN",
        defaults=Defaults("PKH", dtsen="2026"),
    ),
    Case(
        "a register that names programmes",
        "a.xlsx",
        book([[*HEAD, "Program", "Nominal"], [*PEOPLE[0], "", ""], [*PEOPLE[1], "PKH", ""], [*PEOPLE[2], "", "5000"]]),
        ((3, "row", "REGISTER_AID"), (4, "row", "REGISTER_AID")),
        3,
        defaults=Defaults(register=True),
    ),
    Case(
        "a column of marital states",
        "a.xlsx",
        book([[*HEAD, "Status"], [*PEOPLE[0], "Kawin"], [*PEOPLE[1], "Belum"], [*PEOPLE[2], "Cerai"]]),
        (),
        3,
    ),
]
