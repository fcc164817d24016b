"""Nobody is skipped without a word: every row of synthetic Lampung is a record or is rejected by code."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from linkage.identity import Defaults, read_records
from scripts import synth
from tests.identity.reading import MAN, WOMAN, read


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    out = tmp_path_factory.mktemp("lampung") / "world"
    synth.run(1500, 7, out)
    return out


def test_every_row_of_every_list_is_a_record_or_is_rejected(world):
    truth = pq.read_table(world / "truth" / "rows.parquet", columns=["file", "sheet", "row"]).to_pylist()
    met = set()
    for source in json.loads((world / "sources.json").read_text(encoding="utf-8")):
        for file in source["files"]:
            path = file["path"]
            got = read_records((world / path).read_bytes(), Path(path).name, Defaults(**file["defaults"]))
            rejected = [one for one in got.verdicts.to_pylist() if one["severity"] == "reject"]
            met |= {(path, one["sheet"], one["row"]) for one in [*got.records.to_pylist(), *rejected]}
    expected = {(one["file"], "" if one["file"].endswith(".csv") else one["sheet"], one["row"]) for one in truth}
    assert len(expected) > 2000
    assert expected - met == set()


HEAD = ["No", "NIK", "Nama", "Tempat, Tgl Lahir", "Desa", "Kecamatan", "Kabupaten", "Nominal", "Tahap", "Ket"]
LIKE_HEADERS = [
    "Kampung Baru",
    "Kecamatan Kalianda",
    "Kabupaten Lampung Selatan",
    "Rp 600.000,-",
    "Tahap 1 2026",
    "RT 01",
]


@pytest.mark.parametrize("nik", ["", "belum ada", WOMAN[:-4] + "0000", WOMAN[:-1]])
@pytest.mark.parametrize("name", ["SUTRISNO", "KETUT", "TOTO", "JUMIATI"])
def test_a_person_without_a_nik_whose_cells_begin_like_headers_is_kept(nik, name):
    row = ["1", nik, name, "Kalianda, 3 Maret 1980", *LIKE_HEADERS]
    got = read([HEAD, ["2", MAN, "BUDI", *[""] * 7], row, ["3", WOMAN, "ANI", *[""] * 7]])
    assert name in got.records["name"].to_pylist()
    assert (got.accepted, got.skipped) == (3, 0)
