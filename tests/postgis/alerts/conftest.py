"""The small district with a road series, and an evaluator at it."""

from typing import Any

import psycopg
import pytest

from tests.postgis.alerts.desk import Desk, add_series
from tests.postgis.register import fill_register
from tests.unit.alerts.ruling import level_text, rules_of, series_of, video_text


@pytest.fixture
def district(
    connection: psycopg.Connection[tuple[Any, ...]],
) -> psycopg.Connection[tuple[Any, ...]]:
    fill_register(connection)
    add_series(connection, series_of(1))
    return connection


@pytest.fixture
def desk(district: psycopg.Connection[tuple[Any, ...]]) -> Desk:
    return Desk(district, rules_of(level_text("hysteresis = 0.03"), video_text()))
