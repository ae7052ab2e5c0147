"""Beats while ingest really commits: a row in the store, a message on MQTT, a metric."""

from collections.abc import Callable, Mapping
from datetime import UTC
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import orjson

from data.heartbeats import INGEST, Beat
from ingest import metrics
from twin.model import from_us

_PACKAGE: Final = "citytwin"
_SECOND_US: Final = 1_000_000


class Heart:
    """Says when a beat is due, and tells it once the transaction that wrote it is committed.

    Args:
        every_s: between beats.
        told: gives the figures that a beat carries.
        tell: sends the message.
    """

    def __init__(
        self,
        every_s: float,
        told: Callable[[], Mapping[str, object]],
        tell: Callable[[bytes], None],
    ) -> None:
        self._every_s = every_s
        self._told = told
        self._tell = tell
        self._version = program_version()
        self._started_us = 0
        self._next_us = 0

    def due(self, now_us: int) -> Beat | None:
        """Return the beat whose turn it is; None if it is not yet, or if time went backwards."""
        self._started_us = self._started_us or now_us
        # A clock that was set back must not stop it.
        if now_us < self._next_us and self._next_us - now_us <= self._every_s * _SECOND_US:
            return None
        told = {"every_s": self._every_s, **self._told()}
        return Beat(INGEST, self._started_us, self._version, told)

    def beaten(self, beat: Beat, now_us: int) -> None:
        """Tell a beat that is committed."""
        self._next_us = now_us + round(self._every_s * _SECOND_US)
        metrics.HEARTBEAT.set(now_us / _SECOND_US)
        self._tell(_payload(beat, now_us))


def program_version() -> str:
    """Return the version of the program; empty where it runs without having been installed."""
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        return ""


def _payload(beat: Beat, now_us: int) -> bytes:
    return orjson.dumps(
        {
            "state": "online",
            "part": beat.part,
            "at": _time(now_us),
            "started_at": _time(beat.started_us),
            "version": beat.version,
            **beat.told,
        }
    )


def _time(at_us: int) -> str:
    text = from_us(at_us).astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
