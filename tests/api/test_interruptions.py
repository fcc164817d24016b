"""Kills and absences in the middle of an ingest: nothing lost, twice, or seen half-way, and no canary anywhere."""

import base64
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services import ingest
from api.store import Content, FilterFile, HandleBlock, Reference, Submission, Token
from linkage.encoding import tokens
from linkage.encoding.anchors import meetings
from tests.api.conftest import EPOCH, count, people, silent
from tests.conftest import started
from vault import VaultError

ROWS = 20_000
PROGRAM = """
import sys
from pathlib import Path
from api.services import ingest
from policies import load_vault_policies
from tests.api.conftest import open_centre
from vault import EmbeddedServer
home, vault, seal, path = map(Path, sys.argv[1:])
server = EmbeddedServer(vault, seal, load_vault_policies()["operator"])
ingest.ingest(open_centre(home, server.session), path, lambda *_: None)
"""


def begin(centre, bao, path):
    home = centre.lock.parent
    arguments = [home, bao.layout.home, bao.layout.seal_dir, path]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


def kill_when(process, reached):
    """Kill as soon as the state is reached; say whether the process was still running."""
    until = time.monotonic() + 120
    while process.poll() is None and not reached() and time.monotonic() < until:
        time.sleep(0.005)
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return running


@pytest.mark.sqlite
def test_a_killed_ingest_goes_on_where_it_stopped(centre, bao, desks):
    path = desks["baznas"].submit(people(ROWS))
    for blocks in (1, 2):
        assert kill_when(begin(centre, bao, path), lambda wanted=blocks: count(centre, HandleBlock)[0] >= wanted)
        assert_consistent(centre)
    with Session(centre.store) as session:
        assert session.exec(select(Submission.visible_at)).one() is None
    receipt = ingest.ingest(centre, path, silent)
    assert (receipt.rows, receipt.known_rows) == (ROWS, 0)
    assert count(centre, Content, Token, Reference) == (ROWS,) * 3
    with Session(centre.store) as session:
        files = set(session.exec(select(FilterFile.name)))
    assert {file.name for file in centre.filters.iterdir()} == files
    no_canary_anywhere(centre, bao, path)


def test_kills_at_any_moment_lose_nothing(centre, bao, desks):
    path = desks["desa"].submit(people(9_000))
    for delay in (0.9, 1.3, 1.6, 1.9, 2.2):
        began = time.monotonic()
        kill_when(begin(centre, bao, path), lambda since=began, wait=delay: time.monotonic() - since > wait)
        assert_consistent(centre)
    assert ingest.ingest(centre, path, silent).rows == 9_000
    assert count(centre, Content, Token, Reference) == (9_000,) * 3


def assert_consistent(centre):
    """Every staged chunk is whole: as many rows in each compartment as its block says, and every file is there."""
    with Session(centre.store) as session:
        rows = sum(session.exec(select(HandleBlock.rows)))
        files = session.exec(select(FilterFile.name)).all()
    assert count(centre, Content, Token, Reference) == (rows,) * 3
    assert all((centre.filters / name).is_file() for name in files)


def no_canary_anywhere(centre, bao, submission):
    """Search every file of the centre and of the vault, and the submission, for identities, t1 tokens and keys."""
    table = people(ROWS)
    niks = table["nik"].to_pylist()[:: ROWS // 50]
    import pyarrow as pa

    kk = table["kk"].to_pylist()[:1]
    t1 = [*tokens.tokenise(pa.array(niks), EPOCH.key, "nik/v1").to_pylist(), EPOCH.key.expose()]
    t1 += tokens.tokenise(pa.array(kk), EPOCH.key, "kk/v1").to_pylist()
    for anchor in centre.policy.anchors:
        t1 += meetings(table.slice(0, 50), anchor, EPOCH.key).tokens.to_pylist()
    needles = [raw.encode() for raw in niks + kk + table["name"].to_pylist()[:: ROWS // 50]]
    for value in t1:
        needles += [value, value.hex().encode(), base64.b64encode(value)[:40]]
    haystacks = [
        path
        for folder in (centre.lock.parent, bao.layout.home, bao.layout.seal_dir, submission.parent)
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert len(haystacks) > 10
    for path in haystacks:
        content = path.read_bytes()
        for needle in needles:
            assert needle not in content, path.name
    # The search itself must be able to find: the store does hold t2, which is not t1.
    with Session(centre.store) as session:
        t2 = session.exec(select(Token.nik).limit(1)).one()
    stored = b"".join(path.read_bytes() for path in centre.lock.parent.glob("store.sqlite*"))
    assert t2 is not None and t2 in stored


@pytest.fixture
def own_vault(tmp_path):
    """A vault of this test's own, to stop and start."""
    yield from started(tmp_path / "own")


@pytest.mark.sqlite
def test_an_absent_vault_is_said_and_the_next_run_goes_on(centre, own_vault, desks):
    from dataclasses import replace

    from linkage.encoding import CentreCard
    from vault import Retry, public_key

    with own_vault.session("ingest") as session:
        key = public_key(session, "ingest")
    quick = Retry(attempts=2, first=0.01)
    mine = replace(centre, login=lambda role: own_vault.session(role, retry=quick))
    path = desks["csr"].but(centre=CentreCard("pmo", key.version, key.pem)).submit(people(ROWS))
    own_vault.stop()
    with pytest.raises(VaultError) as error:
        ingest.ingest(mine, path, silent)
    assert error.value.code in {"VAULT_NOT_READY", "VAULT_UNREACHABLE"}
    assert count(mine, Submission, Content) == (0, 0)

    def stop_after_one(stage, done, _total):
        if stage == "ingest" and done < ROWS:
            own_vault.stop()

    own_vault.start()
    with pytest.raises(VaultError):
        ingest.ingest(mine, path, stop_after_one)
    assert count(mine, HandleBlock) == (1,)
    with Session(mine.store) as session:
        assert session.exec(select(Submission.visible_at)).one() is None
    own_vault.start()
    assert ingest.ingest(mine, path, silent).rows == ROWS
    assert count(mine, Content, Token, Reference) == (ROWS,) * 3


@pytest.mark.sqlite
def test_another_list_waits_until_the_half_done_one_is_finished(centre, bao, desks):
    def stop(stage, _done, _total):
        if stage == "ingest":
            raise KeyboardInterrupt

    first = desks["baznas"].submit(people(9_000), "first")
    with pytest.raises(KeyboardInterrupt):
        ingest.ingest(centre, first, stop)
    second = desks["baznas"].submit(people(20), "second")
    with pytest.raises(ServiceError, match="INGEST_UNFINISHED"):
        ingest.ingest(centre, second, silent)
    assert ingest.ingest(centre, first, silent).rows == 9_000
    assert ingest.ingest(centre, second, silent).known_rows == 20


def test_files_of_a_killed_run_are_swept(centre, desks):
    orphan = centre.filters / f"{hashlib.sha256(b'x').hexdigest()[:32]}.parquet"
    orphan.write_bytes(b"left behind")
    ingest.ingest(centre, desks["baznas"].submit(people(5)), silent)
    assert not orphan.exists()
