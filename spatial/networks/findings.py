"""What cannot be right in a network, or is worth a look: each with its figures in a sentence."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from spatial.networks.courses import drawn_m, same_course
from spatial.networks.graph import Graph
from spatial.networks.network import Floats, Ints, Network
from spatial.networks.pressure import PUMP, under_pressure

TOLERANCE_M = 0.001
"""Levels are written to the millimetre."""
SHARE = 2.0
"""How many times longer or shorter than its drawing a link may be."""
SLACK_M = 5.0
"""By how much at least it has to differ from it."""
_ENDS = ("outfall", "storage", "reservoir", "tank", PUMP)
"""Kinds of nodes where water may stay."""
_SOURCES = ("reservoir", "tank")
_SHOWN = 5
_FOOT_M = 0.3048
_FEET_SHARE = 0.02
_ENOUGH = 5
"""Links from which the scale of a drawing can be told."""

Mask = NDArray[np.bool_]


class Finding(NamedTuple):
    """One thing found.

    Attributes:
        kind: ``against_slope``, ``orphan_node``, ``link_to_nowhere``, ``smaller_downstream``,
            ``cover_below_invert``, ``cover_below_pipe``, ``pipe_below_node``, ``loop``,
            ``no_outfall``, ``no_supply``, ``dead_end``, ``duplicate_link``,
            ``implausible_length`` or ``not_to_scale``.
        nodes: keys of the nodes that it is about.
        links: keys of the links, alike.
        figures: numbers behind it, with the unit in the name.
        sentence: for people.
    """

    kind: str
    nodes: tuple[str, ...]
    links: tuple[str, ...]
    figures: Mapping[str, float]
    sentence: str


def findings(network: Network) -> list[Finding]:
    """Return everything that was found in a network, kind by kind."""
    checks: tuple[Callable[[Network], Iterator[Finding]], ...] = (
        _links_to_nowhere,
        _orphans,
        _against_slope,
        _smaller_downstream,
        _covers,
        _pipes_out_of_node,
        _parts,
        _loops,
        _dead_ends,
        _duplicates,
        _lengths,
    )
    return [found for check in checks for found in check(network)]


def _joined(network: Network) -> Mask:
    """Tell which links have both ends: bool[m]."""
    return (network.link_from >= 0) & (network.link_to >= 0)


def _gravity(network: Network) -> Mask:
    """Tell in which links water runs by its own weight: bool[m]."""
    weighs = _joined(network) & network.link_directed & _conduits(network)
    return weighs & ~under_pressure(network)


def _conduits(network: Network) -> Mask:
    return np.asarray(network.link_kind == "conduit", np.bool_)


def _links_to_nowhere(network: Network) -> Iterator[Finding]:
    for link in np.flatnonzero(~_joined(network)):
        key = network.link_key[link]
        yield Finding("link_to_nowhere", (), (key,), {}, f"link {key!r} has an end without a node")


def _orphans(network: Network) -> Iterator[Finding]:
    joined = _joined(network)
    ends = np.concatenate([network.link_from[joined], network.link_to[joined]])
    degree = np.bincount(ends, minlength=len(network.node_key))
    for node in np.flatnonzero(degree == 0):
        key = network.node_key[node]
        yield Finding("orphan_node", (key,), (), {}, f"node {key!r} has no link")


def _against_slope(network: Network) -> Iterator[Finding]:
    rise = network.link_invert_to_m - network.link_invert_from_m
    for link in np.flatnonzero(_gravity(network) & (rise > TOLERANCE_M)):
        key, by = network.link_key[link], float(rise[link])
        yield Finding(
            "against_slope",
            _ends_of(network, int(link)),
            (key,),
            {"rise_m": by, "length_m": float(network.link_length_m[link])},
            f"link {key!r} runs uphill: its lower end is {by:.3f} m above its upper",
        )


def _smaller_downstream(network: Network) -> Iterator[Finding]:
    pipes = np.flatnonzero(_gravity(network) & np.isfinite(network.link_diameter_m))
    largest_in = _largest(network, pipes, network.link_to)
    largest_out = _largest(network, pipes, network.link_from)
    for node in np.flatnonzero((largest_in >= 0) & (largest_out >= 0)):
        above, below = int(largest_in[node]), int(largest_out[node])
        wide, narrow = network.link_diameter_m[[above, below]].tolist()
        if wide - narrow > TOLERANCE_M:
            key = network.node_key[node]
            yield Finding(
                "smaller_downstream",
                (key,),
                (network.link_key[above], network.link_key[below]),
                {"diameter_above_m": wide, "diameter_below_m": narrow},
                f"at node {key!r} a pipe of {wide:.3f} m runs into one of {narrow:.3f} m",
            )


def _largest(network: Network, pipes: Ints, node_of: Ints) -> Ints:
    """Return the widest of some links at each node, -1 where there is none: int64[n]."""
    found = np.full(len(network.node_key), -1, np.int64)
    narrow_first = pipes[np.argsort(network.link_diameter_m[pipes], kind="stable")]
    found[node_of[narrow_first]] = narrow_first
    return found


def _covers(network: Network) -> Iterator[Finding]:
    depth = network.node_ground_m - network.node_invert_m
    for node in np.flatnonzero(depth < -TOLERANCE_M):
        key, by = network.node_key[node], -float(depth[node])
        yield Finding(
            "cover_below_invert",
            (key,),
            (),
            {"below_m": by},
            f"the cover of node {key!r} lies {by:.3f} m below its bottom",
        )
    pipes = np.flatnonzero(_gravity(network))
    for name, link, above in _at_ends(network, pipes, _crown_above_ground):
        yield Finding(
            "cover_below_pipe",
            (name,),
            (link,),
            {"above_m": above},
            f"the top of link {link!r} lies {above:.3f} m above the cover of node {name!r}",
        )


def _pipes_out_of_node(network: Network) -> Iterator[Finding]:
    pipes = np.flatnonzero(_gravity(network))
    for node, link, below in _at_ends(network, pipes, _invert_below_node):
        yield Finding(
            "pipe_below_node",
            (node,),
            (link,),
            {"below_m": below},
            f"the bottom of link {link!r} lies {below:.3f} m below that of node {node!r}",
        )


def _crown_above_ground(network: Network, links: Ints, nodes: Ints, level: Floats) -> Floats:
    return level + network.link_diameter_m[links] - network.node_ground_m[nodes]


def _invert_below_node(network: Network, _: Ints, nodes: Ints, level: Floats) -> Floats:
    return network.node_invert_m[nodes] - level


def _at_ends(
    network: Network, links: Ints, by: Callable[[Network, Ints, Ints, Floats], Floats]
) -> Iterator[tuple[str, str, float]]:
    """Yield node, link and by how much it is wrong, for both ends of links."""
    for nodes, levels in (
        (network.link_from, network.link_invert_from_m),
        (network.link_to, network.link_invert_to_m),
    ):
        wrong = by(network, links, nodes[links], levels[links])
        for at in np.flatnonzero(wrong > TOLERANCE_M):
            link = links[at]
            yield network.node_key[nodes[link]], network.link_key[link], float(wrong[at])


def _parts(network: Network) -> Iterator[Finding]:
    """Yield the connected parts that water cannot leave, or cannot come to."""
    joined = np.flatnonzero(_joined(network))
    part = _components(network, joined, "weak")
    sizes = np.bincount(part, minlength=1)
    dry = np.isin(network.node_kind, _SOURCES).any()
    wanted = _SOURCES if dry else ("outfall",)
    kind, lack = ("no_supply", "source") if dry else ("no_outfall", "outfall")
    served = np.zeros(len(sizes), np.bool_)
    served[part[np.isin(network.node_kind, wanted)]] = True
    for members in _members(part, ~served & (sizes > 1)):
        nodes = _keys(network, members)
        yield Finding(
            kind,
            nodes,
            (),
            {"nodes": float(len(nodes))},
            f"{len(nodes):,} nodes are joined to no {lack}: {_named(nodes)}",
        )


def _loops(network: Network) -> Iterator[Finding]:
    part = _components(network, np.flatnonzero(_gravity(network)), "strong")
    sizes = np.bincount(part, minlength=1)
    for members in _members(part, sizes > 1):
        nodes = _keys(network, members)
        yield Finding(
            "loop",
            nodes,
            (),
            {"nodes": float(len(nodes))},
            f"water of {len(nodes):,} nodes would run round: {_named(nodes)}",
        )


def _dead_ends(network: Network) -> Iterator[Finding]:
    graph = Graph.of(network)
    enters = np.diff(graph.back.start) > 0
    stays = np.diff(graph.forth.start) == 0
    for node in np.flatnonzero(enters & stays & ~np.isin(network.node_kind, _ENDS)):
        key = network.node_key[node]
        yield Finding("dead_end", (key,), (), {}, f"water that comes to node {key!r} has no way on")


def _duplicates(network: Network) -> Iterator[Finding]:
    links = np.flatnonzero(_joined(network) & _conduits(network))
    ends = np.sort(np.column_stack([network.link_from[links], network.link_to[links]]), axis=1)
    _, which, many = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    for group in _members(which.ravel(), many > 1):
        twins = same_course(network, links[group])
        if len(twins) > 1:
            keys = tuple(network.link_key[twins].tolist())
            yield Finding(
                "duplicate_link",
                _ends_of(network, int(twins[0])),
                keys,
                {"links": float(len(keys))},
                f"links {_named(keys)} join the same nodes, drawn alike and at the same levels",
            )


def _lengths(network: Network) -> Iterator[Finding]:
    drawn = drawn_m(network)
    pipes = _joined(network) & _conduits(network) & (drawn > 0)
    links = np.flatnonzero(pipes & (network.link_length_m > 0))
    share = network.link_length_m[links] / drawn[links]
    scale = float(np.median(share)) if len(links) else 1.0
    if len(links) >= _ENOUGH and not 1 / SHARE <= scale <= SHARE:
        feet = "; it seems to be in feet" if abs(scale / _FOOT_M - 1) < _FEET_SHARE else ""
        sentence = (
            f"lengths are {scale:.3g} times those of the drawing, which is not to scale{feet}"
        )
        yield Finding("not_to_scale", (), (), {"times": scale}, sentence)
        return
    off = np.abs(network.link_length_m[links] - drawn[links]) > SLACK_M
    for at in np.flatnonzero(off & ((share > SHARE) | (share < 1 / SHARE))):
        link = int(links[at])
        key, said, measured = network.link_key[link], network.link_length_m[link], drawn[link]
        yield Finding(
            "implausible_length",
            _ends_of(network, link),
            (key,),
            {"length_m": float(said), "drawn_m": float(measured)},
            f"link {key!r} is said to be {said:.1f} m long and drawn {measured:.1f} m",
        )


def _members(group: Ints, wanted: Mask) -> Iterator[Ints]:
    """Yield the positions of each wanted group's members, ascending."""
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], np.arange(len(wanted) + 1))
    for number in np.flatnonzero(wanted):
        yield order[start[number] : start[number + 1]]


def _components(network: Network, links: Ints, connection: Literal["weak", "strong"]) -> Ints:
    """Return the part that each node is in: int64[n]."""
    count = len(network.node_key)
    ends = np.unique(network.link_from[links] * count + network.link_to[links])
    tail, head = np.divmod(ends, max(count, 1))
    matrix = csr_array((np.ones(len(ends)), (tail, head)), shape=(count, count))
    _, part = connected_components(matrix, directed=True, connection=connection)
    return part.astype(np.int64)


def _ends_of(network: Network, link: int) -> tuple[str, ...]:
    return _keys(network, np.array([network.link_from[link], network.link_to[link]]))


def _keys(network: Network, nodes: Ints) -> tuple[str, ...]:
    return tuple(network.node_key[nodes].tolist())


def _named(keys: tuple[str, ...]) -> str:
    more = len(keys) - _SHOWN
    shown = ", ".join(repr(key) for key in keys[:_SHOWN])
    return f"{shown} and {more:,} more" if more > 0 else shown
