"""The web process looks whether ingest is at work, and says so where ingest itself cannot."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from alerts.ingest_silence import Silence, tell_silence
from data.connection import StoreUnavailableError, connect
from data.heartbeats import LastBeat, ask_beat
from twin.api.store import Pool

_log = structlog.get_logger()

_LOOK_S: Final = 2.0
_TELL_AGAIN_S: Final = 10.0

Ask = Callable[[], Awaitable[LastBeat | None]]
Tell = Callable[[Silence], Awaitable[object]]


class IngestWatch:
    """Asks for the newest sign of life, and has the alert raised and cleared.

    Silence counts only while the store answered and this process looked, so neither a start of the
    whole machine nor a restart of the store raises anything.

    Args:
        ask: reads the newest sign of life.
        tell: has the alert follow.
        clock: of the event loop, seconds.
        patience_s: after how long ingest is taken for dead.
    """

    def __init__(self, ask: Ask, tell: Tell, clock: Callable[[], float], patience_s: float) -> None:
        self._ask = ask
        self._tell = tell
        self._clock = clock
        self._patience_s = patience_s
        self._looking_since: float | None = None
        self._told_over: bool | None = None
        self._told_at = 0.0
        self.silence: Silence | None = None

    @property
    def is_silent(self) -> bool:
        """Whether ingest is taken for dead."""
        return self.silence is not None and self.silence.lasted_s >= self._patience_s

    def sentences(self) -> Iterator[str]:
        """Yield what is wrong with ingest."""
        if self._looking_since is not None and self.silence is None:
            yield "ingest has never run on this store: run twin up or twin ingest"
        elif self.silence is not None and self.is_silent:
            yield self.silence.sentence

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(min(_LOOK_S, self._patience_s / 2))

    async def look(self) -> None:
        """Look once."""
        try:
            beat = await self._ask()
        except (psycopg.Error, PoolTimeout) as error:
            _log.info("ingest is not watched, the store does not answer", error=str(error))
            self._looking_since = None
            return
        now = self._clock()
        if self._looking_since is None:
            self._looking_since = now
        if beat is None:
            self.silence = None
            return
        lasted = min(beat.age_s, now - self._looking_since)
        self.silence = Silence(beat, max(0.0, lasted), self._patience_s)
        await self._tell_if_due(self.silence, now)

    async def _tell_if_due(self, silence: Silence, now: float) -> None:
        """Tell a return once, and silence again and again, for its level grows with time."""
        if not silence.is_over and not self.is_silent:
            return
        again = not silence.is_over and now - self._told_at >= _TELL_AGAIN_S
        if silence.is_over == self._told_over and not again:
            return
        try:
            await self._tell(silence)
        except (StoreUnavailableError, psycopg.Error) as error:
            _log.warning("silence of ingest not written", error=str(error))
            return
        if not silence.is_over:
            _log.error("ingest is silent", sentence=silence.sentence)
        self._told_over, self._told_at = silence.is_over, now


def watch_of(pool: Pool, store_url: str, patience_s: float) -> IngestWatch:
    """Return what watches the ingest process of a store."""

    async def ask() -> LastBeat | None:
        async with pool.connection() as connection:
            return await ask_beat(connection)

    async def tell(silence: Silence) -> None:
        await asyncio.to_thread(_tell, store_url, silence)

    return IngestWatch(ask, tell, asyncio.get_running_loop().time, patience_s)


def _tell(store_url: str, silence: Silence) -> None:
    with connect(store_url, name="citytwin web watch") as connection:
        tell_silence(connection, silence)
