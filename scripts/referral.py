"""`lapis agency pull`, `outcomes`, `feedback`, `answer`, `withdraw`: ask about one's own rows, by references alone.

The references are computed anew from the agency's own lists; nothing else of a row leaves.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from linkage import identity
from linkage.encoding import Secret, references
from linkage.encoding.keyring import Keyring
from linkage.errors import LapisError
from scripts import files, known, returns, submit
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.returns import Line

AT_ONCE = 20_000
"""References in one request: the centre takes 50,000, and answers so many within seconds."""
EMPTY: Mapping[int, str] = {}


class Home(Protocol):
    """What these commands need of an agency's opened home."""

    @property
    def ring(self) -> Keyring:
        """Return its keys."""


Open = Callable[[Path, str], Home]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse gives it no other name


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """A list's accepted rows (`RECORD_SCHEMA`) and their references, in hexadecimal."""

    path: Path
    records: pa.Table
    refs: list[str]

    def lines(
        self, meant: Iterable[int], referral: int | None, programme: str, advice: str, asked: Mapping[int, str] = EMPTY
    ) -> Iterator[Line]:
        """Yield the rows at those places, with the question that each is `asked`, if any."""
        for at in meant:
            sheet, row, name = (self.records[column][at].as_py() for column in ("sheet", "row", "name"))
            ref = bytes.fromhex(self.refs[at])
            yield Line(sheet or "", row, name or "", referral, programme, advice, ref, asked.get(at, ""))


def add_commands(commands: Commands, home: Path, open_: Open) -> None:
    """Add the five commands; `open_` opens an agency's home."""
    pull = command(
        commands,
        "pull",
        "ask which own rows a campaign concerns, and write the operator's workbook",
        "lapis agency pull 3 --source daftar-maret.xlsx --centre https://pmo:8443",
    )
    pull.add_argument("campaign", type=int, nargs="?", help="its number (default: every campaign in force)")
    told = command(
        commands,
        "outcomes",
        "tell what became of a campaign's rows: the column HASIL of the operator's workbook",
        "lapis agency outcomes 3 --source daftar-maret.rujukan.xlsx --centre https://pmo:8443",
    )
    told.add_argument("campaign", type=int)
    told.add_argument("--source", type=Path, required=True, help="the workbook that `pull` wrote, with HASIL filled in")
    told.set_defaults(run=run_outcomes)
    feedback = command(
        commands,
        "feedback",
        "ask how own rows stand, and which are sent back for review",
        "lapis agency feedback --source daftar-maret.xlsx --centre https://pmo:8443",
    )
    answered = command(
        commands,
        "answer",
        "answer what was asked about rows in doubt: the column JAWABAN of the operator's workbook",
        "lapis agency answer --source daftar-maret.umpan-balik.xlsx --centre https://pmo:8443",
    )
    answered.add_argument("--source", type=Path, required=True, help="what `feedback` wrote, with JAWABAN filled in")
    answered.set_defaults(run=run_answer)
    withdraw = command(
        commands,
        "withdraw",
        "take own rows back: they no longer count",
        "lapis agency withdraw --source daftar-maret.xlsx --rows 12,20-25 --centre https://pmo:8443",
    )
    which = withdraw.add_mutually_exclusive_group(required=True)
    which.add_argument("--rows", type=spans, help="row numbers as the list shows them, such as 12,20-25")
    which.add_argument("--all", action="store_true", help="every row of the lists")
    withdraw.add_argument("--sheet", help="of this sheet alone")
    for parser, run in ((pull, run_pull), (feedback, run_feedback), (withdraw, run_withdraw)):
        parser.add_argument("--source", type=Path, nargs="+", required=True, help="the lists, as they were submitted")
        known.add_options(parser, "as given to `tokenise`")
        files.add_passphrase(parser)
        parser.set_defaults(run=partial(run, open_))
    for parser in (pull, told, feedback, answered, withdraw):
        submit.add_access(parser)
        parser.add_argument("--home", type=Path, default=home, help=f"the agency's folder (default {home})")


