"""What a broker that is killed hard loses of what it has confirmed (docs/decisions/0003).

Ingest is away, so that the broker alone holds the messages.
"""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from bench.mqtt_load import Load
from tests.city.town import Town, forget_session, service_pid, services
from tests.postgis.register import LEVEL_GAUGE

TRIALS = 5
MESSAGES_S = 500
SECONDS = 6.0
MOST_LOST_S = 3.0
TOPIC = f"citytwin/v1/{LEVEL_GAUGE}/telemetry".encode()


@pytest.fixture(autouse=True)
def broker_up_again() -> Iterator[None]:
    """Whatever happened to the broker, the next one finds it running."""
    yield
    services("up")


def test_a_broker_killed_hard_loses_no_more_than_is_said(
    town: Town, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(request.config.getoption("--seed"))  # noqa: S311 - a test
    ages = [lost_s(town, trial, SECONDS + chance.random()) for trial in range(TRIALS)]
    record_property("age of the oldest lost message, s", [round(age, 2) for age in ages])
    assert max(ages) < MOST_LOST_S


def lost_s(town: Town, trial: int, seconds: float) -> float:
    """Kill the broker and return how old the oldest lost message was, of those it confirmed."""
    forget_session(town.settings)
    ingest = town.start_ingest()
    ingest.terminate()
    ingest.wait(20)
    confirmed_at, killed_at = send_and_kill(town, trial, seconds)
    services("up", "mosquitto")
    ingest = town.start_ingest()
    last = wait_until_quiet(town, trial)
    ingest.terminate()
    ingest.wait(20)
    return killed_at - confirmed_at[last] if last < len(confirmed_at) else 0.0


def send_and_kill(town: Town, trial: int, seconds: float) -> tuple[list[float], float]:
    """Return when each message was confirmed, and when the broker was killed."""
    load = Load(town.settings.accounts["client"], f"loss-{trial}")
    confirmed_at: list[float] = []
    started = time.monotonic()
    for number in range(int(seconds * MESSAGES_S)):
        if (wait := started + number / MESSAGES_S - time.monotonic()) > 0:
            time.sleep(wait)
        payload = {"ts": 1_779_336_000_000 + number, "channel": f"trial {trial}", "level": number}
        load.send([(TOPIC, json.dumps(payload).encode())])
        confirmed = number + 1 - load.unconfirmed
        confirmed_at += [time.monotonic()] * (confirmed - len(confirmed_at))
    os.kill(service_pid("mosquitto"), signal.SIGKILL)
    killed_at = time.monotonic()
    load.close()
    return confirmed_at, killed_at


def wait_until_quiet(town: Town, trial: int) -> int:
    """Return how many messages of a trial are stored, once no more come for two seconds."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 2:
        stored = town.ask(
            "SELECT count(*) FROM observation o JOIN series s ON s.id = o.series_id"
            " WHERE s.channel = %s",
            f"trial {trial}",
        )
        if stored != seen:
            seen, since = stored, time.monotonic()
        time.sleep(0.1)
    return seen
