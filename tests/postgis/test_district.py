"""A store is set up for one projected CRS, before anything stands in it."""

from typing import Any

import psycopg
import pytest
from shapely.geometry import Point

from data.migrations import migrate
from data.registry import ChangeRefusedError, ChangeSet, EntityChange, record, srid_of
from data.registry.district import set_up
from tests.postgis.register import fill_register

Connection = psycopg.Connection[tuple[Any, ...]]


def test_a_store_is_made_for_shenzhen_unless_told_otherwise(connection: Connection) -> None:
    assert srid_of(connection) == 4547


def test_an_empty_store_takes_another_metric_crs(empty_store: str) -> None:
    migrate(empty_store)
    with psycopg.connect(empty_store) as connection:
        set_up(connection, 28992)
        connection.commit()
        amersfoort = EntityChange(1101018101000001, "Onze Lieve Vrouwetoren", Point(155000, 463000))
        record(connection, ChangeSet("li", "new", "desk", [amersfoort]))
        found = connection.execute(
            "SELECT ST_SRID(geom), round(ST_X(ST_Transform(geom_3857, 4326))::numeric, 3),"
            " ST_SRID(point) FROM entity JOIN entity_place USING (code)"
        ).fetchall()
        assert [(a, float(b), c) for a, b, c in found] == [(28992, 5.387, 28992)]
        assert srid_of(connection) == 28992
        set_up(connection, 28992)


def test_a_register_with_entities_keeps_its_crs(connection: Connection) -> None:
    fill_register(connection)
    with pytest.raises(ChangeRefusedError, match="EPSG:28992: the register holds entities"):
        set_up(connection, 28992)


@pytest.mark.parametrize("srid", [4326, 2263, 1, -5])
def test_only_a_projected_crs_in_metres_is_taken(connection: Connection, srid: int) -> None:
    with pytest.raises(ChangeRefusedError, match=f"EPSG:{srid}"):
        set_up(connection, srid)
