"""What a centre sends down: confirms, requests for packets, queries, the time (6.5.4, 6.6.4)."""

from functools import lru_cache
from typing import Final, NamedTuple

from ingest.decoders.sl651.elements import functions
from ingest.decoders.sl651.frame import ENQ, EOT, ESC, NAK, Frame, write_frame
from ingest.decoders.sl651.packets import Joined
from ingest.decoders.times import LOCAL_ZONE
from twin.model import from_us

REAL_TIME: Final = 0x37
ELEMENTS: Final = 0x3A
SET_CLOCK: Final = 0x4A
CLOCK: Final = 0x51


class Address(NamedTuple):
    """Whom a downlink is for.

    Attributes:
        station: 10 characters.
        centre: 0 to 255, who asks.
        password: 4 hexadecimal digits.
        text: whether the station speaks ASCII.
    """

    station: str
    centre: int
    password: str
    text: bool = False


def answer(frame: Frame, joined: Joined | None, sent_us: int, *, online: bool) -> bytes:
    """Return what a centre answers to a frame that it has stored; empty where it says nothing.

    Args:
        frame: from a station.
        joined: what an ``Assembly`` made of it, where it is one packet of several.
        sent_us: the centre's time, microseconds since 1970 UTC.
        online: ask the station to keep the connection, else to end it.
    """
    function = functions().get(frame.function)
    if frame.down or function is None or not function.confirmed:
        return b""
    if joined is None:
        return confirm(frame, sent_us, online=online)
    if joined.body is not None:
        return confirm(frame._replace(body=joined.body), sent_us, online=online)
    return refuse(frame, joined.missing[0], sent_us) if joined.missing else b""


def confirm(frame: Frame, sent_us: int, *, online: bool) -> bytes:
    """Return the confirm of a report: its serial and our time, ended by ESC or EOT.

    Args:
        frame: the report; where it came in packets, with the joined body.
        sent_us: the centre's time, microseconds since 1970 UTC.
        online: ask the station to keep the connection for 10 minutes, else to end it.
    """
    serial = frame.body[: _serial_size(frame)]
    return _down(_address(frame), frame.function, serial, sent_us, ESC if online else EOT)


def refuse(frame: Frame, packet: int, sent_us: int) -> bytes:
    """Return the request to send one packet of a transmission again, ended by NAK.

    Args:
        frame: any packet of the transmission.
        packet: which one is wanted, from 1.
        sent_us: the centre's time, microseconds since 1970 UTC.
    """
    time = _coded(_stamp(sent_us), text=frame.text)
    serial = _coded(_NO_SERIAL, text=frame.text)
    return write_frame(frame._replace(down=True, packet=packet, body=serial + time, end=NAK))


def query(address: Address, function: int, sent_us: int, parameters: bytes = b"") -> bytes:
    """Return a query, which the station answers with a frame of the same function.

    Args:
        address: whom to ask.
        function: 37 for values of now, 3A for the elements in ``parameters``, 51 for the clock.
        sent_us: the centre's time, microseconds since 1970 UTC.
        parameters: what follows the time, already coded.
    """
    serial = _coded(_NO_SERIAL, text=address.text)
    return _down(address, function, serial, sent_us, ENQ, parameters)


def set_clock(address: Address, sent_us: int) -> bytes:
    """Return the command that sets a station's clock to the time of sending (function 4A)."""
    return query(address, SET_CLOCK, sent_us)


_NO_SERIAL: Final = "0000"


def _down(
    address: Address, function: int, serial: bytes, sent_us: int, end: int, parameters: bytes = b""
) -> bytes:
    body = serial + _coded(_stamp(sent_us), text=address.text) + parameters
    return write_frame(
        Frame(
            text=address.text,
            down=True,
            centre=address.centre,
            station=address.station,
            password=address.password,
            function=function,
            packets=0,
            packet=0,
            body=body,
            end=end,
        )
    )


def _address(frame: Frame) -> Address:
    return Address(frame.station, frame.centre, frame.password, frame.text)


def _serial_size(frame: Frame) -> int:
    return 4 if frame.text else 2


@lru_cache(maxsize=64)
def _stamp(sent_us: int) -> str:
    return from_us(sent_us).astimezone(LOCAL_ZONE).strftime("%y%m%d%H%M%S")


def _coded(digits: str, *, text: bool) -> bytes:
    return digits.encode("ascii") if text else bytes.fromhex(digits)
