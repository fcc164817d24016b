"""The ZIP that an agency unpacks on a Windows laptop: every wheel it needs, and a `lapis.cmd` that installs offline.

Run by `make agency-zip`. Wheels come from the package index by hash, as the lock has them; what is packed is listed
with its hash again, for the lock's markers are for the machine that reads it. Python itself is not in it.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from linkage.errors import LapisError

ROOT = Path(__file__).parents[1]
LOCK = "requirements-agency.lock"
PYTHON, PLATFORM = "3.13", "win_amd64"
LARGEST = 100_000_000
"""Bytes: what a village's connection takes in an evening, or the smallest stick."""
_WHEEL = re.compile(r"([^-]+)-([^-]+)(?:-[0-9][^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
_EPOCH = (2026, 1, 1, 0, 0, 0)

COMMAND = r"""@echo off
rem Lapis for an agency: installs itself beside this file at the first run, without a network and without rights.
setlocal
if exist "%~dp0.venv\ready" goto run
py -{python} -m venv "%~dp0.venv" || goto nopython
"%~dp0.venv\Scripts\python.exe" -m pip install --quiet --no-index ^
    --find-links "%~dp0wheels" --no-deps --require-hashes -r "%~dp0requirements.txt" || exit /b 1
echo ready> "%~dp0.venv\ready"
:run
"%~dp0.venv\Scripts\lapis.exe" %*
exit /b %errorlevel%
:nopython
echo Python {python} belum terpasang. Pasang dari python.org, pilihan "Install for me only": tidak perlu hak admin.
exit /b 1
"""

READ_ME = """Lapis untuk instansi (Windows 64-bit)

1. Pasang Python {python} dari python.org ("Install for me only"; tidak perlu hak admin).
2. Buka folder ini di Command Prompt, lalu jalankan: lapis.cmd agency template --out daftar.xlsx
3. Pemakaian pertama memasang Lapis di folder ini, tanpa jaringan. Sesudah itu: lapis.cmd agency --help

Semua berkas program ada di folder wheels; sidiknya (SHA-256) ada di requirements.txt.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Download, build and pack."""
    parser = argparse.ArgumentParser(prog="agency_zip", description="pack the agency's command for Windows")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder for the ZIP (default build)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lapis-") as folder:
        wheels = Path(folder)
        _pip("download", "--platform", PLATFORM, "--python-version", PYTHON, "--implementation", "cp", "--no-deps",
             "--only-binary=:all:", "--require-hashes", "-r", str(ROOT / LOCK), "-d", folder)  # fmt: skip
        _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, str(ROOT))
        path = pack(sorted(wheels.glob("*.whl")), options.out)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sys.stdout.write(f"{path} {path.stat().st_size / 1e6:.1f} MB sha256 {digest}\n")
    return 0


def _pip(*arguments: str) -> None:
    program = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    if subprocess.run(program, check=False).returncode:  # noqa: S603 — fixed program, no shell
        raise LapisError("ZIP_STOPPED", f"pip {arguments[0]} failed")


def pack(wheels: Sequence[Path], out: Path) -> Path:
    """Write the ZIP of these wheels, the same bytes for the same wheels; raises LapisError ZIP_LARGE or ZIP_WHEEL."""
    version = next((_named(path)[1] for path in wheels if _named(path)[0] == "lapis"), None)
    if version is None:
        raise LapisError("ZIP_WHEEL", "the wheel of lapis is missing")
    lines = [
        f"{name}=={release} --hash=sha256:{_digest(path)}\n" for path in wheels for name, release in [_named(path)]
    ]
    texts = {
        "lapis.cmd": COMMAND.format(python=PYTHON).replace("\n", "\r\n"),
        "BACA-SAYA.txt": READ_ME.format(python=PYTHON).replace("\n", "\r\n"),
        "requirements.txt": "".join(lines),
    }
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"lapis-agency-{version}-{PLATFORM}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
        for wheel in wheels:
            archive.writestr(zipfile.ZipInfo(f"wheels/{wheel.name}", _EPOCH), wheel.read_bytes())
    if path.stat().st_size > LARGEST:
        raise LapisError("ZIP_LARGE", f"over {LARGEST / 1e6:.0f} MB", place=str(path))
    return path


def _named(path: Path) -> tuple[str, str]:
    found = _WHEEL.fullmatch(path.name)
    if found is None:
        raise LapisError("ZIP_WHEEL", "not the name of a wheel", place=path.name)
    return found.group(1).lower().replace("_", "-"), found.group(2)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
