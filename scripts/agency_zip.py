"""The ZIP that an agency unpacks on its laptop: every wheel it needs, and a command that installs itself offline.

Run by `make agency-zip`: for Windows, or with `--here` for the system that it runs on. Both carry the same installer
(`agency_install`); `lapis.cmd` and `lapis` do no more than start it, then the program. Wheels come from the package
index by hash, as the lock has them; what is packed is listed with its hash again, for the lock's markers are for the
machine that reads it. Python itself is not in it.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
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
py -{python} --version >nul 2>nul || goto nopython
echo Lapis dipasang di folder ini; sebentar, hanya sekali ini.
py -{python} "%~dp0install.py" || exit /b 1
:run
"%~dp0.venv\Scripts\lapis.exe" %*
exit /b %errorlevel%
:nopython
echo Python {python} belum terpasang. Pasang dari python.org, pilihan "Install for me only": tidak perlu hak admin.
exit /b 1
"""

SHELL = """#!/bin/sh
# Lapis for an agency: installs itself beside this file at the first run, without a network and without rights.
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -e "$here/.venv/ready" ]; then
    command -v python{python} >/dev/null || {{ echo "Python {python} belum terpasang."; exit 1; }}
    echo "Lapis dipasang di folder ini; sebentar, hanya sekali ini." >&2
    python{python} "$here/install.py" || exit 1
fi
exec "$here/.venv/bin/lapis" "$@"
"""

READ_ME = """Lapis untuk instansi ({platform})

1. Pasang Python {python} ({source}).
2. {folder}
3. Pemakaian pertama memasang Lapis di folder ini, tanpa jaringan. Semua perintah: lapis agency --help

Semua berkas program ada di folder wheels; sidiknya (SHA-256) ada di requirements.txt.
"""


_WINDOWS = {
    "source": 'dari python.org, "Install for me only"; tidak perlu hak admin',
    "folder": "Buka folder ini di Command Prompt, lalu jalankan: lapis agency page",
}
_UNIX = {
    "source": "dengan modul venv",
    "folder": "Buka folder ini di terminal, lalu jalankan: sh lapis agency page",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of laptop: its platform as wheels name it, and its Python."""

    platform: str
    python: str

    @property
    def windows(self) -> bool:
        """Tell whether commands are to be such of Windows."""
        return self.platform.startswith("win")


WINDOWS = Target(PLATFORM, PYTHON)


def here() -> Target:
    """Return the kind of this machine."""
    return Target(sysconfig.get_platform().replace("-", "_").replace(".", "_"), "{}.{}".format(*sys.version_info))


def main(arguments: Sequence[str] | None = None) -> int:
    """Download, build and pack."""
    parser = argparse.ArgumentParser(prog="agency_zip", description="pack the agency's command")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder for the ZIP (default build)")
    parser.add_argument("--here", action="store_true", help="for this system and Python, and not for Windows")
    options = parser.parse_args(arguments)
    target = here() if options.here else WINDOWS
    with tempfile.TemporaryDirectory(prefix="lapis-") as folder:
        path = pack(fetch(Path(folder), target), options.out, target)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sys.stdout.write(f"{path} {path.stat().st_size / 1e6:.1f} MB sha256 {digest}\n")
    return 0


def fetch(folder: Path, target: Target) -> list[Path]:
    """Download the wheels of the lock into a folder, and build our own beside them; raises LapisError ZIP_STOPPED."""
    foreign = ("--platform", target.platform, "--python-version", target.python, "--implementation", "cp")
    _pip("download", *(() if target == here() else foreign), "--no-deps", "--only-binary=:all:", "--require-hashes",
         "-r", str(ROOT / LOCK), "-d", str(folder))  # fmt: skip
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(ROOT))
    return sorted(folder.glob("*.whl"))


def _pip(*arguments: str) -> None:
    program = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    if subprocess.run(program, check=False).returncode:  # noqa: S603 — fixed program, no shell
        raise LapisError("ZIP_STOPPED", f"pip {arguments[0]} failed")


def pack(wheels: Sequence[Path], out: Path, target: Target = WINDOWS) -> Path:
    """Write the ZIP of these wheels, the same bytes for the same wheels; raises LapisError ZIP_LARGE or ZIP_WHEEL."""
    version = next((_named(path)[1] for path in wheels if _named(path)[0] == "lapis"), None)
    if version is None:
        raise LapisError("ZIP_WHEEL", "the wheel of lapis is missing")
    lines = [
        f"{name}=={release} --hash=sha256:{_digest(path)}\n" for path in wheels for name, release in [_named(path)]
    ]
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"lapis-agency-{version}-{target.platform}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (_texts(target) | {"requirements.txt": "".join(lines)}).items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = (0o755 if name == "lapis" else 0o644) << 16
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)
        for wheel in wheels:
            archive.writestr(zipfile.ZipInfo(f"wheels/{wheel.name}", _EPOCH), wheel.read_bytes())
    if path.stat().st_size > LARGEST:
        raise LapisError("ZIP_LARGE", f"over {LARGEST / 1e6:.0f} MB", place=str(path))
    return path


def _texts(target: Target) -> dict[str, str]:
    """Return what lies beside the wheels; the lines of Windows end as Windows ends them."""
    install = (Path(__file__).parent / "agency_install.py").read_text(encoding="utf-8")
    source, folder = (_WINDOWS if target.windows else _UNIX).values()
    read_me = READ_ME.format(python=target.python, platform=target.platform, source=source, folder=folder)
    if not target.windows:
        return {"lapis": SHELL.format(python=target.python), "install.py": install, "BACA-SAYA.txt": read_me}
    texts = {"lapis.cmd": COMMAND.format(python=target.python), "BACA-SAYA.txt": read_me}
    return {name: text.replace("\n", "\r\n") for name, text in texts.items()} | {"install.py": install}


def _named(path: Path) -> tuple[str, str]:
    found = _WHEEL.fullmatch(path.name)
    if found is None:
        raise LapisError("ZIP_WHEEL", "not the name of a wheel", place=path.name)
    return found.group(1).lower().replace("_", "-"), found.group(2)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
