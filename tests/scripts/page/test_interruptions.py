"""What goes wrong on a laptop: two tabs, power cuts, files that are bombs. Nothing is lost or there twice."""

import http.client
import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from linkage.encoding import envelope
from scripts import renewal, returns, sealing
from scripts.page.session import Session
from tests.scripts.desks import PASSPHRASE
from tests.scripts.page.serving import PEOPLE, Clock, Visitor, number_of, page, workbook
from tests.scripts.page.test_running import Known

ROOT = Path(__file__).parents[3]
ZAKAT = {"programme": "ZAKAT", "period": "2026-03"}
KILLED = """
import os, signal, sys
from pathlib import Path
from linkage.identity import Defaults, read_records
from scripts import renewal, sealing

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

home, passphrase, point, list_ = sys.argv[1:]
agency = sealing.open_agency(Path(home), passphrase)
reading = read_records(Path(list_).read_bytes(), "daftar.xlsx", Defaults("ZAKAT", "2026-03"))
track = lambda *_: None
if point == "encoding":
    track = die
elif point == "references":
    sealing.pq.write_table = lambda table, where: (Path(where).write_bytes(b"PAR1 half of it"), die())
elif point == "before its place":
    Path.replace = lambda part, target: die() if str(target).endswith(".lapis") else os.replace(part, target)
sealing.seal(agency, "daftar.xlsx", reading, agency.home / "outbox", track)
"""


def submissions(home):
    """Return the rows of each sealed submission, after looking that it is whole, by what its ledger says."""
    found = {}
    for path in sorted((home / "outbox").glob("*.lapis")):
        with path.open("rb") as file:
            envelope.inspect(file)
        ledger = home / "references" / f"{path.stem.rpartition('-')[2]}.parquet"
        found[path.name] = len(pq.read_table(ledger))
    return found


