"""Where the water of subcatchments comes to, which may drain to one another."""

from spatial.models.inp.objects import PipeModel


def destinations(model: PipeModel) -> dict[str, str | None]:
    """Return the node that the water of each subcatchment comes to in the end, by their keys.

    It is empty where they drain in a ring, None where the last outlet is nothing in the file.
    """
    found: dict[str, str | None] = {}
    for key in model.subcatchments:
        path: dict[str, None] = {}
        end = _end(model, key, found, path)
        found.update(dict.fromkeys(path, end))
    return found


def _end(
    model: PipeModel, key: str, found: dict[str, str | None], path: dict[str, None]
) -> str | None:
    """Follow outlets as far as they are not known, and put those met into the path."""
    while key not in found:
        area = model.subcatchments.get(key)
        if area is None:
            return None
        if key in path:
            return ""
        path[key] = None
        if area.to_node:
            return area.outlet
        key = area.outlet
    return found[key]
