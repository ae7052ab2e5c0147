"""The failures that a command reports in one sentence; anything else is a fault of ours."""

from data.connection import StoreUnavailableError
from ingest.publisher import NotConfirmedError
from twin.app.settings import SettingsError
from twin.app.supervising import ProcessEndedError

EXPECTED = (NotConfirmedError, ProcessEndedError, SettingsError, StoreUnavailableError)
