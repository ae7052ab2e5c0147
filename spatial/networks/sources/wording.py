"""A ranking as tables and as sentences for people."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from spatial.networks.graph import NameNodeOfNetworkError
from spatial.networks.network import Floats, Network
from spatial.networks.sources.assumptions import Readings
from spatial.networks.sources.ranking import SourceRanking, Verdict

_MOST_NAMED = 3
_MINUTE_S = 60.0


class GiveTimeZoneError(ValueError):
    """Instants without a time zone. Say which they are in; UTC+8 where the city's clocks are."""


def readings_of(table: pd.DataFrame, network: Network) -> tuple[Readings, datetime]:
    """Return readings, and the instant from which their seconds count.

    Args:
        table: columns ``node`` (key of a node), ``observed_at`` (instants with a time zone) and
            ``value`` (concentration above the background).
        network: whose nodes they are.

    Raises:
        NameNodeOfNetworkError: a node that the network does not have.
        GiveTimeZoneError: instants without a time zone.
    """
    instants = pd.to_datetime(table["observed_at"])
    if instants.dt.tz is None and len(instants):
        raise GiveTimeZoneError(f"{instants.iloc[0]!s} has no time zone: expected e.g. +08:00")
    start = instants.min().to_pydatetime() if len(instants) else datetime.fromtimestamp(0, UTC)
    place = {key: at for at, key in enumerate(network.node_key.tolist())}
    strange = [key for key in table["node"].unique().tolist() if key not in place]
    if strange:
        raise NameNodeOfNetworkError(f"no node {strange[0]!r} among {len(place):,}")
    node = table["node"].map(place).to_numpy(np.int64)
    seconds = np.array((instants - start).dt.total_seconds().tolist(), np.float64)
    return Readings(node, seconds, np.array(table["value"].tolist(), np.float64)), start


def ranking_table(
    ranking: SourceRanking, network: Network, start: datetime, crs: str
) -> gpd.GeoDataFrame:
    """Return the ranking with a point for each node, the likeliest first.

    Columns: ``node``, ``probability``, ``begin`` and its bounds ``begin_from`` and ``begin_to``
    (two standard deviations), ``duration_s``, ``mass``, ``agree`` and ``contradict`` (how many
    sensors), ``reason`` (a sentence) and the geometry.

    Args:
        ranking: of ``network``.
        network: it gives names and places.
        start: the instant from which the seconds of the readings count.
        crs: of the network's places.
    """
    doubt = 2 * ranking.begin_error_s
    columns: dict[str, Any] = {
        "node": network.node_key[ranking.node],
        "probability": ranking.probability,
        "begin": _instants(start, ranking.begin_s),
        "begin_from": _instants(start, ranking.begin_s - doubt),
        "begin_to": _instants(start, ranking.begin_s + doubt),
        "duration_s": ranking.duration_s,
        "mass": ranking.mass,
        "agree": (ranking.stand > 0).sum(axis=1) if len(ranking.node) else [],
        "contradict": (ranking.stand < 0).sum(axis=1) if len(ranking.node) else [],
        "reason": [_reason(ranking, network, start, rank) for rank in range(len(ranking.node))],
    }
    places = shapely.points(network.node_x[ranking.node], network.node_y[ranking.node])
    return gpd.GeoDataFrame(columns, geometry=places, crs=crs)


def explain(
    ranking: SourceRanking, network: Network, start: datetime, *, at_most: int = 3
) -> list[str]:
    """Return what a ranking says: the verdict, the likeliest nodes, what to do next."""
    said = [_summary(ranking, network)]
    shown = range(min(at_most, len(ranking.node)))
    said += [_reason(ranking, network, start, rank) for rank in shown]
    if ranking.verdict is not Verdict.CLEAR and ranking.sample_next >= 0:
        key = network.node_key[ranking.sample_next]
        said.append(
            f"a sample at {key} would say most: it has about half of what is possible above"
        )
    return said


def _summary(ranking: SourceRanking, network: Network) -> str:
    if not len(ranking.node):
        return str(ranking.verdict)
    credible = ranking.credible()
    if len(credible) == 1:
        return f"{ranking.verdict}: {network.node_key[credible[0]]}"
    return f"{ranking.verdict}; the source is one of {len(credible):,} nodes with 90 %"


def _reason(ranking: SourceRanking, network: Network, start: datetime, rank: int) -> str:
    key, share = network.node_key[ranking.node[rank]], ranking.probability[rank]
    doubt = 2 * ranking.begin_error_s[rank]
    begin = ranking.begin_s[rank] + np.array([-doubt, doubt])
    early, late = (start + timedelta(seconds=float(each)) for each in begin)
    said = [f"{key}: {share:.0%}, release began {early:%m-%d %H:%M} to {late:%m-%d %H:%M}"]
    said += _times(ranking, network, rank)
    said += _for_and_against(ranking, network, rank)
    return "; ".join(said)


def _times(ranking: SourceRanking, network: Network, rank: int) -> Iterator[str]:
    travel = np.where(ranking.saw, ranking.travel_s[rank], np.nan)
    near = np.argsort(travel)[: int(np.isfinite(travel).sum())][:_MOST_NAMED]
    for sensor in near.tolist():
        key, minutes = network.node_key[ranking.sensor[sensor]], travel[sensor] / _MINUTE_S
        yield f"reaches the sensor at {key} after {minutes:.0f} min"


def _for_and_against(ranking: SourceRanking, network: Network, rank: int) -> Iterator[str]:
    stand, keys = ranking.stand[rank], network.node_key[ranking.sensor]
    against = stand < 0
    sentences = (
        (stand > 0, "agree with it"),
        (against & ranking.saw, "saw what does not fit a release here"),
        (against & ~ranking.saw, "should have seen it and did not"),
    )
    for which, said in sentences:
        if which.any():
            yield f"{_listed(keys[which].tolist())} {said}"


def _listed(keys: list[str]) -> str:
    shown = ", ".join(keys[:_MOST_NAMED])
    return shown if len(keys) <= _MOST_NAMED else f"{shown} and {len(keys) - _MOST_NAMED} more"


def _instants(start: datetime, seconds: Floats) -> pd.Series:
    return pd.Series(pd.Timestamp(start) + pd.to_timedelta(seconds, unit="s"))
