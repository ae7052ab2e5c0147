"""Triangles of one product, as the geometry library hands them over."""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int32]


class Mesh(NamedTuple):
    """Triangles of one product.

    Attributes:
        product: STEP id.
        points: (n, 3) metres of the model.
        faces: (m, 3) corners of each triangle, seen from outside counter-clockwise.
        edges: (k, 2) ends of each line; of products that are lines only these say anything.
        surface: (m,) number of each triangle's surface, -1 where it has none.
        colours: (s, 4) red, green, blue and opacity of each surface, 0 to 1.
    """

    product: int
    points: Floats
    faces: Ints
    edges: Ints
    surface: Ints
    colours: Floats


def mesh_of(element: Any) -> Mesh:  # noqa: ANN401 - the library's own types say less than this
    """Return the mesh of an element that the library has made."""
    geometry = element.geometry
    return Mesh(
        int(element.id),
        np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3).copy(),
        np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3).copy(),
        np.frombuffer(geometry.edges_buffer, np.int32).reshape(-1, 2).copy(),
        np.frombuffer(geometry.material_ids_buffer, np.int32).copy(),
        _colours(geometry.materials),
    )


def _colours(materials: Any) -> Floats:  # noqa: ANN401 - as above
    found = np.full((len(materials), 4), (0.75, 0.75, 0.75, 1.0))
    for at, each in enumerate(materials):
        if each.diffuse is not None:
            found[at, :3] = each.diffuse.r(), each.diffuse.g(), each.diffuse.b()
        if each.transparency == each.transparency:  # it is not NaN
            found[at, 3] = 1.0 - each.transparency
    real = np.nan_to_num(found, nan=0.75).clip(0.0, 1.0)
    return np.asarray(real, np.float64)
