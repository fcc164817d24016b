"""Nasty people: numbers that a spreadsheet broke or a person made up, names with everything around them, and dates."""

from __future__ import annotations

import datetime as dt

from tests.identity.nasty.case import ANI, BORN, BUDI, CARD, CITRA, DEDI, Case, book, edited, opened, separated

HEAD = ["No", "NIK", "Nama"]
NAMES = [
    "SITI AMINAH",
    "BUDI SANTOSO",
    "CITRA DEWI",
    "DEDI IRAWAN",
    "EKA PUTRI",
    "FAJAR HADI",
    "GITA LESTARI",
    "HENDRA WIJAYA",
    "INDAH SARI",
    "JOKO SUSILO",
    "KARTINI",
    "LUKMAN HAKIM",
    "MAYA ANGGRAINI",
    "NUR HAYATI",
    "OKTA RIZAL",
    "PURWANTO",
    "QORI RAHMAT",
    "RINA WATI",
    "SUPARMAN",
    "TUTIK HANDAYANI",
    "UMAR BAKRI",
    "VINA OKTAVIA",
    "WAHYU NUGROHO",
    "YULI ASTUTI",
]
SOUND = [ANI, BUDI, CITRA, DEDI]


def numbered(cells, head=HEAD):
    return [head, *[[str(place), cell, name] for place, (cell, name) in enumerate(zip(cells, NAMES, strict=False), 1)]]


def bad(code, rows, column="nik"):
    return tuple((row, column, code) for row in rows)


def one(title, cell, code, **more):
    """One odd number between two sound ones."""
    more = {"niks": (ANI, None, BUDI)} | more
    return Case(title, "a.xlsx", book(numbered([ANI, cell, BUDI])), ((3, "nik", code),), 3, **more)


def card(title, cell, code):
    rows = [[*HEAD, "No KK"], ["1", ANI, "SITI", CARD], ["2", BUDI, "BUDI", cell]]
    return Case(title, "a.xlsx", book(rows), ((3, "kk", code),), 2, niks=(ANI, BUDI))


def born(title, cells, says, births, niks=()):
    head = ["NIK", "Nama", "Tgl Lahir"]
    rows = [[niks[place] if place < len(niks) else "", NAMES[place], cell] for place, cell in enumerate(cells)]
    without = bad("NIK_NONE", [place + 2 for place, row in enumerate(rows) if not row[0]])
    return Case(title, "a.xlsx", book([head, *rows]), (*without, *says), len(cells), births=births)


def named(title, cells, names, says=()):
    rows = [HEAD, *[[str(place), nik, cell] for place, (nik, cell) in enumerate(zip(SOUND, cells, strict=False), 1)]]
    return Case(title, "a.xlsx", book(rows), says, len(cells), names=names)


