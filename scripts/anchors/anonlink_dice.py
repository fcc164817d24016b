"""anonlink's Dice on stored filters, timed, one run a line of input. Runs in its own environment, on one core.

Reads filters, uint8[n, width], from a NumPy file. Each line of standard input is JSON with `floor` and either `rows`
(all rows against all, as two lists) or `cells` and `side` (so many blocks, each side by side). Each answer is a line
with `seconds` of the processor and how many pairs were `kept`. The first line, unasked, says which version it is.
Filters are in its own form before the clock starts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np
from anonlink.similarities import dice_coefficient_accelerated  # type: ignore[import-not-found]  # only there
from bitarray import bitarray  # type: ignore[import-not-found]  # likewise


def main(path: str, core: int) -> None:
    """Answer each line of input with the seconds that one run took."""
    os.sched_setaffinity(0, {core})
    filters = [_bits(row) for row in np.load(path)]
    _answer({"version": f"anonlink {version('anonlink')}", "python": sys.version.split()[0]})
    for line in sys.stdin:
        asked = json.loads(line)
        if "rows" in asked:
            blocks = [filters[: asked["rows"]]]
        else:
            blocks = [
                filters[at : at + asked["side"]] for at in range(0, asked["cells"] * asked["side"], asked["side"])
            ]
        start = time.process_time()
        kept = sum(len(dice_coefficient_accelerated([block, block], asked["floor"])[0]) for block in blocks)
        _answer({"seconds": time.process_time() - start, "kept": kept})


def _bits(row: Any) -> Any:
    made = bitarray(endian="little")
    made.frombytes(row.tobytes())
    return made


def _answer(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
