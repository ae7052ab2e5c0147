"""The declared tables: what the migrations must add up to.

``metadata`` holds them all; a test compares a database made from it with one made by migrations.
"""

from data.tables.alerts import (
    alert,
    alert_transition,
    outbox,
    rule,
    rule_state,
    rule_version,
)
from data.tables.intake import committed_message, device_state, parked_message, video_event
from data.tables.measurements import (
    forecast,
    forecast_run,
    observation,
    observation_conflict,
    observation_revision,
    position,
    series,
    series_calibration,
    series_latest,
)
from data.tables.people import account, actor_log, api_key, sign_in_failure
from data.tables.register import (
    authority,
    change_set,
    code_serial,
    entity,
    entity_forward,
    entity_name,
    entity_place,
    entity_version,
    link_refusal,
    property_conflict,
    registry_state,
    relation,
)
from data.tables.schema import COORDINATE_DECIMALS, SRID, metadata

__all__ = [
    "COORDINATE_DECIMALS",
    "SRID",
    "account",
    "actor_log",
    "alert",
    "alert_transition",
    "api_key",
    "authority",
    "change_set",
    "code_serial",
    "committed_message",
    "device_state",
    "entity",
    "entity_forward",
    "entity_name",
    "entity_place",
    "entity_version",
    "forecast",
    "forecast_run",
    "link_refusal",
    "metadata",
    "observation",
    "observation_conflict",
    "observation_revision",
    "outbox",
    "parked_message",
    "position",
    "property_conflict",
    "registry_state",
    "relation",
    "rule",
    "rule_state",
    "rule_version",
    "series",
    "series_calibration",
    "series_latest",
    "sign_in_failure",
    "video_event",
]