NUMBERS = [
    Case(
        "a column typed as numbers",
        "a.xlsx",
        book(numbered([float(int(ANI) // 10 * 10 + 10 * place) for place in range(8)])),
        ((1, "nik", "NIK_COLUMN_DAMAGED"), *bad("NIK_NUMERIC", range(2, 10))),
        8,
        niks=(None,) * 8,
    ),
    Case(
        "a column in scientific notation",
        "a.csv",
        separated(numbered(["1,87102E+15"] * 4)),
        ((1, "nik", "NIK_COLUMN_DAMAGED"), *bad("NIK_SCIENTIFIC", range(2, 6))),
        4,
        niks=(None,) * 4,
    ),
    Case(
        "a column that a fill handle ran down",
        "a.xlsx",
        book(numbered([str(int(ANI) + place) for place in range(8)])),
        ((1, "nik", "NIK_COLUMN_DAMAGED"), *bad("NIK_FILLED", range(2, 10))),
        8,
        niks=(None,) * 8,
    ),
    Case(
        "a column of serials 0000",
        "a.xlsx",
        book(numbered([f"18710112{place:02d}800000" for place in range(1, 9)])),
        ((1, "nik", "NIK_COLUMN_DAMAGED"), *bad("NIK_ZEROED", range(2, 10))),
        8,
        niks=(None,) * 8,
    ),
    Case(
        "a column whose numbers all end in 0",
        "a.xlsx",
        book(numbered([f"1871015208{60 + place // 9}9{place % 9 + 1}{place % 7}0" for place in range(24)])),
        ((1, "nik", "NIK_COLUMN_DAMAGED"), *bad("NIK_ZEROED", range(2, 26))),
        24,
        niks=(None,) * 24,
    ),
    Case(
        "cards typed as numbers",
        "a.xlsx",
        book(
            [
                [*HEAD, "No KK"],
                *[[str(place), nik, NAMES[place], float(int(CARD) + 7 * place)] for place, nik in enumerate(SOUND, 1)],
            ]
        ),
        ((1, "kk", "KK_COLUMN_DAMAGED"), *bad("KK_NUMERIC", range(2, 6), "kk")),
        4,
        niks=tuple(SOUND),
    ),
    Case(
        "cards that a fill handle ran down",
        "a.xlsx",
        book(
            [
                [*HEAD, "No KK"],
                *[[str(place), nik, NAMES[place], str(int(CARD) + place)] for place, nik in enumerate(SOUND, 1)],
            ]
        ),
        ((1, "kk", "KK_COLUMN_DAMAGED"), *bad("KK_FILLED", range(2, 6), "kk")),
        4,
    ),
    Case(
        "cards of serial 0000",
        "a.xlsx",
        book(
            [
                [*HEAD, "No KK"],
                *[[str(place), nik, NAMES[place], f"187101120{place}150000"] for place, nik in enumerate(SOUND, 1)],
            ]
        ),
        ((1, "kk", "KK_COLUMN_DAMAGED"), *bad("KK_ZEROED", range(2, 6), "kk")),
        4,
    ),
    one("one number among texts", float(int(CITRA)), "NIK_NUMERIC"),
    one("a decimal tail", f"{CITRA}.00", "NIK_NUMERIC"),
    one("one in scientific notation", "1.80106E+15", "NIK_SCIENTIFIC"),
    one("fifteen digits", CITRA[:-1], "NIK_LENGTH"),
    one("letters for digits", CITRA.replace("0", "O"), "NIK_LETTERS"),
    one("other signs", f"{CITRA[:8]}/{CITRA[8:]}", "NIK_CHARACTERS"),
    one("a province that is none", "99" + CITRA[2:], "NIK_PROVINCE"),
    one("a leading zero", "0" + CITRA[1:], "NIK_PROVINCE"),
    one("a regency of 00", CITRA[:2] + "00" + CITRA[4:], "NIK_REGION"),
    one("a day of 32", CITRA[:6] + "32" + CITRA[8:], "NIK_DATE"),
    one("the 30th of February", CITRA[:6] + "300280" + CITRA[12:], "NIK_DATE"),
    one("one serial 0000", CITRA[:12] + "0000", "NIK_SERIAL"),
    one("a made-up number", "1234567890123456", "NIK_DUMMY"),
    one("one digit repeated", "9" * 16, "NIK_REPEATED"),
    one("words for none", "belum rekam", "NIK_NONE"),
    one("a district of no list", "180299" + CITRA[6:], "NIK_DISTRICT_UNKNOWN", niks=(ANI, "180299" + CITRA[6:], BUDI)),
    one(
        "a district of Tanggamus that went to Pringsewu",
        "180650" + CITRA[6:],
        "NIK_DISTRICT_OLD",
        niks=(ANI, "180650" + CITRA[6:], BUDI),
    ),
    Case(
        "quotes, dots, dashes and spaces",
        "a.xlsx",
        book(
            numbered(
                [
                    f"'{ANI}",
                    f"{BUDI[:6]}.{BUDI[6:12]}.{BUDI[12:]}",
                    f"{CITRA[:4]} {CITRA[4:8]}-{CITRA[8:]}",
                    f"\u00a0{DEDI}\u200b",
                ]
            )
        ),
        accepted=4,
        niks=tuple(SOUND),
    ),
    Case("two names under one NIK", "a.xlsx", book(numbered([ANI, ANI])), bad("NIK_SHARED", (2, 3)), 2),
    Case(
        "a slip in one digit",
        "a.xlsx",
        book([HEAD, ["1", ANI, "SITI AMINAH"], ["2", ANI[:-1] + "7", "SITI AMINAH"]]),
        ((3, "row", "ROW_SIMILAR"),),
        2,
    ),
    card("a card of 15 digits", CARD[:-1], "KK_LENGTH"),
    card("a card with letters", CARD.replace("0", "O"), "KK_LETTERS"),
    card("a card with other signs", "ada", "KK_CHARACTERS"),
    card("a card of no province", "99" + CARD[2:], "KK_PROVINCE"),
    card("a card of regency 00", "1800" + CARD[4:], "KK_REGION"),
    card("a woman's NIK for a card", CITRA, "KK_DATE"),
    card("a card of serial 0000", CARD[:12] + "0000", "KK_SERIAL"),
    card("a card as a number", float(int(CARD)), "KK_NUMERIC"),
    card("a card in scientific notation", "1,87E+15", "KK_SCIENTIFIC"),
    card("no card", "-", "KK_NONE"),
    card("a made-up card", "1234567890123456", "KK_DUMMY"),
    card("a card of one digit", "0" * 16, "KK_REPEATED"),
]

WRITTEN = [
    named(
        "titles, degrees and marks of death",
        ["Hj. SITI AMINAH, S.Pd., M.Si", "(Alm) BUDI", "Drs. H. M. Djamil", "DEDI (ALM)"],
        ("SITI AMINAH", "BUDI", "MUHAMMAD JAMIL", "DEDI"),
    ),
    named(
        "fathers",
        ["SITI binti SLAMET", "BUDI bin H. Moh. Ali", "CITRA BT. AMAT", "DEDI"],
        ("SITI", "BUDI", "CITRA", "DEDI"),
    ),
    named(
        "no names",
        ["", "-", 12, "1234"],
        (None,) * 4,
        (*bad("NAME_MISSING", (2, 3), "name"), *bad("NAME_NOT_TEXT", (4, 5), "name")),
    ),
    named(
        "other scripts",
        ["АЛЕКСЕЙ", "SITI Б", "José Müller", "NUR\u2019AINI"],
        (None, "SITI", "JOSE MULLER", "NURAINI"),
        ((2, "name", "NAME_SCRIPT"), (3, "name", "NAME_LETTERS")),
    ),
    named(
        "groups and several people",
        ["Kelompok Tani Maju", "SITI / BUDI", "Yayasan Al-Huda", "DEDI"],
        ("KELOMPOK TANI MAJU", "SITI BUDI", "YAYASAN AL HUDA", "DEDI"),
        ((2, "name", "NAME_GROUP"), (3, "name", "NAME_SEVERAL"), (4, "name", "NAME_GROUP")),
    ),
    named(
        "a name of a whole family",
        ["A" * 101, "BUDI", "CITRA", "DEDI"],
        (None, "BUDI", "CITRA", "DEDI"),
        ((2, "name", "NAME_LONG"),),
    ),
]

DATES = [
    born(
        "days in every form",
        [
            "12 Agustus 1980",
            "12-Agt-80",
            "1980-08-12",
            "12.08.1980 00:00",
            BORN,
            29445,
            "Agustus 12, 1980",
            "25/08/1980",
        ],
        (),
        (*[BORN] * 7, BORN.replace(day=25)),
    ),
    born("days since 1900 as text", ["29445", "29445.0", "19800812", "12081980"], (), (BORN,) * 4),
    born(
        "two-digit years",
        ["25-08-80", "25-08-05", "25 Agt 45"],
        (),
        (dt.date(1980, 8, 25), dt.date(2005, 8, 25), dt.date(1945, 8, 25)),
    ),
    born(
        "months first, settled by the NIK",
        ["08/12/1980", "08/13/1980", "12-08-1980"],
        (),
        (BORN, BORN.replace(day=13), BORN),
        (ANI, BUDI, ANI[:-1] + "7"),
    ),
    born(
        "orders that are mixed and nobody settles",
        ["25/08/1980", "08/25/1980", "05/06/1980"],
        ((4, "birth_date", "DATE_AMBIGUOUS"),),
        (dt.date(1980, 8, 25), dt.date(1980, 8, 25), None),
    ),
    born(
        "a typed day whose months a program swapped",
        [dt.date(1980, 12, 8)],
        ((2, "birth_date", "DATE_SWAPPED"),),
        (BORN,),
        (ANI,),
    ),
    born(
        "a day that the NIK denies",
        [dt.date(1981, 8, 12)],
        ((2, "birth_date", "BIRTH_DIFFERS"),),
        (dt.date(1981, 8, 12),),
        (ANI,),
    ),
    born(
        "days that are none",
        ["31/02/1980", "12 Foo 1980", "1980", "25/12/2030", "", "tidak tahu"],
        (
            (2, "birth_date", "DATE_IMPOSSIBLE"),
            (3, "birth_date", "DATE_UNREADABLE"),
            (4, "birth_date", "DATE_PARTIAL"),
            (5, "birth_date", "DATE_FUTURE"),
            (6, "birth_date", "DATE_MISSING"),
            (7, "birth_date", "DATE_MISSING"),
        ),
        (None,) * 6,
    ),
    Case(
        "a place before the day",
        "a.xlsx",
        book(
            [
                ["NIK", "Nama", "Tempat, Tgl Lahir"],
                [ANI, "SITI", "Metro, 12 Agustus 1980"],
                [BUDI, "BUDI", "TJ. KARANG 13-08-1980"],
            ]
        ),
        accepted=2,
        births=(BORN, BORN.replace(day=13)),
    ),
    Case(
        "days since 1904 that were left as numbers",
        "a.xlsx",
        edited(
            opened([["NIK", "Nama", "Tgl Lahir"], ["", "SITI", 29445 - 1462]]),
            "xl/workbook.xml",
            lambda old: old.replace(b"<workbookPr ", b'<workbookPr date1904="1" '),
        ),
        ((2, "nik", "NIK_NONE"),),
        1,
        births=(BORN,),
    ),
    Case(
        "sexes that differ or cannot be read",
        "a.xlsx",
        book([["NIK", "Nama", "L/P"], [ANI, "SITI", "L"], [BUDI, "BUDI", "?!"], [CITRA, "CITRA", "Perempuan"]]),
        ((2, "sex", "SEX_DIFFERS"), (3, "sex", "SEX_UNKNOWN")),
        3,
    ),
]

CASES = [*NUMBERS, *WRITTEN, *DATES]
