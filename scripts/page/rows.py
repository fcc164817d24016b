"""One's own rows at the centre: how they stand, take some back, send a list anew under a new epoch.

Asks and tells by references alone. What is taken back is named first, and taken back by a second press.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from linkage.encoding import references
from linkage.errors import LapisError
from scripts import referral, renewal, returns, sealing
from scripts.page.asking import picked, usable
from scripts.page.exchange import Answer, RefusedError
from scripts.page.lists import OpenList
from scripts.page.visit import Visit
from scripts.page.work import Work
from scripts.referral import Source


@dataclass(frozen=True, slots=True, repr=False)
class Withdrawal:
    """Rows of a list that are to be taken back: the list's name, their references; and what came of it, once told.

    Does not print.
    """

    name: str
    refs: list[str]
    withdrawn: int | None = None
    unknown: int = 0


def show(visit: Visit) -> Answer:
    """Show the lists that can be asked about, and what can be done with them."""
    return _show(visit)


def _show(visit: Visit, error: LapisError | None = None) -> Answer:
    return visit.page("rows.html", status=409 if error else 200, error=error, lists=usable(visit),
                      values={name: visit.form.one(name) for name in ("rows", "sheet")})  # fmt: skip


def _source(one: OpenList, visit: Visit) -> Source:
    assert one.reading is not None  # noqa: S101 - `picked` gives lists that were read
    return referral.source(Path(one.name), one.reading.records, visit.session.opened().ring.ref_key)


def ask(visit: Visit) -> Answer:
    """Ask how the rows of the lists stand; what the centre asks of them goes into a workbook."""
    session, chosen = visit.session, picked(visit)
    visit.session.opened()

    def act(work: Work) -> str:
        work.track("ask", 0, len(chosen))
        counts: Counter[str] = Counter()
        files = []
        with session.desk(work.pause) as desk:
            for done, one in enumerate(chosen):
                work.track("ask", done, len(chosen))
                found = referral.stand(desk, _source(one, visit))
                counts.update(found.words)
                if found.lines:
                    name = f"{Path(one.name).stem}.umpan-balik.xlsx"
                    files.append((session.keep(name, returns.content(found.lines)), one.name, len(found.lines)))
        number = session.number()
        session.results[number] = {"counts": sorted(counts.items()), "files": files}
        return f"rows/{number}"

    return visit.begin(act, "rows")


def show_stand(visit: Visit) -> Answer:
    """Show how they stand."""
    found = visit.session.results.get(int(visit.args[0]))
    if not found or "counts" not in found:
        raise RefusedError(404, "WORK_GONE")
    return visit.page("stand.html", **found)


def choose(visit: Visit) -> Answer:
    """Name the rows that are to be taken back, and ask once more."""
    try:
        one, *more = picked(visit)
        if more:
            raise RefusedError(409, "LIST_ONE")
        every = visit.form.one("which") == "all"
        spans = None if every else _spans(visit.form.one("rows"))
        refs = referral.chosen(_source(one, visit), spans, visit.form.one("sheet") or None)
    except LapisError as error:
        if error.code == "LOCKED":
            raise
        return _show(visit, error)
    number = visit.session.number()
    visit.session.results[number] = {"withdrawal": Withdrawal(one.name, refs)}
    return visit.go(f"withdrawals/{number}")


def _spans(text: str) -> list[range]:
    try:
        return referral.spans("".join(text.split()))
    except ValueError:
        raise RefusedError(409, "ROWS_FORM") from None


def _withdrawal(visit: Visit) -> Withdrawal:
    found = visit.session.results.get(int(visit.args[0]), {}).get("withdrawal")
    if not isinstance(found, Withdrawal):
        raise RefusedError(404, "WORK_GONE")
    return found


def show_withdrawal(visit: Visit) -> Answer:
    """Show what is to be taken back, or was."""
    return visit.page("withdrawal.html", found=_withdrawal(visit), number=visit.args[0])


def withdraw(visit: Visit) -> Answer:
    """Take the rows back; again, it changes nothing."""
    session, found, number = visit.session, _withdrawal(visit), int(visit.args[0])
    if found.withdrawn is not None:
        return visit.go(f"withdrawals/{number}")

    def act(work: Work) -> str:
        work.track("send", 0, len(found.refs))
        with session.desk(work.pause) as desk:
            gone, unknown = referral.take_back(desk, found.refs)
        session.results[number] = {"withdrawal": Withdrawal(found.name, found.refs, gone, unknown)}
        return f"withdrawals/{number}"

    return visit.begin(act, f"withdrawals/{number}")


def resubmit(visit: Visit) -> Answer:
    """Seal earlier lists anew, under the epoch in force; their rows keep their references."""
    opened, chosen = visit.session.opened(), picked(visit)

    def act(work: Work) -> str:
        known = renewal.remembered(opened.home)
        for one in chosen:
            assert one.reading is not None  # noqa: S101 - `picked` looked
            refs: pa.Array = references.refer(one.reading.records, opened.ring.ref_key)
            renewal.check(known, refs, opened.epoch.epoch, one.name)
            one.sealed = sealing.seal(opened, one.name, one.reading, opened.home / "outbox", work.track).content
        return "outbox"

    return visit.begin(act, "rows")
