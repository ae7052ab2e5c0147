"""The small district with a road series, and an evaluator at it."""

from typing import Any

import psycopg
import pytest

from tests.emptying import SharedStore
from tests.postgis.alerts.desk import Desk, add_series
from tests.postgis.register import fill_register
from tests.unit.alerts.ruling import level_text, rules_of, series_of, video_text


@pytest.fixture
def district(
    shared_store: SharedStore, connection: psycopg.Connection[tuple[Any, ...]]
) -> psycopg.Connection[tuple[Any, ...]]:
    shared_store.fill(fill_register)
    add_series(connection, series_of(1))
    return connection


@pytest.fixture
def desk(district: psycopg.Connection[tuple[Any, ...]]) -> Desk:
    return Desk(district, rules_of(level_text("hysteresis = 0.03"), video_text()))
