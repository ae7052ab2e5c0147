"""Wires what tells subscribers, and what reads the warnings of others, into the ingest process."""

import threading
from collections.abc import Callable
from functools import partial

from alerts.cap.fetching import fetch
from alerts.cap.issuing import ensure_feed, issuer
from alerts.subscriptions.running import keep_planning, keep_sending
from data.connection import connect
from ingest.inbox import Inbox
from ingest.runner import Runner
from ingest.weather_signals import WeatherSignals
from twin.app.settings import Settings


def notice_threads(settings: Settings, runner: Runner) -> list[threading.Thread]:
    """Return the threads that plan and send, not started; what ends one of them ends the process.

    Args:
        settings: of the store, of notices and of our warnings.
        runner: says when to stop.
    """
    plan = partial(keep_planning, settings.store_url, issuer(settings.cap), runner.stopping)
    send = partial(keep_sending, settings.store_url, settings.notices, runner.stopping)
    return [
        _thread("planner", partial(_plan, settings, plan, runner), runner),
        *(_thread(f"sender {n}", send, runner) for n in range(settings.notices.senders)),
    ]


def _plan(settings: Settings, plan: Callable[[], None], runner: Runner) -> None:
    def make_feed() -> bool:
        with connect(settings.store_url, name="citytwin planner") as connection:
            ensure_feed(connection)
        return True

    if settings.cap.publish:
        runner.insist(make_feed)
    plan()


def _thread(name: str, work: Callable[[], None], runner: Runner) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except BaseException as error:
            # Whatever it was, ingest ends with it: a thread that dies unseen tells nobody.
            runner.fail(error)
            raise

    return threading.Thread(target=run, name=name, daemon=True)


def weather_signals(settings: Settings, inbox: Inbox) -> WeatherSignals:
    """Return the origin of the readings of weather signals, not started."""
    get = partial(fetch, allowed=settings.notices.allowed_networks)
    return WeatherSignals(settings.store_url, settings.cap, get, inbox)
