"""Devices for bench/stations.py: half speak HJ 212, half SL 651; prints how long they needed."""

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import uvloop

from ingest.decoders.hj212.frame import build
from ingest.decoders.sl651 import Frame, write_frame

_UNCONFIRMED = 16
_CONFIRM_BYTES = 25
_CONNECTING_AT_ONCE = 100


class Device(asyncio.Protocol):
    """Sends its frames, with a bounded number of them unconfirmed."""

    def __init__(
        self, frames: list[bytes], count: Callable[[bytes], float], done: Callable[[], None]
    ) -> None:
        self._frames = frames
        self._count = count
        self._done = done
        self._sent = 0
        self._confirmed = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)

    def begin(self) -> None:
        """Send the first frames."""
        until = int(self._confirmed) + _UNCONFIRMED
        if self._transport is not None and self._sent < len(self._frames):
            self._transport.write(b"".join(self._frames[self._sent : until]))
            self._sent = min(until, len(self._frames))

    def data_received(self, data: bytes) -> None:
        """Count confirmations, and send as many frames."""
        self._confirmed += self._count(data)
        if self._confirmed > len(self._frames) - 0.01:
            self._done()
        elif self._sent - self._confirmed <= _UNCONFIRMED // 2:
            self.begin()


def mn_of(device: int) -> str:
    """Return the MN of a device of the bench."""
    return f"BENCH{device:09}"


def address_of(device: int) -> str:
    """Return the SL 651 address of a device of the bench."""
    return f"{device:010}"


def hj212_frames(device: int, frames: int, first: datetime) -> list[bytes]:
    """Return uploads of three factors, one second apart."""
    stamps = [(first + timedelta(seconds=n)).strftime("%Y%m%d%H%M%S") for n in range(frames)]
    return [
        build(
            f"QN={stamp}{device % 1000:03};ST=32;CN=2011;PW=123456;MN={mn_of(device)};Flag=5;"
            f"CP=&&DataTime={stamp};w01018-Rtd={n % 40}.1,w01018-Flag=N;w01001-Rtd=7.{n % 10},"
            f"w01001-Flag=N;w21003-Rtd=1.{n % 10},w21003-Flag=N&&"
        )
        for n, stamp in enumerate(stamps)
    ]


def sl651_frames(device: int, frames: int, first: datetime) -> list[bytes]:
    """Return reports of three elements, one minute apart."""
    address = address_of(device)
    bodies = [
        f"{n % 65535 + 1:04X}{first:%y%m%d%H%M%S}F1F1{address}48"
        f"F0F0{first - timedelta(minutes=n):%y%m%d%H%M}"
        f"39230001{n % 10000:04}3812{n % 300 + 1000:04}2619{n % 1000:06}"
        for n in range(frames)
    ]
    return [
        write_frame(
            Frame(
                text=False,
                down=False,
                centre=1,
                station=address,
                password="1234",  # noqa: S106 - of nobody
                function=0x32,
                packets=0,
                packet=0,
                body=bytes.fromhex(body),
                end=3,
            )
        )
        for body in bodies
    ]


async def _play(ports: tuple[int, int], connections: int, frames: int, first: datetime) -> float:
    loop = asyncio.get_running_loop()
    finished = loop.create_future()
    left = connections

    def done() -> None:
        nonlocal left
        left -= 1
        if not left:
            finished.set_result(None)

    async def connect(number: int) -> Device:
        speaks_hj212 = number % 2 == 0
        make = hj212_frames if speaks_hj212 else sl651_frames
        count = _lines if speaks_hj212 else _confirms
        device = Device(make(number, frames, first), count, done)
        await loop.create_connection(lambda: device, "127.0.0.1", ports[number % 2])
        return device

    devices: list[Device] = []
    for start in range(0, connections, _CONNECTING_AT_ONCE):
        some = range(start, min(start + _CONNECTING_AT_ONCE, connections))
        devices += await asyncio.gather(*map(connect, some))
    began = time.perf_counter()
    for device in devices:
        device.begin()
    await finished
    return time.perf_counter() - began


def _lines(data: bytes) -> float:
    return data.count(b"\n")


def _confirms(data: bytes) -> float:
    return len(data) / _CONFIRM_BYTES


def main() -> None:
    """Play all devices and print the seconds that it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hj212-port", type=int, required=True)
    parser.add_argument("--sl651-port", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--frames", type=int, required=True, help="of each device")
    parser.add_argument("--first", type=datetime.fromisoformat, required=True)
    told = parser.parse_args()
    ports = told.hj212_port, told.sl651_port
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        seconds = runner.run(_play(ports, told.connections, told.frames, told.first))
    print(json.dumps({"seconds": seconds, "cpu_s": time.process_time()}))


if __name__ == "__main__":
    main()
