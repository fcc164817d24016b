"""The command says what it wrote, and refuses with a code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import cli


def test_the_summary_counts_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert cli.main(["synth", "--people", "400", "--seed", "3", "--out", str(out), "--json"]) == 0
    told = capsys.readouterr()
    summary = json.loads(told.out)
    assert told.err == ""
    assert summary["people"] == 400
    assert sum(summary["files"].values()) + len([*out.glob("treasury/*.csv")]) == len(
        [*out.rglob("*.xlsx"), *out.rglob("*.csv")]
    )


def test_the_story_names_every_agency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["synth", "--people", "400", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    assert "400 people" in told.out
    assert all(agency in told.out for agency in ("kemensos", "desa", "baznas", "csr", "perorangan"))


def test_a_full_directory_is_refused_with_a_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.txt").write_text("mine", encoding="utf-8")
    assert cli.main(["synth", "--people", "10", "--out", str(tmp_path)]) == cli.REFUSED
    assert capsys.readouterr().err.startswith("OUT_NOT_EMPTY")
