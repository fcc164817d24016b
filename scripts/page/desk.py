"""What belongs to no list: unlocking, the language, work under way, files to fetch, closing."""

from __future__ import annotations

from linkage.errors import LapisError
from scripts.page import exchange
from scripts.page.exchange import Answer, RefusedError
from scripts.page.visit import Visit

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {".xlsx": _WORKBOOK, ".xlsm": _WORKBOOK, ".pdf": "application/pdf"}


def show_unlock(visit: Visit) -> Answer:
    """Ask for the passphrase."""
    return visit.page("unlock.html")


def unlock(visit: Visit) -> Answer:
    """Open the agency's keys."""
    try:
        visit.session.unlock(next(iter(visit.form.values.get("passphrase", ())), ""))
    except LapisError as error:
        return visit.page("unlock.html", status=409, error=error)
    return visit.go("")


def lock(visit: Visit) -> Answer:
    """Forget keys and lists."""
    visit.session.lock()
    return visit.go("")


def choose_language(visit: Visit) -> Answer:
    """Go on in another language, where the reader was."""
    wanted = visit.form.one("language")
    if wanted == "id":
        visit.session.language = "id"
    elif wanted == "en":
        visit.session.language = "en"
    back = visit.form.one("back")
    # A page that answers to GET alone can be shown again; anything else begins anew.
    return visit.go(back if all(part.isalnum() for part in back.split("/")) else "")


def close(visit: Visit) -> Answer:
    """End the program once this was answered."""
    visit.session.closing.set()
    return visit.page("closed.html")


def show_work(visit: Visit) -> Answer:
    """Show how far work is; at its end, go on."""
    work = visit.session.works.get(int(visit.args[0]))
    if work is None:
        raise RefusedError(404, "WORK_GONE")
    if work.error is not None:
        return visit.page("failed.html", status=409, error=work.error, back=work.back)
    if work.address is not None:
        return visit.go(work.address)
    return visit.page("work.html", work=work, number=visit.args[0], refresh="1")


def stop_work(visit: Visit) -> Answer:
    """Stop work."""
    work = visit.session.works.get(int(visit.args[0]))
    if work is not None:
        work.stop()
        work.wait(1.0)
    return visit.go(f"work/{visit.args[0]}")


def give(visit: Visit) -> Answer:
    """Hand over a file that was made."""
    found = visit.session.downloads.get(int(visit.args[0]))
    if found is None:
        raise RefusedError(404, "LIST_GONE")
    ending = next((ending for ending in KINDS if found.name.endswith(ending)), "")
    return exchange.give(found.content, found.name, KINDS.get(ending, "application/octet-stream"))
