"""Networks drawn by hand: a few nodes and links with what a test needs."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spatial.networks.network import Network

Pipes = Sequence[tuple[str, str]]


def drawn(
    pipes: Pipes,
    *,
    kinds: Mapping[str, str] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
    levels: Mapping[str, float] | None = None,
    lengths: Sequence[float] | None = None,
    directed: bool = True,
) -> Network:
    """Return a network of pipes named P0, P1, ... of 10 m and 10 s, between nodes by name."""
    kinds, places, levels = kinds or {}, places or {}, levels or {}
    names = list(
        dict.fromkeys([*kinds, *places, *levels, *(end for pipe in pipes for end in pipe)])
    )
    at = {name: position for position, name in enumerate(names)}
    spots = [places.get(name, (np.nan, np.nan)) for name in names]
    invert = np.array([levels.get(name, np.nan) for name in names])
    tail = np.array([at[pipe[0]] for pipe in pipes], np.int64)
    head = np.array([at[pipe[1]] for pipe in pipes], np.int64)
    length = np.array(lengths if lengths is not None else [10.0] * len(pipes), np.float64)
    return Network(
        node_key=_texts(names),
        node_kind=_texts([kinds.get(name, "junction") for name in names]),
        node_x=np.array([x for x, _ in spots], np.float64),
        node_y=np.array([y for _, y in spots], np.float64),
        node_invert_m=invert,
        node_ground_m=invert + 2.0,
        link_key=_texts([f"P{number}" for number in range(len(pipes))]),
        link_kind=_texts(["conduit"] * len(pipes)),
        link_from=tail,
        link_to=head,
        link_directed=np.full(len(pipes), directed),
        link_length_m=length,
        link_diameter_m=np.full(len(pipes), 0.5),
        link_invert_from_m=invert[tail],
        link_invert_to_m=invert[head],
        link_travel_s=length.copy(),
    )


def _texts(values: Sequence[str]) -> NDArray[np.object_]:
    return np.array([*values, ""], object)[:-1]
