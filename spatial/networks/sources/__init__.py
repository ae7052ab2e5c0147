"""Where a pollution came from, told from what sensors read along the network."""

from spatial.networks.sources.assumptions import MIXINGS, Assumptions, Readings
from spatial.networks.sources.ranking import SourceRanking, Verdict, rank_sources
from spatial.networks.sources.simulation import Release, simulate_release
from spatial.networks.sources.siting import (
    SiteSensorsError,
    Siting,
    SitingConditions,
    site_sensors,
)
from spatial.networks.sources.wording import (
    GiveTimeZoneError,
    explain,
    ranking_table,
    readings_of,
)

__all__ = [
    "MIXINGS",
    "Assumptions",
    "GiveTimeZoneError",
    "Readings",
    "Release",
    "SiteSensorsError",
    "Siting",
    "SitingConditions",
    "SourceRanking",
    "Verdict",
    "explain",
    "rank_sources",
    "ranking_table",
    "readings_of",
    "simulate_release",
    "site_sensors",
]
