"""Nasty layouts: titles, headers, furniture, columns under other names, and rows that are no person."""

from __future__ import annotations

from tests.identity.nasty.case import (
    ANI,
    BUDI,
    CARD,
    CITRA,
    DEDI,
    OTHER_CARD,
    Case,
    Choices,
    Defaults,
    book,
    opened,
)

HEAD = ["No", "NIK", "Nama"]
TWO = [["1", ANI, "SITI AMINAH"], ["2", BUDI, "BUDI SANTOSO"]]
FINE = {"accepted": 2, "niks": (ANI, BUDI), "names": ("SITI AMINAH", "BUDI SANTOSO")}
FOUR = [
    [ANI, "SITI AMINAH"],
    [BUDI, "BUDI SANTOSO"],
    [CITRA, "CITRA DEWI"],
    [DEDI, "DEDI IRAWAN"],
    [ANI, "SITI AMINAH"],
]
DUPLICATE = (6, "row", "ROW_DUPLICATE")

CASES = [
    Case(
        "titles in merged cells",
        "a.xlsx",
        opened([["DAFTAR PENERIMA"], ["DESA KEDATON"], [], HEAD, *TWO], lambda sheet: sheet.merge_cells("A1:C1")),
        **FINE,
    ),
    Case("a header on row 15", "a.xlsx", book([*[["JUDUL"]] * 14, HEAD, *TWO]), **FINE),
    Case("a header on row 16", "a.xlsx", book([*[["JUDUL"]] * 15, HEAD, *TWO]), refused="HEADER_NOT_FOUND"),
    Case("no header", "a.xlsx", book(TWO), refused="HEADER_NOT_FOUND"),
    Case("no header, letters named", "a.xlsx", book(TWO), choices=Choices({"nik": "B", "name": "C"}), **FINE),
    Case("a row that numbers the columns", "a.xlsx", book([HEAD, [1, 2, 3], *TWO]), **FINE),
    Case("numbers of columns in brackets", "a.xlsx", book([HEAD, ["(1)", "(2)", "(3)"], *TWO]), **FINE),
    Case("a header that each page repeats", "a.xlsx", book([HEAD, TWO[0], HEAD, [1, 2, 3], TWO[1]]), **FINE),
    Case(
        "a header in two rows",
        "a.xlsx",
        book(
            [
                ["No", "NIK", "Nama", "Lahir", ""],
                ["", "", "", "Tempat", "Tanggal"],
                [*TWO[0], "Metro", "12-08-1980"],
                [*TWO[1], "Metro", "13-08-1980"],
            ]
        ),
        **FINE,
    ),
    Case("a header with breaks and stars", "a.xlsx", book([["No.", "N.I.K. *)", "Nama\nLengkap"], *TWO]), **FINE),
    Case("English beside Indonesian", "a.xlsx", book([["No", "NIK (ID number)", "Nama (name)"], *TWO]), **FINE),
    Case(
        "a subtotal and a total",
        "a.xlsx",
        book(
            [
                [*HEAD, "Nominal"],
                [*TWO[0], 600000],
                ["Sub Total", "", "", 600000],
                [*TWO[1], 600000],
                ["JUMLAH", "", "", 1200000],
            ]
        ),
        **FINE,
    ),
    Case(
        "a signature block",
        "a.xlsx",
        book(
            [
                HEAD,
                *TWO,
                [],
                ["", "", "Metro, 3 Maret 2026"],
                ["", "Mengetahui,", "Kepala Desa"],
                [],
                ["", "", "SUPRIYADI"],
                ["", "", "NIP. 197605122006041003"],
            ]
        ),
        **FINE,
    ),
    Case(
        "lines that name hamlets",
        "a.xlsx",
        book([HEAD, ["DUSUN I", "", ""], TWO[0], ["", "DUSUN II", ""], TWO[1]]),
        **FINE,
    ),
    Case("rows with a number only", "a.xlsx", book([HEAD, *TWO, ["3"], ["4"], ["5"]]), **FINE),
    Case("a hidden row", "a.xlsx", book([HEAD, *TWO], hidden_rows=(1,)), ((2, "row", "ROW_HIDDEN"),), **FINE),
    Case(
        "hidden columns",
        "a.xlsx",
        book([HEAD, *TWO], hidden_columns=(1, 2)),
        ((1, "nik", "COLUMN_HIDDEN"), (1, "name", "COLUMN_HIDDEN")),
        **FINE,
    ),
    Case(
        "a hidden sheet",
        "a.xlsx",
        book([], sheets={"A": [HEAD, *TWO], "B": [HEAD, *TWO]}, hidden=("B",)),
        ((1, "sheet", "SHEET_HIDDEN"),),
        **FINE,
    ),
    Case(
        "one person on the sheets of two months",
        "a.xlsx",
        book([], sheets={name: [["PENERIMA PKH TAHUN 2026"], HEAD, *TWO] for name in ("Januari", "Februari")}),
        accepted=4,
        defaults=Defaults(),
    ),
    Case(
        "one person on two sheets",
        "a.xlsx",
        book([], sheets={"RT 1": [HEAD, *TWO], "RT 2": [HEAD, TWO[0]]}),
        ((2, "row", "ROW_DUPLICATE"),),
        3,
    ),
    Case(
        "two columns for the NIK",
        "a.xlsx",
        book([["NIK", "Nama", "NIK"], [ANI, "SITI", BUDI]]),
        refused="COLUMN_AMBIGUOUS",
    ),
    Case(
        "two amounts",
        "a.xlsx",
        book([["NIK", "Nama", "Nominal", "Nominal"], [ANI, "SITI", 1, 2]]),
        refused="COLUMN_AMBIGUOUS",
    ),
    Case(
        "two amounts, settled",
        "a.xlsx",
        book([["NIK", "Nama", "Nominal", "Nominal"], [ANI, "SITI", 1, 2]]),
        accepted=1,
        choices=Choices({"amount": "D"}),
    ),
    Case(
        "a choice that is not there",
        "a.xlsx",
        book([HEAD, *TWO]),
        refused="MAPPING_COLUMN",
        choices=Choices({"sex": "Kelamin"}),
    ),
    Case(
        "NIKs under a header that says nothing",
        "a.xlsx",
        book([["Identitas", "Nama", "Alamat"], *[[*row, "x"] for row in FOUR]]),
        ((1, "nik", "COLUMN_BY_CONTENT"), DUPLICATE),
        5,
    ),
    Case(
        "NIKs and cards under each other's headers",
        "a.xlsx",
        book([["NIK", "No KK", "Nama"], *[[CARD, nik, name] for nik, name in FOUR]]),
        ((1, "kk", "COLUMN_CONTENT"), *((row, "nik", "NIK_SHARED") for row in range(2, 6)), DUPLICATE),
        5,
    ),
    Case(
        "amounts under the header of the sex",
        "a.xlsx",
        book([["NIK", "Nama", "JK"], *[[nik, name, 600000] for nik, name in FOUR]]),
        ((1, "sex", "COLUMN_CONTENT"), DUPLICATE),
        5,
    ),
    Case(
        "no NIK column", "a.xlsx", book([["No", "Nama", "Alamat"], ["1", "SITI", "x"]]), ((1, "nik", "COLUMN_NONE"),), 1
    ),
    Case(
        "no name column", "a.xlsx", book([["No", "NIK", "Alamat"], ["1", ANI, "x"]]), ((1, "name", "COLUMN_NONE"),), 1
    ),
    Case(
        "a person with neither",
        "a.xlsx",
        book([HEAD, TWO[0], ["2", "123", "-"]]),
        ((3, "name", "NAME_MISSING"), (3, "nik", "NIK_LENGTH"), (3, "row", "ROW_NO_IDENTITY")),
        1,
        1,
    ),
    Case(
        "no programme",
        "a.xlsx",
        book([HEAD, TWO[0]]),
        ((2, "programme", "PROGRAMME_MISSING"),),
        0,
        1,
        defaults=Defaults(),
    ),
    Case(
        "an unknown programme",
        "a.xlsx",
        book([[*HEAD, "Program"], [*TWO[0], "ENTAH"]]),
        ((2, "programme", "PROGRAMME_UNKNOWN"),),
        0,
        1,
    ),
    Case(
        "an unknown default programme",
        "a.xlsx",
        book([HEAD, TWO[0]]),
        refused="DEFAULT_PROGRAMME",
        defaults=Defaults("ENTAH"),
    ),
    Case(
        "an unreadable default period",
        "a.xlsx",
        book([HEAD, TWO[0]]),
        refused="DEFAULT_PERIOD",
        defaults=Defaults("PKH", "nanti"),
    ),
    Case(
        "an unknown default region",
        "a.xlsx",
        book([HEAD, TWO[0]]),
        refused="DEFAULT_REGION",
        defaults=Defaults("PKH", regency="X"),
    ),
    Case(
        "places that no table knows",
        "a.xlsx",
        book(
            [
                [*HEAD, "Desa", "Kecamatan", "Kab"],
                [*TWO[0], "ATLANTIS", "Kalianda", "Lampung Selatan"],
                [*TWO[1], "", "MU", "Lampung Selatan"],
                ["3", CITRA, "CITRA", "", "", "LEMURIA"],
            ]
        ),
        ((2, "village", "VILLAGE_UNKNOWN"), (3, "district", "DISTRICT_UNKNOWN"), (4, "regency", "REGENCY_UNKNOWN")),
        3,
    ),
    Case(
        "places that are several",
        "a.xlsx",
        book([[*HEAD, "Desa", "Kecamatan"], [*TWO[0], "Sukamaju", ""], [*TWO[1], "", "Rajabasa"]]),
        ((2, "village", "VILLAGE_AMBIGUOUS"), (3, "district", "DISTRICT_AMBIGUOUS")),
        2,
    ),
    Case(
        "amounts and periods of all kinds",
        "a.xlsx",
        book(
            [
                [*HEAD, "Nominal", "Tahap"],
                [*TWO[0], "6 kg", "nanti"],
                [*TWO[1], "Rp 600.000,-", "Tahap 1"],
                ["3", CITRA, "CITRA", "600,000.00", "Maret 2026"],
            ]
        ),
        ((2, "amount", "AMOUNT_UNREADABLE"), (2, "period", "PERIOD_UNREADABLE"), (3, "period", "PERIOD_NO_YEAR")),
        3,
        defaults=Defaults("PKH"),
    ),
    Case(
        "a NIK that stands for its card as well",
        "a.xlsx",
        book([[*HEAD, "No KK"], [*TWO[0], CARD], [*TWO[1], BUDI]]),
        ((3, "kk", "KK_IS_NIK"),),
        **FINE,
    ),
    Case("two cards of one family", "a.xlsx", book([[*HEAD, "No KK"], [*TWO[0], CARD], [*TWO[1], OTHER_CARD]]), **FINE),
]
