"""The failures that a command reports in one sentence; anything else is a fault of ours."""

from alerts.explanation.explain import InstantError
from alerts.explanation.gathering import UnknownThingError
from alerts.handling.writing import UnknownAlertError
from alerts.incidents.stages import UnknownIncidentError
from alerts.reports.instants import ZoneError
from alerts.reports.labels import LabelError
from alerts.reports.recording_columns import RecordingError
from alerts.rulekeeping.saving import (
    RuleConflictError,
    RuleKindError,
    RuleReasonError,
    UnknownRuleError,
)
from alerts.rules import RuleFileError
from alerts.state_rows import RuleVersionError
from data.connection import StoreUnavailableError
from data.reference.class_properties import InvalidPropertyError
from data.reference.device_types import DeviceTypeError
from data.registry import (
    ChangeRefusedError,
    CodesExhaustedError,
    EntityRetiredError,
    EntityUnknownError,
)
from ingest.captures import UnknownProtocolError
from ingest.publisher import NotConfirmedError
from ingest.replay import ReplayMapError
from twin.app.backtesting import PeriodError, RuleUnknownError
from twin.app.replaying import ReplayError
from twin.app.settings import SettingsError
from twin.app.supervising import ProcessEndedError
from twin.codes import InvalidIdentifierError

EXPECTED = (
    CodesExhaustedError,
    DeviceTypeError,
    NotConfirmedError,
    OSError,
    ProcessEndedError,
    ReplayError,
    ReplayMapError,
    RuleFileError,
    RuleVersionError,
    SettingsError,
    StoreUnavailableError,
)

BAD_INPUT = (
    ChangeRefusedError,
    EntityRetiredError,
    EntityUnknownError,
    InstantError,
    InvalidIdentifierError,
    InvalidPropertyError,
    LabelError,
    PeriodError,
    RecordingError,
    RuleConflictError,
    RuleKindError,
    RuleReasonError,
    RuleUnknownError,
    UnknownAlertError,
    UnknownIncidentError,
    UnknownProtocolError,
    UnknownRuleError,
    UnknownThingError,
    ZoneError,
)
"""What is wrong with what was typed: exit code 2."""
