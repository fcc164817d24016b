"""From filters in cells to clusters of records: pure, Arrow and NumPy in and out; frames stay in `ecm`.

A *pass* (`run_pass`) over one anchor sees handles, cells and filters, and hands on pairs of handles with a
similarity. The *merge* (inside `link`) sees handle maps, token agreements and those pairs, never a cell or a filter.
Between them stands the caller, who opens one compartment at a time (security.md §2).
"""

from linkage.matching.clusters import CLUSTERS, REASONS, REVIEWS
from linkage.matching.decisions import DECISIONS, Topology
from linkage.matching.errors import MatchingError
from linkage.matching.explain import Explanation, explain
from linkage.matching.frozen import Frozen
from linkage.matching.kernel import SimilarPairs, similar_pairs
from linkage.matching.link import Linkage, LinkSettings, link
from linkage.matching.merge import ANCHORS, TOKEN
from linkage.matching.model import Model, probability
from linkage.matching.passes import PAIRS, Kept, Pass, run_pass
from linkage.matching.persons import CHANGES, PERSONS, assign, changes
from linkage.matching.quality import BCubed, Pairwise, Quality, Reach, measure, reach
from linkage.matching.report import Compared, Group, Report, Uncompared, stand
from linkage.matching.threshold import Budget, Thresholds

__all__ = [
    "ANCHORS",
    "CHANGES",
    "CLUSTERS",
    "DECISIONS",
    "PAIRS",
    "PERSONS",
    "REASONS",
    "REVIEWS",
    "TOKEN",
    "BCubed",
    "Budget",
    "Compared",
    "Explanation",
    "Frozen",
    "Group",
    "Kept",
    "LinkSettings",
    "Linkage",
    "MatchingError",
    "Model",
    "Pairwise",
    "Pass",
    "Quality",
    "Reach",
    "Report",
    "SimilarPairs",
    "Thresholds",
    "Topology",
    "Uncompared",
    "assign",
    "changes",
    "explain",
    "link",
    "measure",
    "probability",
    "reach",
    "run_pass",
    "similar_pairs",
    "stand",
]
