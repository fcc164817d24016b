"""Durable jobs: ingest and link go on after a kill, and wait while the vault is away. What they keep is ids and counts.

The store's job rows say what has to be done; DBOS says how far it is. A row is committed with its log entry before
anything is begun, and a loop hands waiting rows over, again after a restart: by the job's id, so never twice. The
workflows' own tables hold a job's id and its outcome, and nothing that a list says.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from api.centre import Centre
from api.guard import whereabouts
from api.service import Progress
from api.services import ingest, journal, work
from api.services.journal import Event
from api.services.uploads import Inbox
from linkage.errors import LapisError

QUEUE = "work"
AWAY = frozenset({"VAULT_UNREACHABLE", "VAULT_SEALED", "VAULT_NOT_READY", "VAULT_BUSY", "VAULT_FAILED", "CENTRE_BUSY"})
"""What passes by itself: the job waits, and nobody has to do a thing."""
AWAY_FOR_NOW = "away"
STAGES = {work.INGEST: ("ingest",), work.LINK: ("link", "layer")}
"""What a job does, one after another: a link brings the layers to what it found."""
Outcome = dict[str, Any]
log = logging.getLogger("lapis.jobs")


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds: between looks at the store, and between attempts while something is away (doubled, up to the last)."""

    look: float = 0.1
    first: float = 1.0
    last: float = 30.0


class Jobs:
    """Run the jobs of one centre, one after another. One such object lives in a process, as DBOS does."""

    def __init__(self, centre: Centre, inbox: Inbox, database: str, waits: Waits | None = None) -> None:
        self._centre, self._inbox, self._database = centre, inbox, database
        self._waits = waits or Waits()
        self._progress: dict[str, Progress] = {}
        self._handed: set[str] = set()
        self._awake, self._stopping = threading.Event(), threading.Event()
        self._loop = threading.Thread(target=self._look, name="lapis-jobs", daemon=True)
        self._workflow: Callable[[str, str], Outcome] | None = None

    def start(self) -> None:
        """Take up what an earlier process left, and look for more."""
        config = DBOSConfig(
            name="lapis", system_database_url=self._database, application_version="1", executor_id="centre",
            serializer=DBOSPortableJSONSerializer(), log_level="ERROR", enable_otlp=False,
        )  # fmt: skip
        DBOS(config=config)

        def run(job: str, kind: str) -> Outcome:
            return self._run(job, kind)

        self._workflow = DBOS.workflow(name="job", max_recovery_attempts=None)(run)
        DBOS.launch()
        DBOS.register_queue(QUEUE, global_concurrency=1, polling_interval_sec=self._waits.look)
        self._loop.start()

    def stop(self) -> None:
        """Begin nothing more; what runs goes on when the next process starts."""
        self._stopping.set()
        self._awake.set()
        self._loop.join(10)
        DBOS.destroy(destroy_registry=True)

    def nudge(self) -> None:
        """Say that a job waits."""
        self._awake.set()

    def progress(self, job: str) -> Progress | None:
        """Return how far a running job is; nothing while it waits, or right after a restart."""
        return self._progress.get(job)

    def _look(self) -> None:
        while not self._stopping.is_set():
            self._awake.wait(self._waits.look)
            self._awake.clear()
            try:
                self._hand_over()
            except Exception as error:
                log.warning("%s", whereabouts(error))

    def _hand_over(self) -> None:
        with Session(self._centre.store) as session:
            waiting = work.waiting(session)
        for job, kind in waiting:
            if job not in self._handed and self._workflow is not None and not self._stopping.is_set():
                with SetWorkflowID(job):
                    DBOS.enqueue_workflow(QUEUE, self._workflow, job, kind)
                self._handed.add(job)

    def _run(self, job: str, kind: str) -> Outcome:
        """Do its stages until one is refused, then write the outcome down. The body of the workflow."""
        outcome: Outcome = {}
        for stage in STAGES[kind]:
            outcome |= self._stage(job, stage)
            if outcome["state"] != work.DONE:
                break
        DBOS.run_step({"name": "end", "retries_allowed": True, "max_attempts": 100}, self._end, job, outcome)
        return outcome

    def _stage(self, job: str, stage: str) -> Outcome:
        """Try until it is done or refused."""
        wait = self._waits.first
        while True:
            outcome: Outcome = DBOS.run_step({"name": stage}, self._attempt, job, stage)
            if outcome["state"] != AWAY_FOR_NOW:
                return outcome
            DBOS.sleep(wait)
            wait = min(2 * wait, self._waits.last)

    def _attempt(self, job: str, stage: str) -> Outcome:
        def report(stage: str, done: int, total: int) -> None:
            self._progress[job] = Progress(stage, done, total)

        try:
            acts: dict[str, Callable[[Callable[[str, int, int], None]], Outcome]] = {
                "ingest": partial(self._ingest, job), "link": self._link, "layer": self._layer,
            }  # fmt: skip
            return acts[stage](report)
        except LapisError as error:
            if error.code in AWAY:
                return {"state": AWAY_FOR_NOW, "code": error.code}
            # An agency reads this: where the centre keeps its things is not for it.
            place = None if error.code.startswith("VAULT") else error.place[:200] or None
            return {"state": work.REFUSED, "code": error.code, "place": place}
        except OperationalError:
            return {"state": AWAY_FOR_NOW, "code": "STORE_FAILED"}
        except Exception as error:
            log.error("%s", whereabouts(error))  # noqa: TRY400 - likewise
            return {"state": work.REFUSED, "code": "FAILED"}

    def _ingest(self, job: str, report: Callable[[str, int, int], None]) -> Outcome:
        with Session(self._centre.store) as session:
            upload = work.find(session, job).upload or ""
        receipt = ingest.ingest(self._centre, self._inbox.path(upload), report)
        return {"state": work.DONE, "rows": receipt.rows, "known_rows": receipt.known_rows}

    def _link(self, report: Callable[[str, int, int], None]) -> Outcome:
        # Here, not above: the linkage's libraries take longer to load than all the rest, and an ingest needs none.
        from api.services import link

        linked = link.link(self._centre, report)
        return {"state": work.DONE, "run": linked.run, "rows": linked.records, "persons": linked.persons,
                "reviews": linked.reviews}  # fmt: skip

    def _layer(self, report: Callable[[str, int, int], None]) -> Outcome:
        # Here, likewise.
        from api.services.layers import renew

        made = renew.renew(self._centre, report)
        return {"state": work.DONE, "layered": made.renewed}

    def _end(self, job: str, outcome: Outcome) -> None:
        """Write the outcome and its entry in one transaction; afterwards a list that was taken in is not needed."""
        now = self._centre.clock()
        with Session(self._centre.store, expire_on_commit=False) as session, session.begin():
            ended = work.end(session, job, outcome, now)
            # What was done has its entry already, in the transaction that did it.
            if ended is not None and outcome["state"] == work.REFUSED:
                about = {"job": job, "agency": ended.agency, "reason": ended.code}
                subject = {name: value for name, value in about.items() if value is not None}
                journal.record(session, Event("JOB_REFUSED", journal.OPERATOR, "service", "", "", subject), now)
        self._progress.pop(job, None)
        if ended is not None and ended.upload and outcome["state"] == work.DONE:
            self._inbox.path(ended.upload).unlink(missing_ok=True)
