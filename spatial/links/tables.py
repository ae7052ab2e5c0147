"""Linking of tables with geometry, the form in which Python users have theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from spatial.links.along import SIDES
from spatial.links.engine import NO_NAMES, NOTHING, Decided, Links, link
from spatial.links.entities import Entities, check_alike
from spatial.links.rules import METHODS, LinkRule, Shapes


def link_tables(
    devices: gpd.GeoDataFrame,
    objects: gpd.GeoDataFrame,
    rules: Sequence[LinkRule],
    *,
    decided: Decided = NOTHING,
    views: Shapes | None = None,
    class_names: Mapping[str, str] = NO_NAMES,
) -> pd.DataFrame:
    """Link each device to the objects that its class can belong to.

    Args:
        devices: columns ``code`` (int, whose digits have the class), geometry, and where there are
            any ``base_m`` (how high it hangs), ``valid_from``, ``valid_to``.
        objects: the same of what devices can belong to, with ``top_m``, in the same metric CRS.
        rules: in the order of preference.
        decided: what linking shall not find by itself.
        views: polygons of what the devices see, one for each row, None of no camera.
        class_names: what a reader calls a class, for the reasons.

    Returns:
        A row for each link, and one for each device without the link that its class must have, in
        the order of codes: ``device``, ``relation``, ``target`` (0 where unlinked), ``method``
        (empty where unlinked), ``distance_m``, ``confidence``, ``rival`` (0 where there is none),
        ``rival_m``, ``along_m``, ``side`` (left, right, on or None), ``share``, ``reason`` (empty
        where linked).

    Raises:
        TransformFirstError: the tables' CRS differ or are not metric.
    """
    check_alike(devices, objects)
    both = Entities.of_table(devices), Entities.of_table(objects)
    links = link(*both, rules, decided=decided, views=views, class_names=class_names)
    table = pd.DataFrame(_columns(links))
    return table.sort_values(["device", "relation", "target"], ignore_index=True)


def _columns(links: Links) -> dict[str, Any]:
    found, rows = links.found, links.unlinked
    none, zeros, unknown = [""] * len(rows), [0] * len(rows), [np.nan] * len(rows)
    return {
        "device": [*found.device.tolist(), *(row.device for row in rows)],
        "relation": [
            *(links.relations[at] for at in found.relation.tolist()),
            *(row.relation for row in rows),
        ],
        "target": [*found.target.tolist(), *zeros],
        "method": [*(str(METHODS[at]) for at in found.method.tolist()), *none],
        "distance_m": [*found.distance_m.tolist(), *unknown],
        "confidence": [*found.confidence.tolist(), *unknown],
        "rival": [*found.rival.tolist(), *zeros],
        "rival_m": [*found.rival_m.tolist(), *unknown],
        "along_m": [*found.along_m.tolist(), *unknown],
        "side": [*(SIDES[side] for side in found.side.tolist()), *([None] * len(rows))],
        "share": [*found.share.tolist(), *unknown],
        "reason": [*([""] * len(found.device)), *(row.reason for row in rows)],
    }
