"""The ten layouts of the seven sources and the register: titles, header row, columns, and the forms their cells take.

Shapes follow known files (P3KE, BLT-DD, BPNT and the lists of provinces, Baznas and donors; domain §4). No data here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PERIOD = "2026-03"


@dataclass(frozen=True, slots=True)
class Layout:
    """How one list is laid out.

    `titles` are merged over the width, with {village}, {district}, {regency}; the header stands in row `header_row`
    (1-based), then a row `1 2 3 …` if `numbered`. `columns` are (header, role). `dates` weighs date forms (see
    `cells`), `sexes` are the words for L and P, `money` the form of amounts, `upper` whether names are capitals.
    `split` is the file a row goes to: one for the whole province, or one a regency. `notes` follow the last row.
    """

    agency_name: str
    file: str
    split: str
    titles: tuple[str, ...]
    header_row: int
    columns: tuple[tuple[str, str], ...]
    dates: Mapping[str, float]
    sexes: tuple[str, str]
    money: str
    upper: float
    numbered: bool = False
    total: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_workbook(self) -> bool:
        """Tell whether the file is a workbook or else text."""
        return self.file.endswith(".xlsx")

    @property
    def first_row(self) -> int:
        """Give the row number, as a spreadsheet shows it, of the first record."""
        return self.header_row + 1 + self.numbered


_P3KE = (
    ("ID Individu", "individual"),
    ("Nama", "name"),
    ("NIK", "nik"),
    ("No KK", "kk"),
    ("Jenis Kelamin", "sex"),
    ("Hubungan", "role"),
    ("Tanggal Lahir", "born"),
    ("Kabupaten", "regency"),
    ("Kecamatan", "district"),
    ("Desa", "village"),
    ("Program", "programme"),
    ("Periode", "period"),
    ("Nominal", "amount"),
)

LAYOUTS: dict[str, Layout] = {
    "dtsen": Layout(
        agency_name="Badan Pusat Statistik Provinsi Lampung",
        file="dtsen/p3ke{part}.csv",
        split="province",
        titles=(),
        header_row=1,
        columns=(
            ("ID Keluarga", "individual"),
            ("Kabupaten", "regency"),
            ("Kecamatan", "district"),
            ("Desa", "village"),
            ("Desil Kesejahteraan", "decile"),
            ("Versi DTSEN", "version"),
            ("Nama", "name"),
            ("NIK", "nik"),
            ("No KK", "kk"),
            ("Padan Dukcapil", "state"),
            ("Jenis Kelamin", "sex"),
            ("Hubungan", "role"),
            ("Tanggal Lahir", "born"),
            ("Pekerjaan", "occupation"),
            ("Risiko Stunting", "health"),
            ("Jenis Lantai", "floor"),
            ("Fasilitas BAB", "toilet"),
            ("Sumber Air Minum", "water"),
            ("Akses Sekolah", "school"),
            ("Akses Puskesmas", "clinic"),
            ("Akses Jalan", "road"),
            ("Rawan Bencana", "hazard"),
        ),
        dates={"iso": 0.9, "slash": 0.1},
        sexes=("Laki-laki", "Perempuan"),
        money="digits",
        upper=1.0,
    ),
    "pkh": Layout(
        agency_name="Kementerian Sosial",
        file="kemensos/pkh{part}.csv",
        split="province",
        titles=(),
        header_row=1,
        columns=_P3KE,
        dates={"iso": 0.6, "slash": 0.3, "dash": 0.1},
        sexes=("Laki-laki", "Perempuan"),
        money="digits",
        upper=1.0,
    ),
    "sembako": Layout(
        agency_name="Kementerian Sosial",
        file="kemensos/sembako{part}.csv",
        split="province",
        titles=(),
        header_row=1,
        columns=_P3KE,
        dates={"iso": 0.7, "slash": 0.3},
        sexes=("Laki-laki", "Perempuan"),
        money="digits",
        upper=1.0,
    ),
    "provinsi": Layout(
        agency_name="Dinas Sosial Provinsi Lampung",
        file="dinsos-provinsi/bansos-provinsi{part}.xlsx",
        split="province",
        titles=(
            "DAFTAR PENERIMA BANTUAN SOSIAL PROVINSI LAMPUNG",
            "DINAS SOSIAL PROVINSI LAMPUNG TAHUN ANGGARAN 2026",
            "PERIODE MARET 2026",
        ),
        header_row=5,
        columns=(
            ("No", "number"),
            ("NIK", "nik"),
            ("No. KK", "kk"),
            ("Nama Penerima", "name"),
            ("L/P", "sex"),
            ("Tempat, Tgl Lahir", "birthplace"),
            ("Kab/Kota", "regency"),
            ("Kecamatan", "district"),
            ("Desa/Kelurahan", "village"),
            ("Besaran", "amount"),
            ("Sumber Dana", "fund"),
            ("No. SP2D", "order"),
            ("Ket", "blank"),
        ),
        dates={"month": 0.5, "dash": 0.3, "short": 0.2},
        sexes=("L", "P"),
        money="rupiah",
        upper=0.9,
        numbered=True,
        total=True,
    ),
    "kabupaten": Layout(
        agency_name="Dinas Sosial Kabupaten/Kota",
        file="dinsos-kabupaten/bansos-{regency}.xlsx",
        split="regency",
        titles=("DAFTAR NOMINATIF PENERIMA BANSOS APBD {regency}", "BULAN MARET 2026"),
        header_row=4,
        columns=(
            ("No.", "number"),
            ("Nama KPM", "name"),
            ("No KTP", "nik"),
            ("NKK", "kk"),
            ("JK", "sex"),
            ("Tgl Lahir", "born"),
            ("Alamat", "address"),
            ("{village_word}", "village"),
            ("Kecamatan", "district"),
            ("Jumlah", "amount"),
            ("Sumber Anggaran", "fund"),
        ),
        dates={"cell": 0.6, "slash": 0.3, "short": 0.1},
        sexes=("L", "P"),
        money="number",
        upper=0.7,
        total=True,
    ),
    "rtlh": Layout(
        agency_name="Dinas Sosial Kabupaten/Kota",
        file="dinsos-kabupaten/rtlh{part}.xlsx",
        split="province",
        titles=("REKAPITULASI PENERIMA BANTUAN RUMAH TIDAK LAYAK HUNI (RTLH)",),
        header_row=3,
        columns=(
            ("No", "number"),
            ("Nama Penerima", "name"),
            ("NIK", "nik"),
            ("No KK", "kk"),
            ("Jenis Kelamin", "sex"),
            ("TTL", "birthplace"),
            ("Kabupaten/Kota", "regency"),
            ("Kecamatan", "district"),
            ("Desa/Kelurahan/Pekon/Tiyuh", "village"),
            ("Nilai (Rp)", "amount"),
            ("Termin", "stage"),
            ("Nomor SP2D", "order"),
        ),
        dates={"dash": 0.6, "month": 0.4},
        sexes=("Laki-laki", "Perempuan"),
        money="number",
        upper=0.5,
        total=True,
    ),
    "desa": Layout(
        agency_name="Pemerintah Desa",
        file="desa/blt-dd-{regency}.xlsx",
        split="regency",
        titles=(
            "DAFTAR KELUARGA PENERIMA MANFAAT (KPM) BLT DANA DESA",
            "{village_word} {village} KECAMATAN {district} {regency}",
            "BULAN MARET 2026",
        ),
        header_row=5,
        columns=(
            ("No", "number"),
            ("NIK", "nik"),
            ("Nama Kepala Keluarga", "name"),
            ("Jenis Kelamin", "sex"),
            ("Tanggal Lahir", "born"),
            ("No KK", "kk"),
            ("Jumlah Anggota", "members"),
            ("Alamat", "address"),
            ("RT", "rt"),
            ("RW", "rw"),
            ("Pekerjaan", "work"),
            ("Kriteria", "criterion"),
            ("Nominal", "amount"),
        ),
        dates={"slash": 0.4, "dash": 0.2, "month": 0.2, "short": 0.1, "cell": 0.1},
        sexes=("L", "P"),
        money="rupiah",
        upper=0.6,
        numbered=True,
        total=True,
        notes=("", "Mengetahui,", "Kepala {village_word} {village}"),
    ),
    "baznas": Layout(
        agency_name="Baznas Provinsi Lampung",
        file="baznas/mustahik{part}.xlsx",
        split="province",
        titles=(
            "BADAN AMIL ZAKAT NASIONAL",
            "PROVINSI LAMPUNG",
            "DAFTAR MUSTAHIK PENERIMA ZAKAT",
            "BULAN MARET 2026",
        ),
        header_row=6,
        columns=(
            ("No", "number"),
            ("Mustahik", "name"),
            ("NIK", "nik"),
            ("L/P", "sex"),
            ("Tgl Lahir", "born"),
            ("Alamat", "address"),
            ("Kel/Desa", "village"),
            ("Kecamatan", "district"),
            ("Kab/Kota", "regency"),
            ("Asnaf", "asnaf"),
            ("Jumlah (Rp)", "amount"),
        ),
        dates={"slash": 0.4, "month": 0.3, "dash": 0.2, "serial": 0.1},
        sexes=("L", "P"),
        money="number",
        upper=0.3,
        total=True,
    ),
    "csr": Layout(
        agency_name="Forum CSR Lampung",
        file="csr/paket-sembako{part}.csv",
        split="province",
        titles=("DAFTAR PENERIMA PAKET SEMBAKO PROGRAM CSR",),
        header_row=3,
        columns=(
            ("No", "number"),
            ("Nama Penerima", "name"),
            ("No KTP", "nik"),
            ("Gender", "sex"),
            ("Tgl Lahir", "born"),
            ("Alamat", "address"),
            ("Desa", "village"),
            ("Kecamatan", "district"),
            ("Kabupaten", "regency"),
            ("Nilai", "amount"),
            ("Bulan", "period"),
        ),
        dates={"slash": 0.7, "dash": 0.2, "short": 0.1},
        sexes=("L", "P"),
        money="rupiah",
        upper=0.4,
    ),
    "perorangan": Layout(
        agency_name="Bantuan Perorangan melalui Dinas Sosial",
        file="perorangan/bantuan-perorangan{part}.xlsx",
        split="province",
        titles=("CATATAN BANTUAN PERORANGAN",),
        header_row=2,
        columns=(
            ("No", "number"),
            ("Nama", "name"),
            ("NIK", "nik"),
            ("L/P", "sex"),
            ("Tgl Lahir", "born"),
            ("Desa", "village"),
            ("Kecamatan", "district"),
            ("Kabupaten", "regency"),
            ("Nominal", "amount"),
            ("Ket.", "blank"),
        ),
        dates={"slash": 0.5, "month": 0.5},
        sexes=("L", "P"),
        money="rupiah",
        upper=0.2,
    ),
}
