"""A server on a real port, devices that connect to it, and a deadline on every wait."""

import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ingest.inbox import Fates, Inbox, Received
from ingest.stations import Hj212Config, Sl651Config, StationServer

_PATIENCE_S = 10.0
_NO_FATES = Fates([0], np.zeros(0, dtype=np.bool_), {}, {})


class Post:
    """A server whose messages the test takes out of the inbox itself, in place of a pipeline."""

    def __init__(self, folder: Path, protocol: str = "hj212", **wishes: Any) -> None:  # noqa: ANN401
        told = {"name": "river", "protocol": protocol, "port": 0, **wishes}
        kind = Hj212Config if protocol == "hj212" else Sl651Config
        self.inbox = Inbox()
        self.server = StationServer(kind.model_validate(told), self.inbox, folder)

    def start(self) -> "Post":
        """Listen."""
        self.server.start()
        return self

    def take(self, count: int) -> list[Received]:
        """Return the next messages, once there are as many."""
        found: list[Received] = []
        deadline = time.monotonic() + _PATIENCE_S
        while len(found) < count:
            found += self.inbox.take(count - len(found), 0.05, 0.0)
            assert time.monotonic() < deadline, f"{len(found)} of {count} messages came"
        return found

    def commit(self, received: Sequence[Received]) -> None:
        """Tell the server that messages are stored."""
        self.server.confirm(list(enumerate(received)), _NO_FATES)


class Device:
    """A socket to a server."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(_PATIENCE_S)

    def send(self, *frames: bytes) -> None:
        """Send frames."""
        self.socket.sendall(b"".join(frames))

    def receive(self, size: int) -> bytes:
        """Return so many bytes, fewer where the connection ends."""
        got = b""
        while len(got) < size and (more := self.socket.recv(size - len(got))):
            got += more
        return got

    def line(self) -> bytes:
        """Return the bytes up to a line end."""
        got = b""
        while not got.endswith(b"\n") and (more := self.socket.recv(1)):
            got += more
        return got

    def is_silent(self) -> bool:
        """Whether nothing has come so far."""
        self.socket.settimeout(0)
        try:
            return not self.socket.recv(1, socket.MSG_PEEK) and False
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(_PATIENCE_S)

    def has_ended(self) -> bool:
        """Wait for the other side to close, and return whether it did."""
        try:
            while self.socket.recv(4096):
                pass
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {_PATIENCE_S:g} s"
        time.sleep(0.01)
