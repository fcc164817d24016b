"""Fill a log with made-up entries, and time what is done with it: for `lapis bench log`, in a store made for that.

Entries are written as the service writes them, placed as the sequencer does, exported and verified as an outsider does.
It signs with a key of its own and asks no vault.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from api.errors import ServiceError
from api.services import journal, sequencer
from api.services.journal import Event
from api.store import LogLeaf, PendingEntry
from vault.log import Checkpoint, Verifier, checkpoint, leaf_hash, merkle, verify

BATCH, SINGLES, PROOFS, SEED = 1_000, 500, 300, 1
ORIGIN = "lapis.bench/log"


@dataclass(frozen=True, slots=True)
class Grown:
    """A log at one size: entries a second since the last, milliseconds of a proof, seconds of export and of verifying.

    `written`: batches of a thousand a transaction; `placed`: with their place and tiles; `appended`: both, end to end;
    `single`: one entry a transaction, as a request does. `cpu`: by processor time of this process alone, which a busy
    machine changes less. `peak_mb`: of the process so far, most of it its libraries.
    """

    entries: int
    written_per_s: float
    placed_per_s: float
    appended_per_s: float
    appended_per_cpu_s: float
    single_per_s: float
    proof_ms: float
    worst_proof_ms: float
    proof_cpu_ms: float
    export_s: float
    verify_s: float
    verify_cpu_s: float
    peak_mb: float


def grow(store: Engine, folder: Path, sizes: list[int], report: Callable[[str, int, int], None]) -> list[Grown]:
    """Grow an empty log to each size in turn and measure it there; raises ServiceError LOG_NOT_EMPTY."""
    with Session(store) as session:
        if session.exec(select(func.count()).select_from(PendingEntry)).one():
            raise ServiceError("LOG_NOT_EMPTY", "a log that was used is not measured", hint="give a store made for it")
    key, found, size = Ed25519PrivateKey.generate(), [], 0
    verifier = Verifier(ORIGIN, key.public_key().public_bytes_raw())
    for wanted in sorted(sizes):
        writing, placing, cpu, singles = _append(store, size, wanted, report)
        count, size = wanted - size - SINGLES, wanted
        proofs, proof_cpu = _prove(store, size)
        began = time.perf_counter()
        sequencer.write(store, _signed(store, size, verifier, key), verifier, folder / str(size))
        exported, cpu_before = time.perf_counter(), time.process_time()
        verify(folder / str(size), verifier)
        verified, verifying = time.perf_counter(), time.process_time() - cpu_before
        found.append(
            Grown(
                entries=size,
                written_per_s=count / writing,
                placed_per_s=count / placing,
                appended_per_s=count / (writing + placing),
                appended_per_cpu_s=count / cpu,
                single_per_s=singles,
                proof_ms=1e3 * statistics.median(proofs),
                worst_proof_ms=1e3 * max(proofs),
                proof_cpu_ms=1e3 * proof_cpu,
                export_s=exported - began,
                verify_s=verified - exported,
                verify_cpu_s=verifying,
                peak_mb=_peak(),
            )
        )
    return found


def _append(store: Engine, start: int, end: int, report: Callable[[str, int, int], None]) -> tuple[float, ...]:
    """Append in batches: seconds of writing, of placing, of the processor; and how many a second go in one by one."""
    writing = placing = 0.0
    last = max(start, end - SINGLES)
    single = _timed(lambda: [_write(store, at, 1) for at in range(last, end)])
    sequencer.place(store)
    cpu = time.process_time()
    for at in range(start, last, BATCH):
        writing += _write(store, at, min(BATCH, last - at))
        # The sequencer finds what the last seconds brought.
        if (at - start) // BATCH % 10 == 9:
            placing += _timed(lambda: sequencer.place(store))
        report("append", at - start, end - start)
    placing += _timed(lambda: sequencer.place(store))
    return writing, placing, time.process_time() - cpu, (end - last) / single


def _write(store: Engine, start: int, count: int) -> float:
    now = datetime.now(UTC)

    def enter() -> None:
        with Session(store) as session, session.begin():
            if count == 1:
                journal.record(session, _event(start), now)
            else:
                journal.record_all(session, map(_event, range(start, start + count)), now)

    return _timed(enter)


def _event(at: int) -> Event:
    subject = {"action": "readPerson", "person": f"{at:016x}", "rows": 3, "rules": "0123456789abcdef"}
    entity = "7c1d2c5e-3b0f-4d52-8c53-000000000000"
    return Event("PROFILE_READ", entity, "analyst", "targeting", "public-task", subject)


def _prove(store: Engine, size: int) -> tuple[list[float], float]:
    """Return the seconds of some proofs, each from a cold start, session, tiles and path; and the processor's, each."""
    draw, taken, cpu = Random(SEED), [], 0.0  # noqa: S311 — which entries are proved is no secret
    with Session(store) as session:
        root = merkle.root(sequencer.StoredTiles(session), size)
    for _ in range(PROOFS):
        index = draw.randrange(size)
        with Session(store) as session:
            entry = session.exec(select(PendingEntry.body).join(LogLeaf).where(LogLeaf.index == index)).one()
        began, cpu_before = time.perf_counter(), time.process_time()
        with Session(store) as session:
            path = sequencer.prove(session, index, size)
        taken.append(time.perf_counter() - began)
        cpu += time.process_time() - cpu_before
        merkle.check_inclusion(leaf_hash(entry.encode()), index, size, path, root)
    return taken, cpu / PROOFS


def _signed(store: Engine, size: int, verifier: Verifier, key: Ed25519PrivateKey) -> str:
    with Session(store) as session:
        root = merkle.root(sequencer.StoredTiles(session), size)
    return checkpoint.sign(Checkpoint(ORIGIN, size, root), verifier, key.sign)


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _peak() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
