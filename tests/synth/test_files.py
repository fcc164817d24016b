"""The files are what agencies really send, and the truth points at their rows exactly."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from lokal import wilayah

from linkage.synth import DAMAGED_REGENCY, FAULTS, LAYOUTS, PEOPLE_SCHEMA, REGISTER, ROLLS, ROWS_SCHEMA, SynthError
from scripts.synth import run

KEYS = {roll.programme: roll.key for roll in ROLLS}


def list_files(out: Path) -> set[str]:
    apart = {"truth", "treasury"}
    return {path.relative_to(out).as_posix() for path in out.rglob("*.*") if not apart & set(path.parts)}


def read_all(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_sources_list_every_file_with_what_an_operator_knows(world: Any, sources: list[dict[str, Any]]) -> None:
    files = [(source["agency"], file) for source in sources for file in source["files"]]
    assert {file["path"] for _, file in files} | {"sources.json"} == list_files(world.out)
    assert len(files) < 60
    assert {agency for agency, _ in files} == {roll.agency for roll in (*ROLLS, REGISTER)}
    assert [file["defaults"] for agency, file in files if agency == REGISTER.agency] == [{"register": True}]
    for _, file in (each for each in files if each[0] != REGISTER.agency):
        assert file["defaults"]["period"] == "2026-03"
        assert file["defaults"]["programme"] in KEYS
        assert file["defaults"].get("regency", "18.01") in file["path"] or "regency" not in file["defaults"]


def test_the_truth_has_its_schemas_and_names_known_faults_alone(world: Any) -> None:
    assert pq.read_schema(world.out / "truth" / "rows.parquet").equals(ROWS_SCHEMA)
    assert pq.read_schema(world.out / "truth" / "people.parquet").equals(PEOPLE_SCHEMA)
    assert {fault for row in world.rows for fault in row.faults} == set(FAULTS)


def test_a_pointer_leads_to_a_row_with_the_persons_name(world: Any) -> None:
    assert len({(row.truth["file"], row.truth["sheet"], row.truth["row"]) for row in world.rows}) == len(world.rows)
    compared = 0
    for row in world.rows:
        shown, true = row.cells["name"].lower(), row.person["name"].lower()
        respellings = [fault for fault in row.faults if fault.startswith("name_")]
        if not respellings:
            assert shown == true
        elif respellings in (["name_filiation"], ["name_title"]):
            assert true in shown
        elif len(respellings) == 1:
            assert SequenceMatcher(None, shown, true).ratio() > 0.2
        compared += len(respellings) < 2
    assert compared > 0.95 * len(world.rows)


def test_a_sheets_rows_follow_its_header_without_gaps(world: Any) -> None:
    sheets: dict[tuple[str, str, str], list[int]] = {}
    for row in world.rows:
        key = (row.truth["file"], row.truth["sheet"], row.truth["programme"])
        sheets.setdefault(key, []).append(row.truth["row"])
    for (_, _, programme), numbers in sheets.items():
        first = LAYOUTS[KEYS[programme]].first_row
        assert sorted(numbers) == list(range(first, first + len(numbers)))


def test_running_numbers_agree_with_the_pointer(world: Any) -> None:
    for row in world.rows:
        if "number" in row.cells:
            layout = LAYOUTS[KEYS[row.truth["programme"]]]
            assert int(row.cells["number"]) == row.truth["row"] - layout.first_row + 1


def test_headers_stand_where_the_layout_says_under_titles(world: Any, read_sheets: Any) -> None:
    for file in sorted({row.truth["file"] for row in world.rows}):
        programme = next(row.truth["programme"] for row in world.rows if row.truth["file"] == file)
        layout = LAYOUTS[KEYS[programme]]
        for cells in read_sheets(world.out / file).values():
            headers = cells[layout.header_row - 1]
            assert "NIK" in headers or "No KTP" in headers
            assert len([cell for cell in headers if cell]) == len(layout.columns)
            if layout.numbered:
                assert cells[layout.header_row] == list(range(1, len(headers) + 1))
            if layout.total:
                assert "JUMLAH" in [cells[-1][0], cells[-1 - len(layout.notes)][0]]


def test_a_village_list_is_named_by_its_title_alone(world: Any, read_sheets: Any) -> None:
    assert "village" not in [role for _, role in LAYOUTS["desa"].columns]
    for row in world.rows:
        if row.truth["agency"] == "desa" and row.truth["row"] == LAYOUTS["desa"].first_row:
            title = read_sheets(world.out / row.truth["file"])[row.truth["sheet"]][1][0]
            names = [wilayah.wilayah_name(code) for code in (row.person["village"], row.person["village"][:8])]
            assert all(str(name).upper() in title for name in names)


def test_a_kelurahan_has_no_village_fund(world: Any) -> None:
    funded = {row.person["village"] for row in world.rows if row.truth["programme"] == "BLT-DD"}
    assert all(code.split(".")[3].startswith("2") for code in funded)


def test_lists_overlap(world: Any) -> None:
    agencies: dict[int, set[str]] = {}
    for row in world.rows:
        agencies.setdefault(row.truth["person"], set()).add(row.truth["agency"])
    layers = Counter(len(found) for found in agencies.values())
    assert all(layers[count] > 100 for count in (1, 2, 3, 4))


def test_the_damaged_file_is_one_regencys(sources: list[dict[str, Any]]) -> None:
    files = [file["path"] for source in sources for file in source["files"]]
    assert f"dinsos-kabupaten/bansos-{DAMAGED_REGENCY}.xlsx" in files


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        run(800, seed, tmp_path / name)
    one, same, other = (read_all(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same
    assert all(one[path] != other[path] for path in one if path in other and path != "sources.json")


def test_a_world_of_one_person_is_a_world(tmp_path: Path) -> None:
    assert run(1, 1, tmp_path / "one").people == 1


def test_progress_is_reported_to_the_end(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    run(300, 1, tmp_path / "out", lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert calls[-1] == (300, 300)


@pytest.mark.parametrize("people", [0, -1, 20_000_001])
def test_a_number_of_people_out_of_range_is_refused_before_anything_is_written(tmp_path: Path, people: int) -> None:
    with pytest.raises(SynthError) as refused:
        run(people, 1, tmp_path / "out")
    assert refused.value.code == "PEOPLE_OUT_OF_RANGE"
    assert not (tmp_path / "out").exists()


def test_a_directory_that_holds_anything_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SynthError) as refused:
        run(10, 1, tmp_path)
    assert refused.value.code == "OUT_NOT_EMPTY"
