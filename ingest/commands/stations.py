"""Commands over the connections that stations opened to us."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

import structlog

from data.commands import Answer, Order
from ingest.commands import counts
from ingest.commands.access import AccessError, DeviceAccess
from ingest.commands.carrier import Handover
from ingest.commands.reports import Report, Reports
from ingest.commands.requests import hj212_answer, hj212_request, sl651_answer, sl651_request
from ingest.decoders.hj212.stamps import request_number
from twin.codes import canonical
from twin.model import Name, from_us, to_us

_log = structlog.get_logger()

Listener = Callable[[Name, bytes, int], None]
"""Hears who sent which whole frame, and when (microseconds since 1970 UTC)."""


class StationConnections(Protocol):
    """The connections of one protocol's stations."""

    @property
    def protocol(self) -> str:
        """``hj212`` or ``sl651``."""
        ...

    def reaches(self, speaker: Name) -> bool:
        """Whether a station is connected. May be asked by any thread."""
        ...

    def send(self, speaker: Name, frame: bytes) -> bool:
        """Send a frame to a station; False if it is not connected. May be called by any thread."""
        ...

    def listen(self, listener: Listener) -> None:
        """Have a listener hear every frame that answers a request of the centre."""
        ...


class Dialogue(Protocol):
    """How a protocol asks and is answered."""

    def reference(self, order: Order, now: datetime) -> str:
        """Return what the answers to a request will carry."""
        ...

    def frame(self, order: Order, reference: str, now: datetime) -> bytes:
        """Return the request.

        Raises:
            AccessError: nobody has said how to speak to the station.
        """
        ...

    def answer(self, address: str, frame: bytes, at: datetime) -> Answer | None:
        """Return what a frame answers, None where it answers nothing.

        Raises:
            ValueError: it cannot be read.
        """
        ...


class Hj212Dialogue:
    """Requests of HJ 212: their number (QN) is what answers repeat."""

    def __init__(self, access: DeviceAccess) -> None:
        self._access = access
        self._last_us = 0

    def reference(self, _order: Order, now: datetime) -> str:
        """Return a request number: our time in milliseconds, never twice the same."""
        self._last_us = max(to_us(now), self._last_us + 1000)
        return request_number(self._last_us)

    def frame(self, order: Order, reference: str, now: datetime) -> bytes:
        """Return the request."""
        return hj212_request(order, self._access.hj212(order.address), reference, now)

    def answer(self, address: str, frame: bytes, at: datetime) -> Answer | None:
        """Return what a frame answers."""
        return hj212_answer(address, frame, at)


class Sl651Dialogue:
    """Queries of SL 651: their serial is always 0, so only the function tells answers apart."""

    def __init__(self, access: DeviceAccess) -> None:
        self._access = access

    def reference(self, order: Order, _now: datetime) -> str:
        """Return the function code."""
        return str(order.carriage["code"])

    def frame(self, order: Order, _reference: str, now: datetime) -> bytes:
        """Return the query."""
        return sl651_request(order, self._access.sl651(order.address), now)

    def answer(self, address: str, frame: bytes, at: datetime) -> Answer | None:
        """Return what a frame answers."""
        return sl651_answer(address, frame, at)


class StationCarrier:
    """The carrier of the stations that are connected to one server."""

    def __init__(
        self, connections: StationConnections, dialogue: Dialogue, reports: Reports
    ) -> None:
        self.protocol = connections.protocol
        self._connections = connections
        self._dialogue = dialogue
        self._reports = reports
        connections.listen(self._hear)

    def reaches(self, order: Order) -> bool:
        """Whether the station is connected."""
        return self._connections.reaches(Name(self.protocol, order.address))

    def reference(self, order: Order, now: datetime) -> str:
        """Return what the station's answers will carry."""
        return self._dialogue.reference(order, now)

    def send(self, order: Order, reference: str, now: datetime) -> Handover:
        """Send a command to its station."""
        try:
            frame = self._dialogue.frame(order, reference, now)
        except AccessError as error:
            return Handover(left=False, sentence=f"not sent: {error}")
        if self._connections.send(Name(self.protocol, order.address), frame):
            return Handover(left=True, sentence="handed to the station's connection")
        return Handover(left=False, sentence="not sent: the station is not connected any more")

    def _hear(self, speaker: Name, frame: bytes, received_us: int) -> None:
        try:
            address = canonical(speaker.scheme, speaker.value)
            answer = self._dialogue.answer(address, frame, from_us(received_us))
        except ValueError as error:
            counts.ANSWERS.labels("unreadable").inc()
            _log.warning("answer to a command left out", device=speaker.value, error=str(error))
            return
        if answer is not None and not self._reports.put(Report(answer)):
            counts.ANSWERS.labels("flood").inc()


_DIALOGUES: Mapping[str, Callable[[DeviceAccess], Dialogue]] = {
    "hj212": Hj212Dialogue,
    "sl651": Sl651Dialogue,
}


def station_carriers(
    servers: Iterable[StationConnections], access: DeviceAccess, reports: Reports
) -> list[StationCarrier]:
    """Return a carrier for each server of stations."""
    return [
        StationCarrier(server, _DIALOGUES[server.protocol](access), reports) for server in servers
    ]
