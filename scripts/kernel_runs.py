"""Our kernel on stored filters, timed, one run a line of input: the bench's own worker, on one core.

Reads filters, uint8[n, width], from a NumPy file. Each line of standard input is JSON with `floor` and either `rows`
(one cell of so many) or `cells` and `side` (so many cells of `side` rows). Each answer is a line with `seconds` of the
processor, how many pairs were `kept`, and `peak_mb`. Nothing is written.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import Any

import numpy as np

WITHOUT_NUMBA = "--without-numba"
if WITHOUT_NUMBA in sys.argv:
    sys.modules["numba"] = None  # type: ignore[assignment]  # Python's own way to say "not installed"

from linkage.matching import compiled, similar_pairs  # noqa: E402 — after numba is hidden


def main(path: str, core: int) -> None:
    """Answer each line of input."""
    os.sched_setaffinity(0, {core})
    filters = np.load(path).view(np.uint64)
    _answer({"numba": compiled.AVAILABLE, "python": sys.version.split()[0], "numpy": np.__version__})
    for line in sys.stdin:
        asked = json.loads(line)
        rows = asked.get("rows") or asked["cells"] * asked["side"]
        cells = np.arange(rows) // asked.get("side", rows)
        start = time.process_time()
        kept = len(similar_pairs(filters[:rows], cells, asked["floor"]).dice)
        seconds = time.process_time() - start
        _answer(
            {"seconds": seconds, "kept": kept, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        )


def _answer(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
