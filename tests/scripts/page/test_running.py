"""`lapis agency page` as a process: the address is printed, works, and closing ends it with nothing left behind."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.scripts.desks import PASSPHRASE
from tests.scripts.page.serving import Visitor, number_of, workbook

ROOT = Path(__file__).parents[3]


class Known:
    """What somebody knows who reads the terminal."""

    def __init__(self, address):
        parts = urlsplit(address)
        self.port, self.origin = parts.port, f"{parts.scheme}://{parts.netloc}"
        self.guard = type("Guard", (), {"place": parts.path.rstrip("/"), "form_token": "", "address": address})


@pytest.fixture
def process(home):
    command = [sys.executable, "-m", "scripts.cli", "agency", "page", "--no-browser", "--home", str(home)]
    started = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "HOME": str(home)},
    )  # fmt: skip
    yield started
    started.kill()
    started.wait()


def test_the_command_prints_an_address_and_ends_when_the_page_is_closed(process, home):
    process.stderr.readline()
    running = Known(process.stderr.readline().strip())
    visitor = Visitor(running)
    first = visitor.raw("GET", running.guard.address.removeprefix(running.origin))
    visitor.cookie = first.headers["set-cookie"].partition(";")[0]
    running.guard.form_token = re.search(r'name="form_token" value="(\w+)"', visitor.get().text)[1]
    assert visitor.post("unlock", {"passphrase": PASSPHRASE}).status == 303
    number = number_of(visitor.put(workbook(), programme="ZAKAT", period="2026-03"))
    visitor.follow(visitor.post(f"lists/{number}/seal"))
    assert visitor.post("close").status == 200
    out, rest = process.communicate(timeout=30)
    assert process.returncode == 0 and "closed" in out
    assert "SITI" not in out + rest and "GET" not in rest and "token" not in rest
    assert not list(home.glob("page-*")) and len(list((home / "outbox").iterdir())) == 1
