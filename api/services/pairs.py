"""What a pass keeps for the next: the pairs it found and the handles it compared, under that anchor's key.

One encrypted file an anchor, in the order of handles, so that it tells no more than the filters beside it. Never holds
a record id: which handles of two anchors are one row only the merge knows.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import delete
from sqlmodel import Session, col, select

from api.centre import Centre
from api.services.staging import write_filters
from api.store import PairFile
from linkage.matching import PAIRS, Kept, Pass
from vault import VaultSession, read_table


def read(centre: Centre, vault: VaultSession, anchor: str) -> Kept | None:
    """Open what the anchor's last pass kept; None if there was none."""
    with Session(centre.store) as session:
        file = session.exec(select(PairFile).where(PairFile.anchor == anchor)).first()
        if file is None:
            return None
        name, floor = file.name, file.floor
    table = read_table(vault, centre.filters / name, f"parquet-{anchor}")
    alone = pc.is_null(table["right"])
    return Kept(table["left"].filter(alone).to_numpy(), table.filter(pc.invert(alone)).cast(PAIRS), floor)


def keep(centre: Centre, anchor: str, handles: pa.ChunkedArray, found: Pass) -> None:
    """Replace what is kept of an anchor; of no handles, nothing is.

    A handle that was compared stands in the file as a pair with nobody.
    """
    compared = np.sort(handles.to_numpy())
    lacking = pa.nulls(len(compared))
    alone = pa.table([compared, lacking.cast(pa.int64()), lacking.cast(pa.float32())], schema=PAIRS)
    fresh = {}
    if len(compared):
        with centre.login(f"pass-{anchor}") as vault:
            fresh = write_filters(centre, vault, {anchor: pa.concat_tables([alone, found.pairs])})
    with Session(centre.store) as session, session.begin():
        old = session.exec(select(PairFile.name).where(PairFile.anchor == anchor)).all()
        session.connection().execute(delete(PairFile).where(col(PairFile.anchor) == anchor))
        session.add_all(PairFile(name=name, anchor=anchor, floor=found.floor) for name in fresh.values())
    for name in old:
        (centre.filters / name).unlink(missing_ok=True)


def unchanged(kept: Kept | None, handles: pa.ChunkedArray, floor: float) -> bool:
    """Say whether a pass over these handles would keep what is kept already."""
    if kept is None or kept.floor != floor or len(kept.handles) != len(handles):
        return False
    return bool(np.array_equal(np.sort(kept.handles), np.sort(handles.to_numpy())))