def run_pull(open_: Open, options: argparse.Namespace) -> Answer:
    """Ask about every list, for one campaign or all in force."""
    lists = sources(open_, options)
    found: dict[Path, list[Line]] = {_target(each, "rujukan"): [] for each in lists}
    counts: Counter[int] = Counter()
    with submit.desk(options) as desk:
        numbers = [options.campaign] if options.campaign else in_force(desk)
        for number in numbers:
            for source, target in zip(lists, found, strict=True):
                lines = list(pulled(desk, number, source))
                found[target] += lines
                counts[number] += len(lines)
    for path, lines in found.items():
        returns.write(path, lines)
    written = [str(path) for path in found]
    sheet = Sheet("Referrals", ("campaign", "rows"), [(str(number), counts[number]) for number in numbers])
    data = {"campaigns": {str(number): counts[number] for number in numbers}, "files": written}
    return Answer(data, [sheet, *written])


def run_outcomes(options: argparse.Namespace) -> Answer:
    """Tell what the operator wrote."""
    told = returns.read(options.source, options.campaign)
    kept = dropped = 0
    with submit.desk(options) as desk:
        for word, refs in sorted(told.items()):
            for part in parts(refs):
                answer = desk.ask("POST", f"/v1/campaigns/{options.campaign}/outcomes", json={"rows": {word: part}})
                kept, dropped = kept + answer["kept"], dropped + answer["dropped"]
    rows = [(word, len(refs)) for word, refs in sorted(told.items())]
    return Answer({"kept": kept, "dropped": dropped}, [Sheet("Told", ("outcome", "rows"), rows)])


@dataclass(frozen=True, slots=True, repr=False)
class Stand:
    """How the rows of a list stand: a word each, and those of which the centre asks something. Does not print."""

    words: list[str]
    lines: list[Line]


def run_feedback(open_: Open, options: argparse.Namespace) -> Answer:
    """Ask how the rows stand."""
    counts: Counter[str] = Counter()
    written = []
    lists = sources(open_, options)
    targets = [_target(each, "umpan-balik") for each in lists]
    with submit.desk(options) as desk:
        for source, target in zip(lists, targets, strict=True):
            found = stand(desk, source)
            counts.update(found.words)
            if found.lines:
                returns.write(target, found.lines)
                written.append(str(target))
    sheet = Sheet("Feedback", ("row is", "rows"), sorted(counts.items()))
    return Answer({"rows": dict(counts), "files": written}, [sheet, *written])


def run_answer(options: argparse.Namespace) -> Answer:
    """Tell what the operator answered about rows in doubt."""
    found = returns.answers(files.read(options.source), options.source.name)
    kept = dropped = 0
    with submit.desk(options) as desk:
        for start in range(0, len(found), AT_ONCE):
            part = [asdict(each) for each in found[start : start + AT_ONCE]]
            told = desk.ask("POST", "/v1/own-answers", json={"answers": part})
            kept, dropped = kept + told["kept"], dropped + told["dropped"]
    rows = [("kept", kept), ("of no open question", dropped)]
    return Answer({"kept": kept, "dropped": dropped}, [Sheet("Answered", ("answers", ""), rows)])


def stand(desk: submit.Desk, source: Source) -> Stand:
    """Ask how the rows of a list stand."""
    words: list[str] = []
    asked: dict[int, str] = {}
    for part in parts(source.refs):
        told = desk.ask("POST", "/v1/feedback", json={"refs": part})
        asked |= {len(words) + int(at): question for at, question in told["questions"].items()}
        words += told["rows"]
    lines: list[Line] = []
    for word, advice in returns.ASKED.items():
        meant = [at for at, one in enumerate(words) if one == word]
        lines += source.lines(meant, None, "", returns.ADVICE[advice], asked if word == "confirm" else EMPTY)
    return Stand(words, lines)


