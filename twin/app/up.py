"""The whole system in one command."""

import signal
import time
from collections.abc import Callable

from data.migrations import migrate
from twin.app.settings import Settings
from twin.app.supervising import Family, wait_until_healthy

_WATCH_SECONDS = 1.0


def run_up(
    settings: Settings, demo_size: int | None, speed: float, say: Callable[[str], None]
) -> None:
    """Migrate, start the processes, print the address and stay until SIGINT or SIGTERM.

    Raises:
        ProcessEndedError: one of the processes ended by itself; the others are stopped.
    """
    # A shell that starts us in the background leaves SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    family = Family(settings.state_dir / "log")
    try:
        _prepare(settings, demo_size, say)
        _start(settings, family, demo_size, speed, say)
        while True:
            time.sleep(_WATCH_SECONDS)
            family.check()
    except KeyboardInterrupt:
        say("stopping")
    finally:
        # The children must be gone before we are, however often Ctrl-C is pressed.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        family.stop()


def _prepare(settings: Settings, demo_size: int | None, say: Callable[[str], None]) -> None:
    say("bringing the store up to date")
    migrate(settings.store_url)
    if demo_size is not None:
        from twin.app.demo import load_demo  # noqa: PLC0415 - the demo needs more than the rest

        load_demo(settings, demo_size, say)


def _start(
    settings: Settings,
    family: Family,
    demo_size: int | None,
    speed: float,
    say: Callable[[str], None],
) -> None:
    # A demo is an exercise, and its store has nothing of the real city.
    family.start("ingest", ["ingest"] if demo_size is None else ["ingest", "--no-self-watch"])
    web = ["serve"] if demo_size is None else ["serve", "--anonymous", "operator"]
    family.start("web", web)
    wait_until_healthy(settings, family, say)
    if demo_size is not None:
        family.start("storm", ["storm", "--size", str(demo_size), "--speed", str(speed)])
        say(f"the storm begins; it runs {speed:g} times as fast as the clock")
    say(f"the map: {settings.http_url}")
