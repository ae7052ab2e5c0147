"""Places inside the blocks between streets, in shares of a block's sides."""

import numpy as np

from data.demo.arrays import Floats, Ints, Shapes, polygons
from data.demo.streets import Streets


def block_corners(streets: Streets) -> Floats:
    """Return the corners of every block, float64[b, 4, 2], anticlockwise."""
    return streets.junction[streets.block]


def block_sides(corners: Floats) -> Floats:
    """Return the length of each block's first and last side, float64[b, 2] in metres."""
    first = np.hypot(*(corners[:, 1] - corners[:, 0]).T)
    last = np.hypot(*(corners[:, 3] - corners[:, 0]).T)
    return np.column_stack([first, last])


def in_block(corners: Floats, shares: Floats) -> Floats:
    """Return coordinates (float64[n, k, 2]) of shares 0..1 along both sides (float64[n, k, 2])."""
    across, up = shares[..., 0:1], shares[..., 1:2]
    low = corners[:, None, 0] * (1 - across) + corners[:, None, 1] * across
    high = corners[:, None, 3] * (1 - across) + corners[:, None, 2] * across
    return np.asarray(low * (1 - up) + high * up, np.float64)


def rectangles(corners: Floats, low: Floats, high: Floats) -> Shapes:
    """Return the part of each block between two share points (float64[n, 2] each)."""
    right = np.column_stack([high[:, 0], low[:, 1]])
    left = np.column_stack([low[:, 0], high[:, 1]])
    return polygons(in_block(corners, np.stack([low, right, high, left], axis=1)))


def chosen_blocks(streets: Streets, rng: np.random.Generator, count: int) -> Ints:
    """Return ``count`` blocks, each one once before any comes twice."""
    rounds = -(-count // len(streets.block))
    turns = [rng.permutation(len(streets.block)) for _ in range(rounds)]
    return np.concatenate(turns)[:count]
