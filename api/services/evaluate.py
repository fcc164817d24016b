"""Score the persons found against a truth that only this service reads. For synthetic and test data.

The truth names rows by the agencies' references; the evaluator's vault role may look references up and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session, select

from api.centre import Centre
from api.errors import ServiceError
from api.services.staging import open_handles
from api.store import HandleBlock, Membership, Reference, Review
from linkage import matching
from linkage.encoding.compartments import REFERENCES
from linkage.matching import Quality, Reach
from vault import hmac_batch, latest_version


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Quality by group, the number of pairs that wait for a person, and who of each group reaches the right one."""

    quality: Quality
    reviews: int
    reach: Mapping[str, Reach]


def evaluate(centre: Centre, truth: pa.Table) -> Evaluation:
    """Compare the persons found with `truth`: ref fixed_size_binary(32), person int64, and a bool column a group.

    Raises ServiceError NOTHING_LINKED or TRUTH_UNKNOWN (no reference of it is in the store).
    """
    with centre.login("evaluator") as vault:
        lookup = hmac_batch(vault, "ref", latest_version(vault, "ref"), truth["ref"].combine_chunks())
    records = _records(centre).join(
        truth.append_column("lookup", lookup).drop_columns(["ref"]), "lookup", join_type="inner"
    )
    with Session(centre.store) as session:
        rows = session.exec(select(Membership.record, Membership.person)).all()
        pairs = session.exec(select(Review.left, Review.right)).all()
    if not rows:
        raise ServiceError("NOTHING_LINKED", "there are no persons yet", hint="run `lapis centre link` first")
    if not len(records):
        raise ServiceError("TRUTH_UNKNOWN", "the truth names no row of the store", hint="check the references folder")
    linked = pa.table([pa.array(column, pa.int64()) for column in zip(*rows, strict=True)], names=["record", "cluster"])
    groups = {
        name: records.filter(records[name])["record"].to_numpy()
        for name in truth.column_names
        if pa.types.is_boolean(truth.schema.field(name).type)
    }
    judged = linked.join(records.select(["record"]), "record", join_type="inner")
    waiting = pa.table([pa.array([pair[at] for pair in pairs], pa.int64()) for at in (0, 1)], names=["left", "right"])
    true = records.select(["record", "person"])
    everyone = {"all": records["record"].to_numpy(), **groups}
    reached = matching.reach(judged, true, waiting, everyone)
    return Evaluation(matching.measure(judged, true, groups), len(pairs), reached)


def _records(centre: Centre) -> pa.Table:
    """Return record and look-up of every row, joined through the handle map, as the merge may."""
    with Session(centre.store) as session:
        found = session.exec(select(Reference.handle, Reference.lookup)).all()
        blocks = session.exec(select(HandleBlock)).all()
    with centre.login("merge") as vault:
        maps = pa.concat_tables([open_handles(vault, block) for block in blocks])
    mine = maps.filter(pc.equal(pc.cast(maps["compartment"], pa.string()), REFERENCES)).select(["record", "handle"])
    columns = list(zip(*found, strict=True)) or [(), ()]
    references = pa.table([pa.array(columns[0], pa.int64()), pa.array(columns[1], pa.binary(32))], ["handle", "lookup"])
    return mine.join(references, "handle", join_type="inner").select(["record", "lookup"])
