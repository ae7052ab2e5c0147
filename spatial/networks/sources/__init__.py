"""Where a pollution came from, told from what sensors read along the network."""

from spatial.networks.sources.assumptions import MIXINGS, Assumptions, Readings
from spatial.networks.sources.ranking import SourceRanking, Verdict, rank_sources
from spatial.networks.sources.simulation import Release, simulate_release

__all__ = [
    "MIXINGS",
    "Assumptions",
    "Readings",
    "Release",
    "SourceRanking",
    "Verdict",
    "rank_sources",
    "simulate_release",
]
