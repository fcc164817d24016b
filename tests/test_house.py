"""The house rules that a tool can check."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tracked(*patterns):
    found = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in found.stdout.splitlines()]


def test_locks_carry_a_hash_for_every_package_and_no_host():
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert len(locks) >= 3
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text and "--index" not in text and "--find-links" not in text
        packages = re.findall(r"^[a-z0-9][\w.-]*==", text, re.MULTILINE)
        assert packages and text.count("--hash=sha256:") >= len(packages)


def test_every_direct_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    for extra in project["optional-dependencies"].values():
        for requirement in extra:
            name = re.match(r"[\w-]+", requirement)[0]
            assert name == "lapis" or re.search(rf"^\|[^|]*\b{re.escape(name)}\b", reasons, re.MULTILINE), name


def test_every_ignored_lint_has_a_reason():
    text = (ROOT / "pyproject.toml").read_text()
    lists = re.findall(r"^(?:ignore|\"[^\"]+\") = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    lines = [line for each in lists for line in each.splitlines() if re.match(r'\s+"[A-Z]+\d*",', line)]
    assert lines and all("#" in line for line in lines)
    for path in tracked("*.py"):
        for line in path.read_text().splitlines():
            if re.search(r"#\s*noqa:", line):
                assert re.search(r"#\s*noqa:\s*[A-Z0-9, ]+\s*[-–—]", line), path.name


def test_every_test_of_the_security_table_exists():
    text = (ROOT / "SECURITY.md").read_text()
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text))
    assert named
    for file, test in named:
        path = ROOT / file
        assert path.is_file(), file
        assert not test or f"def {test}(" in path.read_text(), f"{file}::{test}"


def test_the_readme_names_commands_and_folders_that_exist():
    text = (ROOT / "README.md").read_text()
    for target in re.findall(r"^    make (\w+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target
    for link in re.findall(r"\]\(([\w/.-]+)\)", text):
        assert (ROOT / link).exists(), link


def test_nothing_names_a_machine():
    pattern = re.compile(r"/home/\w+/")
    for path in tracked("*.py", "*.md", "*.toml", "Makefile", ".ci/run"):
        if path != Path(__file__):
            assert not pattern.search(path.read_text()), path.name


def test_no_print_and_no_logging_in_the_rooms_that_see_people():
    for path in tracked("linkage/*.py", "vault/*.py"):
        assert not re.search(r"^\s*(print\(|import logging|from logging)", path.read_text(), re.MULTILINE), path.name


def test_the_service_logs_where_a_fault_was_and_nothing_else():
    for path in tracked("api/*.py"):
        text = path.read_text()
        assert not re.search(r"^\s*(print\(|from logging)", text, re.MULTILINE), path.name
        calls = re.findall(r"\blog\.(?:debug|info|warning|error|exception|critical|log)\((.*)", text)
        assert all(call.startswith('"%s", whereabouts(error))') for call in calls), path.name


def test_the_command_is_installed():
    command = [sys.executable, "-m", "scripts.cli", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "agency" in done.stdout
