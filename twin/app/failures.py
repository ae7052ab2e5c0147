"""The failures that a command reports in one sentence; anything else is a fault of ours."""

from alerts.rules import RuleFileError
from alerts.state_rows import RuleVersionError
from data.connection import StoreUnavailableError
from ingest.publisher import NotConfirmedError
from ingest.replay import ReplayMapError
from twin.app.replaying import ReplayError
from twin.app.settings import SettingsError
from twin.app.supervising import ProcessEndedError

EXPECTED = (
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
