"""The pages of a list: put it in, see its columns, see what was found, take it back, seal it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from linkage import giveback as words
from linkage import identity
from linkage.errors import LapisError
from linkage.identity import Defaults
from scripts import sealing
from scripts.page import exchange, lists, mappings, places
from scripts.page.desk import KINDS
from scripts.page.exchange import Answer, RefusedError
from scripts.page.lists import OpenList
from scripts.page.visit import Visit
from scripts.page.work import Work

_ENCODINGS = ("", *identity.ENCODINGS)


def show_home(visit: Visit) -> Answer:
    """Show where a list is put in, and which are."""
    return _home(visit)


def _home(visit: Visit, error: LapisError | None = None) -> Answer:
    opened = list(visit.session.lists.values())
    return visit.page(
        "home.html", status=409 if error else 200, error=error, lists=opened, outbox=len(visit.session.outbox),
        **_offers(visit),
    )  # fmt: skip


def _offers(visit: Visit) -> dict[str, Any]:
    return {
        "programmes": identity.programme_codes(), "regencies": places.regencies(),
        "kept": mappings.kept(visit.session.home), "last_programme": visit.session.last_programme,
        "last_period": visit.session.last_period,
    }  # fmt: skip


def put(visit: Visit) -> Answer:
    """Take a list in and read it."""
    upload = visit.form.file("list")
    if upload is None or not upload.content:
        return _home(visit, RefusedError(409, "FILE_MISSING"))
    defaults = _defaults(visit)
    visit.session.last_programme = defaults.programme or ""
    visit.session.last_period = defaults.period or ""
    made = visit.session.put(upload.name, upload.content, defaults)
    known = mappings.load(visit.session.home, visit.form.one("columns"))
    return _read(visit, made, f"lists/{made.number}/columns", lambda: made.read_as(known))


def _defaults(visit: Visit) -> Defaults:
    programme, period, regency = (visit.form.one(name) or None for name in ("programme", "period", "regency"))
    return Defaults(programme, period, regency if regency in places.regencies() else None)


def _read(visit: Visit, one: OpenList, then: str, read: Callable[[], None]) -> Answer:
    def act(work: Work) -> str:
        work.track("read", 0, 0)
        try:
            read()
            one.findings(visit.session.language)
        except LapisError as error:
            if error.code.startswith(("FILE_", "CSV_")) and error.code != "FILE_ENCODING":
                visit.session.lists.pop(one.number, None)
                raise
            visit.session.results[-one.number] = {"error": error}
            return f"lists/{one.number}/columns"
        visit.session.results.pop(-one.number, None)
        return then

    return visit.begin(act, "")


def show_columns(visit: Visit) -> Answer:
    """Show which column was taken for what, how surely, and let it be put right."""
    one = visit.session.find(visit.args[0])
    kept = visit.session.results.get(-one.number)
    error = kept["error"] if kept else None
    try:
        sheet, heads = one.columns()
    except LapisError:
        sheet, heads = "", []
    told = one.told(sheet, heads)
    others = [name for name in one.reading.mappings if name != sheet] if one.reading else []
    doubts = sum(each.how == "doubt" for each in told)
    text = one.name.lower().endswith((".csv", ".txt", ".tsv"))
    return visit.page(
        "columns.html", one=one, sheet=sheet, heads=heads, told=told, others=others, doubts=doubts, error=error,
        forms={head.choice: head.form for head in heads}, encodings=_ENCODINGS if text else (),
        absent=lists.absent(told, one.defaults) if one.reading else [], codes=identity.codes(),
        stem=Path(one.name).stem, **_offers(visit),
    )  # fmt: skip


def settle_columns(visit: Visit) -> Answer:
    """Take what the operator chose; read again if it is anything new."""
    one = visit.session.find(visit.args[0])
    sheet, heads = _columns(one)
    offered = {head.choice for head in heads} | {"-"}
    # What an earlier try chose and this list does not have would be refused again and again.
    choices = {role: choice for role, choice in one.choices.items() if choice in offered or one.reading}
    for each in one.told(sheet, heads):
        wanted = visit.form.one(f"column-{each.role}")
        if wanted in offered and wanted != each.choice:
            choices[each.role] = wanted
    encoding = visit.form.one("encoding")
    encoding_ = encoding if encoding in identity.ENCODINGS else one.encoding
    defaults = _defaults(visit)
    name = visit.form.one("keep_as") if visit.form.one("keep") else ""

    def read() -> None:
        if one.reading is None or (choices, encoding_, defaults) != (one.choices, one.encoding, one.defaults):
            one.choices, one.encoding, one.defaults = choices, encoding_, defaults
            one.read()
        if name:
            mappings.keep(visit.session.home, name, one)

    return _read(visit, one, f"lists/{one.number}", read)


def _columns(one: OpenList) -> tuple[str, list[lists.ColumnHead]]:
    try:
        return one.columns()
    except LapisError:
        return "", []


def show_findings(visit: Visit) -> Answer:
    """Show what was found, village by village, with what to do."""
    one = visit.session.read_list(visit.args[0])
    assert one.reading is not None  # noqa: S101 - `read_list` looked
    found = one.findings(visit.session.language)
    about = [(sheet, identity.codes()[code]) for sheet, code in found.tally.sheets]
    return visit.page(
        "findings.html", one=one, reading=one.reading, found=found, tally=found.tally, statuses=words.STATUSES,
        about=about, sendable=len(one.reading.records),
    )  # fmt: skip


def give_workbook(visit: Visit) -> Answer:
    """Hand the list back with its verdicts."""
    one = visit.session.read_list(visit.args[0])
    name, content = one.given_back(visit.session.folder, visit.session.language)
    return exchange.give(content, name, KINDS.get(name[name.rfind(".") :], "application/octet-stream"))


def give_minutes(visit: Visit) -> Answer:
    """Hand over the minutes to sign."""
    # Here, for the PDF library takes longer to load than most lists to check.
    from linkage import paper

    one, opened = visit.session.read_list(visit.args[0]), visit.session.agency
    details = paper.Details(
        one.name, opened.ring.name if opened else "", datetime.now(UTC).astimezone().date(), one.sealed
    )
    content = paper.minutes(one.findings(visit.session.language).tally, details, visit.session.language)
    return exchange.give(content, f"{one.name.rpartition('.')[0] or one.name}.berita-acara.pdf", KINDS[".pdf"])


def give_template(visit: Visit) -> Answer:
    """Hand over an empty list."""
    return exchange.give(words.template(visit.session.language), "daftar.xlsx", KINDS[".xlsx"])


def seal(visit: Visit) -> Answer:
    """Seal what can be sent."""
    opened, one = visit.session.opened(), visit.session.read_list(visit.args[0])
    reading = one.reading
    assert reading is not None  # noqa: S101 - `read_list` looked
    if one.sealed:
        raise RefusedError(409, "LIST_SEALED")
    if not len(reading.records):
        raise RefusedError(409, "LIST_EMPTY")

    def act(work: Work) -> str:
        if one.sealed:
            # Asked twice before the first was done.
            return "outbox"
        one.sealed = sealing.seal(opened, one.name, reading, opened.home / "outbox", work.track).content
        return "outbox"

    return visit.begin(act, f"lists/{one.number}")


def forget(visit: Visit) -> Answer:
    """Take a list out of memory."""
    visit.session.lists.pop(int(visit.args[0]), None)
    return visit.go("")
