"""One pass on many workers, within a bound of memory: threads of this machine, or a Spark cluster. One kernel for all.

Workers are given names of sealed files and give names back. An engine never sees what a pass may not see either, and
what waits on a disk waits under a key that no disk has.
"""

from linkage.engines.buckets import Bucket
from linkage.engines.errors import EngineError
from linkage.engines.local import Local
from linkage.engines.passes import Filters, Room, in_order, run_pass
from linkage.engines.stores import Memory, Sealed, Store
from linkage.engines.work import Done, Engine, compare

__all__ = [
    "Bucket",
    "Done",
    "Engine",
    "EngineError",
    "Filters",
    "Local",
    "Memory",
    "Room",
    "Sealed",
    "Store",
    "compare",
    "in_order",
    "run_pass",
]
