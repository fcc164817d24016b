"""What installs the agency's command on a laptop, from the folder that the ZIP was unpacked into: offline, no rights.

It lies in the ZIP as `install.py`, and is run by a Python that has nothing of ours: the standard library alone. Wheels
are installed by the hashes that lie beside them; what no command uses is taken away after. Half an installation is
begun anew: `.venv/ready` is written last.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

UNUSED = (
    # What installed the rest; nothing is installed later.
    "pip", "pip-*", "setuptools", "setuptools-*", "pkg_resources", "_distutils_hack", "distutils-precedence.pth",
    # Arrow beyond tables and Parquet: RPC, cloud storage, tests, what compilers need, names that link editors look for.
    "pyarrow/tests", "pyarrow/include", "pyarrow/src", "pyarrow/*.lib", "pyarrow/*.pxi", "pyarrow/*.pyx",
    "pyarrow/*flight*", "pyarrow/*arrow_s3*", "pyarrow/_s3fs*", "pyarrow/_pyarrow_cpp_tests*", "pyarrow/libarrow*.so",
    "pyarrow/libarrow*.so.*.*", "pyarrow/libparquet.so.*.*",
    "numpy/**/tests", "reportlab/fonts/DarkGarden*",
)  # fmt: skip
"""Patterns under the folder of packages."""


def main() -> int:
    """Install beside this file, unless that is done."""
    return install(Path(__file__).resolve().parent)


def install(here: Path) -> int:
    """Install the wheels of a folder into its `.venv`; return pip's status."""
    made = here / ".venv"
    if (made / "ready").exists():
        return 0
    venv.create(made, clear=True, with_pip=True, symlinks=os.name != "nt")
    python = made / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    command = [
        str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps",
        "--find-links", str(here / "wheels"), "--require-hashes", "-r", str(here / "requirements.txt"),
    ]  # fmt: skip
    status = subprocess.run(command, check=False).returncode  # noqa: S603 — fixed program, no shell
    if status == 0:
        tidy(made)
        (made / "ready").write_text("ready\n", encoding="ascii")
    return status


def tidy(made: Path) -> None:
    """Take away what no command of an agency uses."""
    packages = next(made.glob("Lib/site-packages"), None) or next(made.glob("lib/python*/site-packages"))
    for found in [each for pattern in UNUSED for each in packages.glob(pattern)]:
        if found.is_dir() and not found.is_symlink():
            shutil.rmtree(found, ignore_errors=True)
        else:
            found.unlink(missing_ok=True)
    for program in (*made.glob("bin/pip*"), *made.glob("Scripts/pip*")):
        program.unlink()


if __name__ == "__main__":
    sys.exit(main())
