"""Which column is what, kept for next month: the same file as `--mapping` reads, in the agency's folder.

Holds headers and letters, never a cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from linkage import identity
from linkage.errors import LapisError
from scripts import columns, files
from scripts.page import exchange
from scripts.page.exchange import Answer
from scripts.page.lists import OpenList
from scripts.page.visit import Visit

FOLDER = "columns"
_ENDING = ".json"


def kept(home: Path) -> list[str]:
    """Return the names under which columns were kept."""
    return sorted(path.stem for path in (home / FOLDER).glob(f"*{_ENDING}"))


def load(home: Path, name: str) -> dict[str, str]:
    """Return the columns that were kept under a name; none, if there is no such file or it cannot be read."""
    if name not in kept(home):
        return {}
    path = home / FOLDER / f"{name}{_ENDING}"
    try:
        return identity.load_choices(files.read(path).decode(errors="replace"), path.name)
    except LapisError:
        return {}


def keep(home: Path, name: str, one: OpenList) -> None:
    """Keep the columns that a list was read by, in the place of older ones of that name."""
    target = home / FOLDER / (exchange.safe_name(f"{name}{_ENDING}"))
    target.parent.mkdir(parents=True, exist_ok=True)
    files.replace_private(target, identity.dump_choices(_settled(one)).encode())


def _settled(one: OpenList) -> Mapping[str, str]:
    assert one.reading is not None  # noqa: S101 - kept and given after reading alone
    return columns.settled(one.reading, one.choices)


def give(visit: Visit) -> Answer:
    """Hand the mapping file over, for the command or another laptop."""
    one = visit.session.read_list(visit.args[0])
    content = identity.dump_choices(_settled(one)).encode()
    return exchange.give(content, f"{Path(one.name).stem}.kolom.json", "application/json")