@pytest.mark.parametrize("point", ["encoding", "references", "before its place"])
def test_a_power_cut_while_a_list_is_sealed_leaves_no_half_and_the_next_try_is_whole(home, tmp_path, point):
    (tmp_path / "daftar.xlsx").write_bytes(workbook())
    run = [sys.executable, "-c", KILLED, str(home), PASSPHRASE]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    killed = subprocess.run([*run, point, tmp_path / "daftar.xlsx"], env=environment, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert submissions(home) == {}, "nothing that could be sent"
    assert all(len(refs) for refs in renewal.remembered(home).refs.values()), "and what is remembered can be read"
    assert not any(b"SITI" in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert subprocess.run([*run, "", tmp_path / "daftar.xlsx"], env=environment, check=False).returncode == 0
    assert list(submissions(home).values()) == [4]


def test_what_a_killed_run_left_is_swept_away_but_not_what_another_is_writing(home):
    outbox, references = home / "outbox", home / "references"
    for folder in (outbox, references):
        folder.mkdir(exist_ok=True)
        for name, age in ((".old.xlsx.part", 7200), (".new.xlsx.part", 0)):
            (folder / name).write_bytes(b"x")
            now = (folder / name).stat().st_mtime
            os.utime(folder / name, (now - age, now - age))
    Session(home, Clock()).close()
    assert [path.name for folder in (outbox, references) for path in folder.iterdir()] == [".new.xlsx.part"] * 2


def test_what_was_noted_of_sent_lists_survives_a_power_cut_at_any_moment(home, monkeypatch):
    session = Session(home, Clock())
    session.note_sent("a.lapis", {"state": "done", "rows": 4}, "today")

    def cut(*_):
        raise KeyboardInterrupt

    for step in ("write_private", "os.replace"):
        with monkeypatch.context() as patched:
            patched.setattr(f"scripts.files.{step}" if "." not in step else "pathlib.Path.replace", cut)
            with pytest.raises(KeyboardInterrupt):
                session.note_sent("b.lapis", {"state": "done", "rows": 1}, "today")
        assert session.sent["a.lapis"]["state"] == "done", step
    session.note_sent("b.lapis", {"state": "done", "rows": 1}, "today")
    assert set(session.sent) == {"a.lapis", "b.lapis"}
    session.close()


def at_once(*acts):
    """Do several things at the same moment; return what each gave."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(at, act):
        gate.wait()
        found[at] = act()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


def test_two_tabs_that_seal_at_the_same_moment_make_one_submission(visitor, monkeypatch):
    slow, sealed = sealing.seal, []

    def seal(*arguments):
        sealed.append(1)
        return slow(*arguments)

    monkeypatch.setattr("scripts.page.listing.sealing.seal", seal)
    for _ in range(5):
        number = number_of(visitor.put(workbook(), **ZAKAT))
        before = len(sealed)
        answers = at_once(*[lambda: visitor.post(f"lists/{number}/seal")] * 4)  # noqa: B023 - done before the next
        assert {each.status for each in answers} <= {303, 409}
        visitor.follow(next(each for each in answers if each.status == 303))
        assert len(sealed) == before + 1
    assert list(submissions(visitor.running.session.home).values()) == [4], "a list that is sealed again is the same"


def test_two_tabs_that_begin_work_at_the_same_moment_begin_one(running):
    session, begun, go_on = running.session, [], threading.Event()

    def act(_):
        begun.append(1)
        go_on.wait(20)
        return ""

    def begin():
        try:
            return session.begin(act, "")
        except Exception as error:
            return error.code

    found = at_once(*[begin] * 8)
    go_on.set()
    assert len(begun) == 1 and found.count("WORK_RUNNING") == 7


def test_locking_stops_what_is_under_way(running):
    session, ended = running.session, threading.Event()

    def act(work):
        try:
            work.pause(20)
        finally:
            ended.set()
        return ""

    session.begin(act, "")
    session.lock()
    assert ended.wait(5)


def bomb(size=3 * 2**30):
    """A workbook of some megabytes that unpacks to gigabytes."""
    out, sheet = io.BytesIO(), b'<row><c t="inlineStr"><is><t>' + b"A" * (1 << 20) + b"</t></is></c></row>"
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as real,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        for name in real.namelist():
            if name != "xl/worksheets/sheet1.xml":
                made.writestr(name, real.read(name))
        with made.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(
                b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            )
            for _ in range(size // len(sheet)):
                part.write(sheet)
            part.write(b"</sheetData></worksheet>")
    return out.getvalue()


@pytest.fixture(scope="module")
def bombs(tmp_path_factory):
    return bomb()


@pytest.fixture
def process(home):
    """The page as a process of its own, whose memory can be looked at."""
    command = [sys.executable, "-m", "scripts.cli", "agency", "page", "--no-browser", "--home", str(home)]
    started = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "HOME": str(home)},
    )  # fmt: skip
    started.stderr.readline()
    running = Known(started.stderr.readline().strip())
    visitor = Visitor(running)
    visitor.cookie = visitor.raw("GET", running.guard.address.removeprefix(running.origin)).headers["set-cookie"]
    visitor.cookie = visitor.cookie.partition(";")[0]
    running.guard.form_token = re.search(r'name="form_token" value="(\w+)"', visitor.get().text)[1]
    visitor.post("unlock", {"passphrase": PASSPHRASE})
    yield started, visitor
    started.kill()
    started.wait()


def peak(process):
    """Return the most memory that a process had, in MB."""
    return int(re.search(r"VmHWM:\s+([0-9]+)", Path(f"/proc/{process.pid}/status").read_text())[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
def test_a_bomb_is_refused_wherever_a_workbook_is_taken_and_costs_little_memory(process, bombs):
    started, visitor = process
    visitor.put(workbook(), **ZAKAT)
    before = peak(started)
    listed = visitor.put(bombs, "bom.xlsx", **ZAKAT)
    assert listed.status == 409 and "FILE_TOO_LARGE" in listed.text
    told = visitor.post("outcomes", {"campaign": "1"}, [("workbook", "bom.xlsx", bombs)])
    assert told.status == 409 and "FILE_TOO_LARGE" in told.text
    assert peak(started) - before < 200
    assert visitor.get().status == 200


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
def test_two_gigabytes_are_answered_and_not_kept(process):
    started, visitor = process
    before, size, part = peak(started), 2 << 30, bytes(1 << 20)
    head = [f"POST {visitor.running.guard.place}/lists HTTP/1.1", f"Host: 127.0.0.1:{visitor.running.port}",
            f"Origin: {visitor.running.origin}", f"Cookie: {visitor.cookie}", f"Content-Length: {size}",
            "Content-Type: multipart/form-data; boundary=x", "", ""]  # fmt: skip
    with socket.create_connection(("127.0.0.1", visitor.running.port), timeout=60) as line:
        line.sendall("\r\n".join(head).encode())
        for _ in range(size // len(part)):
            line.sendall(part)
        answer = b""
        while piece := line.recv(65_536):
            answer += piece
    assert answer.startswith(b"HTTP/1.0 413") and b"FORM_TOO_LARGE" in answer
    assert peak(started) - before < 50
    assert visitor.get().status == 200


def test_the_page_is_killed_while_it_seals_and_the_next_run_seals_the_list_once(process, home, tmp_path):
    started, visitor = process
    people = [(f"18710141{day:02d}80{at:04d}", f"SITI {at}", "P", "", *PEOPLE[0][4:])
              for at in range(9001, 9500) for day in range(1, 13)]  # fmt: skip
    number = number_of(visitor.put(workbook(people), **ZAKAT))
    visitor.post(f"lists/{number}/columns", ZAKAT)

    def seal():
        with suppress(OSError, http.client.HTTPException):
            visitor.post(f"lists/{number}/seal")

    asking = threading.Thread(target=seal)
    asking.start()
    while not list((home / "outbox").glob("*")):
        pass
    started.kill()
    started.wait()
    asking.join()
    left = submissions(home)
    assert set(left.values()) <= {len(people)}, "whole or not there"
    assert not [path for path in home.rglob("*") if path.is_file() and b"SITI" in path.read_bytes()]
    with page(home) as running:
        again = running.visitor()
        if not left:
            again.follow(again.post(f"lists/{number_of(again.put(workbook(people), **ZAKAT))}/seal"))
        assert list(submissions(home).values()) == [len(people)]
        assert again.get("outbox").text.count("Terkunci, belum dikirim") == 1


def test_a_workbook_of_outcomes_is_read_within_the_limits_of_any_list(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(list(returns.COLUMNS))
    book.active.append(["", 5, "X", 3, "PKH", "", "dikunjungi", "", "aa", ""])
    book.active.append(["", 6, "X", 3, "PKH", "", None, "", "bb", ""])
    book.active.append(["", 7, "X", 4, "PKH", "", "pindah", "", "cc", ""])
    out = io.BytesIO()
    book.save(out)
    assert returns.told(out.getvalue(), "x.xlsx", 3) == {"visited": ["aa"]}
