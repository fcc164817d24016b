"""The command says what it wrote, and refuses with a code."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from scripts.synth import add_arguments, main


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_the_summary_counts_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(parse("--people", "400", "--seed", "3", "--out", str(tmp_path / "out"), "--json")) == 0
    told = capsys.readouterr()
    summary = json.loads(told.out)
    assert told.err == ""
    assert summary["people"] == 400
    assert sum(summary["files"].values()) == len(
        [*(tmp_path / "out").rglob("*.xlsx"), *(tmp_path / "out").rglob("*.csv")]
    )


def test_the_story_names_every_agency_and_progress_goes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(parse("--people", "400", "--out", str(tmp_path / "out"))) == 0
    told = capsys.readouterr()
    assert "400 people" in told.out
    assert all(agency in told.out for agency in ("kemensos", "desa", "baznas", "csr", "perorangan"))
    assert "400 of 400 people" in told.err


def test_a_full_directory_ends_with_status_two_and_a_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.txt").write_text("mine", encoding="utf-8")
    assert main(parse("--people", "10", "--out", str(tmp_path))) == 2
    assert capsys.readouterr().err.startswith("OUT_NOT_EMPTY")
