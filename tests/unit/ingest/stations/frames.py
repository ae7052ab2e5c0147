"""Frames of devices as the tests send them."""

from datetime import datetime, timedelta

from ingest.decoders.hj212.frame import build
from ingest.decoders.sl651 import Frame, write_frame

MN = "010000A8900016F000169DC0"
STATION = "0011223344"
_FIRST_REPORT = datetime(2026, 5, 19, 3, 0)  # noqa: DTZ001 - local, as the wire has it
NOW_US = 1_779_336_000_000_000  # 2026-05-21T04:00:00Z


def upload(
    number: int = 0,
    *,
    flag: int = 5,
    mn: str = MN,
    command: str = "2011",
    packets: str = "",
    kind: str = "Rtd",
) -> bytes:
    """A frame of HJ 212 with one factor, observed ``number`` seconds after 11:00."""
    time = f"202605211{1 + number // 3600}{number // 60 % 60:02}{number % 60:02}"
    return build(
        f"QN={time}000;ST=32;CN={command};PW=123456;MN={mn};Flag={flag};{packets}"
        f"CP=&&DataTime={time};w01018-{kind}={number}.5,w01018-Flag=N&&"
    )


def answer(qn: str, command: str, items: str = "", mn: str = MN) -> bytes:
    """What a device of HJ 212 answers to a request."""
    return build(f"QN={qn};ST=91;CN={command};PW=123456;MN={mn};Flag=4;CP=&&{items}&&")


def report(
    minute: int = 0,
    *,
    function: int = 0x32,
    station: str = STATION,
    text: bool = False,
    serial: int | None = None,
) -> bytes:
    """A frame of SL 651 with one level, observed ``minute`` minutes after 03:00 on 19 May 2026."""
    at = f"{_FIRST_REPORT + timedelta(minutes=minute):%y%m%d%H%M}"
    number = minute + 1 if serial is None else serial
    if text:
        body = f"{number:04X}260521110000ST {station} H TT {at} Z {minute}.5".encode()
    else:
        body = bytes.fromhex(
            f"{number:04X}260521110000F1F1{station}48F0F0{at}3923{minute * 1000 + 500:08}"
        )
    return sl651_frame(body, function=function, station=station, text=text)


def heartbeat() -> bytes:
    """A frame that only says that the station is there."""
    return sl651_frame(bytes.fromhex("0001260521110000"), function=0x2F)


def packets_of(bodies: list[bytes], function: int = 0x34, station: str = STATION) -> list[bytes]:
    """A transmission of several packets."""
    total = len(bodies)
    return [
        sl651_frame(
            body,
            function=function,
            station=station,
            packets=total,
            packet=n,
            end=3 if n == total else 0x17,
        )
        for n, body in enumerate(bodies, start=1)
    ]


def sl651_frame(  # noqa: PLR0913 - the fields of a frame
    body: bytes,
    *,
    function: int,
    station: str = STATION,
    text: bool = False,
    packets: int = 0,
    packet: int = 0,
    end: int = 3,
) -> bytes:
    """Any frame of a station."""
    return write_frame(
        Frame(text, False, 1, station, "1234", function, packets, packet, body, end)  # noqa: FBT003
    )
