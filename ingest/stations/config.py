"""What a server for stations is told: a ``[[stations]]`` table of ``citytwin.toml``."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingest.decoders.hj212.intervals import (
    LONGEST_REALTIME_S,
    LONGEST_TIMEOUT_S,
    MINUTE_S,
    MOST_RESENDS,
    SHORTEST_REALTIME_S,
)
from twin.model import Mode

_STANDARD_MINUTES = 10

Minutes = Literal[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30]
"""Intervals of minute data (HJ 212-2017, table 4, MinInterval)."""


class _ServerConfig(BaseModel):
    """What servers of all protocols are told.

    Attributes:
        name: of the server and of the source of its messages; also a folder and a topic level.
        host: address to listen on.
        port: TCP port; 0 for any that is free.
        mode: of all its messages.
        connections: how many may be open; others are refused and counted.
        idle_s: after which a connection without a whole frame is closed.
        frame_s: within which a frame that has begun must be whole.
        spool_mb: megabytes on disk for frames that are not confirmed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)
    mode: Mode = Mode.ACTUAL
    connections: int = Field(default=4000, gt=0)
    idle_s: float = Field(default=3900.0, gt=0)
    frame_s: float = Field(default=30.0, gt=0)
    spool_mb: float = Field(default=256.0, gt=0)


class Hj212Config(_ServerConfig):
    """A server for HJ 212, and what devices are set to when they connect: nothing if not said.

    Attributes:
        set_clock: set the clock of the logger.
        realtime_interval_s: set the interval of real-time data.
        minute_interval_min: set the interval of minute data, and read them so.
        timeout_s: set how long devices wait for an answer, together with ``resends``.
        resends: set how often they send again.
        minute_data_min: what minute data stand for where they are not to be set.
        set_up_again_s: how long a device that was set up is left alone when it reconnects.
    """

    protocol: Literal["hj212"]
    set_clock: bool = False
    realtime_interval_s: int | None = Field(
        default=None, ge=SHORTEST_REALTIME_S, le=LONGEST_REALTIME_S
    )
    minute_interval_min: Minutes | None = None
    timeout_s: int | None = Field(default=None, ge=1, le=LONGEST_TIMEOUT_S)
    resends: int | None = Field(default=None, ge=0, le=MOST_RESENDS)
    minute_data_min: Minutes | None = None
    set_up_again_s: float = Field(default=86_400.0, ge=0)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.timeout_s is None) != (self.resends is None):
            raise ValueError("timeout_s and resends: expected both or none, one request sets them")
        if None not in (self.minute_interval_min, self.minute_data_min):
            raise ValueError("minute_interval_min and minute_data_min: expected one of them")
        return self

    @property
    def minute_s(self) -> int:
        """What minute data stand for, in seconds."""
        minutes = self.minute_interval_min or self.minute_data_min or _STANDARD_MINUTES
        return minutes * MINUTE_S

    @property
    def decoder(self) -> str:
        """The name of the decoder that reads its frames."""
        if self.minute_s == _STANDARD_MINUTES * MINUTE_S:
            return self.protocol
        return f"{self.protocol}, minute data of {self.minute_s} s"


class Sl651Config(_ServerConfig):
    """A server for SL 651.

    Attributes:
        answers: confirm reports (modes M2 and M3); false for stations that only send (M1).
        online: confirms ask stations to keep the connection (ESC), else to end it (EOT).
    """

    protocol: Literal["sl651"]
    answers: bool = True
    online: bool = True

    @property
    def decoder(self) -> str:
        """The name of the decoder that reads its frames: transmissions come to it whole."""
        return f"{self.protocol}, whole transmissions"


StationConfig = Annotated[Hj212Config | Sl651Config, Field(discriminator="protocol")]
"""A server for either protocol."""
