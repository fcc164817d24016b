"""Places whose names begin like a header are no header: nobody who lives there is skipped."""

from linkage import identity

LIST = """NIK;Nama;Desa;Kabupaten
;Iyah Hayati;Kampung Baru;Kabupaten Lampung Selatan
NIK;Nama;Desa;Kabupaten
1871015708809001;Siti Aminah;Kampung Baru;Kabupaten Lampung Selatan
"""


def test_a_row_without_a_nik_in_a_kampung_of_a_kabupaten_is_a_person_and_a_repeated_header_is_not():
    reading = identity.read_records(LIST.encode(), "daftar.csv", identity.Defaults("ZAKAT", "2026-03"))
    assert (reading.rows, reading.skipped) == (2, 1)
    assert reading.records["name"].to_pylist() == ["IYAH HAYATI", "SITI AMINAH"]
