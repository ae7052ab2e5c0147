"""The district that a store is set up for: its projected CRS."""

from typing import Any

import psycopg
from psycopg.sql import SQL, Literal
from pyproj import CRS
from pyproj.exceptions import CRSError

from data.registry.errors import ChangeRefusedError

# A generated column cannot follow a change of type, so the tile geometry is made anew.
_SET_UP = """
    ALTER TABLE entity DROP COLUMN geom_3857;
    ALTER TABLE entity ALTER COLUMN geom TYPE geometry(GEOMETRY, {srid})
        USING ST_SetSRID(geom, {srid});
    ALTER TABLE entity ADD COLUMN geom_3857 geometry(GEOMETRY, 3857)
        GENERATED ALWAYS AS (st_transform(geom, 3857)) STORED;
    CREATE INDEX ix_entity_geom_3857 ON entity USING gist (geom_3857);
    ALTER TABLE entity_version ALTER COLUMN geom TYPE geometry(GEOMETRY, {srid})
        USING ST_SetSRID(geom, {srid});
    ALTER TABLE entity_place ALTER COLUMN point TYPE geometry(POINT, {srid})
        USING ST_SetSRID(point, {srid});
    ALTER TABLE position ALTER COLUMN geom TYPE geometry(POINT, {srid})
        USING ST_SetSRID(geom, {srid});
    ALTER TABLE model_element ALTER COLUMN geom TYPE geometry(GEOMETRY, {srid})
        USING ST_SetSRID(geom, {srid});
    ALTER TABLE road_node ALTER COLUMN geom TYPE geometry(POINT, {srid})
        USING ST_SetSRID(geom, {srid});
    ALTER TABLE road_edge ALTER COLUMN geom TYPE geometry(LINESTRING, {srid})
        USING ST_SetSRID(geom, {srid});
    ALTER TABLE incident ALTER COLUMN place TYPE geometry(GEOMETRY, {srid})
        USING ST_SetSRID(place, {srid});
    UPDATE registry_state SET srid = {srid}, revision = revision + 1"""


def set_up(connection: psycopg.Connection[tuple[Any, ...]], srid: int) -> None:
    """Choose the projected CRS of a store that holds nothing yet; the caller commits.

    Raises:
        ChangeRefusedError: the CRS is unknown, not metric or not in the store's table, or the
            register holds entities.
    """
    _check(srid)
    state = connection.execute("SELECT srid FROM registry_state FOR UPDATE").fetchone()
    if state is not None and state[0] == srid:
        return
    if connection.execute("SELECT 1 FROM entity LIMIT 1").fetchone():
        raise ChangeRefusedError(
            f"EPSG:{srid}: the register holds entities, expected an empty store"
        )
    if not connection.execute("SELECT 1 FROM spatial_ref_sys WHERE srid = %s", (srid,)).fetchone():
        raise ChangeRefusedError(f"EPSG:{srid}: expected a row of the store's spatial_ref_sys")
    connection.execute(SQL(_SET_UP).format(srid=Literal(srid)))


def _check(srid: int) -> None:
    try:
        system = CRS.from_epsg(srid)
    except CRSError as error:
        raise ChangeRefusedError(f"EPSG:{srid}: expected a CRS that EPSG knows") from error
    if not system.is_projected or system.axis_info[0].unit_name != "metre":
        raise ChangeRefusedError(
            f"EPSG:{srid} ({system.name}): expected a projected CRS in metres, e.g. 4547"
        )
