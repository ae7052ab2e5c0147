"""Whither pipes lead by their levels, for networks whose direction means nothing."""

from dataclasses import replace

import numpy as np

from spatial.networks.network import Network
from spatial.networks.pressure import levels_m, under_pressure


def directed_by_invert(network: Network) -> Network:
    """Return the network with every gravity pipe leading from its higher to its lower end.

    An end whose level is not known lies at the bottom of its node. A pipe that is level, of which
    no levels are known, or that is under pressure stays as it is drawn.
    """
    upper = levels_m(network, network.link_invert_from_m, network.link_from)
    lower = levels_m(network, network.link_invert_to_m, network.link_to)
    drop = upper - lower
    falls = (network.link_kind == "conduit") & ~under_pressure(network)
    uphill = falls & (drop < 0)
    paths = network.link_path.copy()
    for at in np.flatnonzero(uphill) if len(paths) else ():
        paths[at] = paths[at][::-1]
    return replace(
        network,
        link_from=np.where(uphill, network.link_to, network.link_from),
        link_to=np.where(uphill, network.link_from, network.link_to),
        link_invert_from_m=np.where(uphill, network.link_invert_to_m, network.link_invert_from_m),
        link_invert_to_m=np.where(uphill, network.link_invert_from_m, network.link_invert_to_m),
        link_directed=network.link_directed | (falls & (drop != 0.0) & np.isfinite(drop)),
        link_path=paths,
    )
