"""The web process looks at ingest: when silence counts, and how often it is told."""

from datetime import UTC, datetime

import psycopg
import pytest

from alerts.ingest_silence import Silence
from data.heartbeats import LastBeat
from twin.api.ingest_watch import IngestWatch

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 5, 21, 12, tzinfo=UTC)


class Stage:
    """A watch with a store and a clock of the test's own."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.age_s: float | None = 1.0
        self.is_away = self.is_read_only = False
        self.told: list[bool] = []
        self.watch = IngestWatch(self.ask, self.tell, lambda: self.now, 30)

    async def ask(self) -> LastBeat | None:
        if self.is_away:
            raise psycopg.OperationalError("the store is away")
        if self.age_s is None:
            return None
        return LastBeat("ingest", NOON, self.age_s, NOON, "1", {}, 1, unheard=False, writes=False)

    async def tell(self, silence: Silence) -> None:
        if self.is_read_only:
            raise psycopg.OperationalError("the store is away")
        self.told.append(silence.is_over)

    async def look(self, later_s: float, age_s: float | None) -> bool:
        """Look some seconds later at a beat of so many seconds ago."""
        self.now += later_s
        self.age_s = age_s
        await self.watch.look()
        return self.watch.is_silent


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_silence_counts_only_while_somebody_looked(stage: Stage) -> None:
    assert not await stage.look(0, 3600)
    assert not await stage.look(29, 3629)
    assert stage.told == []
    assert await stage.look(1, 3630)
    assert stage.told == [False]


async def test_silence_does_not_count_while_the_store_is_away(stage: Stage) -> None:
    await stage.look(0, 1)
    stage.is_away = True
    await stage.look(20, None)
    stage.is_away = False
    assert not await stage.look(20, 41)
    assert not await stage.look(29, 70)
    assert await stage.look(1, 71)


async def test_silence_is_told_again_and_a_return_once(stage: Stage) -> None:
    await stage.look(0, 1)
    for later_s, age_s in ((30, 31), (2, 33), (8, 41), (2, 1), (2, 1), (60, 1)):
        await stage.look(later_s, age_s)
    assert stage.told == [True, False, False, True]


async def test_what_could_not_be_written_is_told_at_the_next_look(stage: Stage) -> None:
    stage.is_read_only = True
    await stage.look(0, 1)
    stage.is_read_only = False
    await stage.look(2, 1)
    assert stage.told == [True]


async def test_sentences_say_what_is_wrong_with_ingest(stage: Stage) -> None:
    assert list(stage.watch.sentences()) == []
    await stage.look(0, None)
    (never,) = stage.watch.sentences()
    assert never == "ingest has never run on this store: run twin up or twin ingest"
    await stage.look(0, 1)
    assert list(stage.watch.sentences()) == []
    await stage.look(31, 42)
    (dead,) = stage.watch.sentences()
    assert dead.startswith("ingest is not running: its last sign of life was 42 s ago")
