"""What sensors would read of a release: the model by which sources are ranked, run forwards."""

from typing import NamedTuple

import numpy as np

from spatial.networks.network import Floats, Ints
from spatial.networks.sources.cloud import passed
from spatial.networks.transport import Mixing, Transport, arrivals


class Release(NamedTuple):
    """A release at an even rate.

    Attributes:
        node: index of the node where it enters.
        start_s: on the clock of the readings.
        duration_s: how long it goes on.
        mass: in the unit of the readings times cubic metres; grams for readings in mg/L.
    """

    node: int
    start_s: float
    duration_s: float
    mass: float


def simulate_release(
    transport: Transport,
    release: Release,
    places: Ints,
    time_s: Floats,
    mixing: Mixing | None = None,
) -> Floats:
    """Return the concentration that a release makes: float64[s, t].

    Args:
        transport: how water moves.
        release: what enters, where and when.
        places: int64[s], nodes where sensors stand.
        time_s: float64[t], on the clock of the release.
        mixing: how the cloud spreads.
    """
    come = arrivals(transport, np.array([release.node]), places)
    share, travel, deviation, skewness = (
        each[0][:, None] for each in come.passage(mixing or Mixing())
    )
    since, width = time_s - release.start_s - travel, np.maximum(deviation, 1e-3)
    skewed = np.broadcast_to(skewness, since.shape)
    lasting = max(release.duration_s, 1.0)
    passing = passed(since / width, skewed) - passed((since - lasting) / width, skewed)
    flow = transport.node_flow_m3s[places][:, None]
    return np.asarray(release.mass * share * passing / (lasting * flow))