def run_withdraw(open_: Open, options: argparse.Namespace) -> Answer:
    """Take the named rows back."""
    refs = [
        ref for source in sources(open_, options)
        for ref in chosen(source, None if options.all else options.rows, options.sheet)
    ]  # fmt: skip
    with submit.desk(options) as desk:
        withdrawn, unknown = take_back(desk, refs)
    rows = [("withdrawn", withdrawn), ("not on record", unknown)]
    return Answer({"withdrawn": withdrawn, "unknown": unknown}, [Sheet("Withdrawn", ("rows", ""), rows)])


def take_back(desk: submit.Desk, refs: list[str]) -> tuple[int, int]:
    """Take rows back; return how many were, and how many were on no record."""
    answers = [desk.ask("POST", "/v1/withdrawals", json={"refs": part}) for part in parts(refs)]
    return sum(each["withdrawn"] for each in answers), sum(each["unknown"] for each in answers)


def spans(text: str) -> list[range]:
    """Read `12,20-25`; raises ValueError, as argparse wants it."""
    pairs = [part.partition("-") for part in text.split(",")]
    return [range(int(first), int(last or first) + 1) for first, _, last in pairs]


def sources(open_: Open, options: argparse.Namespace) -> list[Source]:
    """Read the lists that are meant, with the references of their rows."""
    key = open_(options.home, files.passphrase(options)).ring.ref_key
    defaults = known.defaults(options)
    return [
        source(path, identity.read_records(files.read(path), path.name, defaults).records, key)
        for path in options.source
    ]


def source(path: Path, records: pa.Table, key: Secret) -> Source:
    """Return a list's accepted rows with their references under the agency's key."""
    return Source(path, records, [ref.hex() for ref in references.refer(records, key).to_pylist()])


def chosen(source: Source, rows: Sequence[range] | None, sheet: str | None) -> list[str]:
    """Return the references of the rows that are meant, None for all; raises LapisError ROWS_UNKNOWN if there are none.

    A row is looked for in what was written, and not the other way round: nobody knows how far `1-999999999` goes.
    """
    meant = pa.array([True] * len(source.refs))
    if rows is not None:
        inside = [any(row in span for span in rows) for row in source.records["row"].to_pylist()]
        meant = pa.array(inside, pa.bool_())
    if sheet is not None:
        meant = pc.and_(meant, pc.fill_null(pc.equal(source.records["sheet"], sheet), fill_value=False))
    refs = [ref for ref, one in zip(source.refs, meant.to_pylist(), strict=True) if one]
    if not refs:
        raise LapisError("ROWS_UNKNOWN", "no accepted row is there", place=source.path.name)
    return refs


def in_force(desk: submit.Desk) -> list[int]:
    """Return the numbers of the campaigns in force."""
    return sorted(each["id"] for each in desk.ask("GET", "/v1/campaigns", params={"limit": 200})["campaigns"])


def pulled(desk: submit.Desk, number: int, source: Source) -> Iterator[Line]:
    """Ask a campaign about a list; yield its rows that are concerned."""
    start = 0
    for part in parts(source.refs):
        answer: dict[str, Any] = desk.ask("POST", f"/v1/campaigns/{number}/pulls", json={"refs": part})
        meant = [start + at for at, one in enumerate(answer["concerned"]) if one]
        yield from source.lines(meant, number, answer["programme"], returns.ADVICE[answer["suggestion"]])
        start += len(part)


def parts(refs: list[str]) -> Iterator[list[str]]:
    """Yield references by as many as one request takes."""
    return (refs[start : start + AT_ONCE] for start in range(0, len(refs), AT_ONCE))


def _target(source: Source, what: str) -> Path:
    """Return where the workbook goes; raises LapisError FILE_EXISTS: an older one may be filled in already."""
    target = source.path.with_name(f"{source.path.stem}.{what}.xlsx")
    if target.exists():
        raise LapisError("FILE_EXISTS", "already there, and not replaced", place=str(target), hint="move it away first")
    return target
