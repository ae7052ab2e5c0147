"""The declared tables: what the migrations must add up to.

``metadata`` holds them all; a test compares a database made from it with one made by migrations.
"""

from data.tables.alerts import (
    alert,
    alert_transition,
    outbox,
    rule,
    rule_interval,
    rule_state,
    rule_version,
)
from data.tables.commands import command, command_step, device_desired, device_reported
from data.tables.devices import device_state, device_state_history, listening_span
from data.tables.intake import committed_message, parked_message, video_event
from data.tables.links import link, link_due, link_fix, link_state
from data.tables.measurements import (
    forecast,
    forecast_run,
    observation,
    observation_conflict,
    observation_revision,
    position,
    rollup_day,
    rollup_hour,
    rollup_minute,
    series,
    series_calibration,
    series_latest,
    stored_batch,
)
from data.tables.model_files import model_file
from data.tables.models import model, model_element
from data.tables.people import account, actor_log, api_key, sign_in_failure
from data.tables.quality import observation_flag, quality_setting, quality_state
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
from data.tables.roads import road_edge, road_network, road_node
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
    "command",
    "command_step",
    "committed_message",
    "device_desired",
    "device_reported",
    "device_state",
    "device_state_history",
    "entity",
    "entity_forward",
    "entity_name",
    "entity_place",
    "entity_version",
    "forecast",
    "forecast_run",
    "link",
    "link_due",
    "link_fix",
    "link_refusal",
    "link_state",
    "listening_span",
    "metadata",
    "model",
    "model_element",
    "model_file",
    "observation",
    "observation_conflict",
    "observation_flag",
    "observation_revision",
    "outbox",
    "parked_message",
    "position",
    "property_conflict",
    "quality_setting",
    "quality_state",
    "registry_state",
    "relation",
    "road_edge",
    "road_network",
    "road_node",
    "rollup_day",
    "rollup_hour",
    "rollup_minute",
    "rule",
    "rule_interval",
    "rule_state",
    "rule_version",
    "series",
    "series_calibration",
    "series_latest",
    "sign_in_failure",
    "stored_batch",
    "video_event",
]
