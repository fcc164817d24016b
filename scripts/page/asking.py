"""Campaigns: which rows of one's own lists they concern, and what became of those. Asks by references alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from linkage.errors import LapisError
from scripts import referral, returns
from scripts.page.exchange import Answer, RefusedError
from scripts.page.lists import OpenList
from scripts.page.visit import Visit
from scripts.page.work import Work
from scripts.referral import Source
from scripts.returns import Line


def show(visit: Visit) -> Answer:
    """Show the lists that can be asked about, and where outcomes are told."""
    return _show(visit)


def _show(visit: Visit, error: LapisError | None = None) -> Answer:
    return visit.page("referrals.html", status=409 if error else 200, error=error, lists=usable(visit),
                      centre=visit.session.centre)  # fmt: skip


def usable(visit: Visit) -> list[OpenList]:
    """Return the lists that were read."""
    return [one for one in visit.session.lists.values() if one.reading is not None]


def picked(visit: Visit) -> list[OpenList]:
    """Return the lists that a form names; raises RefusedError LISTS_MISSING."""
    wanted = set(visit.form.values.get("list", ()))
    found = [one for one in usable(visit) if str(one.number) in wanted]
    if not found:
        raise RefusedError(409, "LISTS_MISSING")
    return found


def pull(visit: Visit) -> Answer:
    """Ask every campaign in force about the lists, and make the operator's workbook."""
    session, key, chosen = visit.session, visit.session.opened().ring.ref_key, picked(visit)
    sources = [referral.source(Path(one.name), one.reading.records, key) for one in chosen if one.reading is not None]

    def act(work: Work) -> str:
        work.track("ask", 0, 0)
        counts: Counter[int] = Counter()
        found: list[tuple[Source, list[Line]]] = [(source, []) for source in sources]
        with session.desk(work.pause) as desk:
            numbers = referral.in_force(desk)
            for done, campaign in enumerate(numbers):
                work.track("ask", done, len(numbers))
                for source, lines in found:
                    meant = list(referral.pulled(desk, campaign, source))
                    lines += meant
                    counts[campaign] += len(meant)
        files = [
            (session.keep(f"{source.path.stem}.rujukan.xlsx", returns.content(lines)), source.path.name, len(lines))
            for source, lines in found if lines
        ]  # fmt: skip
        number = session.number()
        session.results[number] = {"campaigns": [(each, counts[each]) for each in numbers], "files": files}
        return f"referrals/{number}"

    return visit.begin(act, "referrals")


def show_pulled(visit: Visit) -> Answer:
    """Show what the campaigns concern."""
    found = visit.session.results.get(int(visit.args[0]))
    if not found or "campaigns" not in found:
        raise RefusedError(404, "WORK_GONE")
    return visit.page("pulled.html", **found)


def tell(visit: Visit) -> Answer:
    """Tell the centre what the operator wrote into HASIL."""
    session, upload, campaign = visit.session, visit.form.file("workbook"), visit.form.one("campaign")
    if upload is None or not upload.content:
        return _show(visit, RefusedError(409, "FILE_MISSING"))
    if not (campaign.isascii() and campaign.isdigit() and len(campaign) < 10):
        return _show(visit, RefusedError(409, "NUMBER_MISSING"))
    try:
        told = returns.told(upload.content, upload.name, int(campaign))
    except LapisError as error:
        return _show(visit, error)

    def act(work: Work) -> str:
        work.track("send", 0, 0)
        with session.desk(work.pause) as desk:
            for word, refs in sorted(told.items()):
                for part in referral.parts(refs):
                    desk.ask("POST", f"/v1/campaigns/{campaign}/outcomes", json={"rows": {word: part}})
        number = session.number()
        rows = [(word, len(refs)) for word, refs in sorted(told.items())]
        session.results[number] = {"campaigns": [], "files": [], "told": rows}
        return f"referrals/{number}"

    return visit.begin(act, "referrals")
